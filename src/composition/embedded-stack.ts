import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { removeAbandonedClusters } from '../adapters/embedded-postgres/cluster-place';
import { startPostgres } from '../adapters/embedded-postgres/start-postgres';
import type { PostgresServer } from '../adapters/embedded-postgres/start-postgres';
import { makeCodecKeyFile } from '../adapters/payload-codec/codec-keys';
import { type LoginRole, provisionDatabase } from '../adapters/postgres/provision';
import { connectTemporal } from '../../temporal/connect';
import type { TemporalEndpoint } from '../../temporal/dev-server';
import { loadConfig } from '../config/load';
import { configSchema } from '../config/schema';
import type { TemporalWire } from '../config/wire';
import { temporalWireOf } from '../config/wire';
import { SEARCH_ATTRIBUTES } from '../domain/queues';
import type { ServiceLog } from '../supervision/service-log';
import { buildIdOf, PROGRAM_ROOT } from './program';
import { updateConfigFile } from './config-file';
import { setUpKeys } from './set-up';
import type { WorkerProcess } from './worker-process';
import { startWorkerProcess } from './worker-process';

export interface EmbeddedStackOptions {
  /** Everything lies in here: database, Temporal's file, keys, evidence, reports. */
  readonly directory: string;
  /** Written or brought up to date; what people put in it stays. */
  readonly configFile: string;
  readonly log: ServiceLog;
  /** False: the database goes with `stop`. */
  readonly persistent: boolean;
  readonly workers: number;
  /** Starts another Temporal server than Temporal's development server, in the directory given. */
  readonly startTemporal?: ((directory: string) => Promise<TemporalEndpoint>) | undefined;
  /** Folder of the compiled program that the workers run; default: the program that is running. */
  readonly programRoot?: string;
}

/** PostgreSQL, Temporal with its UI, and workers, on loopback; all die with this process, however that ends. */
export interface EmbeddedStack {
  readonly configFile: string;
  readonly temporal: TemporalEndpoint;
  readonly postgres: PostgresServer;
  readonly workers: readonly WorkerProcess[];
  /** The database for each role. */
  readonly databaseUrls: Readonly<Record<LoginRole, string>>;
  /** Brings the workers up; before that the configuration can still be completed. */
  startWorkers(): Promise<void>;
  /** Ends the workers gracefully and starts them again, e.g. after a change of the configuration. */
  restartWorkers(): Promise<void>;
  stop(): Promise<void>;
}

/** @throws FirebreakError DATABASE_UNREACHABLE, TEMPORAL_UNREACHABLE naming what is missing and the ways to get it */
export async function startEmbeddedStack(options: EmbeddedStackOptions): Promise<EmbeddedStack> {
  const directory = resolve(options.directory);
  await mkdir(directory, { recursive: true, mode: 0o750 });
  const within = (...parts: string[]): string => join(directory, ...parts);
  const { log, programRoot = PROGRAM_ROOT } = options;
  const given = await givenSettings(options.configFile);
  const [postgres, temporal] = await bothOrNone(
    startPostgres({ log, dataDir: within('postgres'), persistent: options.persistent }),
    options.startTemporal?.(within('temporal')) ??
      connectTemporal({
        log,
        dataDir: within('temporal'),
        namespace: 'firebreak',
        searchAttributes: SEARCH_ATTRIBUTES,
        wire: given.wire,
        uiCodecEndpoint: given.codecEndpoint,
      }),
  );
  const urls = await provisionDatabase({
    adminUrl: postgres.url,
    database: 'firebreak',
    passwords: {
      worker: await keptSecret(within('keys', 'database-password')),
      cli: await keptSecret(within('keys', 'database-password-cli')),
      reader: await keptSecret(within('keys', 'database-password-reader')),
    },
    directory: join(programRoot, 'migrations'),
    log,
  });
  await updateConfigFile(options.configFile, {
    // The command line's; workers are given theirs by environment.
    'database.url': urls.cli,
    'temporal.address': temporal.address,
    'temporal.namespace': temporal.namespace,
    ...(temporal.uiUrl === undefined ? {} : { 'temporal.ui': temporal.uiUrl }),
    'paths.forensics': within('forensics'),
    'paths.reports': within('reports'),
    'paths.signingKey': within('keys', 'evidence-key.pem'),
    'paths.totpKey': within('keys', 'totp.key'),
    'ssh.identityFile': within('keys', 'id_ed25519'),
  });
  const { evidenceKey } = await setUpKeys(loadConfig({ file: options.configFile, env: {} }).config);
  await updateConfigFile(options.configFile, { 'evidence.publicKey': evidenceKey });
  const workers: WorkerProcess[] = [];
  const endWorkers = async (): Promise<void> => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop()));
  };
  const startWorkers = async (): Promise<void> => {
    for (let number = workers.length + 1; number <= options.workers; number += 1) {
      workers.push(
        await startWorkerProcess({
          number,
          root: programRoot,
          configFile: options.configFile,
          databaseUrl: urls.worker,
          logFile: within(`worker-${number}.log`),
          log,
        }),
      );
    }
    await makeCurrent(options.configFile, buildIdOf(programRoot));
  };
  return {
    configFile: options.configFile,
    temporal,
    postgres,
    workers,
    databaseUrls: urls,
    startWorkers,
    restartWorkers: async () => {
      await endWorkers();
      await startWorkers();
    },
    stop: async () => {
      await endWorkers();
      await Promise.all([temporal.stop(), postgres.stop()]);
    },
  };
}

/** One that fails does not leave the other one behind. */
async function bothOrNone<A extends Stoppable, B extends Stoppable>(
  first: Promise<A>,
  second: Promise<B>,
): Promise<readonly [A, B]> {
  const settled = await Promise.allSettled([first, second]);
  if (settled.some(({ status }) => status === 'rejected')) {
    for (const one of settled) if (one.status === 'fulfilled') await one.value.stop();
  }
  return Promise.all([first, second]);
}

interface Stoppable {
  stop(): Promise<void>;
}

/**
 * Removes what killed stacks left outside of their directories, once those are gone: databases that root's account could not enter.
 *
 * @returns what is still there after so many milliseconds, each with the reason
 */
export function removeStackLeftovers(patienceMs: number): Promise<readonly string[]> {
  return removeAbandonedClusters(patienceMs);
}

/** What people have put into the configuration already. @throws FirebreakError CONFIG_INVALID */
async function givenSettings(
  configFile: string,
): Promise<{ readonly wire: TemporalWire | undefined; readonly codecEndpoint: string | undefined }> {
  const address = process.env['TEMPORAL_ADDRESS'];
  const { temporal } = existsSync(configFile) ? loadConfig({ file: configFile }).config : configSchema.parse({});
  const { codec } = temporal;
  if (codec !== undefined) await makeCodecKeyFile(codec.keyFile);
  return {
    wire: address === undefined || address === '' ? undefined : temporalWireOf({ temporal: { ...temporal, address } }),
    codecEndpoint: codec === undefined ? undefined : `http://127.0.0.1:${codec.port}`,
  };
}

/** Connects as the workers do: by the configuration. */
async function makeCurrent(configFile: string, buildId: string): Promise<void> {
  const [{ connectWire }, { makeVersionCurrent }, { DEPLOYMENT_NAME }] = await Promise.all([
    import('../../temporal/connect.js'),
    import('../../temporal/worker-deployment.js'),
    import('../../temporal/build-id.js'),
  ]);
  const { config } = loadConfig({ file: configFile });
  const connection = await connectWire(temporalWireOf(config));
  try {
    await makeVersionCurrent(connection, {
      namespace: config.temporal.namespace,
      deploymentName: DEPLOYMENT_NAME,
      buildId,
      withinMs: 60_000,
    });
  } finally {
    await connection.close();
  }
}

async function keptSecret(path: string): Promise<string> {
  if (existsSync(path)) return readFileSync(path, 'utf8').trim();
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  const secret = randomBytes(24).toString('base64url');
  await writeFile(path, `${secret}\n`, { mode: 0o600 });
  return secret;
}
