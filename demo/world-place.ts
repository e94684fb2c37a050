import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeStackLeftovers } from '../src/composition/embedded-stack';
import { runCommand } from './lab/run-command';
import { identify, isRunning, type ProcessIdentity, waitUntil } from './lab/processes';

/**
 * Where running worlds are written down: symbolic links to their directories, named `PID-STARTTIME-RANDOM` after their owner. One call
 * of the kernel makes such a note whole, and a reboot clears it.
 */
const NOTES = '/run/firebreak-world';

/** The kernel ends a killed world's processes at once; PostgreSQL's take a moment, and an `initdb` under way ends by itself. */
const PROCESSES_END_WITHIN_MS = 15_000;

/** A world's directory and the note about it. */
export interface WorldPlace {
  readonly directory: string;
  /** Removes both. */
  remove(): void;
}

/** Writes the directory down and then makes it, mode 0700: only then a kill in between leaves nothing unknown. Needs root. */
export function makeWorldPlace(): WorldPlace {
  const owner = identify(process.pid);
  if (owner === undefined) throw new Error('A world needs /proc.');
  const random = randomBytes(6).toString('hex');
  const directory = join(realpathSync(tmpdir()), `firebreak-world-${random}`);
  const note = makeNote(`${owner.pid}-${owner.startTime}-${random}`, directory);
  mkdirSync(directory, { mode: 0o700 });
  return { directory, remove: () => removePlace(note, directory) };
}

/** What {@link removeAbandonedWorlds} found. */
export interface WorldLeftovers {
  /** Directories that are gone now. */
  readonly removed: readonly string[];
  /** What resists, each with the reason; the next call tries again. */
  readonly remaining: readonly string[];
}

/** Removes the directories and databases of worlds whose process was killed; their labs are `labDown`'s. Harmless when repeated. */
export async function removeAbandonedWorlds(): Promise<WorldLeftovers> {
  const removed: string[] = [];
  const remaining: string[] = [];
  for (const { note, directory, owner } of notes()) {
    if (isRunning(owner)) continue;
    if (!(await waitUntil(() => processesOf(directory).length === 0, PROCESSES_END_WITHIN_MS, 50))) {
      remaining.push(`directory ${directory}: in use by the processes ${processesOf(directory).join(', ')}`);
      continue;
    }
    try {
      await unmountInside(directory);
      removePlace(note, directory);
      removed.push(directory);
    } catch (thrown) {
      remaining.push(`directory ${directory}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
  }
  remaining.push(...(await removeStackLeftovers(PROCESSES_END_WITHIN_MS)));
  return { removed, remaining };
}

/** The last world to go takes the directory of notes with it, maybe between the two steps of this one: then once more. */
function makeNote(name: string, directory: string): string {
  const note = join(NOTES, name);
  for (let attempt = 1; ; attempt += 1) {
    mkdirSync(NOTES, { recursive: true, mode: 0o755 });
    try {
      symlinkSync(directory, note);
      return note;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === 5) throw cause;
    }
  }
}

/** The note last: what is interrupted here is found again. */
function removePlace(note: string, directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  rmSync(note, { force: true });
  try {
    rmdirSync(NOTES);
  } catch {
    // Other worlds are written down in it, or it went with the last of them.
  }
}

/** Drills mount small disks in a world, to fill them. */
async function unmountInside(directory: string): Promise<void> {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap((line) => line.split(' ')[4] ?? [])
    .filter((mount) => mount.startsWith(`${directory}/`));
  for (const mount of mounts.reverse()) await runCommand('umount', ['--lazy', mount]);
}

interface Noted {
  readonly note: string;
  readonly directory: string;
  readonly owner: ProcessIdentity;
}

function notes(): readonly Noted[] {
  if (!existsSync(NOTES)) return [];
  return readdirSync(NOTES).flatMap((name) => {
    const [pid, startTime] = name.split('-');
    const note = join(NOTES, name);
    try {
      return [{ note, directory: readlinkSync(note), owner: { pid: Number(pid), startTime: startTime ?? '' } }];
    } catch {
      return [];
    }
  });
}

/** Processes that work in the directory or were given a path in it. */
function processesOf(directory: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return (
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(directory) ||
          readlinkSync(`/proc/${pid}/cwd`).startsWith(directory)
        );
      } catch {
        return false;
      }
    })
    .map(Number);
}
