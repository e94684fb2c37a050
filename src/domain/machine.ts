import type { MachineNamed } from './cause';
import { FirebreakError } from './errors';

/** Which machine a control was put on, or is there now. */
export interface Machine {
  /** `SHA256:…` of the pinned host key that the connection was verified against: the proof. */
  readonly hostKey: string;
  /**
   * 64 hex digits that Firebreak alone makes of the machine-id; null where the host has none, or did not say. The host says it of itself:
   * it helps to recognise a host with a new key, and proves nothing else.
   */
  readonly id: string | null;
}

/** A machine that was looked at. */
export interface MachineSeen extends Machine {
  /** Ids of the acts that were carried out there, by the host's journal. */
  readonly journals: ReadonlySet<string>;
}

/** What is on record of the machine of an act. */
export type MachineRecord =
  | { readonly known: 'machine'; readonly machine: Machine }
  /** A version that did not record machines put it in force. */
  | { readonly known: 'in-force' }
  /** Nobody knows whether it was begun anywhere. */
  | { readonly known: 'nothing' };

/**
 * Whether the machine is the one that the act was carried out on. The same key proves it, unless the machine calls itself another and
 * has no journal of the act: it was installed anew with the old key. Under another key only the machine is recognised that calls itself
 * the same and has the journal of the act.
 */
export function isSameMachine(record: MachineRecord, act: string, seen: MachineSeen): boolean {
  const hasJournal = seen.journals.has(act);
  switch (record.known) {
    case 'nothing':
      return true;
    case 'in-force':
      return hasJournal;
    case 'machine': {
      const { hostKey, id } = record.machine;
      if (hostKey !== seen.hostKey) return hasJournal && (id === null || id === seen.id);
      return hasJournal || id === null || seen.id === null || id === seen.id;
    }
  }
}

/** For people: what was recorded of the machine of an act, and what was found instead. */
export function machineChanged(where: string, record: MachineRecord, act: string, seen: MachineSeen): FirebreakError {
  return new FirebreakError('MACHINE_CHANGED', {
    ...{ cause: 'machine-differs', where, found: named(seen), journal: seen.journals.has(act) },
    ...(record.known === 'machine' ? { recorded: named(record.machine) } : {}),
  });
}

function named({ hostKey, id }: Machine): MachineNamed {
  return { hostKey, ...(id === null ? {} : { id: id.slice(0, 12) }) };
}

/** `key SHA256:…, machine 0123456789ab`: as much of the id as tells two machines apart. */
export function machineInWords({ hostKey, id }: Machine): string {
  return `key ${hostKey}, ${id === null ? 'no machine-id' : `machine ${id.slice(0, 12)}`}`;
}
