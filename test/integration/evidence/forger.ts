import { createHash } from 'node:crypto';
import { cp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EvidenceSigner } from '../../../src/adapters/evidence-bag/signer';

/**
 * Somebody who may write to a bag and recompute every hash that needs no key. Written from the formats (DESIGN §5, RFC 8493, RFC 6962),
 * not with the product's code.
 */
export const sha = (algorithm: 'sha256' | 'sha512', bytes: Buffer | string): string =>
  createHash(algorithm).update(bytes).digest('hex');

export type LooseRecord = Record<string, unknown>;

const CHAIN = 'evidence/chain.jsonl';

export async function copyBag(from: string, to: string): Promise<string> {
  await rm(to, { recursive: true, force: true });
  await cp(from, to, { recursive: true });
  return to;
}

export async function readRecords(bag: string): Promise<LooseRecord[]> {
  const lines = (await readFile(join(bag, CHAIN), 'utf8')).split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as LooseRecord);
}

/** Writes the records with new numbers, links and, in the seal, new counts. */
export async function rewriteChain(bag: string, records: readonly LooseRecord[], recount = true): Promise<void> {
  let prev = '0'.repeat(64);
  let text = '';
  for (const [seq, record] of records.entries()) {
    const artefacts = records.slice(0, seq).filter(({ type }) => type === 'artefact').length;
    const counts = recount && record['type'] === 'seal' ? { records: seq, artefacts } : {};
    const line = JSON.stringify({ ...record, seq, prev, ...counts });
    prev = sha('sha256', line);
    text += `${line}\n`;
  }
  await writeFile(join(bag, CHAIN), text);
}

async function filesBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

/** Makes Oxum, manifests and tag manifests fit whatever lies in the bag now. */
export async function redoManifests(bag: string): Promise<void> {
  const all = await filesBelow(bag);
  const payload = all.filter((path) => path.startsWith('data/'));
  const contents = await Promise.all(payload.map((path) => readFile(join(bag, path))));
  const octets = contents.reduce((sum, content) => sum + content.length, 0);
  const info = await readFile(join(bag, 'bag-info.txt'), 'utf8');
  await writeFile(
    join(bag, 'bag-info.txt'),
    info.replace(/^Payload-Oxum: .*$/m, `Payload-Oxum: ${octets}.${payload.length}`),
  );
  for (const algorithm of ['sha256', 'sha512'] as const) {
    const lines = payload.map((path, index) => `${sha(algorithm, contents[index]!)}  ${path}\n`);
    await writeFile(join(bag, `manifest-${algorithm}.txt`), lines.join(''));
  }
  await redoTagManifests(bag);
}

/** Makes only the tag manifests fit. */
export async function redoTagManifests(bag: string): Promise<void> {
  const all = await filesBelow(bag);
  const tags = all.filter((path) => !path.startsWith('data/') && !path.startsWith('tagmanifest-'));
  for (const algorithm of ['sha256', 'sha512'] as const) {
    let text = '';
    for (const path of tags) text += `${sha(algorithm, await readFile(join(bag, path)))}  ${path}\n`;
    await writeFile(join(bag, `tagmanifest-${algorithm}.txt`), text);
  }
}

function merkleRoot(leaves: readonly Buffer[]): Buffer {
  const hash = (...parts: Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
  const [only] = leaves;
  if (only === undefined) return hash();
  if (leaves.length === 1) return hash(Buffer.from([0]), only);
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return hash(Buffer.from([1]), merkleRoot(leaves.slice(0, k)), merkleRoot(leaves.slice(k)));
}

/** Signs the chain as it lies there now, as whoever holds the signer's key could. */
export async function resign(bag: string, signer: EvidenceSigner, origin?: string, size?: number): Promise<void> {
  const lines = (await readFile(join(bag, CHAIN), 'latin1')).split('\n').slice(0, -1);
  const root = merkleRoot(lines.map((line) => Buffer.from(line, 'latin1')));
  const incident = /"incident":"([^"]*)"/.exec(lines[0] ?? '')?.[1];
  const body = `${origin ?? `${signer.name}/${incident}`}\n${size ?? lines.length}\n${root.toString('base64')}\n`;
  const id = Buffer.alloc(4);
  id.writeUInt32BE(signer.key.id);
  const signature = Buffer.concat([id, await signer.sign(Buffer.from(body))]).toString('base64');
  await writeFile(join(bag, 'evidence/checkpoint'), `${body}\n— ${signer.name} ${signature}\n`);
}
