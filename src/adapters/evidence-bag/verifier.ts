import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '../../domain/hash';
import { VERIFIER_FILE } from './format/bagit';

/** The program with which strangers check a bag, as this version ships it. */
export interface Verifier {
  readonly path: string;
  readonly text: Buffer;
  /** Hexadecimal. Reports print it, because a copy that comes with a bag proves nothing by itself. */
  readonly sha256: string;
}

export async function readVerifier(): Promise<Verifier> {
  const path = join(__dirname, VERIFIER_FILE);
  const text = await readFile(path);
  return { path, text, sha256: sha256Hex(text) };
}
