import { exceptionsInWords, exceptionsTold } from '../../activities/exceptions-told';
import { onRecord } from '../../src/domain/fact';
import { NO_OUTCOMES, type ActionResult, type TargetResult } from '../../src/domain/plan';
import { actionId, incidentId } from '../../src/domain/ids';

function resultOf(exceptions: readonly TargetResult[]): ActionResult {
  return {
    action: actionId(incidentId('INC-20261120-7F3K'), 'disable-account', 'db-1', 'miner'),
    kind: 'disable-account',
    host: 'db-1',
    counts: { ...NO_OUTCOMES, failed: exceptions.length },
    exceptions,
    verified: false,
    rung: 'account',
    replayed: false,
    startedAt: '2026-11-20T03:00:00.000Z',
    endedAt: '2026-11-20T03:00:01.000Z',
    notes: [],
  };
}

describe('C2 what of an act does not hold, as people are told', () => {
  test('by name and reason, what failed first; the rest is counted', () => {
    const missing = Array.from({ length: 6 }, (_, n): TargetResult => ({ target: `192.0.2.${n}`, outcome: 'missing' }));
    const failed: TargetResult = {
      target: 'miner',
      outcome: 'failed',
      detail: onRecord('keys in place'),
      why: ['keys-in-place'],
      also: [{ fact: 'first-file', path: '/home/miner/.ssh/authorized_keys' }],
    };
    const told = exceptionsTold(resultOf([...missing, failed]));
    expect(told?.targets[0]).toEqual(failed);
    expect(told).toMatchObject({ targets: { length: 5 }, more: 2 });
    expect(exceptionsInWords(resultOf([failed]))).toBe(
      'db-1: 0 applied, 0 already, 0 refused, 0 missing, 0 unknown, 1 failed: miner failed (keys in place).',
    );
  });

  test('a host’s words are one printable line of bounded length', () => {
    const [target] =
      exceptionsTold(
        resultOf([{ target: 'x', outcome: 'failed', detail: onRecord(`\u001b[2J\n${'y'.repeat(9_000)}`) }]),
      )?.targets ?? [];
    expect(target?.detail).toMatch(/^\[2J y{196}$/);
  });

  test('nothing to name, nothing told', () => {
    expect(exceptionsTold(resultOf([]))).toBeUndefined();
  });
});
