import { createHash } from 'node:crypto';
import {
  MerkleAccumulator,
  includes,
  inclusionProof,
  leafHash,
} from '../../../src/adapters/evidence-bag/format/merkle';

/** The eight leaves and roots that Certificate Transparency implementations share (google/certificate-transparency). */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const EMPTY_ROOT = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

const rootOf = (leaves: readonly Buffer[]): Buffer => {
  const tree = new MerkleAccumulator();
  for (const leaf of leaves) tree.append(leaf);
  return tree.root();
};

/** RFC 6962 §2.1 as it is written, to compare the accumulator with. */
function definition(leaves: readonly Buffer[]): Buffer {
  const sha256 = (...parts: Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();
  const [only] = leaves;
  if (only === undefined) return sha256();
  if (leaves.length === 1) return sha256(Buffer.from([0]), only);
  const k = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return sha256(Buffer.from([1]), definition(leaves.slice(0, k)), definition(leaves.slice(k)));
}

describe('E4 RFC 6962 Merkle tree', () => {
  test('gives the known roots of the shared test leaves', () => {
    const leaves = LEAVES.map((hex) => Buffer.from(hex, 'hex'));
    expect(rootOf([]).toString('hex')).toBe(EMPTY_ROOT);
    expect(ROOTS.map((_, index) => rootOf(leaves.slice(0, index + 1)).toString('hex'))).toEqual(ROOTS);
  });

  test('gives the known inclusion proof of leaf 0 among 8', () => {
    const hashes = LEAVES.map((hex) => leafHash(Buffer.from(hex, 'hex')));
    expect(inclusionProof(hashes, 0).map((node) => node.toString('hex'))).toEqual([
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ]);
  });

  test('agrees with the definition for every size up to 300', () => {
    const leaves: Buffer[] = [];
    const tree = new MerkleAccumulator();
    for (let size = 0; size <= 300; size += 1) {
      expect(tree.root()).toEqual(definition(leaves));
      expect(tree.size).toBe(size);
      const leaf = Buffer.from(`leaf ${size}`);
      leaves.push(leaf);
      tree.append(leaf);
    }
  });

  test('proves every leaf of every size up to 64 and nothing else', () => {
    for (let size = 1; size <= 64; size += 1) {
      const leaves = Array.from({ length: size }, (_, i) => Buffer.from(`leaf ${i}`));
      const hashes = leaves.map(leafHash);
      const root = rootOf(leaves);
      for (let index = 0; index < size; index += 1) {
        const proof = inclusionProof(hashes, index);
        expect(includes(root, size, index, hashes[index]!, proof)).toBe(true);
        expect(includes(root, size, index, leafHash(Buffer.from('other')), proof)).toBe(false);
        expect(includes(root, size, (index + 1) % (size + 1), hashes[index]!, proof)).toBe(false);
        expect(includes(root, size, index, hashes[index]!, [...proof, root])).toBe(false);
        if (size > 1) expect(includes(root, size, index, hashes[index]!, proof.slice(1))).toBe(false);
      }
    }
  });

  test('does not take an inner node for a leaf', () => {
    const [a, b] = [leafHash(Buffer.from('a')), leafHash(Buffer.from('b'))];
    expect(rootOf([Buffer.from('a'), Buffer.from('b')])).not.toEqual(rootOf([Buffer.concat([a, b])]));
  });

  test.each([-1, 1.5, 3, Number.NaN])('has no proof for leaf %p of three', (index) => {
    const hashes = ['a', 'b', 'c'].map((text) => leafHash(Buffer.from(text)));
    expect(() => inclusionProof(hashes, index)).toThrow(RangeError);
    expect(includes(definition([]), 3, index, hashes[0]!, [])).toBe(false);
  });
});
