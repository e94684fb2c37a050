import type { ActInput, Authority } from '../../activities';
import { actionId } from '../../src/domain/ids';
import { respondUse } from '../../src/domain/order';
import { sampleResult } from '../support/incident-samples';
import {
  act,
  action,
  GRANT,
  incident,
  onHost,
  ORDER,
  OTHER,
  refusedUntouched,
  without,
  worker,
} from './support/authority-world';

describe('B15 an act called for around the incident does nothing but alert', () => {
  test('B15 without a grant, whatever the act', async () => {
    for (const call of [
      (w: ReturnType<typeof worker>) => w.run(w.contain.performAction, without(act())),
      (w: ReturnType<typeof worker>) => w.run(w.contain.undoAction, without(act())),
      (w: ReturnType<typeof worker>) => w.run(w.contain.forceIsolation, without(onHost())),
      (w: ReturnType<typeof worker>) => w.run(w.contain.liftForcedIsolation, without(onHost())),
      (w: ReturnType<typeof worker>) => w.run(w.contain.stageForcedIsolation, without(onHost())),
    ]) {
      const there = worker();
      await refusedUntouched(there, call(there));
    }
  });

  test('B15 with a grant that does not exist, or one that was used up for something else', async () => {
    for (const [authority, code] of [
      [{ grantId: 'rubbish', use: GRANT.use }, 'GRANT_UNKNOWN'],
      [{ grantId: 'respond', use: respondUse(incident, 'run-2') }, 'GRANT_MISMATCH'],
    ] as const) {
      const there = worker();
      await refusedUntouched(there, there.run(there.contain.performAction, act({ authority })), code);
      const again = worker();
      await refusedUntouched(again, again.run(again.contain.forceIsolation, onHost({ authority })), code);
    }
  });

  test('B15 an order of another kind or incident does not fit', async () => {
    const release: Authority = { grantId: 'release', use: 'release:1' };
    const calls: ((there: ReturnType<typeof worker>) => Promise<unknown>)[] = [
      (there) => there.run(there.contain.performAction, act({ authority: release, operator: 'bob' })),
      (there) => there.run(there.contain.forceIsolation, onHost({ authority: release, operator: 'bob' })),
      (there) => there.run(there.contain.undoAction, act()),
      (there) => there.run(there.contain.liftForcedIsolation, onHost()),
      (there) =>
        there.run(
          there.contain.undoAction,
          act({ authority: { grantId: 'other', use: 'release:2' }, operator: 'bob' }),
        ),
      (there) => there.run(there.contain.forceIsolation, onHost({ incident: OTHER })),
      (there) => there.run(there.contain.performAction, act({ operator: 'mallory' })),
    ];
    for (const call of calls) {
      const there = worker();
      await refusedUntouched(there, call(there));
    }
  });

  test('B15 addresses are let go by an order of this incident, of this operator, for this host, and by no other', async () => {
    const by = (grantId: string, use: string, more: Partial<ActInput> = {}) =>
      act({ authority: { grantId, use }, operator: 'bob', ...more });
    for (const input of [
      without(act()),
      act(),
      by('release', 'release:1'),
      by('unblock-other', 'unblock:2'),
      by('unblock-db', 'unblock:3'),
      by('unblock', 'unblock:1', { operator: 'mallory' }),
      by('unblock', 'unblock:1', { incident: OTHER }),
    ]) {
      const there = worker();
      await refusedUntouched(there, there.run(there.contain.unblockSources, input));
    }
    const there = worker();
    // What was signed is let go, however much more the caller names.
    const wider = { ...by('unblock', 'unblock:1'), targets: ['192.0.2.7', '192.0.2.8'], sources: ['192.0.2.8'] };
    await there.run(there.contain.unblockSources, wider);
    expect(there.touched).toEqual(['row released', 'unblock web-1 192.0.2.7']);
    const whole = worker();
    const authority = { grantId: 'unblock', use: 'unblock:1' };
    await refusedUntouched(whole, whole.run(whole.contain.undoAction, act({ authority, operator: 'bob' })));
  });

  test('B15 a host that the order does not name, and an act beyond its mode', async () => {
    const elsewhere = worker({ actions: [action('block-sources', { host: 'db-1' })] });
    await refusedUntouched(elsewhere, elsewhere.run(elsewhere.contain.performAction, act()));
    const forced = worker();
    await refusedUntouched(forced, forced.run(forced.contain.forceIsolation, onHost({ host: 'db-1' })));
    const isolate = action('isolate-host');
    const beyond = worker({ order: { ...ORDER, mode: 'block' }, actions: [isolate] });
    await refusedUntouched(beyond, beyond.run(beyond.contain.performAction, act({ actionId: isolate.id })));
    const watchOnly = worker({ order: { ...ORDER, mode: 'monitor' } });
    await refusedUntouched(watchOnly, watchOnly.run(watchOnly.contain.forceIsolation, onHost()));
  });

  test('B15 a grant from the history of an incident that is closed begins nothing any more', async () => {
    const there = worker({ phase: 'closed' });
    await refusedUntouched(there, there.run(there.contain.performAction, act()));
    const forced = worker({ phase: 'closed' });
    await refusedUntouched(forced, forced.run(forced.contain.forceIsolation, onHost()));
  });

  test('H1 that an incident is closed counts only with a worker’s seal: acts go on, and people hear of it once', async () => {
    const there = worker({ phase: 'closed', phaseBy: 'nobody' });
    await there.run(there.contain.performAction, act());
    await there.run(there.contain.performAction, act());
    expect(there.touched).toEqual(['perform web-1', 'perform web-1']);
    const alerts = there.ledger.filter(({ action }) => action === 'act.refused');
    expect(alerts).toMatchObject([{ level: 'CRITICAL', subject: `close:${incident}`, result: 'NOT_AUTHORISED' }]);
  });

  test('B5 a host that must stay up is not isolated, not even staged, whoever says so', async () => {
    const isolate = action('isolate-host');
    const calls: ((there: ReturnType<typeof worker>) => Promise<unknown>)[] = [
      (there) => there.run(there.contain.forceIsolation, onHost()),
      (there) => there.run(there.contain.stageForcedIsolation, onHost()),
      (there) => there.run(there.contain.performAction, act({ actionId: isolate.id })),
    ];
    for (const call of calls) {
      const there = worker({ isolation: 'never', actions: [isolate] });
      await refusedUntouched(there, call(there));
    }
  });

  test('N5 what needs approval asks for the approval of this plan, by somebody else', async () => {
    const actions = [action('block-sources', { approval: 'required' })];
    for (const approval of [
      undefined,
      { grantId: 'own', use: 'approve:2' },
      { grantId: 'enrolled', use: 'approve:4' },
      { grantId: 'same-day', use: 'approve:5' },
      { grantId: 'enroller', use: 'approve:6' },
      { grantId: 'elsewhere', use: 'approve:3' },
      { grantId: 'release', use: 'release:1' },
    ]) {
      const there = worker({ actions });
      const input = act(approval === undefined ? {} : { approval });
      await refusedUntouched(there, there.run(there.contain.performAction, input));
    }
    const agreed = worker({ actions, isolation: 'approval' });
    const approval = { grantId: 'approve', use: 'approve:1' };
    await refusedUntouched(agreed, agreed.run(agreed.contain.forceIsolation, onHost()));
    const elsewhere = onHost({ approval: { grantId: 'elsewhere', use: 'approve:3' } });
    const another = worker({ actions, isolation: 'approval' });
    await refusedUntouched(another, another.run(another.contain.forceIsolation, elsewhere));
    await agreed.run(agreed.contain.performAction, act({ approval }));
    await agreed.run(agreed.contain.forceIsolation, onHost({ approval }));
    expect(agreed.touched).toEqual(['perform web-1', 'force web-1']);
  });

  test('U1 an order that was signed as a drill is one, whatever the caller says', async () => {
    const there = worker({ order: { ...ORDER, drill: true } });
    await there.run(there.contain.performAction, act());
    expect(there.touched).toEqual(['preview web-1']);
    const forced = worker({ order: { ...ORDER, drill: true } });
    await refusedUntouched(forced, forced.run(forced.contain.forceIsolation, onHost()));
  });
});

describe('H1 what is planned counts only with the seal of the worker that derived it', () => {
  test.each(['other-order', 'stranger', 'nobody'] as const)(
    'H1 a plan by %s starts no act, whatever it says of approval',
    async (planBy) => {
      const access = action('emergency-access', { account: 'svc-backup', publicKeys: ['attacker'] });
      const there = worker({ planBy, actions: [access] });
      await refusedUntouched(there, there.run(there.contain.performAction, act({ actionId: access.id })));
      const forced = worker({ planBy });
      const running = forced.run(forced.contain.forceIsolation, onHost());
      await expect(running).rejects.toMatchObject({ type: 'NOT_AUTHORISED' });
      expect(forced.touched).toEqual([]);
    },
  );

  test('H1 B4 forced isolation goes beyond the mode: it needs an act that was begun on the host and has not come to its end', async () => {
    const done = sampleResult({
      id: actionId(incident, 'block-sources', 'web-1'),
      kind: 'block-sources',
      host: 'web-1',
    });
    const begun = { action: 'perform', subject: done.action, stage: 'intent', at: '2026-11-20T03:00:09.000Z' } as const;
    for (const world of [{ events: [] }, { events: [begun] }, { eventsBy: 'nobody' as const }]) {
      const there = worker(world);
      await refusedUntouched(there, there.run(there.contain.forceIsolation, onHost()));
    }
    const failed = worker();
    await failed.run(failed.contain.forceIsolation, onHost());
    expect(failed.touched).toEqual(['force web-1']);
  });
});

describe('B15 an act with an order behind it', () => {
  test('is carried out; so is forced isolation of a host of the order', async () => {
    const there = worker();
    await there.run(there.contain.performAction, act());
    await there.run(there.contain.stageForcedIsolation, onHost());
    await there.run(there.contain.forceIsolation, onHost());
    expect(there.touched).toEqual(['perform web-1', 'stage web-1', 'force web-1']);
  });

  test('L1 goes on from memory while the tables are away', async () => {
    const there = worker({ databaseAway: true });
    await there.run(there.contain.performAction, act());
    expect(there.touched).toEqual(['perform web-1']);
  });

  test('B14 H1 is undone by order, or because its time is over by the sealed plan and by the tables', async () => {
    const ordered = worker();
    const by = { authority: { grantId: 'release', use: 'release:1' }, operator: 'bob' };
    await ordered.run(ordered.contain.undoAction, act(by));
    await ordered.run(ordered.contain.liftForcedIsolation, onHost(by));
    expect(ordered.touched).toEqual(['row released', 'undo web-1', 'row released', 'lift web-1']);
    // What people end does not wait for a rest of the host, which may be over.
    expect(ordered.insisted).toEqual(['undo web-1', 'lift web-1']);
    const expiredAct = (): ActInput => without(act(), 'operator');
    const ended = [action('block-sources', { expiresAt: '2026-11-20T03:00:05.000Z' })];
    for (const there of [worker({ over: true }), worker({ actions: ended })])
      await refusedUntouched(there, there.run(there.contain.undoAction, expiredAct()));
    const early = worker({ over: 'no-control' });
    await refusedUntouched(early, early.run(early.contain.undoAction, expiredAct()));
    // An act that failed in part may have no control in the tables.
    for (const over of [true, 'no-control'] as const) {
      const expired = worker({ over, actions: ended });
      await expired.run(expired.contain.undoAction, expiredAct());
      expect(expired.touched).toEqual(['row expired', 'undo web-1']);
      expect(expired.insisted).toEqual([]);
    }
  });
});
