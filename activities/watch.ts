import type { IncidentId } from '../src/domain/ids';
import { FirebreakError } from '../src/domain/errors';
import type { ActionKind, Drift } from '../src/domain/plan';
import { holds } from '../src/domain/plan';
import type { SecurityReading } from '../src/domain/security-state';
import type { ActivityDeps } from '../src/ports/activity-deps';
import { activity } from './failure';
import { watchedOn } from './watched';

export interface WatchRound {
  /** Controls of the incident that are still wanted. */
  readonly active: number;
  /** Acts whose time is over and which the caller has to undo. */
  readonly expired: readonly {
    readonly actionId: string;
    readonly kind: ActionKind | 'forced-isolation';
    readonly host: string;
    readonly expiresAt: string;
  }[];
  readonly drift: readonly Drift[];
  readonly reasserted: number;
  readonly readings: readonly SecurityReading[];
  readonly unreachable: readonly string[];
}

/** One look at every host of an incident: what the kernel lost is put back, what it has too much is reported (B14). */
export function watchActivities(deps: ActivityDeps) {
  return {
    watchRound: (input: { readonly incident: IncidentId; readonly planHash: string }): Promise<WatchRound> =>
      activity(async ({ signal, attempt }) => {
        const now = deps.now().toISOString();
        const rows = await deps.controls.active({ incident: input.incident });
        const byAction = new Map(rows.map((row) => [row.action, row]));
        const due = [...byAction.values()].filter((row) => row.expiresAt <= now);
        const wanted = [...byAction.values()].filter((row) => row.expiresAt > now);
        const plan = await deps.plans.load(input.incident, input.planHash);
        const drift: Drift[] = [];
        const unreachable = new Set<string>();
        let reasserted = 0;
        for (const row of wanted) {
          const host = deps.site.hosts.get(row.host);
          const action = plan.actions.find((candidate) => candidate.id === row.action);
          if (host === undefined || action === undefined || unreachable.has(row.host)) continue;
          const context = { incident: input.incident, signal, attempt, onProgress: () => undefined };
          try {
            const state = await deps.containment.verify(host, action, context);
            if (state.verified || holds(state.counts)) continue;
            drift.push(
              ...state.exceptions
                .slice(0, 20)
                .map(({ target }): Drift => ({ host: host.name, target, kind: 'wanted-but-missing' })),
            );
            const repaired = await deps.containment.reassert(host, action, context);
            reasserted += repaired.counts.applied;
          } catch (thrown) {
            if (!(thrown instanceof FirebreakError)) throw thrown;
            unreachable.add(row.host);
          }
        }
        const readings = await readAll(
          deps,
          input.incident,
          [...new Set(wanted.map((row) => row.host))].filter((host) => !unreachable.has(host)),
          signal,
        );
        return {
          active: wanted.length,
          expired: due.map((row) => ({
            actionId: row.action,
            kind: row.kind,
            host: row.host,
            expiresAt: row.expiresAt,
          })),
          drift: drift.slice(0, 100),
          reasserted,
          readings: readings.map((reading) => ({
            ...reading,
            drift: drift.filter((item) => item.host === reading.host).length,
          })),
          unreachable: [...unreachable],
        };
      }),
  };
}

async function readAll(
  deps: ActivityDeps,
  incident: IncidentId,
  hosts: readonly string[],
  signal: AbortSignal,
): Promise<SecurityReading[]> {
  const readings = await Promise.all(
    hosts.map(async (name) => {
      const host = deps.site.hosts.get(name);
      if (host === undefined) return undefined;
      try {
        const reading = await deps.collector.reading(host, await watchedOn(deps, incident, name), {
          signal,
          budgetMs: 10_000,
          onProgress: () => undefined,
        });
        await deps.responses.recordReading(incident, 'watch', reading);
        return reading;
      } catch {
        return undefined;
      }
    }),
  );
  return readings.flatMap((reading) => reading ?? []);
}
