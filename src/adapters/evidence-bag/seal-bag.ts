import { readFile, rm } from 'node:fs/promises';
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
  VERIFIER_FILE,
  formatBagInfo,
  formatManifest,
  manifestFile,
  payloadOxum,
  tagManifestFile,
} from './format/bagit';
import { formatCheckpoint, originOf } from './format/checkpoint';
import { signatureLine } from './format/signed-note';
import { formatReadme } from './readme';
import { salvageAttempts, setStraysAside } from './salvage';
import type { EvidenceSigner } from './signer';

/** Written last: a bag is finished when it is there. */
const LAST_FILE = tagManifestFile('sha256');

/**
 * Seals under the lock. The seal record is appended once and never again; everything behind it is a pure function of the chain
 * and the key, so finishing after a crash writes the same bytes.
 */
export async function sealBag(bag: Bag, signer: EvidenceSigner, now: () => Date): Promise<SealedBag> {
  await bag.reserve.release();
  if (bag.chain.sealRecord === undefined) {
    const at = now().toISOString();
    await bag.commitLeftBehind();
    await salvageAttempts(bag);
    await setStraysAside(bag, at);
    await bag.append('seal', {
      at,
      records: bag.chain.length,
      artefacts: bag.chain.count('artefact'),
      partials: bag.chain.count('partial'),
      absences: bag.chain.count('absence'),
      bytes: payloadBytes(bag.chain),
      signer: signer.vkey,
    });
  }
  if (!(await isFinished(bag.layout))) await finish(bag, signer);
  await rm(bag.layout.work, { recursive: true, force: true });
  return describeSealed(bag.layout, bag.chain);
}

export async function isFinished(layout: BagLayout): Promise<boolean> {
  return (await ifPresent(readRegularFile(join(layout.bag, LAST_FILE)))) !== undefined;
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

async function finish(bag: Bag, signer: EvidenceSigner): Promise<void> {
  const { layout, chain } = bag;
  const origin = originOf(signer.name, layout.bagId);
  const body = formatCheckpoint({ origin, size: chain.length, root: chain.root });
  const note = `${body}\n${signatureLine(signer.key, await signer.sign(Buffer.from(body, 'utf8')))}`;
  const files = [...chain.files.values()];
  const texts = new Map<string, string | Buffer>([
    [CHECKPOINT_FILE, note],
    [BAGIT_FILE, BAGIT_TXT],
    [BAG_INFO_FILE, formatBagInfo(layout.bagId, signer.name, sealText(chain, 'at'), payloadOxum(files))],
    [README_FILE, formatReadme(layout.bagId, signer.name)],
    [VERIFIER_FILE, await readFile(join(__dirname, VERIFIER_FILE))],
    ...ALGORITHMS.map((algorithm) => [manifestFile(algorithm), formatManifest(algorithm, files)] as const),
  ]);
  const tags: FileHashes[] = [hashesOf(CHAIN_FILE, await readRegularFile(layout.chain))];
  for (const [path, content] of texts) tags.push(hashesOf(path, content));
  for (const algorithm of [...ALGORITHMS].reverse())
    texts.set(tagManifestFile(algorithm), formatManifest(algorithm, tags));
  for (const [path, content] of texts) await writeDurably(layout.work, join(layout.bag, path), content);
  await syncDirectory(layout.forensics);
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
  if (typeof value !== 'string') throw new FirebreakError('EVIDENCE_BROKEN', `The seal record has no ${field}.`);
  return value;
}
