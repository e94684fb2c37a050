import { blockDrift } from '../src/domain/drift';
import type { Host } from '../src/domain/host';
import type { Drift } from '../src/domain/plan';
import type { ActContext } from '../src/ports/containment';
import type { ControlRow } from '../src/ports/repositories';
import type { Effects, GuardedDeps } from './guarded';
import { openPlan } from './sealed-plan';

/** One dead host must not use up the time that planning for the others has. */
const LOOK_FOR_DRIFT_MS = 6_000;
const MOST_DRIFT = 1_000;

type Looking = Pick<Effects, 'inspector' | 'containment' | 'forced'>;

/**
 * Where the tables and the hosts disagree before an incident acts there (B4): blocks both ways, and every other control that some
 * incident has in force and the host does not hold. A host that does not answer is left to the acts themselves.
 */
export async function findDrift(
  deps: Pick<GuardedDeps, 'site' | 'controls' | 'incidents' | 'plans' | 'seals'>,
  effects: Looking,
  hosts: readonly string[],
  context: Omit<ActContext, 'onProgress'>,
): Promise<Drift[]> {
  const known = hosts.flatMap((name) => deps.site.hosts.get(name) ?? []);
  const perHost = await Promise.all(
    known.map(async (host) => {
      const signal = AbortSignal.any([context.signal, AbortSignal.timeout(LOOK_FOR_DRIFT_MS)]);
      const inTime: ActContext = { ...context, signal, onProgress: () => undefined };
      const rows = await deps.controls.active({ host: host.name }).catch(() => []);
      const acts = new Map(rows.filter(({ kind }) => kind !== 'block-sources').map((row) => [row.action, row]));
      const looks = [
        async () => blockDrift(host.name, rows, (await effects.inspector.facts(host, inTime)).blocks),
        ...[...acts.values()].map((row) => () => lostOf(deps, effects, host, row, inTime)),
      ];
      return Promise.all(looks.map((look) => look().catch((): Drift[] => [])));
    }),
  );
  return perHost.flat(2).slice(0, MOST_DRIFT);
}

/** What of a control its host does not hold any more. Only what a worker has planned is looked for: rows can be made by others. */
async function lostOf(
  deps: Pick<GuardedDeps, 'site' | 'incidents' | 'plans' | 'seals'>,
  { containment, forced }: Looking,
  host: Host,
  { action, incident, kind, rung }: ControlRow,
  context: ActContext,
): Promise<Drift[]> {
  const lost = async (): Promise<readonly { readonly target: string; readonly outcome: string }[]> => {
    if (kind === 'forced-isolation') {
      const gateway = host.gateway === undefined ? undefined : deps.site.hosts.get(host.gateway);
      return (await forced.verify(host, gateway, action, rung, context)).exceptions;
    }
    const planHash = (await deps.incidents.find(incident))?.planHash ?? null;
    if (planHash === null) return [];
    const { plan } = await openPlan(deps, incident, planHash);
    const planned = plan.actions.find((candidate) => candidate.id === action && candidate.host === host.name);
    return planned === undefined ? [] : (await containment.verify(host, planned, context)).exceptions;
  };
  return (await lost())
    .filter(({ outcome }) => outcome === 'missing')
    .map(({ target }) => ({ host: host.name, target, kind: 'wanted-but-missing' }));
}
