import type { Algorithm } from '../format/bagit';
import {
  ALGORITHMS,
  BAGIT_FILE,
  BAGIT_TXT,
  BAG_INFO_FILE,
  LISTED_TAG_FILES,
  manifestFile,
  payloadOxum,
  tagManifestFile,
} from '../format/bagit';
import { isPayloadPath, splitLines } from '../format/chain-line';
import type { FaultList } from './fault-list';
import type { FilesOnDisk } from './walk-bag';

export type TagReader = (path: string) => Promise<Buffer | undefined>;
/** Lines of a file of the bag, with faults for what is no line; undefined when there is no such file. */
export type LineReader = (path: string, layer: 'manifest' | 'chain') => AsyncIterable<Buffer> | undefined;

const ENTRY = /^([0-9a-f]+) {2}([!-~]+)$/;
const HEX_LENGTH = { sha256: 64, sha512: 128 } as const;
const INFO_LINE = /^([A-Za-z][A-Za-z-]*): ([ -~]*)$/;

/** BagIt: every file listed with its hash in both manifests, and nothing listed that is not there (RFC 8493 §3). */
export async function checkManifests(files: FilesOnDisk, linesOf: LineReader, faults: FaultList): Promise<void> {
  const payload = [...files.keys()].filter((path) => path.startsWith('data/'));
  const tags = LISTED_TAG_FILES.filter((path) => files.has(path));
  for (const algorithm of ALGORITHMS) {
    await checkManifest(manifestFile(algorithm), algorithm, payload, isPayloadPath);
    await checkManifest(tagManifestFile(algorithm), algorithm, tags, (path) => LISTED_TAG_FILES.includes(path));
  }

  async function checkManifest(
    manifest: string,
    algorithm: Algorithm,
    covered: readonly string[],
    belongs: (path: string) => boolean,
  ): Promise<void> {
    const lines = linesOf(manifest, 'manifest');
    if (lines === undefined) return;
    const listed = new Map<string, string>();
    let number = 0;
    for await (const line of lines) {
      number += 1;
      const [, hash = '', path = ''] = ENTRY.exec(line.toString('latin1')) ?? [];
      if (hash.length !== HEX_LENGTH[algorithm] || !belongs(path)) {
        faults.add('manifest', 'BAD_LINE', manifest, `line ${number} is no entry`);
      } else if (listed.has(path)) {
        faults.add('manifest', 'DUPLICATE_ENTRY', path, `listed again in ${manifest}`);
      } else {
        listed.set(path, hash);
      }
    }
    for (const [path, hash] of listed) {
      const file = files.get(path);
      if (file === undefined) faults.add('manifest', 'MISSING_FILE', path, `listed in ${manifest}, but not there`);
      else if (file[algorithm] !== hash) faults.add('manifest', 'HASH_MISMATCH', path, `not what ${manifest} says`);
    }
    for (const path of covered) {
      if (!listed.has(path)) faults.add('manifest', 'UNLISTED_FILE', path, `not listed in ${manifest}`);
    }
  }
}

/** The two descriptive tag files: the version, the size of the payload, and which incident the bag says it is of. */
export async function checkBagInfo(
  files: FilesOnDisk,
  read: TagReader,
  incident: string,
  faults: FaultList,
): Promise<void> {
  const bagit = await read(BAGIT_FILE);
  if (bagit !== undefined && bagit.toString('latin1') !== BAGIT_TXT) {
    faults.add('bag', 'BAD_BAGIT_TXT', BAGIT_FILE, 'not the two lines of a BagIt 1.0 bag in UTF-8');
  }
  const info = await read(BAG_INFO_FILE);
  if (info === undefined) return;
  const { lines, rest } = splitLines(info);
  const fields = lines.map((line) => INFO_LINE.exec(line.toString('latin1')));
  if (rest.length > 0 || fields.includes(null)) {
    faults.add('bag', 'BAD_BAG_INFO', BAG_INFO_FILE, 'a line is no `Label: value` that ends in LF');
  }
  const only = (label: string): string | undefined => {
    const values = fields.filter((field) => field?.[1] === label).map((field) => field?.[2]);
    return values.length === 1 ? values[0] : undefined;
  };
  const payload = [...files].filter(([path]) => path.startsWith('data/')).map(([, file]) => file);
  const oxum = payloadOxum(payload);
  if (only('Payload-Oxum') !== oxum) {
    faults.add('bag', 'OXUM_MISMATCH', BAG_INFO_FILE, `the payload has ${oxum} octets.files`);
  }
  if (only('External-Identifier') !== incident) {
    faults.add('identity', 'WRONG_INCIDENT', BAG_INFO_FILE, 'External-Identifier is not the expected incident');
  }
}
