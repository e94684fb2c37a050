import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { FirebreakError } from '../../domain/errors';
import type { CodecKey, CodecKeys } from './codec-keys';
import type { Payload } from './payload';
import { readPayload, writePayload } from './payload';

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ENCODING = 'binary/encrypted';
const ENCODING_KEY = 'encoding';
const KEY_ID = 'encryption-key-id';

/** Encrypts what goes into Temporal's histories, and decrypts what comes back. */
export interface PayloadCodec {
  encode(payloads: Payload[]): Promise<Payload[]>;
  /**
   * What was never encrypted passes: incidents that began before the codec was switched on go on.
   * @throws FirebreakError CONFIG_INVALID for a key that is not there, or a payload that was changed
   */
  decode(payloads: Payload[]): Promise<Payload[]>;
}

/**
 * AES-256-GCM over the whole payload, metadata included. The data are nonce, ciphertext and tag, as in the samples of the
 * Temporal SDKs; the key's id stands beside them and is authenticated. One key is good for 2^32 payloads (NIST SP 800-38D §8.3).
 */
export function createPayloadCodec(keys: CodecKeys): PayloadCodec {
  const byId = new Map(keys.map((key) => [key.id, key]));
  return {
    encode: (payloads) => Promise.resolve(payloads.map((payload) => encrypt(payload, keys[0]))),
    decode: (payloads) => Promise.all(payloads.map(async (payload) => Promise.resolve(decrypt(payload, byId)))),
  };
}

function encrypt(payload: Payload, key: CodecKey): Payload {
  const nonce = randomBytes(NONCE_BYTES);
  const id = Buffer.from(key.id);
  const cipher = createCipheriv(CIPHER, key.bytes, nonce).setAAD(id);
  const body = [cipher.update(writePayload(payload)), cipher.final()];
  return {
    metadata: { [ENCODING_KEY]: Buffer.from(ENCODING), [KEY_ID]: id },
    data: Buffer.concat([nonce, ...body, cipher.getAuthTag()]),
  };
}

function decrypt(payload: Payload, keys: ReadonlyMap<string, CodecKey>): Payload {
  if (textOf(payload.metadata?.[ENCODING_KEY]) !== ENCODING) return payload;
  const id = textOf(payload.metadata?.[KEY_ID]);
  const key = keys.get(id);
  // The id comes from whoever wrote the payload: it is shown only when it has the form of ours.
  const shown = /^[0-9a-f]{16}$/.test(id) ? id : 'of another form';
  if (key === undefined)
    throw new FirebreakError(
      'CONFIG_INVALID',
      `The codec’s key file lacks the key ${shown} that a payload was written with.`,
    );
  const bytes = Buffer.from(payload.data ?? []);
  if (bytes.length < NONCE_BYTES + TAG_BYTES) throw damaged();
  const decipher = createDecipheriv(CIPHER, key.bytes, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(id)).setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return readPayload(Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]));
  } catch {
    throw damaged();
  }
}

function damaged(): FirebreakError {
  return new FirebreakError('CONFIG_INVALID', 'An encrypted payload was changed on its way.');
}

function textOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : Buffer.from(bytes).toString('latin1');
}
