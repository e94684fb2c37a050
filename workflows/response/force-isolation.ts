import { condition } from '@temporalio/workflow';
import { APPROVAL_WAIT_MS, PLANNED } from '../../src/domain/numbers';
import { forced } from '../lib/activities';
import { minutes, withinShare } from '../lib/deadline';
import { codeOf, wordsOf } from '../lib/failure';
import { hostInput } from './prepare-hosts';
import type { ResponseRun } from './run';

/**
 * 強制遮断: the only act that may go beyond the mode (B4), down the ladder host → gateway → interface (C6), in its own reserve of
 * time. A host that must stay up is left to people; one that needs approval waits for it, briefly.
 */
export async function forceIsolation(run: ResponseRun, host: string): Promise<void> {
  const guard = run.plan?.hosts.find((candidate) => candidate.name === host)?.isolation ?? 'never';
  if (run.drill) {
    run.uncontained.add(host);
    return;
  }
  if (guard === 'never') {
    notIsolated(run, host, 'the inventory says this host must stay up');
    return;
  }
  if (guard === 'approval' && !(await allowed(run, host))) {
    notIsolated(run, host, 'forced isolation was not approved');
    return;
  }
  const step = `forced isolation of ${host}`;
  run.enter('containing', step);
  try {
    const done = await withinShare(
      { step, shareMs: run.share('forcedIsolation'), plannedMs: PLANNED.forcedIsolation },
      () => forced.forceIsolation(`${host}: FORCED ISOLATION, access control failed`, hostInput(run, host)),
    );
    run.take(done);
    run.leave(step, 'done', `holds by ${done.result.rung}`);
    run.nextSteps.push(
      `${host} is cut off by force (${done.result.rung}): look at it through emergency access, then release.`,
    );
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED' || codeOf(thrown) === 'UNEXPECTED') throw thrown;
    run.leave(step, 'failed', wordsOf(thrown));
    notIsolated(run, host, wordsOf(thrown));
  }
}

function notIsolated(run: ResponseRun, host: string, why: string): void {
  run.uncontained.add(host);
  run.failed(`${host} is NOT contained: ${why}`);
  run.raise('emergency', `${host} is not contained: ${why}`);
  run.tell('emergency', `emergency-${host}`, {
    facts: [`${host} is NOT contained: ${why}`],
    nextAction: `cut ${host} off by hand, then firebreak take-over ${run.incident}`,
  });
  run.nextSteps.unshift(`Cut ${host} off by hand NOW: ${why}.`);
}

async function allowed(run: ResponseRun, host: string): Promise<boolean> {
  const wait = Math.min(APPROVAL_WAIT_MS, run.share('forcedIsolation'));
  run.tell('approval-needed', `approval-forced-${host}`, {
    facts: [`access control failed on ${host}; forced isolation needs approval within ${minutes(wait)}`],
    nextAction: `firebreak approve ${run.incident} --plan ${run.plan?.planHash.slice(0, 12) ?? ''}`,
  });
  await condition(() => run.orders.decision !== null || run.handsOff, wait, {
    summary: `${host}: wait for approval of forced isolation, at most ${minutes(wait)}`,
  });
  return run.orders.decision?.approved === true && !run.handsOff;
}
