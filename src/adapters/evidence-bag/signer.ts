import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { link, lstat, mkdir, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { SigningKeyFault } from '../../domain/cause';
import { FirebreakError } from '../../domain/errors';
import { DIRECTORY_MODE, createFile, errnoOf, ifPresent, readRegularFile, syncDirectory } from './files/durable-files';
import type { VerificationKey } from './format/verification-key';
import { formatVerificationKey, makeVerificationKey, parseVerificationKey } from './format/verification-key';

/** Signs checkpoints. The key stays where the signer has it: a file outside the bags, an agent, a token. */
export interface EvidenceSigner {
  /** Key name, and the first part of every origin: `firebreak.example/evidence`. */
  readonly name: string;
  readonly key: VerificationKey;
  /** C2SP `name+hash+base64`; what outsiders pin. */
  readonly vkey: string;
  /** Ed25519 over the message; the same message always gives the same 64 bytes (RFC 8032). */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** A schema-less URL, as C2SP recommends; narrower than a key name may be, because it also stands in bag-info.txt. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9._-]+)*$/;

export interface FileSignerOptions {
  /** PKCS #8 PEM, mode 0600; see makeSigningKeyFile. Never inside the forensics directory. */
  readonly keyFile: string;
  readonly name: string;
}

/**
 * A signer whose Ed25519 key lies in a file. A missing key is never made here: bags of two workers would differ, and a verifier would
 * compare with a key that has signed nothing.
 * @throws FirebreakError CONFIG_INVALID when the name is not usable, or the file is missing, no Ed25519 key or open to others
 */
export async function createFileSigner(options: FileSignerOptions): Promise<EvidenceSigner> {
  if (!NAME.test(options.name)) throw invalid('name', options.name);
  const privateKey = await readKey(options.keyFile);
  if (privateKey === undefined) throw invalid('missing', options.keyFile);
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const key = makeVerificationKey(options.name, spki.subarray(-32));
  return {
    name: options.name,
    key,
    vkey: formatVerificationKey(key),
    sign: (message) => Promise.resolve(sign(null, message, privateKey)),
  };
}

/**
 * The verification key of an installation, for a process that may look at evidence but not sign it.
 * @param vkey C2SP `name+hash+base64`, as `firebreak setup keys` prints it
 * @throws FirebreakError CONFIG_INVALID when it is none; `sign` rejects with it
 */
export function createVerifyingSigner(vkey: string): EvidenceSigner {
  const key = parseVerificationKey(vkey);
  if (key === undefined) throw invalid('vkey');
  return { name: key.name, key, vkey, sign: () => Promise.reject(invalid('not-a-worker')) };
}

/** Makes the key file unless it is there. @returns false when it was there @throws FirebreakError CONFIG_INVALID */
export async function makeSigningKeyFile(path: string): Promise<boolean> {
  if ((await readKey(path)) !== undefined) return false;
  await makeKey(path);
  return true;
}

async function readKey(path: string): Promise<KeyObject | undefined> {
  const stats = await ifPresent(lstat(path));
  if (stats === undefined) return undefined;
  if (!stats.isFile() || (stats.mode & 0o077) !== 0) {
    throw invalid('open', path);
  }
  let key: KeyObject;
  try {
    key = createPrivateKey(await readRegularFile(path));
  } catch (cause) {
    throw invalid('not-private', path, cause);
  }
  if (key.asymmetricKeyType !== 'ed25519') throw invalid('not-ed25519', path);
  return key;
}

/** Makes the key under another name and links it: of two processes that start at once, both use the first one's. */
async function makeKey(path: string): Promise<KeyObject> {
  await mkdir(dirname(path), { recursive: true, mode: DIRECTORY_MODE });
  const { privateKey } = generateKeyPairSync('ed25519');
  const temporary = `${path}.${randomBytes(8).toString('hex')}`;
  const handle = await createFile(temporary);
  try {
    await handle.writeFile(privateKey.export({ format: 'pem', type: 'pkcs8' }));
    await handle.sync();
    await link(temporary, path);
    await syncDirectory(dirname(path));
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  } finally {
    await handle.close();
    await unlink(temporary);
  }
  const key = await readKey(path);
  if (key === undefined) throw invalid('lost', path);
  return key;
}

function invalid(why: SigningKeyFault, file?: string, cause?: unknown): FirebreakError {
  const named = file === undefined ? {} : { file };
  return new FirebreakError('CONFIG_INVALID', { cause: 'signing-key', why, ...named }, { cause });
}
