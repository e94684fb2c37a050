import { sha256Hex } from '../../../domain/hash';

/**
 * One line of `evidence/chain.jsonl` (DESIGN §5). Every record has these four fields; what is hashed and linked are the
 * bytes of the line without its LF, never a re-made text.
 */
export interface ChainHead {
  readonly seq: number;
  readonly incident: string;
  readonly prev: string;
  readonly type: string;
}

export type ChainRecord = ChainHead & { readonly [field: string]: unknown };

/** A file of the payload as its record describes it. */
export interface RecordedFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly sha512: string;
}

/**
 * What a record is the result of: its kind, the provenance key, and what tells it from others under that key. Stored in the record,
 * so that a retry of the same work finds it.
 */
export type Work = readonly [kind: string, key: string, ...names: string[]];

/** `prev` of the first record. */
export const NO_PREVIOUS = '0'.repeat(64);
/** Types that only the store itself writes; `record` refuses them. */
export const OWN_TYPES: readonly string[] = [
  'open',
  'resumed',
  'artefact',
  'partial',
  'absence',
  'program',
  'stray',
  'seal',
];

const HEX64 = /^[0-9a-f]{64}$/;
const HEX128 = /^[0-9a-f]{128}$/;
/** Parts never start with a dot, so `.` and `..` cannot be said. */
const PAYLOAD_PATH = /^data(?:\/[A-Za-z0-9_=~-][A-Za-z0-9._=~-]*)+$/;

export function isPayloadPath(text: unknown): text is string {
  return typeof text === 'string' && PAYLOAD_PATH.test(text);
}

/** A whole number that JSON carries without loss. */
export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** @throws TypeError when a value cannot be written as JSON */
export function formatChainLine(head: ChainHead, body: Readonly<Record<string, unknown>>): Buffer {
  const { seq, incident, prev, type } = head;
  // The head twice: first for its place at the beginning of the line, last so that no field of the body can take its place.
  return Buffer.from(JSON.stringify(Object.assign({ seq, incident, prev, type }, body, head)), 'utf8');
}

export function hashOfLine(line: Uint8Array): string {
  return sha256Hex(line);
}

/** @returns undefined when the line is not a JSON object in UTF-8 with the four fields of every record */
export function parseChainLine(line: Uint8Array): ChainRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const record = value as Readonly<Record<string, unknown>>;
  const { seq, incident, prev, type } = record;
  if (!isCount(seq) || typeof incident !== 'string' || typeof type !== 'string') return undefined;
  if (typeof prev !== 'string' || !HEX64.test(prev)) return undefined;
  return { ...record, seq, incident, prev, type };
}

/** Whether the record claims a file of the payload: artefacts must, partial ones may. */
export function namesFile(record: ChainRecord): boolean {
  return record.type === 'artefact' || Object.hasOwn(record, 'path');
}

/** @returns undefined when the claim is not complete and well-formed */
export function recordedFile(record: ChainRecord): RecordedFile | undefined {
  const { path, bytes, sha256, sha512 } = record;
  if (!isPayloadPath(path) || !isCount(bytes)) return undefined;
  if (typeof sha256 !== 'string' || !HEX64.test(sha256)) return undefined;
  if (typeof sha512 !== 'string' || !HEX128.test(sha512)) return undefined;
  return { path, bytes, sha256, sha512 };
}

/** SHA-256 of the programs that the record says ran on hosts; lowercase hex. */
export function namedPrograms(record: Readonly<Record<string, unknown>>): readonly string[] {
  const { info, fields } = record;
  const programs: unknown = fieldOf(fields, 'programs');
  const named = [fieldOf(info, 'scriptSha256'), ...(Array.isArray(programs) ? (programs as unknown[]) : [])];
  return named.filter((sha256): sha256 is string => typeof sha256 === 'string' && HEX64.test(sha256));
}

/** The program of which the record holds the text, or says that nobody has it; undefined for any other record. */
export function heldProgram(record: ChainRecord): string | undefined {
  const { type, program, kept, sha256 } = record;
  if (type !== 'program' || typeof program !== 'string') return undefined;
  return kept === false || (Object.hasOwn(record, 'path') && sha256 === program) ? program : undefined;
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

/** Splits a chain or manifest at LF. `rest` is what stands behind the last LF: empty in a whole file. */
export function splitLines(content: Buffer): { readonly lines: readonly Buffer[]; readonly rest: Buffer } {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = content.indexOf(10); end >= 0; end = content.indexOf(10, start)) {
    lines.push(content.subarray(start, end));
    start = end + 1;
  }
  return { lines, rest: content.subarray(start) };
}
