import { createHash } from 'node:crypto';

/**
 * RFC 6962 §2.1 Merkle trees with SHA-256: leaves are hashed behind a 0x00 byte, inner nodes behind 0x01, and a
 * tree of n leaves splits at the largest power of two below n.
 */
const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

const sha256 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

export function leafHash(leaf: Uint8Array): Buffer {
  return sha256(LEAF, leaf);
}

function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256(NODE, left, right);
}

/** Takes leaves one by one and knows the root at any moment; memory grows with the logarithm of the size. */
export class MerkleAccumulator {
  /** Roots of the complete subtrees, widest first; their widths are the binary digits of the size. */
  readonly #complete: Buffer[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  append(leaf: Uint8Array): void {
    let node = leafHash(leaf);
    for (let width = this.#size; width % 2 === 1; width = (width - 1) / 2) {
      const left = this.#complete.pop();
      if (left === undefined) throw new RangeError('subtree count and size disagree');
      node = nodeHash(left, node);
    }
    this.#complete.push(node);
    this.#size += 1;
  }

  /** Merkle tree hash of all leaves so far; SHA-256 of nothing for the empty tree. */
  root(): Buffer {
    return (
      this.#complete.reduceRight<Buffer | undefined>(
        (right, left) => (right === undefined ? left : nodeHash(left, right)),
        undefined,
      ) ?? sha256()
    );
  }
}

function split(size: number): number {
  let width = 1;
  while (width * 2 < size) width *= 2;
  return width;
}

function rootOfHashes(hashes: readonly Buffer[]): Buffer {
  const [only] = hashes;
  if (only === undefined) return sha256();
  if (hashes.length === 1) return only;
  const k = split(hashes.length);
  return nodeHash(rootOfHashes(hashes.slice(0, k)), rootOfHashes(hashes.slice(k)));
}

/**
 * Audit path of leaf `index`, nearest sibling first (RFC 6962 §2.1.1).
 * @param hashes leaf hashes of the whole tree
 * @throws RangeError when there is no such leaf
 */
export function inclusionProof(hashes: readonly Buffer[], index: number): Buffer[] {
  if (!Number.isInteger(index) || index < 0 || index >= hashes.length) throw new RangeError(`no leaf ${index}`);
  if (hashes.length === 1) return [];
  const k = split(hashes.length);
  return index < k
    ? [...inclusionProof(hashes.slice(0, k), index), rootOfHashes(hashes.slice(k))]
    : [...inclusionProof(hashes.slice(k), index - k), rootOfHashes(hashes.slice(0, k))];
}

/** Whether `proof` leads from the leaf hash at `index` to `root` in a tree of `size` leaves (RFC 9162 §2.1.3.2). */
export function includes(
  root: Uint8Array,
  size: number,
  index: number,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!Number.isInteger(index) || index < 0 || index >= size) return false;
  const climb = (width: number, at: number, path: readonly Uint8Array[]): Uint8Array | undefined => {
    const sibling = path.at(-1);
    if (width === 1) return sibling === undefined ? leaf : undefined;
    if (sibling === undefined) return undefined;
    const k = split(width);
    const below = at < k ? climb(k, at, path.slice(0, -1)) : climb(width - k, at - k, path.slice(0, -1));
    if (below === undefined) return undefined;
    return at < k ? nodeHash(below, sibling) : nodeHash(sibling, below);
  };
  const reached = climb(size, index, proof);
  return reached !== undefined && Buffer.compare(reached, root) === 0;
}
