import { ensureFirebreakError, FirebreakError } from '../src/domain/errors';
import type { Host } from '../src/domain/host';
import type { ActionId } from '../src/domain/ids';
import { incidentOf } from '../src/domain/ids';
import type { Machine, MachineRecord, MachineSeen } from '../src/domain/machine';
import { isSameMachine, machineChanged } from '../src/domain/machine';
import type { ActContext } from '../src/ports/containment';
import { eventsOf, GATEWAY_KEY, HOST_KEY } from './act-events';
import type { Effects, GuardedDeps } from './guarded';

/** An act that is done has its machine noted within this time, or without its machine-id. */
const NOTED_WITHIN_MS = 10_000;

type Ledgered = Pick<GuardedDeps, 'controls' | 'ledger' | 'seals' | 'hostKeyFingerprint'>;

/** A machine that may hold what an act left, and what is on record of it. */
export interface HeldOn {
  readonly host: Host;
  readonly record: MachineRecord;
}

/** The fingerprint that connections to the host are verified against; undefined when none is pinned. */
export function pinnedKeyOf(
  { hostKeyFingerprint }: Pick<GuardedDeps, 'hostKeyFingerprint'>,
  host: string,
): string | undefined {
  try {
    return hostKeyFingerprint(host);
  } catch {
    return undefined;
  }
}

/** The machine that an act has just been carried out on. The act is done: what cannot be learnt is left out. */
export async function machineNow(
  deps: Ledgered,
  { machines }: Pick<Effects, 'machines'>,
  host: Host,
  { signal }: Pick<ActContext, 'signal'>,
): Promise<{ readonly machine?: Machine }> {
  try {
    const soon = AbortSignal.any([signal, AbortSignal.timeout(NOTED_WITHIN_MS)]);
    const { hostKey, id } = await machines.look(host, [], { signal: soon });
    return { machine: { hostKey, id } };
  } catch {
    const hostKey = pinnedKeyOf(deps, host.name);
    return hostKey === undefined ? {} : { machine: { hostKey, id: null } };
  }
}

/**
 * Whether what the act left is to be looked for on the machine that the inventory names now. Asked before anything is read, undone or put
 * back there: on another machine nothing is in force, which would read as undone.
 *
 * @param look what is known of the machine, asked once for several acts
 * @returns what it is known by; undefined where it was not looked at
 * @throws FirebreakError MACHINE_CHANGED, and as HostShell
 */
export async function demandSameMachine(
  deps: Ledgered,
  host: Host,
  record: MachineRecord,
  act: ActionId,
  look: () => Promise<MachineSeen>,
): Promise<MachineSeen | undefined> {
  if (record.known === 'nothing') return undefined;
  try {
    const seen = await look();
    if (!isSameMachine(record, act, seen)) throw machineChanged(host.name, record, act, seen);
    return seen;
  } catch (thrown) {
    // A host whose list is of an earlier version cannot say who it is; the same key proves it all the same.
    const proven = record.known === 'machine' && record.machine.hostKey === pinnedKeyOf(deps, host.name);
    if (!proven || ensureFirebreakError(thrown).code !== 'HOST_SCRIPT_REFUSED') throw thrown;
    return undefined;
  }
}

/** Whether the act came to its good end, by its controls, else by what workers have sealed of it: its host must have a journal of it. */
export async function wasPutInForce(deps: Ledgered, act: ActionId): Promise<boolean> {
  if ((await deps.controls.machineOf(act)) !== undefined) return true;
  const ended = await eventsOf(
    deps,
    incidentOf(act),
    'act',
    ({ isSealed, action, subject, result }) => isSealed && action === 'perform' && subject === act && result === 'done',
  );
  return ended.length > 0;
}

/** What is on record of the machine of an act, by its control, else by the intents that workers have sealed. */
export async function machineRecord(
  deps: Ledgered,
  act: ActionId,
  role: typeof HOST_KEY | typeof GATEWAY_KEY,
  now: string | undefined,
): Promise<MachineRecord> {
  const machine = await deps.controls.machineOf(act);
  if (machine !== undefined) return machine === null ? { known: 'in-force' } : { known: 'machine', machine };
  const keys = await keysOfIntents(deps, act, role);
  // Of several attempts the one on another machine counts: nobody knows which of them did something.
  const hostKey = keys.find((key) => key !== now) ?? keys[0];
  return hostKey === undefined ? { known: 'nothing' } : { known: 'machine', machine: { hostKey, id: null } };
}

async function keysOfIntents(
  deps: Pick<GuardedDeps, 'ledger' | 'seals'>,
  act: ActionId,
  role: typeof HOST_KEY | typeof GATEWAY_KEY,
): Promise<readonly string[]> {
  const events = await eventsOf(
    deps,
    incidentOf(act),
    'act',
    ({ isSealed, action, stage, subject }) => isSealed && action === 'perform' && stage === 'intent' && subject === act,
  );
  return events.flatMap(({ detail }) => {
    const key = detail?.[role];
    return typeof key === 'string' ? [key] : [];
  });
}

/**
 * The machines that forced isolation is on: the one whose rung held, or both where nobody knows which.
 *
 * @param held the rung that was put in force; undefined when that is not known
 * @throws FirebreakError MACHINE_CHANGED when one of them was a gateway that the inventory does not name any more
 */
export async function machinesOfForced(
  deps: Ledgered,
  act: ActionId,
  held: string | undefined,
  host: Host,
  gateway: Host | undefined,
): Promise<readonly HeldOn[]> {
  if (held !== undefined) {
    const holder = holderOf(held, host, gateway);
    return holder === undefined ? [] : [{ host: holder, record: await machineRecord(deps, act, HOST_KEY, undefined) }];
  }
  const own = await machineRecord(deps, act, HOST_KEY, pinnedKeyOf(deps, host.name));
  const key = gateway === undefined ? undefined : pinnedKeyOf(deps, gateway.name);
  const upstream = await machineRecord(deps, act, GATEWAY_KEY, key);
  if (gateway !== undefined)
    return [
      { host, record: own },
      { host: gateway, record: upstream },
    ];
  if (upstream.known === 'machine')
    throw new FirebreakError('MACHINE_CHANGED', {
      cause: 'gateway-gone',
      host: host.name,
      key: upstream.machine.hostKey,
    });
  return [{ host, record: own }];
}

/** The machine on which a rung of forced isolation holds; undefined when the inventory names none. */
export function holderOf(rung: string, host: Host, gateway: Host | undefined): Host | undefined {
  return rung === 'gateway' ? gateway : host;
}
