import type { Host } from '../domain/host';
import type { ActionId, IncidentId } from '../domain/ids';
import type { Machine, MachineSeen } from '../domain/machine';
import { isSameMachine, machineInWords } from '../domain/machine';
import type { ControlRow } from '../ports/repositories';
import type { OperationsDeps } from './deps';
import { lookingOnly } from './looking-only';

const LOOK_WITHIN_MS = 25_000;

/** What an incident holds on a host, and whether the machine that the inventory names now is the one that it was put on. */
interface HeldThere {
  readonly incident: IncidentId;
  readonly acts: number;
  /** The machine that does not fit; null where an earlier version recorded none. Absent when all fit. */
  readonly recorded?: Machine | null;
}

/** What a host answers of itself, against what is in force there by the tables. */
export interface MachineCheck {
  readonly found: Machine;
  readonly held: readonly HeldThere[];
}

/** The acts in force on a host, each once; not those whose machine is its gateway. */
function actsHeld(rows: readonly ControlRow[]): readonly ControlRow[] {
  const own = rows.filter(({ kind, rung }) => kind !== 'forced-isolation' || rung !== 'gateway');
  return [...new Map(own.map((row) => [row.action, row])).values()];
}

/**
 * Looks which machine a host is now, after its address or key was changed: what was put on another one is not undone there.
 *
 * @returns undefined when nothing is in force there
 * @throws FirebreakError as HostShell, DATABASE_UNREACHABLE
 */
export async function checkMachine(
  { controls, machines }: Pick<OperationsDeps, 'controls' | 'machines'>,
  host: Host,
): Promise<MachineCheck | undefined> {
  const rows = actsHeld(await controls.active({ host: host.name }));
  if (rows.length === 0) return undefined;
  const acts = rows.map(({ action }): ActionId => action);
  const seen = await machines.look(host, acts, lookingOnly(AbortSignal.timeout(LOOK_WITHIN_MS)));
  const incidents = [...new Set(rows.map(({ incident }) => incident))];
  return {
    found: { hostKey: seen.hostKey, id: seen.id },
    held: incidents.map((incident) => {
      const own = rows.filter((row) => row.incident === incident);
      const other = own.find((row) => !fits(row, seen));
      return { incident, acts: own.length, ...(other === undefined ? {} : { recorded: other.machine }) };
    }),
  };
}

function fits({ machine, action }: ControlRow, seen: MachineSeen): boolean {
  return isSameMachine(machine === null ? { known: 'in-force' } : { known: 'machine', machine }, action, seen);
}

/** What a person must know before they order a release. */
export function machineLines(name: string, { found, held }: MachineCheck): string[] {
  return held.flatMap(({ incident, acts, recorded }) =>
    recorded === undefined
      ? [`${incident}: it is the machine that ${acts} ${acts === 1 ? 'act was' : 'acts were'} put on`]
      : [
          `${incident}: ANOTHER MACHINE than the one that its acts were put on; a release undoes nothing here`,
          `  recorded: ${recorded === null ? 'not known' : machineInWords(recorded)}`,
          `  found:    ${machineInWords(found)}`,
          `  put the right machine back, or, if it is gone for good:  firebreak release ${incident} --gone ${name}`,
        ],
  );
}
