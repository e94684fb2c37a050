import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { FirebreakError } from '../../domain/errors';
import { canonicalJson } from '../../domain/hash';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const OTHERS_MAY = 0o077;

/** The worker-only key under which TOTP secrets lie at rest (B15). */
export interface SealingKey {
  /** Says in the row which key is needed; tells nothing about the key. */
  readonly id: string;
  /** @param binding what the secret belongs to: opening it with another binding fails. @returns base64 */
  seal(secret: Buffer, binding: string): string;
  /** @returns undefined when key, binding or box is not the one it was sealed with */
  open(box: string, binding: string): Buffer | undefined;
  /** HMAC-SHA-256 under a key derived from this one. @param binding what the text belongs to. @returns lowercase hex */
  digest(text: string, binding: string): string;
}

/**
 * Reads the key file: 32 bytes as base64, readable by its owner only.
 * @throws FirebreakError CONFIG_INVALID when it is missing, open to others, or not a key
 */
export async function readSealingKey(path: string): Promise<SealingKey> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new FirebreakError(
      'CONFIG_INVALID',
      `The key file ${path} cannot be read; firebreak setup keys makes it, as the account of the workers.`,
      { cause },
    );
  });
  try {
    // The mode of the opened file, not of the path: nothing can change in between.
    const { mode } = await file.stat();
    if ((mode & OTHERS_MAY) !== 0) {
      throw new FirebreakError('CONFIG_INVALID', `The key file ${path} is open to others: run chmod 600 ${path}.`);
    }
    const text = (await file.readFile('latin1')).trim();
    const key = Buffer.from(text, 'base64');
    if (key.length !== KEY_BYTES || key.toString('base64') !== text) {
      throw new FirebreakError('CONFIG_INVALID', `The key file ${path} does not hold 32 bytes in base64.`);
    }
    return sealingKey(key);
  } finally {
    await file.close();
  }
}

/**
 * Makes a key file, mode 0600. An existing file is left alone: with another key no operator could be verified any more.
 * @returns false when the file was there
 * @throws the file system's error
 */
export async function makeSealingKeyFile(path: string): Promise<boolean> {
  const file = await open(path, 'wx', 0o600).catch((thrown: unknown) => {
    if ((thrown as { readonly code?: string }).code === 'EEXIST') return undefined;
    throw thrown;
  });
  if (file === undefined) return false;
  try {
    await file.writeFile(`${randomBytes(KEY_BYTES).toString('base64')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return true;
}

/** @param key 32 bytes */
export function sealingKey(key: Buffer): SealingKey {
  const digestKey = Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), 'firebreak digest', KEY_BYTES));
  return {
    id: createHash('sha256').update('firebreak sealing key ').update(key).digest('hex').slice(0, 16),
    seal: (secret, binding) => {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(binding, 'utf8'));
      const body = Buffer.concat([cipher.update(secret), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64');
    },
    digest: (text, binding) =>
      createHmac('sha256', digestKey)
        .update(canonicalJson([binding, text]))
        .digest('hex'),
    open: (box, binding) => {
      const bytes = Buffer.from(box, 'base64');
      if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
      const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(binding, 'utf8'));
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
      } catch {
        return undefined;
      }
    },
  };
}
