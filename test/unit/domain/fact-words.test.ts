import { ERRORS } from '../../../src/domain/errors';
import type { Fact, FactKind } from '../../../src/domain/fact';
import { factOf, factText, onRecord } from '../../../src/domain/fact';
import { FACTS_EN, inEnglish } from '../../../src/domain/fact-words';
import { FACTS_JA } from '../../../src/domain/ja/facts-ja';
import { JAPANESE, englishIn, quotationsIn, withoutNames } from '../../support/languages';
import { DETAIL, QUOTED, SAMPLE_FACTS, WRITTEN } from '../../support/sample-facts';
import { VERBATIM } from '../../support/sample-remarks';

const KINDS = Object.keys(SAMPLE_FACTS) as FactKind[];
/** Nothing but what stands in the fact itself: addresses, names, or somebody’s words. */
const WITHOUT_WORDS: readonly FactKind[] = ['in-words', 'recorded', 'control-lost', 'tool-said'];
const EVERY = KINDS.flatMap((kind) =>
  SAMPLE_FACTS[kind].map((fact: Fact) => ({ kind, fact, en: inEnglish(fact), ja: factText(FACTS_JA, fact) })),
);

test('P1 N6 there is a sample of every fact that can be told', () => {
  expect([...KINDS].sort()).toEqual(Object.keys(FACTS_EN).sort());
  expect(Object.keys(FACTS_JA).sort()).toEqual(Object.keys(FACTS_EN).sort());
});

test.each(EVERY)('P1 N6 Japanese has no English words for $kind: $en', ({ kind, ja }) => {
  const quoted = QUOTED.map((words) => `「${words}」`);
  expect(ja).not.toMatch(/undefined|null|\[object|\{|\}/);
  expect(withoutNames(ja, [...quoted, ...VERBATIM])).not.toMatch(/[A-Za-z]{3,}/);
  expect(englishIn(ja)).toEqual([]);
  if (!WITHOUT_WORDS.includes(kind)) expect(ja).toMatch(JAPANESE);
});

test.each(EVERY)('P1 N6 English has no Japanese, and quotes what others wrote, for $kind: $en', ({ en }) => {
  expect(en).not.toMatch(/undefined|null|\[object|\{|\}/);
  expect(en).not.toMatch(JAPANESE);
  for (const words of QUOTED) expect(en.split(words)).toHaveLength(en.split(`“${words}”`).length);
});

test('P1 N6 a command stands as code in both languages', () => {
  const command = 'firebreak release INC-20261120-7F3K';
  const told = EVERY.filter(({ fact }) => 'command' in fact);
  expect(told.length).toBeGreaterThanOrEqual(6);
  for (const { en, ja } of told)
    for (const text of [en, ja])
      expect(text).toMatch(/`firebreak [a-z-]+ INC-20261120-7F3K(?: --(?:gone web-1|as [a-z]+|plan [0-9a-f]{12}))?`/);
  expect(told.some(({ en }) => en.includes(command))).toBe(true);
});

test('P1 every error of the catalogue has its own Japanese', () => {
  const said = Object.keys(ERRORS).map((code) =>
    factText(FACTS_JA, { fact: 'went-wrong', fault: { code: code as never } }),
  );
  expect(new Set(said).size).toBe(said.length);
  for (const words of said) expect(words).toMatch(JAPANESE);
});

describe('P1 what stands in quotation marks', () => {
  test.each([
    ['a closing mark of either language', `x” “y 」z「 w`],
    ['line ends, controls and directions', 'one\r\ntwo\u0007\u202Ethree\u2028four'],
    ['any length', 'y'.repeat(50_000)],
  ])('cannot end its quotation or break its line: %s', (_, detail) => {
    for (const texts of [FACTS_EN, FACTS_JA]) {
      const text = factText(texts, { fact: 'went-wrong', fault: { code: 'UNEXPECTED', detail } });
      expect(quotationsIn(text)).toHaveLength(1);
      expect(text).toMatch(/[”」]$/u);
      expect(text).not.toMatch(/[\p{Cc}\p{Cf}\u2028]/u);
      expect(text.length).toBeLessThan(700);
    }
  });

  test('a command cannot end its code', () => {
    const text = inEnglish({ fact: 'when-over', command: 'a` b `c' });
    expect(text.match(/`/g)).toHaveLength(2);
  });
});

describe('P1 what earlier versions recorded, and what is no fact', () => {
  const SENTENCE = onRecord('access control failed on web-2 (HOST_TIMEOUT)');

  test('a recorded sentence is a quotation in both languages', () => {
    expect(inEnglish(SENTENCE)).toBe(`“${SENTENCE}”`);
    expect(factText(FACTS_JA, SENTENCE)).toBe(`「${SENTENCE}」`);
    expect(factOf(SENTENCE)).toEqual({ fact: 'recorded', words: SENTENCE });
  });

  test.each([
    ['an unknown kind', { fact: 'moon', words: WRITTEN }],
    ['a kind that objects have anyway', { fact: 'toString' }],
    ['a known kind without its parts', { fact: 'hosts-unknown' }],
    ['parts of another type', { fact: 'stage', stage: 'manual', why: 7 }],
    ['an error code that is none', { fact: 'went-wrong', fault: { code: 'MOON', detail: DETAIL } }],
    ['facts in facts without end', nested(20_000)],
    ['nothing', null],
    ['a number', 7],
  ])('a reader never fails: %s', (_, said) => {
    for (const texts of [FACTS_EN, FACTS_JA]) expect(factText(texts, said as never)).toEqual(expect.any(String));
  });
});

function nested(depth: number): unknown {
  let fact: unknown = { fact: 'by-order' };
  for (let level = 0; level < depth; level += 1) fact = { fact: 'stage', stage: 'manual', why: [fact] };
  return fact;
}
