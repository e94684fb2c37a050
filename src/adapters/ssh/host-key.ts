import { createHash } from 'node:crypto';
import { FirebreakError } from '../../domain/errors';
import type { Host } from '../../domain/host';

/** A host's public key as SSH carries it (RFC 4253 §6.6). */
export interface HostKey {
  /** `ssh-ed25519`, `ecdsa-sha2-nistp256`, `ssh-rsa`. */
  readonly type: string;
  readonly blob: Buffer;
}

const KEY_LINE = /^([a-z0-9@.-]{1,64}) ([A-Za-z0-9+/]+={0,2})(?: .*)?$/;

const KEY_TYPE = /^[a-z0-9@.-]{1,64}$/;

/** The type of a blob that does not say one: the other side may show anything as its key. */
export const UNKNOWN_KEY_TYPE = 'unknown';

/** The type is the blob's own first string. */
function typeOf(blob: Buffer): string {
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0;
  const type = blob.subarray(4, 4 + Math.min(length, 65)).toString('latin1');
  return KEY_TYPE.test(type) ? type : UNKNOWN_KEY_TYPE;
}

/** A key from the bytes that the server sent. */
export function hostKeyFromBlob(blob: Buffer): HostKey {
  return { type: typeOf(blob), blob: Buffer.from(blob) };
}

/** `ssh-ed25519 AAAA…` as inventories and known_hosts write it; undefined when it is not a key. */
export function parseHostKey(line: string): HostKey | undefined {
  const match = KEY_LINE.exec(line.trim());
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  const blob = Buffer.from(match[2], 'base64');
  return typeOf(blob) === match[1] ? { type: match[1], blob } : undefined;
}

/** `ssh-ed25519 AAAA…`. */
export function formatHostKey(key: HostKey): string {
  return `${key.type} ${key.blob.toString('base64')}`;
}

/** `SHA256:…` without padding, as `ssh-keygen -l` prints it. */
export function fingerprintOf(key: HostKey): string {
  return `SHA256:${createHash('sha256').update(key.blob).digest('base64').replace(/=+$/, '')}`;
}

/**
 * The pinned key of an inventory host; undefined when there is none.
 * @throws FirebreakError CONFIG_INVALID when what is pinned is not a key: no connection may be made without one
 */
export function pinnedKey(host: Host): HostKey | undefined {
  if (host.hostKey === undefined || host.hostKey === '') return undefined;
  const key = parseHostKey(host.hostKey);
  if (key === undefined) throw new FirebreakError('CONFIG_INVALID', { cause: 'pinned-key-unusable', host: host.name });
  return key;
}

/** Fingerprint of the pinned key. @throws FirebreakError CONFIG_INVALID, HOST_KEY_UNKNOWN when none is pinned */
export function pinnedFingerprint(host: Host): string {
  const pinned = pinnedKey(host);
  if (pinned === undefined) throw new FirebreakError('HOST_KEY_UNKNOWN', host.name);
  return fingerprintOf(pinned);
}

/** Signature algorithms that prove a key, best first (RFC 8332 for RSA); none when there is no key. */
export function signatureAlgorithms(key: HostKey | undefined): string[] {
  if (key === undefined) return [];
  return key.type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [key.type];
}
