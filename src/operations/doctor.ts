import type { InputProblem } from '../domain/errors';
import type { Person } from '../domain/notice';
import { HOST_LOAD_LIMIT, LOADED_COLLECTIONS } from '../domain/numbers';
import { SEARCH_ATTRIBUTES, TASK_QUEUES } from '../domain/queues';
import type { ChannelSender } from '../ports/notifier';
import type { OwnMachine } from '../ports/own-machine';
import type { OperationsDeps } from './deps';
import type { Check, DoctorCheck } from './doctor-check';
import { Checks } from './doctor-check';
import type { NeededKey } from './doctor-files';
import { lookAtDirectory, lookAtKey } from './doctor-files';
import type { NeededProgram } from './doctor-hosts';
import { lookAtHosts } from './doctor-hosts';
import { lacksOfPeople } from './doctor-people';
import { checkWorkerVersion } from './worker-version';

/** A certificate whose end has to be known before it comes. */
export interface WatchedCertificate {
  readonly what: string;
  readonly validTo: () => Promise<Date>;
}

/** A channel of the configuration, also one that cannot be used. */
export interface NeededChannel {
  readonly name: string;
  readonly senders: readonly ChannelSender[];
  /** Why it reaches nobody; undefined when it can be used. */
  readonly fault: string | undefined;
}

/** What can be looked at on this machine, whatever the services do. */
export interface DoctorInstallation {
  readonly channels: readonly NeededChannel[];
  readonly people: readonly Person[];
  readonly paths: { readonly forensics: string; readonly reports: string };
  /** Of the workers. */
  readonly keys: readonly NeededKey[];
  /** This one. */
  readonly machine: OwnMachine;
}

export interface DoctorOptions extends DoctorInstallation {
  readonly certificates: readonly WatchedCertificate[];
  /** Powers that a role of the database must not have, in words. */
  readonly roleFaults: () => Promise<readonly string[]>;
  /** Verification key that the configuration pins. */
  readonly evidenceKey: string | undefined;
  /** Name under which our workers register their versions. */
  readonly deploymentName: string;
  /** Everything that an incident may run on a host. */
  readonly programs: readonly NeededProgram[];
}

/** No check takes longer. */
const LIMIT_MS = 8_000;
const DAY_MS = 86_400_000;
/** Certificates that end sooner are to be renewed. */
const RENEW_DAYS = 21;
/** A sign of life while checks are waited for. */
const SAY_EVERY_MS = 2_000;

/** Says every two seconds what is being waited for, while `work` makes its checks. */
async function waitedFor<T>(say: (line: string) => void, work: (check: Check) => Promise<T>): Promise<T> {
  const checks = new Checks(LIMIT_MS);
  const timer = setInterval(() => {
    const { pending } = checks;
    if (pending.length > 0) say(`waiting for ${pending.slice(0, 5).join(', ')}${pending.length > 5 ? ', …' : ''}`);
  }, SAY_EVERY_MS);
  try {
    return await work(checks.check);
  } finally {
    clearInterval(timer);
  }
}

/** What is missing in a configuration that no service can be reached with, and everything else that can be looked at (O4). */
export function doctorOfIncomplete(
  problems: readonly InputProblem[],
  installation: DoctorInstallation | undefined,
  say: (line: string) => void,
): Promise<DoctorCheck[]> {
  return waitedFor(say, async (check) => [
    ...problems.map(({ path, message }) => ({
      what: `configuration ${path}`,
      needed: true,
      ok: false,
      detail: message,
    })),
    ...(installation === undefined ? [] : await lookAtInstallation(installation, check)),
  ]);
}

/**
 * Everything a run needs, looked at before the incident (O4): tables, ledger, Temporal, workers and their version, keys, disk, hosts,
 * channels, people. Changes nothing.
 */
export function doctor(
  deps: OperationsDeps,
  options: DoctorOptions,
  say: (line: string) => void,
): Promise<DoctorCheck[]> {
  return waitedFor(say, async (check) => {
    // First and alone: loading the Temporal client keeps a busy machine from answering PostgreSQL in time.
    const hosts = lookAtHosts(deps, check, options.programs);
    const database = await lookAtDatabase(deps, options, check);
    const services = await lookAtServices(deps, options, check);
    return [...database, ...services, ...(await hosts)];
  });
}

function lookAtDatabase(
  deps: Pick<OperationsDeps, 'ledger' | 'operators'>,
  options: Pick<DoctorOptions, 'roleFaults'>,
  check: Check,
): Promise<DoctorCheck[]> {
  const able = deps.operators.list().then((all) => all.filter(({ locked, disabled }) => !locked && !disabled));
  return Promise.all([
    check('PostgreSQL and the ledger', true, async () => `${(await deps.ledger.head()).seq} events`),
    check('database roles', true, async () => {
      const faults = await options.roleFaults();
      if (faults.length > 0) throw new Error(`${faults.join('; ')}: run migrations/setup/roles.sql as a superuser`);
      return 'none above its rights';
    }),
    check('operators', true, async () => {
      const operators = await able;
      if (operators.length === 0)
        throw new Error('nobody is enrolled: firebreak operator add NAME --bootstrap --key FILE.pub');
      const approvers = operators.filter((operator) => operator.roles.includes('approve')).length;
      return `${operators.length} enrolled, ${approvers} may approve`;
    }),
    check('more than one person', false, async () => {
      const lacks = lacksOfPeople(await able);
      if (lacks.length > 0) throw new Error(lacks.join('; '));
      return 'two or more may administer, respond and approve, each independently of another one';
    }),
  ]);
}

async function lookAtServices(deps: OperationsDeps, options: DoctorOptions, check: Check): Promise<DoctorCheck[]> {
  return (
    await Promise.all([
      check('Temporal server', true, () => lookAtTemporal(deps)),
      ...Object.values(TASK_QUEUES).map((queue) => check(`worker on ${queue}`, true, () => lookAtQueue(deps, queue))),
      check('worker version', true, async () =>
        checkWorkerVersion(await deps.temporal(), {
          namespace: deps.site.namespace,
          deploymentName: options.deploymentName,
          queues: Object.values(TASK_QUEUES),
        }),
      ),
      ...options.certificates.map((certificate) => lookAtCertificate(certificate, deps.now(), check)),
      check('evidence key', true, () => lookAtEvidenceKey(deps, options.evidenceKey)),
      ...(deps.site.hosts.size === 0
        ? [check('hosts', true, () => Promise.reject(new Error('the inventory is empty: firebreak host add')))]
        : []),
      lookAtInstallation(options, check),
    ])
  ).flat();
}

async function lookAtInstallation(installation: DoctorInstallation, check: Check): Promise<DoctorCheck[]> {
  const { keys, paths, channels, people, machine } = installation;
  const senders = channels.flatMap((channel) => channel.senders);
  return Promise.all([
    ...keys.map((key) => check(key.what, true, () => lookAtKey(key))),
    check('forensics directory', true, () => lookAtDirectory(paths.forensics, keys)),
    check('reports directory', true, () => lookAtDirectory(paths.reports, keys)),
    ...channels.flatMap(({ name, fault }) =>
      fault === undefined ? [] : [check(`channel ${name}`, true, () => Promise.reject(new Error(fault)))],
    ),
    ...senders.map((sender) =>
      check(`channel ${sender.channel}`, false, async (signal) => sender.check(signal).then(() => '')),
    ),
    check('people', true, () => Promise.resolve().then(() => lookAtPeople(people, senders))),
    check('load of this machine', false, () => Promise.resolve().then(() => lookAtLoad(machine))),
  ]);
}

async function lookAtTemporal(deps: OperationsDeps): Promise<string> {
  const client = await deps.temporal();
  const { workflowService, operatorService } = client.connection;
  const info = await workflowService.getSystemInfo({});
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace: deps.site.namespace });
  const missing = Object.keys(SEARCH_ATTRIBUTES).filter((name) => customAttributes?.[name] === undefined);
  if (missing.length > 0) throw new Error(`search attributes are not registered: ${missing.join(', ')}`);
  return `server ${info.serverVersion ?? ''}, namespace ${deps.site.namespace}`;
}

async function lookAtQueue(deps: OperationsDeps, queue: string): Promise<string> {
  const client = await deps.temporal();
  const reply = await client.workflowService.describeTaskQueue({
    namespace: deps.site.namespace,
    taskQueue: { name: queue },
    // 1 workflow, 2 activity: every queue has activity pollers.
    taskQueueType: 2,
  });
  const pollers = reply.pollers ?? [];
  if (pollers.length === 0) throw new Error('nobody polls it: start a worker');
  return pollers.length < 2
    ? `${pollers.length} worker: a second one would survive its loss`
    : `${pollers.length} workers`;
}

/** One that has ended fails; one that ends soon is a warning. */
async function lookAtCertificate({ what, validTo }: WatchedCertificate, now: Date, check: Check): Promise<DoctorCheck> {
  let soon = false;
  const seen = await check(what, true, async () => {
    const end = await validTo();
    const days = Math.floor((end.getTime() - now.getTime()) / DAY_MS);
    const day = end.toISOString().slice(0, 10);
    if (days < 0) throw new Error(`it ended on ${day}`);
    soon = days < RENEW_DAYS;
    return `${days} days left, until ${day}${soon ? ': renew it' : ''}`;
  });
  return soon ? { ...seen, ok: false, needed: false } : seen;
}

/** The key that evidence is compared with is the one that the workers sealed the newest bag with. */
async function lookAtEvidenceKey(deps: OperationsDeps, pinned: string | undefined): Promise<string> {
  const { publicKey } = await deps.evidence();
  const newest = (await deps.incidents.list({ limit: 100 })).find(({ bag }) => bag !== null)?.bag;
  if (newest !== undefined && newest !== null && newest.publicKey !== publicKey)
    throw new Error(`${newest.incident} is sealed with ${newest.publicKey}, this account compares with ${publicKey}`);
  return pinned === undefined ? `${publicKey}, not pinned: set evidence.publicKey` : publicKey;
}

function lookAtLoad(machine: OwnMachine): string {
  const load = machine.load();
  const words = `${Math.round(100 * load)} % of its processors`;
  if (load > HOST_LOAD_LIMIT)
    throw new Error(
      `${words}: a worker here collects from ${LOADED_COLLECTIONS} hosts at a time until it is below 90 %`,
    );
  return words;
}

function lookAtPeople(people: readonly Person[], channels: readonly ChannelSender[]): string {
  const security = people.filter((person) => person.audience === 'security');
  if (security.length === 0) throw new Error('nobody of the security team is configured: nobody would be told');
  const unreachable = people.filter((person) => channels.every((channel) => channel.addressOf(person) === undefined));
  if (unreachable.length > 0)
    throw new Error(`no configured channel reaches ${unreachable.map((person) => person.id).join(', ')}`);
  return `${people.length}, of the security team ${security.length}`;
}
