import type { ResponseFacts } from '../../../src/domain/outcome';
import { outcomeOf } from '../../../src/domain/outcome';
import type { ActionId } from '../../../src/domain/ids';
import type { ActionResult, OutcomeCounts } from '../../../src/domain/plan';
import { NO_OUTCOMES, addCounts, countOutcomes, holds, settled } from '../../../src/domain/plan';
import { TARGET_OUTCOMES, laterStage, priorityRank } from '../../../src/domain/words';

const counts = (some: Partial<OutcomeCounts>): OutcomeCounts => ({ ...NO_OUTCOMES, ...some });
const result = (kind: ActionResult['kind'], some: Partial<OutcomeCounts>, host = 'web-1'): ActionResult => ({
  action: `INC-20261120-7F3K:${kind}:${host}` as ActionId,
  kind,
  host,
  counts: counts(some),
  exceptions: [],
  verified: true,
  rung: 'nftables',
  replayed: false,
  startedAt: '2026-11-20T03:00:00Z',
  endedAt: '2026-11-20T03:00:01Z',
  notes: [],
});
const facts = (some: Partial<ResponseFacts>): ResponseFacts => ({
  plan: { mode: 'isolate', refused: 0, leftOut: 0 },
  planned: 1,
  hosts: { known: 1, unknown: 0 },
  results: [result('block-sources', { applied: 3 })],
  uncontained: [],
  takenOver: false,
  drill: false,
  stoodDown: false,
  ...some,
});

describe('B8 the one word for the outcome', () => {
  const cases: [string, Partial<ResponseFacts>, string][] = [
    ['every act in force', {}, 'contained'],
    ['already in force counts', { results: [result('block-sources', { already: 3 })] }, 'contained'],
    ['one act of two', { planned: 2 }, 'contained-in-part'],
    [
      'one act of two failed',
      { planned: 2, results: [result('block-sources', { applied: 1 }), result('isolate-host', { failed: 1 })] },
      'contained-in-part',
    ],
    [
      'an act that was not approved',
      { planned: 2, results: [result('block-sources', { applied: 1 }), result('isolate-host', { refused: 1 })] },
      'contained-in-part',
    ],
    ['unknown is never success', { results: [result('block-sources', { applied: 2, unknown: 1 })] }, 'manual'],
    ['nothing was done', { results: [] }, 'manual'],
    ['nothing but refusals was done', { results: [result('block-sources', { refused: 3 })] }, 'manual'],
    [
      'heightened monitoring alone contains nothing',
      { results: [result('heighten-monitoring', { applied: 1 })] },
      'manual',
    ],
    [
      'forced isolation holds what failed',
      { results: [result('block-sources', { failed: 1 }), result('forced-isolation', { applied: 1 })] },
      'contained-by-force',
    ],
    ['a host that nothing holds, another is held', { uncontained: ['db-1'] }, 'contained-in-part'],
    ['a host that nothing holds, and no other', { uncontained: ['db-1'], results: [] }, 'manual'],
    [
      'an account that is on one host only',
      {
        planned: 2,
        results: [result('disable-account', { applied: 1 }), result('disable-account', { missing: 1 }, 'db-1')],
      },
      'contained',
    ],
    ['an account that is nowhere', { results: [result('disable-account', { missing: 1 })] }, 'manual'],
    [
      'a missing block is not needless',
      {
        planned: 2,
        results: [result('block-sources', { applied: 1 }), result('block-sources', { missing: 1 }, 'db-1')],
      },
      'contained-in-part',
    ],
    [
      'nothing to do in monitor mode',
      { plan: { mode: 'monitor', refused: 0, leftOut: 0 }, planned: 0, results: [] },
      'monitored',
    ],
    [
      'everything asked for was refused',
      { plan: { mode: 'block', refused: 4, leftOut: 0 }, planned: 0, results: [] },
      'refused',
    ],
    ['a host that is not in the inventory, another is held', { hosts: { known: 1, unknown: 1 } }, 'contained-in-part'],
    [
      'a host that is not in the inventory, another is held by force',
      { hosts: { known: 1, unknown: 1 }, results: [result('forced-isolation', { applied: 1 })] },
      'contained-in-part',
    ],
    [
      'no host is in the inventory',
      { plan: { mode: 'block', refused: 2, leftOut: 0 }, planned: 0, results: [], hosts: { known: 0, unknown: 2 } },
      'refused',
    ],
    [
      'watching without a host to watch',
      { plan: { mode: 'monitor', refused: 1, leftOut: 0 }, planned: 0, results: [], hosts: { known: 0, unknown: 1 } },
      'refused',
    ],
    [
      'watching those hosts that are known',
      { plan: { mode: 'monitor', refused: 1, leftOut: 0 }, planned: 0, results: [], hosts: { known: 1, unknown: 1 } },
      'monitored',
    ],
    ['nothing was named', { plan: { mode: 'block', refused: 0, leftOut: 0 }, planned: 0, results: [] }, 'manual'],
    [
      'watching, and nothing was named',
      { plan: { mode: 'monitor', refused: 0, leftOut: 0 }, planned: 0, results: [], hosts: { known: 0, unknown: 0 } },
      'monitored',
    ],
    ['the policy leaves out an account', { plan: { mode: 'isolate', refused: 1, leftOut: 1 } }, 'contained-in-part'],
    ['a protected address is refused', { plan: { mode: 'isolate', refused: 1, leftOut: 0 } }, 'contained'],
    ['a drill', { drill: true }, 'rehearsed'],
    [
      'a drill in which an act would fail',
      { drill: true, results: [result('block-sources', { failed: 1 })] },
      'rehearsed',
    ],
    [
      'a drill in which everything was refused',
      { drill: true, plan: { mode: 'block', refused: 2, leftOut: 0 }, planned: 0, results: [] },
      'refused',
    ],
    ['a drill that people took over', { drill: true, takenOver: true }, 'manual'],
    ['no plan', { plan: undefined, planned: 0, results: [] }, 'manual'],
    ['people took over', { takenOver: true }, 'manual'],
    ['stood down wins over everything', { stoodDown: true, takenOver: true, plan: undefined }, 'stood-down'],
  ];
  test.each(cases)('%s', (_what, some, outcome) => {
    expect(outcomeOf(facts(some))).toBe(outcome);
  });
});

describe('C2 counts', () => {
  test('add up to the number of targets', () => {
    const results = TARGET_OUTCOMES.flatMap((outcome, i) =>
      Array.from({ length: i + 1 }, (_, n) => ({ target: `${outcome}${n}`, outcome })),
    );
    const counted = countOutcomes(results);
    expect(counted).toEqual({ applied: 1, already: 2, refused: 3, missing: 4, unknown: 5, failed: 6 });
    expect(addCounts(counted, counted)).toEqual(countOutcomes([...results, ...results]));
    expect(NO_OUTCOMES).toEqual(countOutcomes([]));
  });

  test('an act holds without missing, unknown or failed targets; a lacking account is settled', () => {
    for (const word of ['missing', 'unknown', 'failed'] as const)
      expect(holds(counts({ applied: 9, [word]: 1 }))).toBe(false);
    expect(holds(counts({ applied: 1, refused: 1 }))).toBe(true);
    expect(settled('disable-account', counts({ missing: 1 }))).toBe(true);
    expect(settled('block-sources', counts({ missing: 1 }))).toBe(false);
    expect(settled('disable-account', counts({ unknown: 1 }))).toBe(false);
  });
});

describe('B9 order of incidents', () => {
  test('severity before type, then intrusion, malware, ddos', () => {
    const all = (['medium', 'high', 'critical'] as const).flatMap((severity) =>
      (['unknown', 'ddos', 'malware', 'intrusion'] as const).map((type) => ({ severity, type })),
    );
    const order = all.sort((a, b) => priorityRank(a.severity, a.type) - priorityRank(b.severity, b.type));
    expect(order.slice(0, 5).map(({ severity, type }) => `${severity} ${type}`)).toEqual([
      'critical intrusion',
      'critical malware',
      'critical ddos',
      'critical unknown',
      'high intrusion',
    ]);
  });

  test('B8 a run never goes back to a milder stage', () => {
    expect(laterStage('escalated', 'partial')).toBe('escalated');
    expect(laterStage('none', 'emergency')).toBe('emergency');
  });
});
