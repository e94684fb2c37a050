import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BoundChild } from '../supervision/bound-child';
import { spawnBound } from '../supervision/bound-child';
import type { ServiceLog } from '../supervision/service-log';
import { buildIdOf } from './program';

export interface WorkerProcessOptions {
  readonly number: number;
  readonly root: string;
  readonly configFile: string;
  /** Of the workers' role; the one in the file is the command line's. */
  readonly databaseUrl: string;
  readonly logFile: string;
  readonly log: ServiceLog;
}

/** A worker in a process of its own that is started again whenever it ends by itself. */
export interface WorkerProcess {
  /** Of the present process; changes with a restart. */
  readonly pid: number;
  /** SIGKILL, for drills; it comes back by itself. */
  kill(): void;
  stop(): Promise<void>;
}

const RESTART_AFTER_MS = 1_000;
const STOP_WITHIN_MS = 35_000;

export async function startWorkerProcess(options: WorkerProcessOptions): Promise<WorkerProcess> {
  const launch = (): Promise<BoundChild> =>
    spawnBound({
      command: process.execPath,
      args: [
        '--max-old-space-size=384',
        join(options.root, 'src', 'worker', 'main.js'),
        '--config',
        options.configFile,
      ],
      cwd: process.cwd(),
      logFile: options.logFile,
      env: {
        ...process.env,
        DATABASE_URL: options.databaseUrl,
        FIREBREAK_BUILD_ID: buildIdOf(options.root),
      },
    });
  let child = await launch();
  let stopping = false;
  const tend = async (): Promise<void> => {
    for (;;) {
      const how = await child.ended;
      if (stopping) return;
      options.log.warn({ worker: options.number, how, log: options.logFile }, 'a worker ended; it is started again');
      await sleep(RESTART_AFTER_MS);
      if (stopping) return;
      child = await launch();
    }
  };
  const tended = tend();
  return {
    get pid() {
      return child.pid;
    },
    kill: () => child.signal('SIGKILL'),
    stop: async () => {
      stopping = true;
      child.signal('SIGTERM');
      const hard = setTimeout(() => child.signal('SIGKILL'), STOP_WITHIN_MS);
      await tended;
      clearTimeout(hard);
    },
  };
}
