import type { ActNow } from '../../../src/domain/ending';
import { inEnglish } from '../../../src/domain/fact-words';
import { actionId, incidentId } from '../../../src/domain/ids';
import type { Delivery } from '../../../src/domain/notice';
import type { PlannedAction } from '../../../src/domain/plan';
import type { TimelineEntry } from '../../../src/domain/report';
import type { OnTimeline } from '../../../src/domain/timeline';
import { wholeTimeline } from '../../../src/domain/timeline';
import { sampleResult } from '../../support/incident-samples';

const INCIDENT = incidentId('INC-20261120-7F3K');
const at = (seconds: number): string => new Date(Date.UTC(2026, 10, 20, 3, 0, seconds)).toISOString();
const NOTHING: OnTimeline = { noted: [], planned: [], results: [], acts: [], deliveries: [], drill: false };

const delivery = (key: string, person: string, more: Partial<Delivery> = {}): Delivery => ({
  id: `${INCIDENT}:${key}:${person}:mail`,
  incident: INCIDENT,
  kind: 'start',
  person,
  channel: 'mail',
  state: 'delivered',
  attempts: 1,
  possibleDouble: false,
  at: at(3),
  ...more,
});
const result = (host: string, seconds: number, more: Parameters<typeof sampleResult>[1] = {}) =>
  sampleResult(
    { id: actionId(INCIDENT, 'block-sources', host), kind: 'block-sources', host },
    { startedAt: at(seconds), endedAt: at(seconds + 1), ...more },
  );
const act = (standing: ActNow['standing'], code?: string, givenUp: Partial<ActNow['undo']> = {}): ActNow => ({
  action: actionId(INCIDENT, 'block-sources', 'web-1'),
  kind: 'block-sources',
  host: 'web-1',
  standing,
  inForce: 0,
  released: 1,
  expired: 0,
  endedAt: at(60),
  noticedAt: null,
  undo: { at: at(61), done: code === undefined, readBack: true, ...(code === undefined ? {} : { code }), ...givenUp },
});

describe('P1 the timeline has acts and notices', () => {
  test('a block of 2,000 addresses is one entry, from its beginning to its end, with what came of it', () => {
    const counts = { applied: 1_998, already: 1, refused: 1, missing: 0, unknown: 0, failed: 0 };
    expect(wholeTimeline({ ...NOTHING, results: [result('web-1', 5, { counts, rung: 'nftables' })] })).toEqual([
      {
        at: at(5),
        endedAt: at(6),
        phase: 'containing',
        kind: 'act',
        fact: {
          fact: 'act-ended',
          host: 'web-1',
          kind: 'block-sources',
          asked: 2_000,
          inForce: 1_999,
          rung: 'nftables',
          drill: false,
        },
      },
    ]);
  });

  test('a drill counts what its hosts said would be in force', () => {
    const counts = { applied: 2, already: 1, refused: 0, missing: 1, unknown: 0, failed: 0 };
    const results = [result('web-1', 5, { counts, rung: '' })];
    const [entry] = wholeTimeline({ ...NOTHING, results, drill: true });
    expect(entry?.fact).toMatchObject({ inForce: 3, asked: 4, drill: true });
    expect(inEnglish(entry!.fact)).toBe('web-1: block-sources: 3 of 4 would be in force');
  });

  test('an act on an account names it', () => {
    const id = actionId(INCIDENT, 'disable-account', 'web-1', 'deploy');
    const planned = { kind: 'disable-account', id, host: 'web-1', account: 'deploy' } as PlannedAction;
    const results = [sampleResult({ id, kind: 'disable-account', host: 'web-1' })];
    expect(wholeTimeline({ ...NOTHING, planned: [planned], results })[0]?.fact).toMatchObject({ target: 'deploy' });
  });

  test.each([
    ['undone', undefined, { how: 'by-order' }],
    ['expired', undefined, { how: 'expired' }],
    ['not-undone', 'HOST_TIMEOUT', { how: 'failed', code: 'HOST_TIMEOUT' }],
  ] as const)('the end of an act: %s', (standing, code, said) => {
    const [entry, ...more] = wholeTimeline({ ...NOTHING, acts: [act(standing, code)] });
    expect(more).toEqual([]);
    expect(entry).toMatchObject({ at: at(61), kind: 'act', fact: { fact: 'act-undone', host: 'web-1', ...said } });
  });

  test('an act on a machine that is gone is given up by somebody, not undone', () => {
    const [entry] = wholeTimeline({ ...NOTHING, acts: [act('given-up', 'MACHINE_CHANGED', { givenUpBy: 'mori' })] });
    expect(entry?.fact).toEqual({
      fact: 'act-undone',
      host: 'web-1',
      kind: 'block-sources',
      how: 'given-up',
      by: 'mori',
    });
  });

  test('an act of which single addresses were unblocked is not undone', () => {
    expect(wholeTimeline({ ...NOTHING, acts: [act('in-force')] })).toEqual([]);
  });

  test('one entry for each notice and state: who was reached, and who was not', () => {
    const deliveries = [
      delivery('start', 'alice', { at: at(4) }),
      delivery('start', 'bob'),
      delivery('start', 'carol', { state: 'failed', at: at(9), reason: 'CHANNEL_TIMEOUT' }),
      delivery('completion', 'bob', { kind: 'completion', at: at(20) }),
    ];
    const told = wholeTimeline({ ...NOTHING, deliveries });
    expect(told.map(({ at: from, endedAt, kind, fact }) => [from, endedAt, kind, fact])).toMatchObject([
      [
        at(3),
        at(4),
        'notice',
        { notice: 'start', state: 'delivered', people: [{ person: 'bob' }, { person: 'alice' }] },
      ],
      [at(9), undefined, 'notice', { notice: 'start', state: 'failed', people: [{ person: 'carol' }] }],
      [at(20), undefined, 'notice', { notice: 'completion', state: 'delivered', people: [{ person: 'bob' }] }],
    ]);
  });

  test('everything stands in the order of its beginning', () => {
    const noted: TimelineEntry = { at: at(4), phase: 'containing', kind: 'step', fact: { fact: 'by-order' } };
    const order = wholeTimeline({
      ...NOTHING,
      noted: [noted],
      results: [result('web-1', 5)],
      deliveries: [delivery('start', 'bob')],
    });
    expect(order.map(({ kind }) => kind)).toEqual(['notice', 'step', 'act']);
  });

  test('it is bounded: of many acts and notices the first are listed, the others counted', () => {
    const results = Array.from({ length: 1_000 }, (_, n) => result(`web-${n}`, n));
    const deliveries = Array.from({ length: 1_000 }, (_, n) => delivery(`delay-${n}`, 'bob', { at: at(2_000 + n) }));
    const crowd = Array.from({ length: 50 }, (_, n) => delivery('start', `p${n}`));
    const all = wholeTimeline({ ...NOTHING, results, deliveries: [...crowd, ...deliveries] });
    expect(all).toHaveLength(402);
    const left = all.flatMap(({ fact }) => (fact.fact === 'not-listed' ? [[fact.what, fact.count]] : []));
    expect(left).toEqual([
      ['acts', 800],
      ['notices', 801],
    ]);
    expect(all.map(({ fact }) => fact)).toContainEqual(expect.objectContaining({ fact: 'told', more: 44 }));
  });
});
