import type { AuditPosition } from '../../domain/ledger';
import { canonicalJson } from '../../domain/hash';
import { AuditChainWalk, type AuditVerdict } from './audit-chain';

/**
 * An export is a text file: the stored lines in order, each ended by LF, then one closing line that is not part of the
 * chain: `{"exportedAt":"…","format":"firebreak-audit-1","head":{"hash":"…","seq":N}}`. A stranger checks it by
 * hashing each line without its LF and comparing with `prev` of the next one, and the last with `head.hash`; how, with
 * nothing but python3, is in `migrations/README.md`.
 */
const EXPORT_FORMAT = 'firebreak-audit-1';

/** The closing line of an export. */
export function closingLine(head: AuditPosition, exportedAt: string): string {
  return canonicalJson({ format: EXPORT_FORMAT, exportedAt, head: { seq: head.seq, hash: head.hash } });
}

/**
 * Verifies an export without a database (L1); lists every fault.
 * @param lines without their LF
 * @param anchors positions known from elsewhere that must be in the chain
 */
export async function verifyExport(
  lines: AsyncIterable<string> | Iterable<string>,
  anchors: readonly AuditPosition[] = [],
): Promise<AuditVerdict> {
  const walk = new AuditChainWalk(anchors);
  let head: AuditPosition | undefined;
  let after = 0;
  for await (const line of lines) {
    if (head !== undefined) after += 1;
    else if ((head = readClosingLine(line)) === undefined) walk.take(line);
  }
  const verdict = walk.end(head);
  if (after === 0) return verdict;
  const fault = { seq: verdict.head.seq, detail: `${after} more lines after the closing line` };
  return { ...verdict, faults: [...verdict.faults, fault] };
}

function readClosingLine(line: string): AuditPosition | undefined {
  try {
    const { format, head } = JSON.parse(line) as { readonly format?: unknown; readonly head?: Partial<AuditPosition> };
    if (format !== EXPORT_FORMAT || typeof head?.seq !== 'number' || typeof head.hash !== 'string') return undefined;
    return { seq: head.seq, hash: head.hash };
  } catch {
    return undefined;
  }
}
