import type { ActionId, IncidentId } from './ids';
import type { ActionKind, ActionResult } from './plan';

/** How the controls of an incident came to their end. */
export const ENDINGS = ['released', 'stood-down', 'expired'] as const;
export type EndingHow = (typeof ENDINGS)[number];

/** What each order that ends an incident makes of it. */
export const ENDED_BY = { release: 'released', 'stand-down': 'stood-down' } as const satisfies Record<
  string,
  EndingHow
>;

/** The last undo of an act that is on record. */
export interface UndoRow {
  readonly action: ActionId;
  readonly host: string;
  readonly at: string;
  /** False when it failed: nobody knows whether the control is gone. */
  readonly done: boolean;
  /** The host was read back after it. */
  readonly readBack: boolean;
  /** Why it failed. */
  readonly code?: string;
  readonly detail?: string;
  /** Who ordered that it is given up, because its machine is gone; it was not undone. */
  readonly givenUpBy?: string;
  /** What the host said of it, in words: that it had ended the control by itself, for one. Left out when there is nothing to say. */
  readonly notes?: readonly string[];
}

/** A control as far as its end matters. */
export interface EndedControl {
  readonly action: ActionId;
  readonly host: string;
  readonly kind: ActionKind | 'forced-isolation';
  readonly state: 'active' | 'released' | 'expired' | 'given-up';
  readonly endedAt: string | null;
  readonly noticedAt: string | null;
}

/**
 * What is so of an act now. `in-force`: at least one of its controls is; `undone`, `expired`: none is, and the host was asked;
 * `not-undone`: its undo failed, so it may be in force; `given-up`: it was not undone, and people say that its machine is gone; `unconfirmed`: its rows have ended, and no undo is on record.
 */
export type Standing = 'in-force' | 'undone' | 'expired' | 'not-undone' | 'given-up' | 'unconfirmed';

/** An act that was put in force, and what has become of it. */
export interface ActNow {
  readonly action: ActionId;
  readonly kind: ActionResult['kind'];
  readonly host: string;
  readonly standing: Standing;
  /** Its controls. */
  readonly inForce: number;
  readonly released: number;
  readonly expired: number;
  /** When the last of its controls ended; null while one is in force. */
  readonly endedAt: string | null;
  /** When it was seen that their time was over. */
  readonly noticedAt: string | null;
  readonly undo: Omit<UndoRow, 'action' | 'host'> | null;
}

/** How an incident came, or comes, to its end. */
export interface Ending {
  readonly how: EndingHow;
  /** Who ordered it. */
  readonly by?: string;
  /** When it was ordered, or when the last control expired. */
  readonly at: string;
  /** Nothing is in force any more, and every host that held something said so. */
  readonly whole: boolean;
}

/** What has become of each act that was put in force, in the order of the results; from what is on record, nothing is guessed. */
export function actsNow(
  incident: IncidentId,
  results: readonly ActionResult[],
  controls: readonly EndedControl[],
  undos: readonly UndoRow[],
): readonly ActNow[] {
  const ofAct = new Map<string, EndedControl[]>();
  for (const control of controls) {
    const own = ofAct.get(control.action) ?? [];
    own.push(control);
    ofAct.set(control.action, own);
  }
  const acts = new Map<string, { readonly action: ActionId; readonly kind: ActNow['kind']; readonly host: string }>();
  for (const act of [...results, ...controls]) if (!acts.has(act.action)) acts.set(act.action, act);
  return [...acts.values()].flatMap(({ action, kind, host }) => {
    const own = ofAct.get(action) ?? [];
    const undo = lastUndo(incident, { action, kind, host }, undos);
    // It failed, or a drill only looked: there is nothing that could be undone.
    if (own.length === 0 && undo === undefined) return [];
    const count = (state: EndedControl['state']): number => own.filter((control) => control.state === state).length;
    const counts = { inForce: count('active'), released: count('released'), expired: count('expired') };
    return [
      {
        action,
        kind,
        host,
        standing: standingOf(counts, undo),
        ...counts,
        endedAt: counts.inForce > 0 ? null : latest(own.map(({ endedAt }) => endedAt)),
        noticedAt: latest(own.map(({ noticedAt }) => noticedAt)),
        undo: undo === undefined ? null : withoutAct(undo),
      },
    ];
  });
}

/** Single addresses are unblocked by acts of their own; one that failed leaves its block in doubt. */
function lastUndo(
  incident: IncidentId,
  { action, kind, host }: Pick<ActNow, 'action' | 'kind' | 'host'>,
  undos: readonly UndoRow[],
): UndoRow | undefined {
  const unblocks = `${incident}:unblock:${host}:`;
  const own = undos.find((undo) => undo.action === action);
  const [unblock] = undos
    .filter((undo) => kind === 'block-sources' && undo.action.startsWith(unblocks))
    .sort((a, b) => b.at.localeCompare(a.at));
  // The undo of the whole act also undoes what an earlier one could not.
  if (own === undefined || unblock === undefined) return own ?? unblock;
  return !unblock.done && unblock.at > own.at ? unblock : own;
}

function standingOf(
  { inForce, released, expired }: Pick<ActNow, 'inForce' | 'released' | 'expired'>,
  undo: UndoRow | undefined,
): Standing {
  if (undo?.givenUpBy !== undefined && inForce === 0) return 'given-up';
  if (undo?.done === false) return 'not-undone';
  if (inForce > 0) return 'in-force';
  if (undo === undefined) return 'unconfirmed';
  return expired > 0 && released === 0 ? 'expired' : 'undone';
}

function withoutAct({ at, done, readBack, code, detail, givenUpBy, notes }: UndoRow): NonNullable<ActNow['undo']> {
  return {
    ...{ at, done, readBack },
    ...(code === undefined ? {} : { code }),
    ...(detail === undefined ? {} : { detail }),
    ...(givenUpBy === undefined ? {} : { givenUpBy }),
    ...(notes === undefined ? {} : { notes }),
  };
}

function latest(times: readonly (string | null)[]): string | null {
  return times.reduce((last, at) => (at !== null && (last === null || at > last) ? at : last), null);
}

/** Nothing of it is in force, and the host that held it said so. */
export function isGone({ standing }: Pick<ActNow, 'standing'>): boolean {
  return standing === 'undone' || standing === 'expired';
}

/** Nothing more can be done about it. */
export function isSettled(act: Pick<ActNow, 'standing'>): boolean {
  return isGone(act) || act.standing === 'given-up';
}

/** When an act that is gone was gone: by its time, or when its undo was done. */
export function goneAt({ standing, endedAt, undo }: Pick<ActNow, 'standing' | 'endedAt' | 'undo'>): string {
  return (standing === 'expired' ? endedAt : undo?.at) ?? '';
}

/**
 * How the incident ends, by the last order that ends it, else by the time of its controls.
 * @returns undefined while neither people nor time have ended it
 */
export function endingOf(
  acts: readonly ActNow[],
  ordered: { readonly how: keyof typeof ENDED_BY; readonly by: string; readonly at: string } | undefined,
): Ending | undefined {
  const whole = acts.every(isGone);
  if (ordered !== undefined) {
    return { how: ENDED_BY[ordered.how], by: ordered.by, at: ordered.at, whole };
  }
  const at = latest(acts.map(({ endedAt }) => endedAt));
  if (at === null || acts.some(({ inForce }) => inForce > 0)) return undefined;
  return { how: 'expired', at, whole };
}
