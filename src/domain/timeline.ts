import type { ActNow } from './ending';
import type { Fact } from './fact';
import { inEnglish } from './fact-words';
import type { Delivery } from './notice';
import type { ActionResult, PlannedAction } from './plan';
import { namedTarget } from './plan';
import type { TimelineEntry } from './report';

/** What the tables hold of one incident, as far as it has a time. */
export interface OnTimeline {
  /** Steps, stages and orders, as the run has noted them. */
  readonly noted: readonly TimelineEntry[];
  readonly planned: readonly PlannedAction[];
  readonly results: readonly ActionResult[];
  readonly acts: readonly ActNow[];
  readonly deliveries: readonly Delivery[];
  readonly drill: boolean;
}

/** Acts, and groups of notices, that are listed one by one. */
const MOST_LISTED = 200;
/** People that one line names. */
const MOST_NAMED = 6;
const ENDED_HOW = {
  undone: 'by-order',
  expired: 'expired',
  'not-undone': 'failed',
  'given-up': 'given-up',
} as const;

/**
 * Everything that happened, in the order of its beginning (P1): what the run noted, each act with its result and its end, and each
 * notice with who was reached. A block of any number of addresses is one entry.
 */
export function wholeTimeline(parts: OnTimeline): readonly TimelineEntry[] {
  const acts = [...ended(parts), ...undone(parts)];
  const all = [...parts.noted, ...listed('acts', acts), ...listed('notices', notices(parts.deliveries))];
  return all
    .map((entry) => ({ entry, from: Date.parse(entry.at), words: inEnglish(entry.fact) }))
    .sort((a, b) => a.from - b.from || (a.words < b.words ? -1 : 1))
    .map(({ entry }) => entry);
}

function ended({ results, planned, drill }: OnTimeline): readonly TimelineEntry[] {
  const plans = new Map(planned.map((action) => [action.id as string, action]));
  return results.map(({ action, kind, host, counts, rung, startedAt, endedAt }): TimelineEntry => {
    const plan = plans.get(action);
    const target = plan === undefined ? undefined : namedTarget(plan);
    const inForce = counts.applied + counts.already;
    const asked = Object.values(counts).reduce((sum, count) => sum + count, 0);
    return {
      at: startedAt,
      endedAt,
      phase: kind === 'heighten-monitoring' ? 'tightening' : 'containing',
      kind: 'act',
      fact: { fact: 'act-ended', host, kind, ...(target === undefined ? {} : { target }), asked, inForce, rung, drill },
    };
  });
}

function undone({ acts }: OnTimeline): readonly TimelineEntry[] {
  return acts.flatMap(({ host, kind, standing, undo }): TimelineEntry[] => {
    if (undo === null || standing === 'in-force' || standing === 'unconfirmed') return [];
    const how = ENDED_HOW[standing];
    const fact: Fact = {
      fact: 'act-undone',
      host,
      kind,
      how,
      ...(how === 'failed' && undo.code !== undefined ? { code: undo.code } : {}),
      ...(how === 'given-up' && undo.givenUpBy !== undefined ? { by: undo.givenUpBy } : {}),
    };
    return [{ at: undo.at, phase: 'watching', kind: 'act', fact }];
  });
}

/** One entry for each notice and state: who was reached, from the first to the last of them. */
function notices(deliveries: readonly Delivery[]): readonly TimelineEntry[] {
  const groups = new Map<string, Delivery[]>();
  for (const delivery of deliveries) {
    const key = `${noticeOf(delivery)} ${delivery.state}`;
    groups.set(key, [...(groups.get(key) ?? []), delivery]);
  }
  return [...groups.values()].flatMap((group): TimelineEntry[] => {
    const sorted = [...group].sort((a, b) => a.at.localeCompare(b.at) || (a.id < b.id ? -1 : 1));
    const [first] = sorted;
    const last = sorted.at(-1);
    if (first === undefined || last === undefined) return [];
    const people = sorted.slice(0, MOST_NAMED).map(({ person, channel }) => ({ person, channel }));
    const { kind: notice, state, at } = first;
    return [
      {
        at,
        ...(last.at === at ? {} : { endedAt: last.at }),
        phase: 'notifying',
        kind: 'notice',
        fact: { fact: 'told', notice, state, people, more: sorted.length - people.length },
      },
    ];
  });
}

/** `INC-…:start:alice:voice` belongs to `INC-…:start`. */
function noticeOf({ id }: Delivery): string {
  return id.split(':').slice(0, -2).join(':');
}

/** As many as people read; the sections of acts and notices have them all. */
function listed(what: 'acts' | 'notices', entries: readonly TimelineEntry[]): readonly TimelineEntry[] {
  const sorted = [...entries].sort((a, b) => a.at.localeCompare(b.at));
  const [next] = sorted.slice(MOST_LISTED);
  if (next === undefined) return sorted;
  const fact = { fact: 'not-listed', what, count: sorted.length - MOST_LISTED } as const;
  const more = { at: next.at, phase: next.phase, kind: next.kind, fact };
  return [...sorted.slice(0, MOST_LISTED), more];
}
