import type { ForcedIsolationBox } from '../../src/domain/boxes';
import type { NotContained } from '../../src/domain/fact';
import { PLANNED } from '../../src/domain/numbers';
import type { ActionResult } from '../../src/domain/plan';
import { flow, forced } from '../lib/activities';
import { codeOf, endsTheRun, faultOf, wentWrong } from '../lib/failure';
import { pastOutage } from '../lib/past-outage';
import { forcedIsolationAllowed } from './approval';
import { inShare } from './in-share';
import { goOnActing, isToldToStop } from './perform-step';
import { hostInput } from './prepare-hosts';
import type { ResponseRun } from './run';

/**
 * 強制遮断: the only act that may go beyond the mode (B4), down the ladder host → gateway → interface (C6), in its own reserve of
 * time. A host that must stay up is left to people; one that needs approval waits for it, briefly. On the second try a host that
 * is settled is left alone.
 */
export async function forceIsolation(run: ResponseRun, host: string): Promise<void> {
  const settled = run.results.some((result) => result.kind === 'forced-isolation' && result.host === host);
  if (settled || run.uncontained.has(host)) return;
  const guard = run.plan?.hosts.find((candidate) => candidate.name === host)?.isolation ?? 'never';
  if (run.drill || run.handsOff) {
    leftAlone(run, host, run.drill ? 'drill' : 'taken-over');
    return;
  }
  if (!run.input.order.hosts.includes(host)) {
    notIsolated(run, host, 'not-in-order');
    return;
  }
  if (guard === 'never') {
    notIsolated(run, host, 'must-stay-up');
    return;
  }
  if (guard === 'approval' && !(await forcedIsolationAllowed(run, host))) {
    notIsolated(run, host, 'not-approved');
    return;
  }
  const box = `forced isolation of ${host}` as const;
  run.enter('containing', box);
  try {
    const done = await inShare(run, { share: 'forcedIsolation', box, host, plannedMs: PLANNED.forcedIsolation }, () =>
      pastOutage(
        () => forced.forceIsolation(`${host}: FORCED ISOLATION, access control failed`, hostInput(run, host)),
        goOnActing(run),
      ),
    );
    run.take(done);
    run.leave(box, 'done', { fact: 'holds-by', rung: done.result.rung });
  } catch (thrown) {
    run.missedBy(thrown);
    const code = codeOf(thrown);
    if (endsTheRun(code, run.input.attempt)) throw thrown;
    if (code === 'CONTROLS_HOLD') return controlsHold(run, host, box);
    if (await isToldToStop(run, code)) {
      run.leave(box, 'skipped', { fact: 'by-order' });
      leftAlone(run, host, 'taken-over');
      return;
    }
    run.leave(box, 'failed', wentWrong(thrown));
    notIsolated(run, host, faultOf(thrown));
  }
}

function leftAlone(run: ResponseRun, host: string, why: 'drill' | 'taken-over'): void {
  run.uncontained.add(host);
  run.failed({ fact: 'not-forced', host, why });
}

/**
 * The acts on the host are on record as done; only their answer was lost. The run takes over what the record says of them, and people hear
 * that they need not act.
 */
async function controlsHold(run: ResponseRun, host: string, box: ForcedIsolationBox): Promise<void> {
  const fact = { fact: 'controls-hold', host } as const;
  run.leave(box, 'skipped', fact);
  run.tell('failure', `controls-hold-${host}`, { facts: [fact] });
  run.nextSteps.push(fact);
  try {
    const { results } = await flow.recallResponse(`${host}: read back what was done`, run.onBehalf);
    const isNew = ({ action, host: on }: ActionResult): boolean =>
      on === host && !run.results.some((known) => known.action === action);
    run.results.push(...results.filter(isNew));
    run.changed();
  } catch (thrown) {
    if (endsTheRun(codeOf(thrown), run.input.attempt)) throw thrown;
    run.failures.push({ fact: 'not-read-back', host, fault: faultOf(thrown) });
  }
}

function notIsolated(run: ResponseRun, host: string, why: NotContained): void {
  const fact = { fact: 'not-contained', host, why } as const;
  run.uncontained.add(host);
  run.failed(fact);
  run.raise('escalated', fact);
  run.tell('escalation', `escalation-${host}`, {
    facts: [fact],
    nextAction: `firebreak take-over ${run.incident}`,
  });
  run.raise('emergency', fact);
  run.tell('emergency', `emergency-${host}`, {
    facts: [fact],
    nextAction: { byHand: 'cut-off', host, then: `firebreak take-over ${run.incident}` },
  });
  run.nextSteps.unshift({ fact: 'do-cut-off', host, why });
}
