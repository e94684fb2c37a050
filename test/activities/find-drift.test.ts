import { findDrift } from '../../activities/find-drift';
import type { GuardedDeps } from '../../activities/guarded';
import { hashOf } from '../../src/domain/hash';
import { actionId, incidentId } from '../../src/domain/ids';
import type { ActionKind, PlannedAction } from '../../src/domain/plan';
import { UNDO_OF } from '../../src/domain/plan';
import { sampleHost } from '../support/sample-host';
import { sealedPlan, workerSeals } from '../support/worker-seals';

/** An earlier incident has this in force on web-1; a new one plans there. */
const EARLIER = incidentId('INC-20261120-7F3K');
const NEW = incidentId('INC-20261120-8G4M');
const PLAN_HASH = hashOf('plan');

type Kind = ActionKind | 'forced-isolation';
const act = (kind: Kind, host = 'web-1') => ({
  ...{ id: actionId(EARLIER, kind, host), kind, host, approval: 'none', expiresAt: '2026-11-21T03:00:00.000Z' },
});

/** @param lost what the host does not hold of its controls; `hangs` never answers */
function world(kinds: readonly Kind[], found: (kind: Kind) => 'held' | 'missing' | 'unknown' | 'hangs') {
  const seals = workerSeals();
  const looked: string[] = [];
  const look = async (kind: Kind) => {
    looked.push(kind);
    const outcome = found(kind);
    if (outcome === 'hangs') throw new Error('no answer');
    return Promise.resolve({ exceptions: outcome === 'held' ? [] : [{ target: `the ${kind}`, outcome }] });
  };
  const sealed = { incident: EARLIER, planHash: PLAN_HASH, grantId: 'x', documentSha256: 'x' };
  const actions = kinds.filter((kind) => kind !== 'forced-isolation').map((kind) => act(kind));
  const deps = {
    site: { hosts: new Map([['web-1', sampleHost('web-1')]]) },
    incidents: { find: () => Promise.resolve({ planHash: PLAN_HASH }) },
    plans: { load: () => sealedPlan(seals, { actions: actions as unknown as PlannedAction[] }, sealed) },
    seals,
    controls: {
      active: () =>
        Promise.resolve(
          kinds.map((kind) => ({
            ...act(kind),
            action: act(kind).id,
            incident: EARLIER,
            target: 'x',
            rung: 'gateway',
          })),
        ),
    },
  } as unknown as GuardedDeps;
  const effects = {
    inspector: { facts: () => look('block-sources').then(() => ({ blocks: [] })) },
    containment: { verify: (_host: unknown, { kind }: PlannedAction) => look(kind) },
    forced: { verify: () => look('forced-isolation') },
  } as unknown as Parameters<typeof findDrift>[1];
  const context = { incident: NEW, signal: new AbortController().signal, attempt: 1 };
  return { looked, drift: (hosts = ['web-1']) => findDrift(deps, effects, hosts, context), deps };
}

describe('B4 planning reads what is in force on a host, of every kind', () => {
  const kinds: Kind[] = [...(Object.keys(UNDO_OF) as ActionKind[]), 'forced-isolation'];

  test.each(kinds)('%s that the host has lost is drift', async (kind) => {
    const { drift } = world([kind], () => 'missing');
    const target = kind === 'block-sources' ? 'x' : `the ${kind}`;
    expect(await drift()).toEqual([{ host: 'web-1', target, kind: 'wanted-but-missing' }]);
  });

  test('what holds is none, and what cannot be read is not called lost', async () => {
    const others = kinds.filter((kind) => kind !== 'block-sources');
    for (const found of ['held', 'unknown'] as const) {
      const { drift, looked } = world(others, () => found);
      expect(await drift()).toEqual([]);
      expect(looked.sort()).toEqual([...kinds].sort());
    }
  });

  test('one that gives no answer hides none of the others', async () => {
    const { drift } = world(kinds, (kind) => (kind === 'isolate-host' ? 'hangs' : 'missing'));
    expect(await drift()).toHaveLength(kinds.length - 1);
  });

  test('H1 no host is looked at for a plan that no worker has sealed', async () => {
    const { drift, looked, deps } = world(['isolate-host'], () => 'missing');
    const load = deps.plans.load.bind(deps.plans);
    Object.assign(deps.plans, {
      load: async (...of: Parameters<typeof load>) => ({ ...(await load(...of)), seal: null }),
    });
    expect(await drift()).toEqual([]);
    expect(looked).toEqual(['block-sources']);
  });
});
