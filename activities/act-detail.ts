import type { FirebreakError } from '../src/domain/errors';
import type { AuditEvent } from '../src/domain/ledger';
import type { ActionResult } from '../src/domain/plan';
import { printable } from '../src/domain/printable';
import { exceptionsInWords } from './exceptions-told';
import { NotAsMeant } from './not-as-meant';

type Detail = NonNullable<AuditEvent['detail']>;

/** Characters of each text in an event: the tables have all of it. */
const MOST = 500;

/** What an act came to, for the ledger (L1): where, by which means, how many targets, and what a reader must know. */
export function detailOfResult(result: ActionResult): Detail {
  const { kind, host, rung, verified, counts, notes } = result;
  const targets = Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
  return {
    ...{ kind, host, rung, verified, ...targets },
    ...(result.exceptions.length === 0 ? {} : { exceptions: printable(exceptionsInWords(result), MOST) }),
    ...(notes.length === 0 ? {} : { notes: printable(notes.join(' '), MOST) }),
  };
}

/** Why an act failed, and what it came to as far as that was read back. */
export function detailOfFailure(error: FirebreakError): Detail {
  const came = error instanceof NotAsMeant ? detailOfResult(error.result) : {};
  return { ...came, error: printable(error.message, MOST) };
}
