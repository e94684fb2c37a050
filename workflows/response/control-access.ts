import type { Fault } from '../../src/domain/fault';
import { PLANNED } from '../../src/domain/numbers';
import type { PlanStep } from '../../activities';
import { codeOf, endsTheRun, faultOf } from '../lib/failure';
import { sideBySide } from '../lib/side-by-side';
import { approved, askForApproval } from './approval';
import { compareState } from './compare-state';
import { forceIsolation } from './force-isolation';
import { inShare } from './in-share';
import { isToldToStop, performStep } from './perform-step';
import type { ResponseRun } from './run';
import { tellSameUid } from './same-uid';

const STEP = 'control access';

/** Codes after which the host's other acts cannot work either. */
const HOST_IS_LOST: ReadonlySet<string> = new Set([
  'HOST_UNREACHABLE',
  'HOST_KEY_UNKNOWN',
  'HOST_KEY_CHANGED',
  'HOST_AUTH_REFUSED',
  'HOST_GATE_NOT_REACHED',
  'HOST_TIMEOUT',
  'HOST_SCRIPT_REFUSED',
  'HOST_REPLY_REFUSED',
  'HOST_SET_ASIDE',
  'SUDO_REFUSED',
  'SHARE_USED_UP',
  'UNKNOWN_HOST',
]);

/** アクセス制御: all hosts at once, the acts of one host in the order of the plan; a failing host takes the fallback (B2, B6). */
export async function controlAccess(run: ResponseRun): Promise<void> {
  const steps = (run.plan?.steps ?? []).filter((step) => step.kind !== 'heighten-monitoring');
  run.enter('containing', STEP);
  if (steps.length === 0 || run.handsOff) {
    run.leave(STEP, 'skipped', run.handsOff ? { fact: 'by-order' } : { fact: 'nothing-to-do', what: 'no-act' });
    return;
  }
  const open = steps.filter((step) => !run.results.some((result) => result.action === step.id));
  askForApproval(run, open);
  const hosts = [...new Set(steps.map((step) => step.host))];
  await sideBySide(hosts, (host) =>
    controlHost(
      run,
      host,
      open.filter((step) => step.host === host),
    ),
  );
  const failed = [...run.failedHosts];
  if (failed.length === 0) run.leave(STEP, 'done', { fact: 'on-hosts', hosts: hosts.length });
  else run.leave(STEP, 'failed', { fact: 'failed-on', hosts: failed });
  await compareState(run, hosts);
}

/** What needs no approval first; then, if people agree in time, the rest. */
async function controlHost(run: ResponseRun, host: string, steps: readonly PlanStep[]): Promise<void> {
  if (run.failedHosts.has(host)) {
    await forceIsolation(run, host);
    return;
  }
  const asked = steps.filter((step) => step.approval === 'required');
  const reachable = await performAll(
    run,
    host,
    steps.filter((step) => step.approval === 'none'),
  );
  if (asked.length > 0 && (await approved(run, host, asked)) && reachable) await performAll(run, host, asked);
}

/**
 * A failing act sends its host into the fallback at once, outside of this share: forced isolation has its own reserve. The host's
 * other acts go on after it, unless the host is lost.
 * @returns false when the host is lost
 */
async function performAll(run: ResponseRun, host: string, steps: readonly PlanStep[]): Promise<boolean> {
  const open = [...steps];
  while (open.length > 0 && !run.handsOff) {
    try {
      await inShare(run, { share: 'accessControl', box: STEP, host, plannedMs: PLANNED.accessControl }, async () => {
        for (let step = open.shift(); step !== undefined; step = run.handsOff ? undefined : open.shift())
          await perform(run, step);
      });
    } catch (thrown) {
      const code = codeOf(thrown);
      if (endsTheRun(code, run.input.attempt)) throw thrown;
      if (await isToldToStop(run, code)) return false;
      await controlFailed(run, host, faultOf(thrown));
      if (HOST_IS_LOST.has(code)) return false;
    }
  }
  return true;
}

/** One act with its two retries. Emergency access is a convenience: its failure is recorded and the acts go on. */
async function perform(run: ResponseRun, step: PlanStep): Promise<void> {
  try {
    const done = await performStep(run, step);
    run.take(done);
    tellSameUid(run, step, done.result);
  } catch (thrown) {
    run.missedBy(thrown);
    const code = codeOf(thrown);
    const isWhole = endsTheRun(code, run.input.attempt) || HOST_IS_LOST.has(code) || code === 'ENDED_BY_ORDER';
    if (step.kind !== 'emergency-access' || isWhole) throw thrown;
    const fact = { fact: 'act-failed', act: step, fault: faultOf(thrown) } as const;
    run.failed(fact);
    run.raise('partial', { fact: 'no-emergency-access', host: step.host, why: 'failed' });
    run.tell('failure', `failure-emergency-access-${step.host}`, { facts: [fact] });
  }
}

/** アクセス制御失敗 → 強制遮断 of the failing host and, at the same moment, 手動対応要請 (B2). */
async function controlFailed(run: ResponseRun, host: string, fault: Fault): Promise<void> {
  const { code } = fault;
  run.failed({ fact: 'access-control-failed', host, fault });
  if (run.failedHosts.has(host)) return;
  run.failedHosts.add(host);
  run.raise('manual', { fact: 'access-control-failed', host, fault: { code } });
  run.tell('control-failed', `control-failed-${host}`, { facts: [{ fact: 'host-failed', host, fault }] });
  run.tell('manual-response', `manual-control-${host}`, {
    facts: [{ fact: 'forced-isolation-next', host, code }],
    nextAction: `firebreak take-over ${run.incident}`,
  });
  await forceIsolation(run, host);
}
