import { updateConfigFile } from '../../composition/config-file';
import { scanHostKey } from '../../composition/host-keys';
import { siteOf } from '../../config/site';
import { parseRange } from '../../domain/addresses';
import type { InputProblem } from '../../domain/errors';
import { ensureFirebreakError, FirebreakError } from '../../domain/errors';
import type { Host } from '../../domain/host';
import { isSettled } from '../../domain/ending';
import type { IncidentId } from '../../domain/ids';
import { unknownWord } from '../../domain/nearest';
import { announced } from '../../operations/announce';
import { checkMachine, type MachineCheck, machineLines } from '../../operations/machine-of-host';
import type { OperationsDeps } from '../../operations/deps';
import { incidentStatus } from '../../operations/status';
import { ask } from '../ask';
import type { CommandContext } from '../context';
import { readerOf } from '../reader';
import { withSignOfLife } from '../sign-of-life';
import { hostNamed } from './host';

/** What can be said of a host on the command line. */
interface HostFlags {
  readonly address?: string;
  readonly port?: string;
  readonly management: readonly string[];
  readonly gateway?: string;
  readonly role?: 'host' | 'gateway';
  readonly isolation?: 'allowed' | 'approval' | 'never';
}

export interface HostAddFlags extends HostFlags {
  readonly address: string;
  readonly port: string;
  readonly fingerprint?: string;
}

/** Incidents that are open at once. */
const MOST_OPEN = 1_000;

/** As the schema of the configuration has it. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i;

type Fields = Readonly<Record<string, unknown>>;

/** Pins what the person confirmed, never what was merely seen (C11). Refuses bad words before it connects. */
export async function hostAddCommand(context: CommandContext, name: string, flags: HostAddFlags): Promise<number> {
  const file = fileOf(context);
  const { hosts } = siteOf(context.loaded().config);
  const problems = problemsIn(context, flags);
  if (!NAME.test(name)) problems.push({ path: 'name', message: 'letters, digits, dots, dashes; at most 63' });
  if (hosts.has(name))
    problems.push({ path: 'name', message: `${name} is in the inventory already: firebreak host edit, or host repin` });
  if (flags.management.length === 0)
    problems.push({ path: '--management', message: 'say which prefixes keep SSH access while the host is isolated' });
  refuseIfAny(problems);
  const port = Number(flags.port);
  const seen = await confirmedKey(context, { name, address: flags.address, port, fingerprint: flags.fingerprint });
  const fields = { ...fieldsOf(flags), hostKey: seen.hostKey };
  await change(context, file, { action: 'config.host-add', name, fields, detail: { fingerprint: seen.fingerprint } });
  context.output.result(
    { host: name, address: flags.address, port, hostKey: seen.hostKey, fingerprint: seen.fingerprint },
    [
      `${name} is pinned in ${file}`,
      `prepare it:  firebreak host setup ${name} --from THIS-SERVER | ssh root@${flags.address} sh`,
      `then:        firebreak host check ${name}`,
    ],
  );
  return 0;
}

/** Changes what the flags name, and says what it was before. */
export async function hostEditCommand(context: CommandContext, name: string, flags: HostFlags): Promise<number> {
  const file = fileOf(context);
  const host = hostNamed(siteOf(context.loaded().config), name);
  refuseIfAny(problemsIn(context, flags));
  const fields = fieldsOf(flags);
  const changes = Object.entries(fields)
    .map(([field, now]) => ({ field, before: (host as unknown as Fields)[field] ?? null, now }))
    .filter(({ before, now }) => JSON.stringify(before) !== JSON.stringify(now));
  if (changes.length === 0)
    throw new FirebreakError('BAD_INPUT', `nothing would change; name what is to: --address, --management …`);
  await change(context, file, { action: 'config.host-edit', name, fields, detail: {} });
  const moved = changes.some(({ field }) => field === 'address' || field === 'port');
  const machine = moved ? await machineAt(context, { ...host, ...fields }) : {};
  context.output.result({ host: name, changes, ...machine }, [
    ...changes.map(({ field, before, now }) => `${name} ${field}: ${words(before)} → ${words(now)}`),
    ...linesOf(name, machine),
    `then:  firebreak host check ${name}`,
  ]);
  return 0;
}

/** Pins another key after a host was re-installed; both fingerprints are shown. */
export async function hostRepinCommand(
  context: CommandContext,
  name: string,
  flags: { readonly fingerprint?: string },
): Promise<number> {
  const file = fileOf(context);
  const host = hostNamed(siteOf(context.loaded().config), name);
  const { address, port, hostKey: before } = host;
  const seen = await confirmedKey(context, { name, address, port, fingerprint: flags.fingerprint });
  const fields = { hostKey: seen.hostKey };
  await change(context, file, { action: 'config.host-repin', name, fields, detail: { fingerprint: seen.fingerprint } });
  const machine = await machineAt(context, { ...host, ...fields });
  const { hostKey, fingerprint } = seen;
  context.output.result({ host: name, before: before ?? null, hostKey, fingerprint, ...machine }, [
    before === hostKey ? `${name} has the key that was pinned` : `${name} is pinned to ${fingerprint} in ${file}`,
    ...linesOf(name, machine),
    `then:  firebreak host check ${name}`,
  ]);
  return 0;
}

/** What is known of the machine behind a changed entry; `machine` is absent when nothing is in force there. */
interface MachineAt {
  readonly machine?: MachineCheck;
  /** Why the machine could not be looked at. */
  readonly machineFault?: string;
}

/** The entry is changed already: what cannot be looked at is said. */
async function machineAt(context: CommandContext, host: Host): Promise<MachineAt> {
  try {
    const { operations } = await context.firebreak();
    const looking = checkMachine(operations, host);
    const machine = await withSignOfLife(context, `asking ${host.name} which machine it is`, looking);
    return machine === undefined ? {} : { machine };
  } catch (thrown) {
    return { machineFault: ensureFirebreakError(thrown).message };
  }
}

function linesOf(name: string, { machine, machineFault }: MachineAt): string[] {
  if (machine !== undefined) return machineLines(name, machine);
  if (machineFault === undefined) return [];
  return [`whether it is the machine that holds what is in force there is not known: ${machineFault}`];
}

/** Takes a host out of the inventory; never while something of Firebreak's is in force there, or another host needs it. */
export async function hostRemoveCommand(context: CommandContext, name: string): Promise<number> {
  const file = fileOf(context);
  const site = siteOf(context.loaded().config);
  hostNamed(site, name);
  const needs = [
    ...[...site.hosts.values()].filter(({ gateway }) => gateway === name).map((host) => `host ${host.name}`),
    ...[...site.segments.values()]
      .filter(({ gateway }) => gateway === name)
      .map((segment) => `segment ${segment.name}`),
  ];
  if (needs.length > 0) refuseIfAny([{ path: 'name', message: `it is the gateway of ${needs.join(', ')}` }]);
  const { operations } = await context.firebreak();
  const held = await stillHeld(operations, name);
  if (held.length > 0)
    refuseIfAny([
      {
        path: 'name',
        message: `something is in force there, or may be: ${held
          .map((incident) => `firebreak release ${incident}, or with --gone ${name} if its machine is gone`)
          .join('; ')}`,
      },
    ]);
  await announced(
    operations,
    { action: 'config.host-remove', subject: name, actor: readerOf(), detail: { file } },
    () => updateConfigFile(file, [[['hosts', name], undefined]]),
  );
  context.output.result({ host: name, removed: true }, [
    `${name} is out of ${file}; what host setup made there stays: its account firebreak, /etc/firebreak, its units`,
  ]);
  return 0;
}

/** Incidents that have something in force on the host, or that could not undo it: only its entry leads to it. */
async function stillHeld(operations: OperationsDeps, name: string): Promise<readonly IncidentId[]> {
  const [rows, open] = await Promise.all([
    operations.controls.active({ host: name }),
    operations.incidents.list({ open: true, limit: MOST_OPEN }),
  ]);
  const statuses = await Promise.all(open.map(({ order }) => incidentStatus(operations, order.incident)));
  const undone = statuses.flatMap(({ row, acts }) =>
    acts.some((act) => act.host === name && !isSettled(act)) ? [row.order.incident] : [],
  );
  return [...new Set([...rows.map(({ incident }) => incident), ...undone])];
}

function fileOf(context: CommandContext): string {
  const { file } = context.loaded();
  if (file !== undefined) return file;
  throw new FirebreakError(
    'CONFIG_INVALID',
    'There is no configuration file with an inventory; name one with --config.',
  );
}

function problemsIn(context: CommandContext, flags: HostFlags): InputProblem[] {
  const { hosts } = siteOf(context.loaded().config);
  const gateways = [...hosts.values()].filter(({ role }) => role === 'gateway').map(({ name }) => name);
  const port = Number(flags.port ?? 22);
  const problems: InputProblem[] = [];
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    problems.push({ path: '--port', message: 'must be 1 to 65535' });
  for (const prefix of flags.management)
    if (parseRange(prefix) === undefined)
      problems.push({
        path: '--management',
        message: `${JSON.stringify(prefix.slice(0, 60))} is not an IPv4 or IPv6 address or prefix`,
      });
  const unknown =
    flags.gateway === undefined ? undefined : unknownWord('host with role gateway', flags.gateway, gateways);
  if (unknown !== undefined) problems.push({ path: '--gateway', message: unknown });
  return problems;
}

function fieldsOf({ address, port, management, gateway, role, isolation }: HostFlags): Fields {
  const fields = {
    address,
    port: port === undefined ? undefined : Number(port),
    role,
    isolation,
    management: management.length === 0 ? undefined : management,
    gateway,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Key by key: what else the file says of the host stays. */
async function change(
  context: CommandContext,
  file: string,
  what: {
    readonly action: string;
    readonly name: string;
    readonly fields: Fields;
    readonly detail: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const { action, name, fields, detail } = what;
  const { operations } = await context.firebreak();
  const said = Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, words(value)]));
  await announced(operations, { action, subject: name, actor: readerOf(), detail: { file, ...said, ...detail } }, () =>
    updateConfigFile(
      file,
      Object.entries(fields).map(([field, value]) => [['hosts', name, field], value] as const),
    ),
  );
}

const words = (value: unknown): string =>
  value === null
    ? 'not set'
    : Array.isArray(value)
      ? value.join(', ')
      : typeof value === 'string'
        ? value
        : JSON.stringify(value);

/** The key that the host shows, once the person has found it right. @throws FirebreakError HOST_KEY_MISMATCH, HOST_KEY_UNKNOWN */
async function confirmedKey(
  context: CommandContext,
  host: {
    readonly name: string;
    readonly address: string;
    readonly port: number;
    readonly fingerprint: string | undefined;
  },
): Promise<{ readonly hostKey: string; readonly fingerprint: string }> {
  const seen = await scanHostKey(host.address, host.port);
  context.output.say(`${host.name} (${host.address}:${host.port}) shows ${seen.fingerprint}`);
  if (host.fingerprint !== undefined && host.fingerprint !== seen.fingerprint)
    throw new FirebreakError(
      'HOST_KEY_MISMATCH',
      `Expected ${host.fingerprint.slice(0, 80)}, got ${seen.fingerprint}.`,
    );
  const good =
    host.fingerprint !== undefined ||
    (process.stdin.isTTY && (await ask('Compare it by another way. Is it the right one? (yes/no) ')) === 'yes');
  if (!good) throw new FirebreakError('HOST_KEY_UNKNOWN', `${seen.fingerprint} was not confirmed; nothing is pinned.`);
  return seen;
}

function refuseIfAny(problems: readonly InputProblem[]): void {
  if (problems.length > 0) throw new FirebreakError('BAD_INPUT', undefined, { problems });
}
