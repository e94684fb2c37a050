import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { outcomeOf } from '../../src/domain/outcome';
import type { Outcome } from '../../src/domain/words';
import type { ResponseResult } from '../messages';
import { beforeDeadline, minutes, settledWithin } from '../lib/deadline';
import { isForeseen, unexpected } from '../lib/failure';
import { setAttributes } from '../lib/search-attributes';
import type { ResponseRun } from './run';

interface Courses {
  readonly authority: () => Promise<void>;
  readonly flow: () => Promise<void>;
  readonly atDeadline: () => Promise<void>;
  readonly whenCancelled: () => Promise<void>;
}

/** What is still on its way to tables, people and incident when the run ends is waited for this long. */
const LAST_WORDS_MS = 10_000;

/**
 * The response's frame: deadline, cancellation and the error boundary. An ordinary error of workflow code becomes
 * ApplicationFailure(UNEXPECTED), which the incident answers with the second try (B6, B7, DESIGN §3).
 */
export async function withinResponse(run: ResponseRun, courses: Courses): Promise<ResponseResult> {
  try {
    await CancellationScope.nonCancellable(courses.authority);
    await followCourse(run, courses);
    const result = resultOf(run);
    await lastWords(run);
    return result;
  } catch (thrown) {
    // The second try begins with the results so far: the incident must have heard of them.
    await lastWords(run);
    throw isForeseen(thrown) ? thrown : unexpected(thrown);
  }
}

async function followCourse(run: ResponseRun, courses: Courses): Promise<void> {
  let handOver: (() => Promise<void>) | undefined;
  try {
    const words = `response: work stops here, the hand-over fits before ${run.input.deadlineAt}`;
    const ended = await beforeDeadline(run.stopAt, words, courses.flow);
    if (ended.kind === 'deadline') handOver = courses.atDeadline;
  } catch (thrown) {
    if (!isCancellation(thrown)) throw thrown;
    handOver = courses.whenCancelled;
  }
  if (handOver !== undefined) await CancellationScope.nonCancellable(handOver);
}

async function lastWords(run: ResponseRun): Promise<void> {
  const { lines } = run;
  run.changed();
  lines.recorder.flush();
  await settledWithin(
    LAST_WORDS_MS,
    'last notes, notices and news are on their way',
    () => lines.recorder.idle && lines.teller.idle && lines.incident.idle,
  );
}

/** The one word for how a run stands. */
export function outcomeNow(run: ResponseRun): Outcome {
  const planned = run.plan?.steps.filter((step) => step.kind !== 'heighten-monitoring') ?? [];
  // A plan also names gateways that nobody named; of those that were named it has every one that is in the inventory.
  const named = [...new Set(run.input.order.hosts)];
  const known = named.filter((host) => run.plan?.hosts.some(({ name }) => name === host)).length;
  return outcomeOf({
    plan: run.plan === null ? undefined : { ...run.plan, leftOut: run.plan.leftOut ?? 0 },
    drill: run.drill,
    planned: planned.length,
    hosts: { known, unknown: named.length - known },
    results: run.results,
    uncontained: [...run.uncontained],
    takenOver: run.orders.takenOverBy !== null,
    stoodDown: run.orders.ended?.how === 'stand-down',
  });
}

/** For the report: what the ledger says is late, or not all (L1). */
export function ledgerIsLate(run: ResponseRun): boolean {
  return run.lateLedger || run.unrecorded.length > 0 || run.lines.recorder.lost > 0;
}

function resultOf(run: ResponseRun): ResponseResult {
  const endedAt = new Date().toISOString();
  const outcome = outcomeNow(run);
  setAttributes({ Phase: run.phase, Outcome: outcome, NeedsHuman: run.needsHuman });
  run.lines.recorder.note({
    key: `response-ended:${run.input.attempt}`,
    entry: {
      at: endedAt,
      phase: run.phase,
      kind: 'step',
      fact: {
        fact: 'response-ended',
        outcome,
        after: minutes(Date.parse(endedAt) - Date.parse(run.input.order.declaredAt)),
      },
    },
  });
  return {
    ...run.carried(),
    outcome,
    securityState: run.securityState,
    deviations: run.plan?.deviations ?? [],
    startedAt: run.startedAt,
    endedAt,
    deadlineMet: Date.parse(endedAt) <= run.deadlineAt,
    lateLedger: ledgerIsLate(run),
  };
}
