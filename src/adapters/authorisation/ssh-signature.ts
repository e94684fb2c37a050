import { createHash, type KeyObject, verify } from 'node:crypto';
import { type KeyType, parsePublicKey, type SshPublicKey, strictBase64 } from './ssh-public-key';
import { MalformedError, padded, SshReader, sshString } from './ssh-wire';

const MAGIC = 'SSHSIG';
const VERSION = 1;
const BEGIN = '-----BEGIN SSH SIGNATURE-----';
const END = '-----END SSH SIGNATURE-----';
const HASHES = ['sha256', 'sha512'];
const P256_NUMBER_BYTES = 32;

interface SshSignature {
  readonly publicKey: SshPublicKey;
  readonly namespace: string;
  readonly reserved: Buffer;
  readonly hash: string;
  readonly algorithm: string;
  readonly signature: Buffer;
}

/**
 * Whether `armoured` is a signature of `text` by exactly `expected`, made for `namespace` (OpenSSH PROTOCOL.sshsig).
 * ssh-ed25519, ecdsa-sha2-nistp256, rsa-sha2-256 and rsa-sha2-512; ssh-rsa with SHA-1 and certificates are refused.
 * @returns `ok`, or what is wrong in an operator's words
 */
export function checkSshSignature(
  text: string,
  armoured: string,
  expected: SshPublicKey,
  namespace: string,
): { readonly ok: true } | { readonly ok: false; readonly why: string } {
  try {
    const given = parseSignature(armoured);
    if (!given.publicKey.blob.equals(expected.blob)) {
      return { ok: false, why: `signed with ${given.publicKey.fingerprint}, enrolled is ${expected.fingerprint}` };
    }
    if (given.namespace !== namespace) {
      return {
        ok: false,
        why: `signed for another purpose: namespace ${JSON.stringify(given.namespace.slice(0, 40))}`,
      };
    }
    return verifies(given, expected, text) ? { ok: true } : { ok: false, why: 'the signature is not of this text' };
  } catch (thrown) {
    if (thrown instanceof MalformedError) return { ok: false, why: thrown.message };
    throw thrown;
  }
}

function parseSignature(armoured: string): SshSignature {
  const lines = armoured.trim().split(/\r?\n/);
  if (lines[0] !== BEGIN || lines.at(-1) !== END) throw new MalformedError('not an armoured SSH signature');
  const reader = new SshReader(strictBase64(lines.slice(1, -1).join('')));
  if (reader.fixed(MAGIC.length).toString('latin1') !== MAGIC) throw new MalformedError('not an SSH signature');
  if (reader.uint32() !== VERSION) throw new MalformedError('an unknown version of the format');
  const publicKey = parsePublicKey(reader.string());
  const namespace = reader.string().toString('utf8');
  const reserved = reader.string();
  const hash = reader.text();
  const inner = new SshReader(reader.string());
  reader.end();
  const algorithm = inner.text();
  const signature = inner.string();
  inner.end();
  if (!HASHES.includes(hash)) throw new MalformedError(`the hash ${hash.slice(0, 20)} is not known`);
  return { publicKey, namespace, reserved, hash, algorithm, signature };
}

function verifies(given: SshSignature, expected: SshPublicKey, text: string): boolean {
  const signed = Buffer.concat([
    Buffer.from(MAGIC, 'latin1'),
    sshString(Buffer.from(given.namespace, 'utf8')),
    sshString(given.reserved),
    sshString(given.hash),
    sshString(createHash(given.hash).update(text, 'utf8').digest()),
  ]);
  const check = CHECKS[expected.type][given.algorithm];
  if (check === undefined) {
    throw new MalformedError(`${given.algorithm.slice(0, 40)} is not an algorithm for ${expected.type}`);
  }
  return check(signed, expected.key, given.signature);
}

type Check = (signed: Buffer, key: KeyObject, signature: Buffer) => boolean;

function rsa(hash: string): Check {
  return (signed, key, signature) => verify(hash, signed, key, signature);
}

/** Which algorithms belong to which key; `ssh-rsa` as an algorithm would be SHA-1 (RFC 8332). */
const CHECKS: Readonly<Record<KeyType, Readonly<Record<string, Check | undefined>>>> = {
  'ssh-ed25519': { 'ssh-ed25519': (signed, key, signature) => verify(null, signed, key, signature) },
  'ecdsa-sha2-nistp256': {
    'ecdsa-sha2-nistp256': (signed, key, signature) => {
      const numbers = new SshReader(signature);
      const [r, s] = [numbers.unsigned(), numbers.unsigned()];
      numbers.end();
      const both = Buffer.concat([padded(r, P256_NUMBER_BYTES), padded(s, P256_NUMBER_BYTES)]);
      return verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, both);
    },
  },
  'ssh-rsa': { 'rsa-sha2-256': rsa('sha256'), 'rsa-sha2-512': rsa('sha512') },
};
