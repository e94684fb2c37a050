import { rm } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { SealedBag } from '../../domain/evidence';
import { FirebreakError } from '../../domain/errors';
import type { Bag } from './bag';
import type { BagLayout } from './files/bag-layout';
import type { ChainFile } from './files/chain-file';
import { ifPresent, readRegularFile, syncDirectory, writeDurably } from './files/durable-files';
import type { Algorithm, FileHashes } from './format/bagit';
import {
  ALGORITHMS,
  BAGIT_FILE,
  BAGIT_TXT,
  BAG_INFO_FILE,
  CHAIN_FILE,
  CHECKPOINT_FILE,
  README_FILE,
  SEALED_TAGS,
  VERIFIER_FILE,
  formatBagInfo,
  formatManifest,
  manifestFile,
  payloadOxum,
  tagManifestFile,
} from './format/bagit';
import { formatCheckpoint, originOf } from './format/checkpoint';
import { signatureLine } from './format/signed-note';
import { isFinished } from './files/is-finished';
import { clearLeavings } from './files/hold';
import type { KnownPrograms } from './programs';
import { recordPrograms } from './programs';
import { formatReadme } from './readme';
import { salvageAttempts, setStraysAside } from './salvage';
import type { EvidenceSigner } from './signer';
import { readVerifier } from './verifier';

/**
 * Seals under the lock. The seal record is appended once and never again; everything behind it is a pure function of the chain,
 * what the seal names, and the key, so finishing after a crash writes the same bytes.
 */
export async function sealBag(
  bag: Bag,
  signer: EvidenceSigner,
  now: () => Date,
  known: KnownPrograms = new Map(),
): Promise<SealedBag> {
  await bag.reserve.release();
  if (bag.chain.sealRecord === undefined) {
    const at = now().toISOString();
    await bag.commitLeftBehind();
    await salvageAttempts(bag);
    await recordPrograms(bag, known, at);
    await setStraysAside(bag, at);
    const tags = await writeSealedTags(bag, signer);
    await bag.append('seal', {
      at,
      records: bag.chain.length,
      artefacts: bag.chain.count('artefact'),
      partials: bag.chain.count('partial'),
      absences: bag.chain.count('absence'),
      programs: bag.chain.count('program'),
      bytes: payloadBytes(bag.chain),
      signer: signer.vkey,
      tags,
    });
  }
  if (!(await isFinished(bag.layout))) await finish(bag, signer);
  await rm(bag.layout.work, { recursive: true, force: true });
  await rm(bag.layout.programs, { recursive: true, force: true });
  await clearLeavings(bag.layout.holds, bag.layout.strays);
  return describeSealed(bag.layout, bag.chain);
}

/** @param chain caught up with its file, which ends in a seal record */
export async function describeSealed(layout: BagLayout, chain: ChainFile): Promise<SealedBag> {
  const checkpoint = await readRegularFile(join(layout.bag, CHECKPOINT_FILE));
  return {
    incident: layout.incident,
    path: layout.bag,
    checkpoint: checkpoint.toString('utf8'),
    root: chain.root.toString('hex'),
    records: chain.length,
    artefacts: chain.count('artefact'),
    absences: chain.count('absence'),
    bytes: payloadBytes(chain),
    publicKey: sealText(chain, 'signer'),
    sealedAt: sealText(chain, 'at'),
  };
}

/**
 * What explains the bag is written before the seal, which carries its digests: nobody can exchange it afterwards, nor does a newer
 * version of this program that finishes a bag after a crash.
 *
 * @returns SHA-256 by file
 */
async function writeSealedTags({ layout, hold }: Bag, signer: EvidenceSigner): Promise<Record<string, string>> {
  const contents: Readonly<Record<(typeof SEALED_TAGS)[number], string | Buffer>> = {
    [README_FILE]: formatReadme(layout.bagId, signer.name),
    [VERIFIER_FILE]: (await readVerifier()).text,
  };
  const digests: Record<string, string> = {};
  for (const path of SEALED_TAGS) {
    await writeDurably(hold.directory, join(layout.bag, path), contents[path]);
    digests[path] = hashesOf(path, contents[path]).sha256;
  }
  return digests;
}

async function finish(bag: Bag, signer: EvidenceSigner): Promise<void> {
  const { layout, chain, hold } = bag;
  const origin = originOf(signer.name, layout.bagId);
  const body = formatCheckpoint({ origin, size: chain.length, root: chain.root });
  const note = `${body}\n${signatureLine(signer.key, await signer.sign(Buffer.from(body, 'utf8')))}`;
  const files = [...chain.files.values()];
  const texts = new Map<string, string | Buffer>([
    [CHECKPOINT_FILE, note],
    [BAGIT_FILE, BAGIT_TXT],
    [BAG_INFO_FILE, formatBagInfo(layout.bagId, signer.name, sealText(chain, 'at'), payloadOxum(files))],
    ...ALGORITHMS.map((algorithm) => [manifestFile(algorithm), formatManifest(algorithm, files)] as const),
  ]);
  const tags: FileHashes[] = [];
  if (!(await areThere(SEALED_TAGS.map((path) => join(layout.bag, path))))) await writeSealedTags(bag, signer);
  for (const path of [CHAIN_FILE, ...SEALED_TAGS])
    tags.push(hashesOf(path, await readRegularFile(join(layout.bag, path))));
  for (const [path, content] of texts) tags.push(hashesOf(path, content));
  for (const algorithm of [...ALGORITHMS].reverse())
    texts.set(tagManifestFile(algorithm), formatManifest(algorithm, tags));
  for (const [path, content] of texts) await writeDurably(hold.directory, join(layout.bag, path), content);
  await syncDirectory(layout.forensics);
}

async function areThere(paths: readonly string[]): Promise<boolean> {
  const contents = await Promise.all(paths.map((path) => ifPresent(readRegularFile(path))));
  return !contents.includes(undefined);
}

function hashesOf(path: string, content: string | Buffer): FileHashes {
  const digest = (algorithm: Algorithm): string => createHash(algorithm).update(content).digest('hex');
  return { path, sha256: digest('sha256'), sha512: digest('sha512') };
}

function payloadBytes(chain: ChainFile): number {
  let bytes = 0;
  for (const file of chain.files.values()) bytes += file.bytes;
  return bytes;
}

function sealText(chain: ChainFile, field: 'at' | 'signer'): string {
  const value = chain.sealRecord?.[field];
  if (typeof value !== 'string') throw new FirebreakError('EVIDENCE_BROKEN', { cause: 'seal-without', field });
  return value;
}
