import { randomBytes } from 'node:crypto';
import { canonicalJson } from '../../domain/hash';
import { RECOVERY_CODES } from '../../domain/numbers';
import type { SealingKey } from './sealing-key';

/** Crockford's base 32: no letter is taken for a digit. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
/** 20 letters of 5 bits: 100 bits. */
const LETTERS = 20;
const CODE = /^[0-9a-hjkmnp-tv-z]{20}$/;
const GROUP = /.{5}(?=.)/g;

/** New recovery codes, as people write them down: four groups of five. */
export function makeRecoveryCodes(): readonly string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    // 256 is a multiple of 32, so no letter is likelier than another.
    const letters = [...randomBytes(LETTERS)].map((byte) => ALPHABET.charAt(byte % ALPHABET.length)).join('');
    return letters.replace(GROUP, '$&-');
  });
}

/** A code as it is compared: without blanks and dashes, letters that look like digits read as digits. */
export function normalRecoveryCode(typed: string): string {
  return typed.toLowerCase().replace(/[\s-]/g, '').replaceAll('o', '0').replace(/[il]/g, '1');
}

/** Whether a normal code has the shape of one. */
export function isRecoveryCode(code: string): boolean {
  return CODE.test(code);
}

/** What is stored of a code. @param set the set that it belongs to */
export function recoveryDigest(code: string, name: string, set: string, key: SealingKey): string {
  return key.digest(normalRecoveryCode(code), canonicalJson({ for: 'firebreak recovery code', name, set }));
}
