import { exitCodeOf } from '../../../src/cli/follow';
import type { RefusedTarget } from '../../../src/domain/plan';
import { NO_OUTCOMES } from '../../../src/domain/plan';
import { OUTCOMES } from '../../../src/domain/words';
import type { IncidentStatus } from '../../../src/operations/status';

const ENDED = '2026-11-20T03:00:12.000Z';

type Judged = Parameters<typeof exitCodeOf>[0];

function code(row: Partial<IncidentStatus['row']>, refused: readonly RefusedTarget['reason'][] = []): number {
  return exitCodeOf({
    row: { outcome: null, needsHuman: false, responseEndedAt: ENDED, ...row },
    plan: { refused: refused.map((reason) => ({ target: 'x', reason, detail: '' })), actions: [] },
    results: [],
  } as unknown as Judged);
}

describe('U3 the exit code of a response', () => {
  test('U3 every outcome of a response that ran has one, and none of them is 3', () => {
    expect(OUTCOMES.map((outcome) => [outcome, code({ outcome })])).toEqual([
      ['contained', 0],
      ['contained-by-force', 0],
      ['contained-in-part', 4],
      ['monitored', 0],
      ['manual', 4],
      ['refused', 4],
      ['stood-down', 0],
      ['false-positive', 0],
      ['joined', 0],
      ['rehearsed', 0],
    ]);
  });

  test('U3 3 says that the start was refused: no response ever ended', () => {
    expect(code({ outcome: 'refused', responseEndedAt: null })).toBe(3);
    expect(code({ outcome: 'refused' })).toBe(4);
  });

  test('B1 a named host that is not in the inventory needs people, whatever else was done; a protected address does not', () => {
    expect(code({ outcome: 'monitored' }, ['unknown-host'])).toBe(4);
    expect(code({ outcome: 'contained' }, ['protected', 'too-wide'])).toBe(0);
    expect(code({ responseEndedAt: null }, ['unknown-host'])).toBe(0);
  });

  test.each([
    ['every act would hold', [{ applied: 3 }, { already: 1 }], 0],
    ['one would be refused by the host', [{ applied: 3 }, { applied: 1, refused: 1 }], 0],
    ['one would fail', [{ applied: 3 }, { failed: 1 }], 4],
    ['one could not be looked at', [{ applied: 3 }], 4],
  ])('U1 a drill in which %s', (_what, counts, expected) => {
    const row = { outcome: 'rehearsed', needsHuman: false, responseEndedAt: ENDED };
    const plan = { refused: [], actions: [{ id: 'act-0' }, { id: 'act-1' }] };
    const results = counts.map((some, n) => {
      return { action: `act-${n}`, kind: 'block-sources', counts: { ...NO_OUTCOMES, ...some } };
    });
    expect(exitCodeOf({ row, plan, results } as unknown as Judged)).toBe(expected);
  });

  test('B8 whoever asks for people gets 4 at any time', () => {
    expect(code({ needsHuman: true, responseEndedAt: null })).toBe(4);
  });
});
