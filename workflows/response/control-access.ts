import { condition } from '@temporalio/workflow';
import { APPROVAL_WAIT_MS, PLANNED } from '../../src/domain/numbers';
import { securityState, worstState } from '../../src/domain/security-state';
import type { PlanStep } from '../../activities';
import { contain, readings } from '../lib/activities';
import { minutes, withinShare } from '../lib/deadline';
import { codeOf, wordsOf } from '../lib/failure';
import { forceIsolation } from './force-isolation';
import { hostInput } from './prepare-hosts';
import type { ResponseRun } from './run';

const STEP = 'control access';

/** Codes after which the host's other acts cannot work either. */
const HOST_IS_LOST: ReadonlySet<string> = new Set([
  'HOST_UNREACHABLE',
  'HOST_KEY_UNKNOWN',
  'HOST_KEY_CHANGED',
  'HOST_AUTH_REFUSED',
  'HOST_TIMEOUT',
  'HOST_SCRIPT_REFUSED',
  'SUDO_REFUSED',
  'SHARE_USED_UP',
  'UNKNOWN_HOST',
]);

/** アクセス制御: all hosts at once, the acts of one host in the order of the plan; a failing host takes the fallback (B2, B6). */
export async function controlAccess(run: ResponseRun): Promise<void> {
  const steps = (run.plan?.steps ?? []).filter((step) => step.kind !== 'heighten-monitoring');
  if (steps.length === 0 || run.handsOff) {
    run.enter('containing', STEP);
    run.leave(STEP, 'skipped', run.handsOff ? 'by order' : 'the plan contains nothing');
    return;
  }
  run.enter('containing', STEP);
  if (steps.some((step) => step.approval === 'required')) askForApproval(run);
  const hosts = [...new Set(steps.map((step) => step.host))];
  await Promise.all(
    hosts.map((host) =>
      controlHost(
        run,
        host,
        steps.filter((step) => step.host === host),
      ),
    ),
  );
  const failed = [...run.failedHosts];
  run.leave(
    STEP,
    failed.length === 0 ? 'done' : 'failed',
    failed.length === 0 ? `${hosts.length} hosts` : `failed on ${failed.join(', ')}`,
  );
  await compareState(run, hosts);
}

async function controlHost(run: ResponseRun, host: string, steps: readonly PlanStep[]): Promise<void> {
  const shareMs = run.share('accessControl');
  const ordered = [
    ...steps.filter((step) => step.approval === 'none'),
    ...steps.filter((step) => step.approval === 'required'),
  ];
  const remaining = ordered.filter((step) => !run.results.some((result) => result.action === step.id));
  try {
    await withinShare(
      {
        step: `${STEP} on ${host}`,
        shareMs,
        plannedMs: PLANNED.accessControl,
        onLate: (left) => lateNotice(run, host, left),
      },
      async () => {
        for (const step of remaining) {
          if (run.handsOff) return;
          if (step.approval === 'required' && !(await approved(run, step))) continue;
          await perform(run, step);
        }
      },
    );
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === 'CANCELLED' || code === 'UNEXPECTED') throw thrown;
    await controlFailed(run, host, code, wordsOf(thrown));
  }
}

/** One act with its two retries. Emergency access is a convenience: its failure is recorded and the acts go on. */
async function perform(run: ResponseRun, step: PlanStep): Promise<void> {
  try {
    const done = await contain.performAction(run.drill ? `${step.words} (drill: check only)` : step.words, {
      ...hostInput(run, step.host),
      planHash: run.plan?.planHash ?? '',
      actionId: step.id,
      drill: run.drill,
    });
    run.take(done);
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === 'CANCELLED' || code === 'UNEXPECTED') throw thrown;
    if (step.kind !== 'emergency-access' && (HOST_IS_LOST.has(code) || run.failedHosts.has(step.host))) throw thrown;
    if (step.kind === 'emergency-access') {
      run.failed(`${step.words} failed: ${wordsOf(thrown)}`);
      run.raise('partial', `no emergency access on ${step.host}`);
      return;
    }
    await controlFailed(run, step.host, code, wordsOf(thrown));
  }
}

/** アクセス制御失敗 → 強制遮断 of the failing host and, at the same moment, 手動対応要請 (B2). */
async function controlFailed(run: ResponseRun, host: string, code: string, words: string): Promise<void> {
  if (run.failedHosts.has(host)) {
    run.failed(`${host}: ${words}`);
    return;
  }
  run.failedHosts.add(host);
  run.failed(`access control failed on ${host}: ${words}`);
  run.raise('manual', `access control failed on ${host} (${code})`);
  run.tell('control-failed', `control-failed-${host}`, { facts: [`${host}: ${words}`] });
  run.tell('manual-response', `manual-control-${host}`, {
    facts: [`access control failed on ${host} (${code}); forced isolation is under way`],
    nextAction: `firebreak take-over ${run.incident}`,
  });
  await forceIsolation(run, host);
}

function askForApproval(run: ResponseRun): void {
  const { plan } = run;
  if (plan === null || run.orders.decision !== null) return;
  const waiting = plan.steps.filter((step) => step.approval === 'required').map((step) => step.words);
  run.needsHuman = true;
  run.tell('approval-needed', 'approval-needed', {
    facts: [
      `needs approval: ${waiting.join('; ')}`.slice(0, 300),
      `answer within ${minutes(APPROVAL_WAIT_MS)}; silence means it is left out`,
    ],
    nextAction: `firebreak approve ${run.incident} --plan ${plan.planHash.slice(0, 12)}`,
  });
}

/** An approval counts for this plan only; silence is a no (N5). */
async function approved(run: ResponseRun, step: PlanStep): Promise<boolean> {
  const decided = (): boolean => run.orders.decision !== null || run.handsOff;
  await condition(decided, APPROVAL_WAIT_MS, {
    summary: `${step.host}: wait for approval, at most ${minutes(APPROVAL_WAIT_MS)}`,
  });
  const { decision } = run.orders;
  const yes = decision !== null && decision.approved && decision.planHash === run.plan?.planHash && !run.handsOff;
  if (!yes) {
    run.failed(`${step.words}: ${decision === null ? 'nobody approved in time' : 'not approved'}`);
    run.raise('partial', `${step.words} was not approved`);
    run.nextSteps.push(`Decide on: ${step.words} (not approved).`);
  }
  return yes;
}

/** B13: the state after containment, compared with the one before; worse → people are told. */
async function compareState(run: ResponseRun, hosts: readonly string[]): Promise<void> {
  const after = await Promise.all(
    hosts.map((host) =>
      readings
        .takeReading(`${host}: security state after containment`, { incident: run.incident, host, stage: 'after' })
        .catch((thrown: unknown) => {
          if (codeOf(thrown) === 'CANCELLED') throw thrown;
          return undefined;
        }),
    ),
  );
  const states = after.flatMap((now) => {
    const before = run.readingsBefore.find((reading) => reading.host === now?.host);
    return now === undefined || before === undefined ? [] : [securityState(before, now)];
  });
  run.securityState = states.length < hosts.length ? worstState([...states, 'degraded']) : worstState(states);
  run.recorder.note({ key: 'security-state', patch: { securityState: run.securityState } });
  if (run.securityState === 'worse') {
    run.tell('security-worse', 'security-worse', {
      facts: ['the security state is worse than before containment'],
      nextAction: `firebreak escalate ${run.incident}`,
    });
  }
}

function lateNotice(run: ResponseRun, host: string, leftMs: number): void {
  run.late(STEP);
  run.tell('delay', `delay-control-${host}`, { facts: [`${STEP} on ${host} is late; ${minutes(leftMs)} left for it`] });
}
