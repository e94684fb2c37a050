import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join, resolve } from 'node:path';
import { Connection } from '@temporalio/client';
import { FirebreakError } from '../src/domain/errors';
import { freePorts, LOOPBACK } from '../src/supervision/free-ports';
import type { ServiceLog } from '../src/supervision/service-log';
import { supervise } from '../src/supervision/supervised';
import { DYNAMIC_CONFIG } from './dynamic-config';
import { inspectNamespace, type NamespaceWanted, type SearchAttributeTypes } from './namespace';
import { findTemporalCli } from './server-binary';

export interface StartTemporalOptions {
  readonly log: ServiceLog;
  /** Made if missing; receives `temporal.db` and `temporal.log`. The same directory again continues the same server. */
  readonly dataDir: string;
  /** gRPC port on loopback; a free one when absent. */
  readonly port?: number;
  /** Port of the web UI on loopback; a free one when absent. */
  readonly uiPort?: number;
  /** Made if missing. Default `firebreak`. */
  readonly namespace?: string;
  readonly searchAttributes: SearchAttributeTypes;
  /** Codec server that the UI's page asks to decode payloads, e.g. `http://127.0.0.1:8234`. Default: none. */
  readonly uiCodecEndpoint?: string | undefined;
  /** Dynamic settings of the server beside those that Firebreak depends on. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

/** A Temporal server that can be used; ours or somebody else's. */
export interface TemporalEndpoint {
  /** `host:port` of the gRPC front end. */
  readonly address: string;
  /** Of the web UI, without a slash at the end; undefined when not known. */
  readonly uiUrl: string | undefined;
  readonly namespace: string;
  /** Stops the server if it is ours. */
  stop(): Promise<void>;
}

/** A server of our own; it dies with this process, however that ends. */
export interface TemporalServer extends TemporalEndpoint {
  readonly uiUrl: string;
  /** Changes with a restart. */
  readonly pid: number;
  /** SIGKILL, for drills; `restart` brings it back. */
  kill(): Promise<void>;
  /** Same database file and ports; resolves when the namespace answers again. */
  restart(): Promise<void>;
}

/**
 * Starts Temporal's development server on loopback with a SQLite file, and waits until the namespace
 * and its search attributes answer. About a second; minutes if the CLI must be built first.
 *
 * @throws FirebreakError `TEMPORAL_UNREACHABLE` with the last log lines, or with the ways to get the CLI.
 */
export async function startTemporal(options: StartTemporalOptions): Promise<TemporalServer> {
  const { log, namespace = 'firebreak', searchAttributes } = options;
  const cli = await findTemporalCli({ log });
  const dataDir = resolve(options.dataDir);
  await mkdir(dataDir, { recursive: true });
  const [port, uiPort] = await choosePorts(options);
  const address = `${LOOPBACK}:${port}`;

  const server = await supervise({
    name: 'Temporal',
    command: {
      command: cli.path,
      args: [
        ...[
          'server',
          'start-dev',
          '--ip',
          LOOPBACK,
          '--port',
          `${port}`,
          '--ui-ip',
          LOOPBACK,
          '--ui-port',
          `${uiPort}`,
        ],
        ...(options.uiCodecEndpoint === undefined ? [] : ['--ui-codec-endpoint', options.uiCodecEndpoint]),
        ...['--db-filename', join(dataDir, 'temporal.db')],
        // WAL with NORMAL has 2.3 times the throughput of the default; a power cut may lose the last moments, a killed process nothing.
        ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
        ...['--log-level', 'warn', '--log-format', 'json', '--namespace', namespace],
        ...flags('--search-attribute', searchAttributes, String),
        ...flags('--dynamic-config-value', { ...DYNAMIC_CONFIG, ...options.settings }, JSON.stringify),
      ],
      cwd: dataDir,
      logFile: join(dataDir, 'temporal.log'),
      // HOME elsewhere, so that the user's Temporal CLI profile has no say here.
      env: { PATH: process.env.PATH, HOME: dataDir },
    },
    // Whoever else listens there would answer the health check in our server's place.
    prepare: async () => {
      for (const wanted of [port, uiPort]) {
        if (await accepts(wanted))
          throw new FirebreakError('TEMPORAL_UNREACHABLE', `Port ${wanted} on ${LOOPBACK} is taken.`);
      }
    },
    isReady: async () => (await accepts(port)) && (await answers(address, { namespace, searchAttributes })),
    readyWithinMs: 60_000,
    stopSignals: [['SIGTERM', 10_000]],
    failure: (detail) => new FirebreakError('TEMPORAL_UNREACHABLE', detail),
  });

  return {
    address,
    uiUrl: `http://${LOOPBACK}:${uiPort}`,
    namespace,
    get pid() {
      return server.pid;
    },
    stop: () => server.stop(),
    kill: () => server.kill(),
    restart: () => server.restart(),
  };
}

/** Both in one go, so that they differ. */
async function choosePorts({ port, uiPort }: StartTemporalOptions): Promise<readonly [number, number]> {
  const [first = 0, second = 0] = await freePorts(2);
  return [port ?? first, uiPort ?? second];
}

/** Asked first, because a gRPC channel that was refused once waits a second before it tries again. */
async function accepts(port: number): Promise<boolean> {
  const socket = createConnection(port, LOOPBACK);
  const connected = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return connected;
}

async function answers(address: string, wanted: NamespaceWanted): Promise<boolean> {
  const connection = Connection.lazy({ address });
  try {
    const found = await inspectNamespace(connection, wanted);
    return found.exists && found.missing.length === 0;
  } finally {
    await connection.close();
  }
}

function flags<V>(flag: string, values: Readonly<Record<string, V>>, write: (value: V) => string): readonly string[] {
  return Object.entries(values).flatMap(([key, value]) => [flag, `${key}=${write(value)}`]);
}
