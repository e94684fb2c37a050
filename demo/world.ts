import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Firebreak } from '../src/composition/compose';
import { compose } from '../src/composition/compose';
import { updateConfigFile } from '../src/composition/config-file';
import type { EmbeddedStack, EmbeddedStackOptions } from '../src/composition/embedded-stack';
import { startEmbeddedStack } from '../src/composition/embedded-stack';
import { hostSetup, signerLine } from '../src/composition/host-programs';
import { bootstrapProof, enrolAsWorker, makeHandover } from '../src/composition/enrolling';
import { signWith } from '../src/composition/sign';
import { makeSshIdentity } from '../src/composition/ssh-identity';
import { totpFromUri } from '../src/composition/totp';
import { loadConfig } from '../src/config/load';
import type { Config } from '../src/config/schema';
import { createLogger } from '../src/observability/logger';
import type { Credentials } from '../src/operations/deps';
import { addFirstOperator } from '../src/operations/enrol';
import type { Applicant } from '../src/ports/authorisation';
import { labUp, requireRoot } from './lab/lab';
import type { Lab, LabHostSpec } from './lab/types';
import { receiverChannels } from './receiver-channels';
import type { Receivers } from './receivers/start-receivers';
import { startReceivers } from './receivers/start-receivers';
import { EMERGENCY_ACCOUNT, SCENARIO_HOSTS, SCENARIO_PEOPLE, inventoryOf, provisionScript } from './scenario';
import { makeWorldPlace } from './world-place';

type MoreConfig = Readonly<Record<string, unknown>>;

export interface WorldOptions {
  readonly log: (line: string) => void;
  /** Once aborted, the world goes down again as soon as what is being started is up. */
  readonly signal?: AbortSignal;
  readonly hosts?: readonly LabHostSpec[];
  readonly workers?: number;
  /** More configuration keys, dotted; or what has to be done before they are known, once the servers are up. */
  readonly config?: MoreConfig | ((stack: EmbeddedStack, directory: string) => Promise<MoreConfig>);
  /** See EmbeddedStackOptions. */
  readonly startTemporal?: EmbeddedStackOptions['startTemporal'];
  /** Folder of the compiled program that the workers run; default: the program that is running. */
  readonly programRoot?: string;
}

/** A whole small world with real parts: lab, stack, receivers and one enrolled operator; for the demo, tests and benchmarks. */
export interface World {
  readonly directory: string;
  readonly lab: Lab;
  readonly stack: EmbeddedStack;
  readonly receivers: Receivers;
  readonly firebreak: Firebreak;
  /** Private key of the account whose key was stolen. */
  readonly stolenKey: string;
  /** Both factors of the operator; each call waits for a code that has not been used yet. */
  credentials(): Promise<Credentials>;
  /** Enrols without an order, with the workers' own means; @returns the otpauth:// URI. */
  enrol(applicant: Applicant): Promise<string>;
  down(): Promise<void>;
}

export const OPERATOR = 'oncall';
const STEP_MS = 30_000;

/**
 * Brings everything up side by side; on failure what was up goes down again. After `kill -9` of this process, `labDown` and
 * `removeAbandonedWorlds` remove what the kernel did not.
 */
export async function worldUp(options: WorldOptions): Promise<World> {
  requireRoot();
  const place = makeWorldPlace();
  const undo: (() => unknown)[] = [() => place.remove()];
  /** The last that came up goes first; what resists does not keep the rest up. */
  const down = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const step of undo.splice(0).reverse()) {
      try {
        await step();
      } catch (thrown) {
        failures.push(thrown);
      }
    }
    if (failures.length > 0) throw failures[0];
  };
  try {
    return await bringUp(options, place.directory, undo, down);
  } catch (thrown) {
    await down();
    throw thrown;
  }
}

async function bringUp(
  options: WorldOptions,
  directory: string,
  undo: (() => unknown)[],
  down: () => Promise<void>,
): Promise<World> {
  const { log, signal } = options;
  const keys = join(directory, 'keys');
  const configFile = join(directory, 'firebreak.yaml');
  const publicKey = await makeSshIdentity(join(keys, 'id_ed25519'));
  const stolen = await makeSshIdentity(join(keys, 'stolen'), 'deploy@laptop');
  const up = async <T>(starting: Promise<T>, stop: (made: T) => Promise<unknown>): Promise<T> => {
    const made = await starting;
    undo.push(() => stop(made));
    return made;
  };
  const operatorKey = await makeSshIdentity(join(keys, 'operator'), OPERATOR);
  const quiet = {
    info: () => undefined,
    warn: (details: object, message: string) => log(`${message} ${JSON.stringify(details)}`),
  };
  const told = { ...quiet, info: (details: object, message: string) => log(`${message} ${JSON.stringify(details)}`) };
  const settled = await Promise.allSettled([
    up(
      labUp({
        hosts: options.hosts ?? SCENARIO_HOSTS,
        log,
        provision: ({ name }, { address, address6 }) =>
          provisionScript(
            hostSetup({
              name,
              signers: [{ operator: OPERATOR, publicKey: operatorKey }],
              publicKey,
              from: [address, address6],
              management: [address, address6],
              emergency: { account: EMERGENCY_ACCOUNT, publicKeys: [operatorKey], from: [address] },
            }),
            stolen,
          ),
      }),
      (lab) => lab.down(),
    ),
    up(
      startEmbeddedStack({
        directory,
        configFile,
        persistent: false,
        workers: options.workers ?? 2,
        log: told,
        startTemporal: options.startTemporal,
        ...(options.programRoot === undefined ? {} : { programRoot: options.programRoot }),
      }),
      (stack) => stack.stop(),
    ),
    up(startReceivers({ log: quiet }), (receivers) => receivers.stop()),
  ]);
  const [lab, stack, receivers] = settled.map((one) => {
    if (one.status === 'rejected') throw one.reason as Error;
    return one.value;
  }) as [Lab, EmbeddedStack, Receivers];
  signal?.throwIfAborted();
  await updateConfigFile(configFile, {
    hosts: inventoryOf([...lab.hosts.values()], lab.management),
    people: SCENARIO_PEOPLE,
    timeZone: 'Asia/Tokyo',
    signers: { [OPERATOR]: operatorKey },
    emergencyAccess: { account: EMERGENCY_ACCOUNT, publicKeys: [operatorKey], from: [lab.management.address] },
    ...(await receiverChannels(receivers, keys)),
    ...(typeof options.config === 'function' ? await options.config(stack, directory) : options.config),
  });
  const firebreak = await up(
    Promise.resolve(
      compose(loadConfig({ file: configFile, env: {} }), createLogger({ level: 'error' }), 'firebreak demo'),
    ),
    (made) => made.close(),
  );
  await stack.startWorkers();
  signal?.throwIfAborted();
  const { otpauth } = await addFirstOperator(
    firebreak.operations,
    bootstrapProof(firebreak.config),
    { name: OPERATOR, publicKey: operatorKey, roles: ['respond', 'approve', 'admin'] },
    makeHandover(),
  );
  signal?.throwIfAborted();
  return {
    directory,
    lab,
    stack,
    receivers,
    firebreak,
    stolenKey: join(keys, 'stolen'),
    credentials: freshCodes(otpauth, join(keys, 'operator')),
    enrol: enrolDirectly(firebreak.config, stack, lab),
    down,
  };
}

/** Credentials of an enrolled operator, call by call. A code works once (B15): whoever needs two in one step waits for the next. */
export function freshCodes(uri: string, identity: string): () => Promise<Credentials> {
  let last = 0;
  return async () => {
    const step = Math.max(Math.floor(Date.now() / STEP_MS), last + 1);
    const wait = step * STEP_MS - Date.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    last = step;
    return { operator: OPERATOR, sign: signWith(identity), otp: totpFromUri(uri) };
  };
}

/** For drills that need many operators at once: each order for one would wait for the admin's next code. */
function enrolDirectly(config: Config, stack: EmbeddedStack, lab: Lab): (applicant: Applicant) => Promise<string> {
  return async (applicant) => {
    const uri = await enrolAsWorker(config, stack.databaseUrls.worker, applicant, OPERATOR);
    if (!applicant.roles.includes('detector')) await letSign(lab, applicant);
    return uri;
  };
}

/** What root does on every host for a new operator: `firebreak host setup` writes the same line. */
async function letSign(lab: Lab, { name, publicKey }: Applicant): Promise<void> {
  const line = signerLine({ operator: name, publicKey });
  await Promise.all(
    [...lab.hosts.values()].map(async (host) => {
      const { code, stderr } = await host.exec(`echo '${line}' >>/etc/firebreak/signers`);
      if (code !== 0) throw new Error(`${host.name}: ${stderr}`);
    }),
  );
}

/** Last lines of a worker's log, for a failure's message. */
export async function workerLog(world: Pick<World, 'directory'>, number: number): Promise<string> {
  return (await readFile(join(world.directory, `worker-${number}.log`), 'utf8').catch(() => ''))
    .split('\n')
    .slice(-20)
    .join('\n');
}
