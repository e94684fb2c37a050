import { sha256Hex } from '../../../domain/hash';

const MAX_LENGTH = 120;
const KEPT_LENGTH = 96;

/**
 * A host-supplied name as one part of a path: letters, digits, `_`, `-` and inner dots stay, every other byte becomes
 * `=HH`. Names from hosts are hostile (research: uac#429): no separators, no `..`, no hidden files, no case of
 * Unicode normalisation. Not `%HH`: BagIt 1.0 §2.1.3 wants `%` itself encoded in manifests, and then `sha256sum -c` would
 * look for other names than `ls` shows. Long names are cut and told apart by a hash; the record keeps the name as it was.
 */
export function encodePathPart(name: string): string {
  let encoded = '';
  for (const byte of Buffer.from(name, 'utf8')) {
    const character = String.fromCharCode(byte);
    const plain = /[A-Za-z0-9_-]/.test(character) || (character === '.' && encoded !== '');
    encoded += plain ? character : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  if (encoded === '') return '=';
  return encoded.length <= MAX_LENGTH ? encoded : `${encoded.slice(0, KEPT_LENGTH)}~${sha256Hex(name).slice(0, 16)}`;
}

/** A file name found on disk, for people: printable ASCII stays, anything else is shown as `\xHH`. */
export function displayName(name: Uint8Array): string {
  let shown = '';
  for (const byte of name) {
    const plain = byte > 0x20 && byte < 0x7f && byte !== 0x5c;
    shown += plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return shown;
}
