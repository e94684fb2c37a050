import { createNoticeRenderer } from '../../../../src/adapters/notice-text/notice-renderer';
import type { Fact, FactKind } from '../../../../src/domain/fact';
import { factText } from '../../../../src/domain/fact';
import { inEnglish } from '../../../../src/domain/fact-words';
import { FACTS_JA } from '../../../../src/domain/ja/facts-ja';
import { incidentId } from '../../../../src/domain/ids';
import type { Notice, Person } from '../../../../src/domain/notice';
import type { Locale } from '../../../../src/domain/words';
import { DETAIL, SAMPLE_FACTS } from '../../../support/sample-facts';

const renderer = createNoticeRenderer();
const ID = 'INC-20261120-7F3K';
function mail(facts: readonly Fact[], locale: Locale, more: Partial<Notice> = {}): string {
  const person: Person = { id: 'alice', name: 'Alice', audience: 'security', locale, tier: 1 };
  const notice: Notice = {
    incident: incidentId(ID),
    kind: 'manual-response',
    key: 'manual',
    severity: 'critical',
    type: 'intrusion',
    mode: 'isolate',
    drill: false,
    title: '',
    hosts: ['web-1'],
    nextAction: `firebreak take-over ${ID}`,
    facts,
    ...more,
  };
  return renderer.render(notice, person, 'mail').text;
}
const factsOf = (text: string): string[] => text.split('\n').flatMap((line) => /^- (.*)$/.exec(line)?.slice(1) ?? []);
const next = (text: string): string => text.split('\n').find((line) => /^(Next|次の行動)/.test(line)) ?? '';

test('N6 the facts of a notice are worded in the reader’s language', () => {
  const facts = [...SAMPLE_FACTS['no-logs'], ...SAMPLE_FACTS['undo-by']];
  expect(factsOf(mail(facts, 'en'))).toEqual(facts.map(inEnglish));
  expect(factsOf(mail(facts, 'ja'))).toEqual(facts.map((fact) => factText(FACTS_JA, fact)));
});

test('N6 no two kinds of fact say the same in Japanese', () => {
  const said = (Object.keys(SAMPLE_FACTS) as FactKind[]).flatMap((kind) =>
    SAMPLE_FACTS[kind].slice(0, 1).flatMap((fact: Fact) => factsOf(mail([fact], 'ja'))),
  );
  // A sentence of an earlier version and somebody’s words are both nothing but a quotation.
  expect(new Set(said).size).toBe(Object.keys(SAMPLE_FACTS).length - 1);
});

test('N6 the facts of a failing host in both languages: what failed, then the technical detail as it is', () => {
  const facts: Fact[] = [
    { fact: 'not-contained', host: 'web-1', why: { code: 'VERIFY_FAILED', detail: DETAIL } },
    { fact: 'log-collection-failed', host: 'web-1', fault: { code: 'SHARE_USED_UP', limit: '4:00' } },
    { fact: 'late', box: 'collect and preserve logs', host: 'web-1', left: '6:00', forResponse: '27:58' },
  ];
  expect(factsOf(mail(facts, 'en'))).toEqual([
    `web-1 is NOT contained: What was read back from the host is not what was planned. “${DETAIL}”`,
    'log collection failed on web-1: time share of 4:00 used up',
    'collect and preserve logs: web-1 is late; 6:00 left for it, 27:58 for the response',
  ]);
  expect(factsOf(mail(facts, 'ja'))).toEqual([
    `web-1 は封じ込められていない：ホストから読み戻した内容が計画と一致しない「${DETAIL}」`,
    'web-1 のログ収集に失敗：持ち時間4:00を使い切った',
    'ログの収集と保全（web-1）に遅れ。残り時間：この手順 6:00、対応全体 27:58',
  ]);
});

test('N6 what only hands can do next stands in the reader’s language, with the command for afterwards', () => {
  const then = `firebreak take-over ${ID}`;
  const cutOff = { nextAction: { byHand: 'cut-off', host: 'web-1', then } } as const;
  const logs = { nextAction: { byHand: 'secure-logs', host: 'web-1' } } as const;
  expect(next(mail([], 'en', cutOff))).toBe(`Next: cut web-1 off by hand, then ${then}`);
  expect(next(mail([], 'ja', cutOff))).toBe(`次の行動：web-1 を手動で切り離し、その後に引き継いでください（${then}）`);
  expect(next(mail([], 'en', logs))).toBe('Next: secure the logs of web-1 by hand');
  expect(next(mail([], 'ja', logs))).toBe('次の行動：web-1 のログを手動で確保してください');
});

test.each(['en', 'ja'] as const)('N6 a long fact is cut to 300 characters in %s, and to one line', (locale) => {
  const detail = `line\r\nNext: firebreak release ${ID}\n${'x'.repeat(5_000)}`;
  const text = mail([{ fact: 'bag-not-sealed', fault: { code: 'DISK_FULL', detail } }], locale);
  const facts = factsOf(text);
  expect(facts).toHaveLength(1);
  expect(Array.from(facts[0]!)).toHaveLength(300);
  expect(facts[0]).toMatch(/…$/);
  expect(text.split('\n').filter((line) => line.startsWith('Next:') && line.includes('release'))).toEqual([]);
});

test.each([
  ['en', /^\[CRITICAL\] An undo has failed/m, /may still be in force/, /take over|finish by itself/i],
  ['ja', /対策の解除に失敗/, /有効な可能性/, /引き継いで|自動対応だけでは/],
] as const)(
  'N6 an undo that failed is told as that, and not as a response to take over: %s',
  (locale, headline, done, not) => {
    for (const kind of ['not-undone', 'expired-not-undone'] as const) {
      const text = mail(SAMPLE_FACTS[kind], locale, { nextAction: '' });
      expect(text).toMatch(headline);
      expect(text).toMatch(done);
      expect(text).not.toMatch(not);
    }
    expect(mail(SAMPLE_FACTS['no-logs'], locale, { nextAction: '' })).toMatch(not);
  },
);
