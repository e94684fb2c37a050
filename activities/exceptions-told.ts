import type { FailedTarget } from '../src/domain/fault';
import type { ActionResult, TargetResult } from '../src/domain/plan';
import { printable } from '../src/domain/printable';

/** Exceptions that a failure names one by one, and characters of each detail. */
const NAMED = 5;
const MOST_DETAIL = 200;

/** What of an act did not hold, as a failure carries it: the first by name, the others by their number. */
export interface ExceptionsTold {
  readonly targets: readonly FailedTarget[];
  readonly more: number;
}

/** @returns undefined when there is no exception to name */
export function exceptionsTold(result: ActionResult): ExceptionsTold | undefined {
  const worst = worstFirst(result);
  if (worst.length === 0) return undefined;
  const targets = worst.slice(0, NAMED).map(({ target, outcome, detail, why, also }): FailedTarget => ({
    target: printable(target, 80),
    outcome,
    ...(detail === undefined ? {} : { detail: printable(detail, MOST_DETAIL) }),
    ...(why === undefined ? {} : { why }),
    ...(also === undefined ? {} : { also }),
  }));
  return { targets, more: worst.length - targets.length };
}

/** The counts, and each exception by name with its reason: for the record, and for who reads a log. */
export function exceptionsInWords(result: ActionResult): string {
  const { counts, host } = result;
  const told = exceptionsTold(result);
  const counted = `${host}: ${counts.applied} applied, ${counts.already} already, ${counts.refused} refused, ${counts.missing} missing, ${counts.unknown} unknown, ${counts.failed} failed`;
  return told === undefined
    ? `${counted}.`
    : `${counted}: ${told.targets.map(inWords).join('; ')}${told.more === 0 ? '' : `; ${told.more} more`}.`;
}

function inWords({ target, outcome, detail }: FailedTarget): string {
  return `${target} ${outcome}${detail === undefined ? '' : ` (${detail})`}`;
}

/** What failed and what nobody knows comes before what is missing or refused. */
function worstFirst({ exceptions }: ActionResult): readonly TargetResult[] {
  const isFailure = ({ outcome }: TargetResult): boolean => outcome === 'failed' || outcome === 'unknown';
  return [...exceptions.filter(isFailure), ...exceptions.filter((exception) => !isFailure(exception))];
}
