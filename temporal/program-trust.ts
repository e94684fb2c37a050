import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** SHA-256 of a file in hexadecimal; 210 MB take about half a second. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/**
 * Why somebody else could exchange this program: it, or a directory on the way to it, belongs to another account or may be written by all.
 * @returns undefined when nobody but root and this account could
 */
export async function exchangeableBy(path: string): Promise<string | undefined> {
  for (let at = await realpath(path); ; at = dirname(at)) {
    const { uid, mode } = await stat(at);
    const sticky = (mode & 0o1000) !== 0;
    if (uid !== 0 && uid !== process.getuid?.()) return `${at} belongs to uid ${uid}`;
    if ((mode & 0o002) !== 0 && !sticky) return `all may write ${at}`;
    if (at === dirname(at)) return undefined;
  }
}

/**
 * Compares every file of a directory with a list in the form of `sha256sum`: nothing may differ, be missing or be there besides.
 * @throws Error naming the first file that is not as listed
 */
export async function expectListedFiles(directory: string, list: string): Promise<void> {
  const lines = (await readFile(list, 'utf8')).trim().split('\n');
  const listed = new Map(lines.map((line) => [line.slice(66), line.slice(0, 64)]));
  for (const name of await readdir(directory)) {
    const expected = listed.get(name);
    if (expected === undefined) throw new Error(`${name} is not in ${list}`);
    const sha256 = await sha256OfFile(join(directory, name));
    if (sha256 !== expected) throw new Error(`${name} has the SHA-256 ${sha256}, not ${expected}`);
    listed.delete(name);
  }
  for (const name of listed.keys()) throw new Error(`${name} is missing`);
}
