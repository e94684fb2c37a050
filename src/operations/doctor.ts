import { constants } from 'node:fs';
import { access, mkdir, stat, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ERRORS, ensureFirebreakError } from '../domain/errors';
import type { Person } from '../domain/notice';
import { SEARCH_ATTRIBUTES, TASK_QUEUES } from '../domain/queues';
import type { HostFacts } from '../ports/containment';
import type { ChannelSender } from '../ports/notifier';
import type { OperationsDeps } from './deps';
import { lookingOnly, orderFaults, signerFaults } from './host-orders';
import { checkWorkerVersion } from './worker-version';

export interface DoctorCheck {
  readonly what: string;
  readonly ok: boolean;
  /** A run cannot do without it. */
  readonly needed: boolean;
  readonly detail: string;
}

/** A certificate whose end has to be known before it comes. */
export interface WatchedCertificate {
  readonly what: string;
  readonly validTo: () => Promise<Date>;
}

export interface DoctorOptions {
  readonly certificates: readonly WatchedCertificate[];
  readonly channels: readonly ChannelSender[];
  readonly paths: {
    readonly forensics: string;
    readonly reports: string;
    readonly signingKey: string;
    readonly totpKey: string;
  };
  readonly identityFile: string;
  /** Powers that a role of the database must not have, in words. */
  readonly roleFaults: () => Promise<readonly string[]>;
  /** Verification key that the configuration pins. */
  readonly evidenceKey: string | undefined;
  /** Name under which our workers register their versions. */
  readonly deploymentName: string;
}

const LIMIT_MS = 20_000;
const CLOCK_SKEW_MS = 2_000;
const FREE_BYTES = 1024 ** 3;
const DAY_MS = 86_400_000;
/** Certificates that end sooner are to be renewed. */
const RENEW_DAYS = 21;

async function check(what: string, needed: boolean, look: () => Promise<string>): Promise<DoctorCheck> {
  try {
    return { what, needed, ok: true, detail: await look() };
  } catch (thrown) {
    const error = ensureFirebreakError(thrown);
    return {
      what,
      needed,
      ok: false,
      detail: `${error.message} → ${error.code === 'UNEXPECTED' ? 'see the message' : ERRORS[error.code].hint}`,
    };
  }
}

/** Everything a run needs, looked at before the incident (O4): tables, ledger, Temporal, workers and their version, keys, disk, hosts, channels, people. */
export async function doctor(deps: OperationsDeps, options: DoctorOptions): Promise<DoctorCheck[]> {
  // First and alone: loading the Temporal client keeps a busy machine from answering PostgreSQL in time.
  const database = await Promise.all([
    check('PostgreSQL and the ledger', true, async () => `${(await deps.ledger.head()).seq} events`),
    check('database roles', true, async () => {
      const faults = await options.roleFaults();
      if (faults.length > 0) throw new Error(`${faults.join('; ')}: run migrations/setup/roles.sql as a superuser`);
      return 'none above its rights';
    }),
    check('operators', true, async () => {
      const operators = (await deps.operators.list()).filter((operator) => !operator.locked);
      if (operators.length === 0)
        throw new Error('nobody is enrolled: firebreak operator add NAME --bootstrap --key FILE.pub');
      const approvers = operators.filter((operator) => operator.roles.includes('approve')).length;
      return `${operators.length} enrolled, ${approvers} may approve${approvers < 2 ? ' (two are needed to approve each other’s requests)' : ''}`;
    }),
  ]);
  const looked = lookAtHosts(deps);
  const others = await Promise.all([
    check('Temporal server', true, () => lookAtTemporal(deps)),
    ...Object.values(TASK_QUEUES).map((queue) => check(`worker on ${queue}`, true, () => lookAtQueue(deps, queue))),
    check('worker version', true, async () =>
      checkWorkerVersion(await deps.temporal(), {
        namespace: deps.site.namespace,
        deploymentName: options.deploymentName,
        queues: Object.values(TASK_QUEUES),
      }),
    ),
    ...options.certificates.map((certificate) => lookAtCertificate(certificate, deps.now())),
    check('Firebreak’s SSH key', true, () => lookAtSecret(options.identityFile)),
    check('evidence signing key', true, () => lookAtSecret(options.paths.signingKey)),
    check('TOTP key', true, () => lookAtSecret(options.paths.totpKey)),
    check('evidence key', true, () => lookAtEvidenceKey(deps, options.evidenceKey)),
    check('forensics directory', true, () => lookAtDirectory(options.paths.forensics)),
    check('reports directory', true, () => lookAtDirectory(options.paths.reports)),
    ...(deps.site.hosts.size === 0
      ? [check('hosts', true, () => Promise.reject(new Error('the inventory is empty: firebreak host add')))]
      : []),
    ...options.channels.map((channel) =>
      check(`channel ${channel.channel}`, false, async () =>
        channel.check(AbortSignal.timeout(LIMIT_MS)).then(() => ''),
      ),
    ),
    check('people', true, () => Promise.resolve(lookAtPeople(deps.site.people, options.channels))),
  ]);
  return [...database, ...others, ...(await looked)];
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
async function lookAtCertificate({ what, validTo }: WatchedCertificate, now: Date): Promise<DoctorCheck> {
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

/** The workers' secrets; an account that only gives orders cannot even see them, and should not. */
async function lookAtSecret(path: string): Promise<string> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) throw new Error(`${path} is open to others (mode ${(mode & 0o777).toString(8)})`);
    await access(path, constants.R_OK);
    return path;
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'EACCES') return `${path}, not for this account: as it should be`;
    if (code !== 'ENOENT') throw thrown;
    throw new Error(`${path} is missing: firebreak setup keys, as the account of the workers`, { cause: thrown });
  }
}

async function lookAtDirectory(path: string): Promise<string> {
  await mkdir(path, { recursive: true }).catch(() => undefined);
  await access(path, constants.W_OK).catch(() => {
    throw new Error(`${path} cannot be written to`);
  });
  const space = await statfs(dirname(path));
  const free = space.bavail * space.bsize;
  if (free < FREE_BYTES) throw new Error(`only ${Math.floor(free / 1024 ** 2)} MiB are free`);
  return `${path}, ${Math.floor(free / 1024 ** 3)} GiB free`;
}

/** Each is asked once; a host that contains and does not obey a release is a warning. */
async function lookAtHosts(deps: OperationsDeps): Promise<DoctorCheck[]> {
  const operators = await deps.operators.list().catch(() => undefined);
  const checks = await Promise.all(
    [...deps.site.hosts.values()].map(async (host) => {
      let seen: HostFacts | undefined;
      const stands = await check(`host ${host.name}`, true, async () => {
        seen = await deps.inspector.facts(host, lookingOnly());
        return hostInWords(seen);
      });
      const facts = seen;
      if (facts === undefined) return [stands];
      const wantsEmergency = deps.site.emergency !== undefined;
      const obeys = await check(`orders that ${host.name} obeys`, false, async () => {
        const faults = orderFaults({ host: host.name, facts, wantsEmergency, operators });
        if (faults.length > 0) throw new Error(faults.join('; '));
        return Promise.resolve(`signed by ${facts.orders.signers.map(({ name }) => name).join(', ')}`);
      });
      // Whoever is obeyed there without being enrolled can open the host: that is no mere warning.
      const signers = await check(`signers of ${host.name}`, true, async () => {
        if (operators === undefined) throw new Error('the tables cannot say who is enrolled');
        const faults = signerFaults({ host: host.name, facts, operators });
        if (faults.length > 0) throw new Error(faults.join('; '));
        return Promise.resolve(`${facts.orders.signers.length}, all enrolled`);
      });
      return [stands, obeys, signers];
    }),
  );
  return checks.flat();
}

function hostInWords(facts: HostFacts): string {
  if (facts.filters.length === 0) throw new Error('no packet filter: install nftables');
  if (Math.abs(facts.clockOffsetMs) > CLOCK_SKEW_MS) throw new Error(`its clock is ${facts.clockOffsetMs} ms off`);
  if (!facts.keepsEnds) throw new Error('it would end no control by itself: run `firebreak host setup` for it again');
  return `${facts.filters.join(' > ')}, clock ${facts.clockOffsetMs} ms off`;
}

function lookAtPeople(people: readonly Person[], channels: readonly ChannelSender[]): string {
  const security = people.filter((person) => person.audience === 'security');
  if (security.length === 0) throw new Error('nobody of the security team is configured: nobody would be told');
  const unreachable = people.filter((person) => channels.every((channel) => channel.addressOf(person) === undefined));
  if (unreachable.length > 0)
    throw new Error(`no configured channel reaches ${unreachable.map((person) => person.id).join(', ')}`);
  return `${people.length}, of the security team ${security.length}`;
}
