import { createHash, createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { decodeBase64 } from './strict-base64';

/** Signature type of plain Ed25519 in C2SP signed notes. */
const ALG_ED25519 = 0x01;
const KEY_BYTES = 32;
/** DER prefix of a SubjectPublicKeyInfo that holds an Ed25519 key (RFC 8410 §4). */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
/** Unicode White_Space, spelled out so that verify.py can use the very same set; and the plus sign. */
const NOT_IN_NAMES = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000+]/;

/** A C2SP verification key: `name+hash+base64(type || key)`. */
export interface VerificationKey {
  readonly name: string;
  /** First four bytes of SHA-256(name || LF || type || key), big endian. */
  readonly id: number;
  readonly key: Buffer;
}

export function isKeyName(name: string): boolean {
  return name !== '' && !NOT_IN_NAMES.test(name);
}

function keyId(name: string, key: Uint8Array): number {
  const hash = createHash('sha256')
    .update(`${name}\n`)
    .update(Buffer.from([ALG_ED25519]))
    .update(key);
  return hash.digest().readUInt32BE(0);
}

/** @param key the 32 bytes of RFC 8032 §5.1.5 */
export function makeVerificationKey(name: string, key: Uint8Array): VerificationKey {
  if (!isKeyName(name)) throw new TypeError(`not usable as a key name: ${JSON.stringify(name.slice(0, 80))}`);
  if (key.length !== KEY_BYTES) throw new TypeError('an Ed25519 public key has 32 bytes');
  return { name, id: keyId(name, key), key: Buffer.from(key) };
}

export function formatVerificationKey(key: VerificationKey): string {
  const encoded = Buffer.concat([Buffer.from([ALG_ED25519]), key.key]).toString('base64');
  return `${key.name}+${key.id.toString(16).padStart(8, '0')}+${encoded}`;
}

/** @returns undefined for anything but an Ed25519 key whose hash fits its name and bytes */
export function parseVerificationKey(text: string): VerificationKey | undefined {
  const [, name = '', hash = '', encoded = ''] = /^([^+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text) ?? [];
  const bytes = decodeBase64(encoded);
  if (!isKeyName(name) || bytes?.length !== KEY_BYTES + 1 || bytes[0] !== ALG_ED25519) return undefined;
  const key = makeVerificationKey(name, bytes.subarray(1));
  return key.id === Number.parseInt(hash, 16) ? key : undefined;
}

function publicKeyObject(key: VerificationKey): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, key.key]), format: 'der', type: 'spki' });
}

/** RFC 8032 Ed25519; false for signatures of any other length too. */
export function verifySignature(key: VerificationKey, message: Uint8Array, signature: Uint8Array): boolean {
  return signature.length === 64 && verify(null, message, publicKeyObject(key), signature);
}
