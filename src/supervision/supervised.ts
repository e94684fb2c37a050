import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type BoundChild, type BoundCommand, spawnBound } from './bound-child';

/** How a local server is launched, recognised as ready, and stopped. */
export interface ServerRecipe {
  /** For error texts: `PostgreSQL`, `Temporal`. */
  readonly name: string;
  readonly command: BoundCommand;
  /** Run before every launch; clears what a killed predecessor left. */
  readonly prepare?: () => Promise<void>;
  /** Resolves true when the server answers; false or a rejection means not yet. */
  readonly isReady: (child: BoundChild) => Promise<boolean>;
  /** Limit for becoming ready, in milliseconds. */
  readonly readyWithinMs: number;
  /** Signals for an orderly stop, each with its patience in milliseconds; SIGKILL follows the last. */
  readonly stopSignals: readonly (readonly [NodeJS.Signals, number])[];
  /** Coins the error from a detail text. */
  readonly failure: (detail: string) => Error;
}

/** A local server process that is ours to stop, kill and start again. */
export interface Supervised {
  /** Of the running process; changes with each restart. */
  readonly pid: number;
  /** Orderly stop; resolves when the process is gone. */
  stop(): Promise<void>;
  /** SIGKILL, for drills; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Stops the process if it runs, then launches it with the same files and ports and waits until it is ready. */
  restart(): Promise<void>;
}

const POLL_MS = 20;
/** SIGKILL works at once unless the process hangs in the kernel, where waiting longer does not help. */
const KILL_PATIENCE_MS = 10_000;
const LOG_LINES_SHOWN = 15;

/**
 * Launches a server and waits until it is ready.
 *
 * @throws the recipe's `failure` with the last log lines when the process ends or is not ready in time; nothing is left running.
 */
export async function supervise(recipe: ServerRecipe): Promise<Supervised> {
  let child = await launch(recipe);

  async function end(steps: ServerRecipe['stopSignals']): Promise<void> {
    for (const [signal, patienceMs] of steps) {
      child.signal(signal);
      if (await endsWithin(child, patienceMs)) return;
    }
    child.signal('SIGKILL');
    await endsWithin(child, KILL_PATIENCE_MS);
  }

  return {
    get pid() {
      return child.pid;
    },
    stop: () => end(recipe.stopSignals),
    kill: () => end([]),
    restart: async () => {
      await end(recipe.stopSignals);
      child = await launch(recipe);
    },
  };
}

async function launch(recipe: ServerRecipe): Promise<BoundChild> {
  await recipe.prepare?.();
  const child = await spawnBound(recipe.command);
  const giveUpAt = Date.now() + recipe.readyWithinMs;
  while (child.running() && Date.now() < giveUpAt) {
    if (await recipe.isReady(child).catch(() => false)) return child;
    await sleep(POLL_MS);
  }
  const how = child.running()
    ? `${recipe.name} was not ready within ${recipe.readyWithinMs / 1000} s`
    : `${recipe.name} ended while starting (${await child.ended})`;
  child.signal('SIGKILL');
  await endsWithin(child, KILL_PATIENCE_MS);
  throw recipe.failure(`${how}. Last lines of ${recipe.command.logFile}:\n${await lastLines(recipe.command.logFile)}`);
}

/** A timer instead of the bare promise: the unreferenced child alone would let the event loop run dry. */
async function endsWithin(child: BoundChild, limitMs: number): Promise<boolean> {
  const patience = new AbortController();
  const late = sleep(limitMs, false, { signal: patience.signal }).catch(() => false);
  const ended = await Promise.race([child.ended.then(() => true), late]);
  patience.abort();
  return ended;
}

async function lastLines(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-LOG_LINES_SHOWN).join('\n') || '(empty)';
}
