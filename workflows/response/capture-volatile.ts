import { TIME_SHARES } from '../../src/domain/numbers';
import { evidence, volatile } from '../lib/activities';
import { withinShare } from '../lib/deadline';
import { codeOf, wordsOf } from '../lib/failure';
import type { ResponseRun } from './run';

const STEP = 'capture volatile state';

/** E1: what containment would change is captured before it, on all hosts at once, with a hard budget. A miss never stops the flow. */
export async function captureVolatile(run: ResponseRun): Promise<void> {
  if (run.volatileCaptured) return;
  run.volatileCaptured = true;
  const budgetMs = run.assessment?.severity === 'critical' ? TIME_SHARES.volatileCritical : TIME_SHARES.volatile;
  run.enter(run.phase, STEP);
  const missed = await Promise.all(run.input.order.hosts.map((host) => capture(run, host, budgetMs)));
  const names = missed.flatMap((host) => host ?? []);
  run.leave(
    STEP,
    names.length === 0 ? 'done' : 'failed',
    names.length === 0 ? undefined : `not captured: ${names.join(', ')}`,
  );
}

async function capture(run: ResponseRun, host: string, budgetMs: number): Promise<string | undefined> {
  try {
    await withinShare({ step: `${STEP} on ${host}`, shareMs: budgetMs }, () =>
      volatile.captureVolatile(`${host}: volatile state, at most ${budgetMs / 1_000} s`, {
        incident: run.incident,
        host,
        budgetMs,
      }),
    );
    return undefined;
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED') throw thrown;
    // The plan refuses a host that is not in the inventory; there is nobody to ask.
    if (codeOf(thrown) === 'UNKNOWN_HOST') return undefined;
    run.failed(`volatile state of ${host} not captured: ${wordsOf(thrown)}`);
    await noteAbsence(run, host, 'volatile', wordsOf(thrown));
    return host;
  }
}

/** The bag says that something is missing; when even that fails, the report does. */
export async function noteAbsence(run: ResponseRun, host: string, source: string, reason: string): Promise<void> {
  try {
    await evidence.recordAbsence(`${host}: record that ${source} is missing`, {
      incident: run.incident,
      host,
      source,
      reason: reason.slice(0, 300),
    });
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED') throw thrown;
    run.failed(`the absence of ${source} on ${host} could not be recorded in the bag`);
  }
}
