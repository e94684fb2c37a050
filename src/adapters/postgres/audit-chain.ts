import { sha256Hex } from '../../domain/hash';
import type { AuditPosition } from '../../domain/ledger';
import { EMPTY_LOG } from './audit-line';

/** One thing that is wrong with the chain. */
export interface AuditFault {
  readonly seq: number;
  readonly detail: string;
}

/** What the walk over a chain came to. */
export interface AuditVerdict {
  readonly events: number;
  /** The last line there is, by its bytes. */
  readonly head: AuditPosition;
  readonly faults: readonly AuditFault[];
}

/** What stands beside a line in its table row; all of it is a copy and must agree with the line. */
export interface BesideLine {
  readonly seq: number;
  readonly hash: string;
  readonly columns: Readonly<Record<string, unknown>>;
}

/**
 * Walks lines in order and notes every fault: bytes that do not hash to what is stored, missing, doubled and
 * inserted lines, a cut tail. One change is one fault: the walk goes on from the bytes that are there.
 */
export class AuditChainWalk {
  private readonly faults: AuditFault[] = [];
  private position: AuditPosition = EMPTY_LOG;
  /** Hashes under which the next line may name this one without being a fault of its own. */
  private accepted: readonly string[] = [EMPTY_LOG.hash];
  private events = 0;

  /** @param anchors positions known from elsewhere (a report, an older export): each must be in the chain */
  constructor(private readonly anchors: readonly AuditPosition[] = []) {}

  /** @param beside what the table says about the line; an export has only the line */
  take(line: string, beside?: BesideLine): void {
    const hash = sha256Hex(line);
    const fields = parseLine(line);
    const expected = this.position.seq + 1;
    const seq = beside?.seq ?? (typeof fields?.seq === 'number' ? fields.seq : expected);
    const fault = (detail: string): void => void this.faults.push({ seq, detail });

    if (fields === undefined) fault('the line is not a JSON object');
    else if (fields.seq !== seq) fault(`the line says seq ${String(fields.seq)}`);
    if (seq > expected) fault(`missing before this one: ${range(expected, seq - 1)}`);
    else if (seq < expected) fault('doubled or out of order');
    if (beside !== undefined && beside.hash !== hash) fault(`the bytes hash to ${hash}, stored is ${beside.hash}`);
    if (fields !== undefined && seq === expected && !this.accepted.includes(String(fields.prev))) {
      fault(`the line names ${String(fields.prev)} as the one before, which hashes to ${this.position.hash}`);
    }
    for (const [column, value] of Object.entries(beside?.columns ?? {})) {
      if ((fields?.[column] ?? null) !== value) fault(`the column ${column} does not say what the line says`);
    }
    this.checkAnchors({ seq, hash });
    this.position = { seq, hash };
    this.accepted = beside === undefined ? [hash] : [hash, beside.hash];
    this.events += 1;
  }

  /** @param head what the log says its last position is; a shorter chain has lost its tail */
  end(head: AuditPosition | undefined): AuditVerdict {
    const { seq, hash } = this.position;
    if (head === undefined) {
      this.faults.push({ seq, detail: 'there is no head to compare with: a cut tail would not show' });
    } else if (head.seq > seq) {
      this.faults.push({ seq: head.seq, detail: `missing at the end: ${range(seq + 1, head.seq)}` });
    } else if (head.seq < seq) {
      this.faults.push({ seq, detail: `the head says the log ends at ${head.seq}` });
    } else if (head.hash !== hash) {
      this.faults.push({ seq, detail: `the head says ${head.hash}, the last line hashes to ${hash}` });
    }
    for (const anchor of this.anchors) {
      if (anchor.seq > seq)
        this.faults.push({ seq: anchor.seq, detail: `known from elsewhere, but the chain ends at ${seq}` });
    }
    return { events: this.events, head: this.position, faults: this.faults };
  }

  private checkAnchors(here: AuditPosition): void {
    for (const anchor of this.anchors) {
      if (anchor.seq === here.seq && anchor.hash !== here.hash) {
        this.faults.push({ seq: here.seq, detail: `known from elsewhere as ${anchor.hash}: the chain was rewritten` });
      }
    }
  }
}

function parseLine(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function range(first: number, last: number): string {
  return first === last ? `${first}` : `${first} to ${last}`;
}
