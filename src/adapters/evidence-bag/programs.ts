import { lstat, mkdir, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { FirebreakError } from '../../domain/errors';
import { sha256Hex } from '../../domain/hash';
import type { ProgramKeeper } from '../../ports/host-programs';
import type { HostScript } from '../../ports/host-shell';
import type { Bag } from './bag';
import type { BagLayout } from './files/bag-layout';
import { WORK_FOLDER, bagLayout } from './files/bag-layout';
import { digestFile } from './files/digest-file';
import { DIRECTORY_MODE, ifPresent, makeDirectories, readRegularFile, writeDurably } from './files/durable-files';
import { BAG_LIMITS } from './format/limits';
import { encodePathPart } from './format/path-part';

/** The programs of this version, by SHA-256. */
export type KnownPrograms = ReadonlyMap<string, HostScript>;

interface ProgramText {
  readonly name: string;
  readonly bytes: Buffer;
}

const KEPT_NAME = /^([0-9a-f]{64})\.(.{1,130})$/;

/**
 * Keeps texts in the forensics directory, beside the bag: acts come before the bag is open, and a later version knows other texts. What
 * runs after the seal waits for the supplement bag.
 */
export function createProgramKeeper(forensicsDir: string): ProgramKeeper {
  return {
    keep: async (incident, { name, text }) => {
      const layout = bagLayout(forensicsDir, incident);
      if (Buffer.byteLength(text) > BAG_LIMITS.programBytes) {
        throw new FirebreakError(
          'INPUT_TOO_LARGE',
          `The program ${name} has more than ${BAG_LIMITS.programBytes} bytes.`,
        );
      }
      await mkdir(forensicsDir, { recursive: true, mode: DIRECTORY_MODE });
      const folder = await makeDirectories(forensicsDir, [WORK_FOLDER, basename(layout.programs)]);
      const path = join(folder, `${sha256Hex(text)}.${encodePathPart(name)}`);
      if ((await ifPresent(lstat(path))) === undefined) await writeDurably(folder, path, text);
    },
  };
}

/**
 * Before the seal: the text of every program that ran for the incident or that a record names goes into the bag, each once. One whose
 * text nobody has is recorded as such.
 */
export async function recordPrograms(bag: Bag, known: KnownPrograms, at: string): Promise<void> {
  const kept = await keptPrograms(bag.layout);
  for (const sha256 of [...new Set([...bag.chain.programs, ...kept.keys()])].sort()) {
    const work = ['program', sha256] as const;
    if (bag.chain.find(work) !== undefined) continue;
    const own = known.get(sha256);
    const program = kept.get(sha256) ?? (own && { name: own.name, bytes: Buffer.from(own.text) });
    const body = { at, work, program: sha256 };
    if (program === undefined) await bag.append('program', { ...body, kept: false });
    else await recordText(bag, program, body);
  }
}

async function recordText(
  bag: Bag,
  { name, bytes }: ProgramText,
  body: { readonly program: string } & Readonly<Record<string, unknown>>,
): Promise<void> {
  const source = bag.hold.temporary();
  await bag.drawing(() => writeDurably(bag.hold.directory, source, bytes));
  const digests = await digestFile(source);
  const place = ['_programs', `${body.program}.sh`];
  const path = (await bag.findMoved(place, digests.sha256)) ?? (await bag.place(place, source));
  await bag.append('program', { ...body, name, ...digests, path });
}

/** Only what is what its name says: the folder is not part of the bag, and lies there for a while. */
async function keptPrograms(layout: BagLayout): Promise<ReadonlyMap<string, ProgramText>> {
  const found = new Map<string, ProgramText>();
  const names = (await ifPresent(readdir(layout.programs))) ?? [];
  for (const name of names.sort().slice(0, BAG_LIMITS.programs)) {
    const [, sha256 = '', program = ''] = KEPT_NAME.exec(name) ?? [];
    const path = join(layout.programs, name);
    const entry = await lstat(path);
    if (sha256 === '' || !entry.isFile() || entry.size > BAG_LIMITS.programBytes) continue;
    const bytes = await readRegularFile(path);
    if (sha256Hex(bytes) === sha256) found.set(sha256, { name: program, bytes });
  }
  return found;
}
