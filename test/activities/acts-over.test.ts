import type { Authority } from '../../activities';
import { sampleResult } from '../support/incident-samples';
import { act, action, onHost, refusedUntouched, worker } from './support/authority-world';

/** An act that was signed for, called for again by somebody who has the grant from the history of an open incident. */
const LATER = '2026-11-20T03:05:00.000Z';
const release = { authority: { grantId: 'release', use: 'release:1' } satisfies Authority, operator: 'bob' };
const begins = [
  (there: ReturnType<typeof worker>) => there.run(there.contain.performAction, act()),
  (there: ReturnType<typeof worker>) => there.run(there.contain.forceIsolation, onHost()),
  (there: ReturnType<typeof worker>) => there.run(there.contain.stageForcedIsolation, onHost()),
];

describe('H1 B5 what was signed for is not called for again', () => {
  test.each(['take-over', 'release'])('H1 after a %s nothing is put in force, only undone', async (order) => {
    for (const call of begins) {
      const there = worker({ orders: [order], now: LATER });
      await refusedUntouched(there, call(there), 'ENDED_BY_ORDER');
    }
    const there = worker({ orders: [order], now: LATER });
    await there.run(there.contain.undoAction, act(release));
    expect(there.touched).toEqual(['row released', 'undo web-1']);
  });

  test('H1 a run that has not heard of the order yet is refused without an alert', async () => {
    for (const call of begins) {
      const there = worker({ orders: ['take-over'] });
      await expect(call(there)).rejects.toMatchObject({ type: 'ENDED_BY_ORDER', nonRetryable: true });
      expect([there.touched, there.ledger]).toEqual([[], []]);
    }
  });

  test('H1 an event that names no good grant, or one of another incident, stops nothing', async () => {
    const there = worker({ orders: ['forged', 'other', 'approve'], now: LATER });
    for (const call of begins) await call(there);
    expect(there.touched).toEqual(['perform web-1', 'force web-1', 'stage web-1']);
  });

  test('H1 B7 after the time of the response nothing is begun', async () => {
    for (const call of begins) {
      const there = worker({ now: '2026-11-20T03:31:00.000Z' });
      await refusedUntouched(there, call(there), 'DEADLINE_PASSED');
    }
  });

  test('B2 an act that is on record as done, and whose answer was lost, is no failure: the controls hold, and nobody is alerted', async () => {
    const { id } = action('block-sources');
    const results = [sampleResult({ id, kind: 'block-sources', host: 'web-1' })];
    const said = { action: 'perform', stage: 'result', subject: id } as const;
    const events = [
      { ...said, result: 'done' },
      { ...said, result: 'HOST_TIMEOUT' },
    ];
    const there = worker({ results, events });
    await expect(there.run(there.contain.forceIsolation, onHost())).rejects.toMatchObject({ type: 'CONTROLS_HOLD' });
    expect([there.touched, there.ledger]).toEqual([[], []]);
    // A row alone says nothing: whoever may write into the tables must not keep a host from being cut off.
    const forged = worker({ results });
    await forged.run(forged.contain.forceIsolation, onHost());
    expect(forged.touched).toEqual(['force web-1']);
  });
});
