import { canonicalJson, sha256Hex } from '../../domain/hash';
import { isIncidentId } from '../../domain/ids';
import type { AuditEvent, AuditPosition } from '../../domain/ledger';
import { storableText } from './text';

/** `prev` of the first line, and the head of an empty log. */
const NO_HASH = '0'.repeat(64);

/** The head of an empty log; the first event has seq 1. */
export const EMPTY_LOG: AuditPosition = { seq: 0, hash: NO_HASH };

/** Longer keys would not fit into an index page. */
const MAX_KEY_CHARACTERS = 500;

/** Forms that PostgreSQL and JavaScript read alike, fractions to the nanosecond included; anything else is rewritten. */
const UTC_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;
const WHOLE_SECONDS = '2026-11-20T03:00:00'.length;

/** An event as it is stored, and the position it got. */
export interface StoredLine extends AuditPosition {
  readonly line: string;
}

/**
 * Makes an event fit for storage before anything is hashed, so that what is hashed is what is stored: text without
 * U+0000 and lone surrogates, finite numbers, a time that is one, an incident id that is one, a key of bounded length.
 * @param now taken for an event whose own time cannot be read; its text then goes to `detail.atAsGiven`
 */
export function normaliseEvent(event: AuditEvent, now: string): AuditEvent {
  const at = normaliseTime(event.at);
  // A workflow started around the CLI may carry any text for an id, and that it was is what the ledger must tell.
  const incident = event.incident !== undefined && isIncidentId(event.incident) ? event.incident : undefined;
  const detail = normaliseDetail({
    ...event.detail,
    ...(at === undefined && { atAsGiven: event.at }),
    ...(incident === undefined && event.incident !== undefined && { incidentAsGiven: String(event.incident) }),
  });
  return {
    key: auditKey(event.key),
    level: event.level,
    ...(incident !== undefined && { incident }),
    actor: storableText(event.actor),
    stage: event.stage,
    action: storableText(event.action),
    subject: storableText(event.subject),
    ...(event.reason !== undefined && { reason: storableText(event.reason) }),
    ...(event.result !== undefined && { result: storableText(event.result) }),
    at: at ?? now,
    ...(event.late !== undefined && { late: event.late }),
    ...(Object.keys(detail).length > 0 && { detail }),
  };
}

/** The key as the ledger stores it. */
export function auditKey(key: string): string {
  const storable = storableText(key);
  return storable.length <= MAX_KEY_CHARACTERS ? storable : `sha256:${sha256Hex(storable)}`;
}

function normaliseTime(at: string): string | undefined {
  const parsed = new Date(at);
  if (Number.isNaN(parsed.getTime())) return undefined;
  const year = parsed.getUTCFullYear();
  if (year < 1 || year > 9999) return undefined;
  const iso = parsed.toISOString();
  // JavaScript reads 30 February as 2 March; PostgreSQL refuses it.
  return UTC_TIME.test(at) && iso.startsWith(at.slice(0, WHOLE_SECONDS)) ? at : iso;
}

function normaliseDetail(detail: NonNullable<AuditEvent['detail']>): NonNullable<AuditEvent['detail']> {
  const entries = Object.entries(detail).map(([name, value]): [string, string | number | boolean | null] => {
    if (typeof value === 'string') return [storableText(name), storableText(value)];
    if (typeof value === 'number' && !Number.isFinite(value)) return [storableText(name), String(value)];
    return [storableText(name), value];
  });
  return Object.fromEntries(entries);
}

/**
 * The line that continues the chain after `previous`: canonical JSON of the event with `seq`, `prev` and `storedAt`.
 * @param storedAt the database's clock, ISO 8601 UTC
 */
export function makeLine(event: AuditEvent, previous: AuditPosition, storedAt: string): StoredLine {
  const seq = previous.seq + 1;
  const line = canonicalJson({ ...event, seq, prev: previous.hash, storedAt });
  return { seq, line, hash: sha256Hex(line) };
}

/** Reads a stored line back as the event it is. */
export function eventOf(stored: StoredLine): AuditEvent & AuditPosition {
  const { incident, ...fields } = JSON.parse(stored.line) as AuditEvent;
  return {
    key: fields.key,
    level: fields.level,
    ...(incident !== undefined && { incident }),
    actor: fields.actor,
    stage: fields.stage,
    action: fields.action,
    subject: fields.subject,
    ...(fields.reason !== undefined && { reason: fields.reason }),
    ...(fields.result !== undefined && { result: fields.result }),
    at: fields.at,
    ...(fields.late !== undefined && { late: fields.late }),
    ...(fields.detail !== undefined && { detail: fields.detail }),
    seq: stored.seq,
    hash: stored.hash,
  };
}
