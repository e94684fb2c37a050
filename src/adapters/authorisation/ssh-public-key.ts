import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { MalformedError, SshReader } from './ssh-wire';

/** Kinds of keys an operator may enrol (RFC 8709, RFC 5656, RFC 4253). */
export const KEY_TYPES = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ssh-rsa'] as const;
export type KeyType = (typeof KEY_TYPES)[number];

/** Below this RSA is not accepted (NIST SP 800-57 part 1, table 2: 112 bits of strength). */
const MIN_RSA_BITS = 2_048;
const P256_POINT_BYTES = 65;
const UNCOMPRESSED = 0x04;

/** A public key as SSH writes it, ready for `node:crypto`. */
export interface SshPublicKey {
  readonly type: KeyType;
  /** The wire form, which also stands inside a signature. */
  readonly blob: Buffer;
  readonly key: KeyObject;
  /** `SHA256:…`, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string;
}

/**
 * Reads a line of an OpenSSH public key file: `ssh-ed25519 AAAA… comment`.
 * @throws MalformedError for anything else: options before the type, certificates, other types, short RSA keys
 */
export function parsePublicKeyLine(line: string): SshPublicKey {
  const [type, base64, ...comment] = line.trim().split(/[ \t]+/);
  if (type === undefined || base64 === undefined || /[\r\n\0]/.test([base64, ...comment].join(' '))) {
    throw new MalformedError('not a line of an OpenSSH public key file');
  }
  const key = parsePublicKey(strictBase64(base64));
  if (key.type !== type) throw new MalformedError(`the line says ${type}, the key is ${key.type}`);
  return key;
}

/** Type and key without the comment: how an operator's key is stored. */
export function publicKeyLine(key: SshPublicKey): string {
  return `${key.type} ${key.blob.toString('base64')}`;
}

/** Reads the wire form. @throws MalformedError */
export function parsePublicKey(blob: Buffer): SshPublicKey {
  const reader = new SshReader(blob);
  const type = reader.text();
  const key = readKey(type, reader);
  reader.end();
  const fingerprint = `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
  return { type: type as KeyType, blob, key, fingerprint };
}

function readKey(type: string, reader: SshReader): KeyObject {
  switch (type) {
    case 'ssh-ed25519':
      return fromJwk({ kty: 'OKP', crv: 'Ed25519', x: url(reader.string()) });
    case 'ecdsa-sha2-nistp256': {
      if (reader.text() !== 'nistp256') throw new MalformedError('another curve than the type says');
      const point = reader.string();
      if (point.length !== P256_POINT_BYTES || point[0] !== UNCOMPRESSED) {
        throw new MalformedError('not an uncompressed point');
      }
      return fromJwk({ kty: 'EC', crv: 'P-256', x: url(point.subarray(1, 33)), y: url(point.subarray(33)) });
    }
    case 'ssh-rsa': {
      const e = reader.unsigned();
      const n = reader.unsigned();
      const key = fromJwk({ kty: 'RSA', e: url(e), n: url(n) });
      if ((key.asymmetricKeyDetails?.modulusLength ?? 0) < MIN_RSA_BITS) {
        throw new MalformedError(`RSA keys need at least ${MIN_RSA_BITS} bits`);
      }
      return key;
    }
    default:
      throw new MalformedError(`keys of type ${type.slice(0, 60)} are not supported; use ${KEY_TYPES.join(', ')}`);
  }
}

function fromJwk(key: Record<string, string>): KeyObject {
  try {
    return createPublicKey({ key, format: 'jwk' });
  } catch (cause) {
    throw new MalformedError('not a valid key', { cause });
  }
}

function url(bytes: Buffer): string {
  return bytes.toString('base64url');
}

/** Node skips what it does not know in base64; a signature must have one reading only. @throws MalformedError */
export function strictBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === 0 || bytes.toString('base64') !== text) throw new MalformedError('not base64');
  return bytes;
}
