import { decodeBase64 } from './strict-base64';
import type { VerificationKey } from './verification-key';
import { isKeyName, verifySignature } from './verification-key';

/** C2SP signed notes (c2sp.org/signed-note): text, an empty line, then one line a signature. */
export interface SignedNote {
  /** The signed text, its last newline included. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface NoteSignature {
  readonly name: string;
  readonly keyId: number;
  readonly signature: Buffer;
}

const MAX_SIGNATURES = 100;
const SIGNATURE_LINE = /^— ([^ \n]+) ([^ \n]+)$/u;
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;

/** The signature line of a note, its newline included. */
export function signatureLine(key: VerificationKey, signature: Uint8Array): string {
  const id = Buffer.alloc(4);
  id.writeUInt32BE(key.id);
  return `— ${key.name} ${Buffer.concat([id, signature]).toString('base64')}\n`;
}

function parseSignatureLine(line: string): NoteSignature | undefined {
  const [, name = '', encoded = ''] = SIGNATURE_LINE.exec(line) ?? [];
  const bytes = decodeBase64(encoded);
  if (!isKeyName(name) || bytes === undefined || bytes.length < 5) return undefined;
  return { name, keyId: bytes.readUInt32BE(0), signature: bytes.subarray(4) };
}

/**
 * Reads a note without judging its signatures.
 * @returns undefined when it is not a signed note: no UTF-8, control characters, no empty line, a line that is no signature
 */
export function parseNote(bytes: Uint8Array): SignedNote | undefined {
  let note: string;
  try {
    note = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
  const gap = note.lastIndexOf('\n\n');
  if (CONTROL.test(note) || gap < 0 || !note.endsWith('\n') || gap + 2 === note.length) return undefined;
  const lines = note.slice(gap + 2, -1).split('\n');
  const signatures = lines.map(parseSignatureLine).filter((signature) => signature !== undefined);
  if (signatures.length !== lines.length || lines.length > MAX_SIGNATURES) return undefined;
  return { text: note.slice(0, gap + 1), signatures };
}

/**
 * What a note is worth to somebody who trusts one key. Lines of other keys are ignored; if any line of the trusted key fails,
 * the whole note is refused (c2sp.org/signed-note, "Signatures").
 */
export function judgeNote(note: SignedNote, key: VerificationKey): 'signed' | 'bad-signature' | 'unknown-key' {
  const own = note.signatures.filter((line) => line.name === key.name && line.keyId === key.id);
  if (own.length === 0) return 'unknown-key';
  const text = Buffer.from(note.text, 'utf8');
  return own.every((line) => verifySignature(key, text, line.signature)) ? 'signed' : 'bad-signature';
}
