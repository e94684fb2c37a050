import {
  createCipheriv,
  createDecipheriv,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { FirebreakError } from '../../domain/errors';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const POINT_BYTES = 32;
/** DER of an X25519 SubjectPublicKeyInfo up to the point itself (RFC 8410). */
const SPKI_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');

/** A key pair for one hand-over: the private half never leaves the process that made it. */
export interface HandoverKey {
  /** The X25519 point, base64. */
  readonly publicKey: string;
  /** @throws FirebreakError NOT_AUTHORISED when the box was made for another key or purpose */
  open(box: string, purpose: string): string;
}

/** Makes a key pair to which a worker encrypts what nobody on the way may read: Temporal's history keeps every answer. */
export function makeHandoverKey(): HandoverKey {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  const point = pointOf(publicKey);
  return {
    publicKey: point.toString('base64'),
    open: (box, purpose) => {
      const bytes = Buffer.from(box, 'base64');
      try {
        const sender = bytes.subarray(0, POINT_BYTES);
        const nonce = bytes.subarray(POINT_BYTES, POINT_BYTES + NONCE_BYTES);
        const tagEnd = POINT_BYTES + NONCE_BYTES + TAG_BYTES;
        const secret = sharedKey(privateKey, keyOf(sender), sender, point);
        const decipher = createDecipheriv(CIPHER, secret, nonce, { authTagLength: TAG_BYTES });
        decipher.setAAD(Buffer.from(purpose, 'utf8'));
        decipher.setAuthTag(bytes.subarray(POINT_BYTES + NONCE_BYTES, tagEnd));
        return Buffer.concat([decipher.update(bytes.subarray(tagEnd)), decipher.final()]).toString('utf8');
      } catch (cause) {
        throw new FirebreakError('NOT_AUTHORISED', 'What came back was not encrypted for this order.', { cause });
      }
    },
  };
}

/**
 * Encrypts a text to a hand-over key: X25519 with a key of one use, HKDF-SHA-256, AES-256-GCM.
 * @param purpose bound to the box: opening it for another purpose fails
 * @returns base64
 * @throws FirebreakError BAD_INPUT when the key is none
 */
export function sealHandover(recipient: string, text: string, purpose: string): string {
  const point = Buffer.from(recipient, 'base64');
  if (point.length !== POINT_BYTES || point.toString('base64') !== recipient)
    throw new FirebreakError('BAD_INPUT', 'The hand-over key is not an X25519 key in base64.');
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  const sender = pointOf(publicKey);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, sharedKey(privateKey, keyOf(point), sender, point), nonce);
  cipher.setAAD(Buffer.from(purpose, 'utf8'));
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([sender, nonce, cipher.getAuthTag(), body]).toString('base64');
}

/** Both points go into the key, so that a box stands for this pair only. */
function sharedKey(own: KeyObject, other: KeyObject, sender: Buffer, recipient: Buffer): Buffer {
  try {
    const secret = diffieHellman({ privateKey: own, publicKey: other });
    return Buffer.from(hkdfSync('sha256', secret, Buffer.concat([sender, recipient]), 'firebreak hand-over', 32));
  } catch (cause) {
    // A point of small order gives no secret.
    throw new FirebreakError('BAD_INPUT', 'The hand-over key is not usable.', { cause });
  }
}

function pointOf(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(-POINT_BYTES);
}

function keyOf(point: Buffer): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, point]), format: 'der', type: 'spki' });
}
