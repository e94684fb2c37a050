import type { Fact } from '../../src/domain/fact';
import { PLANNED, TIME_SHARES } from '../../src/domain/numbers';
import { evidence, volatile } from '../lib/activities';
import { withinShare } from '../lib/deadline';
import { codeOf, faultOf, wentWrong } from '../lib/failure';
import { sideBySide } from '../lib/side-by-side';
import { planned, tellLate } from './in-share';
import type { ResponseRun } from './run';

const STEP = 'capture volatile state';
const ABSENCE_MS = 10_000;

/** E1: what containment would change is captured before it, on all hosts at once, with a hard budget. A miss never stops the flow. */
export async function captureVolatile(run: ResponseRun): Promise<void> {
  const hosts = run.input.order.hosts.filter((host) => !run.volatileOf.has(host));
  if (hosts.length === 0) return;
  const budgetMs = run.assessment?.severity === 'critical' ? TIME_SHARES.volatileCritical : TIME_SHARES.volatile;
  run.enter(run.phase, STEP);
  const missed = (await sideBySide(hosts, (host) => capture(run, host, budgetMs))).flatMap((host) => host ?? []);
  if (missed.length === 0) run.leave(STEP, 'done');
  else run.leave(STEP, 'failed', { fact: 'not-captured', hosts: missed });
}

async function capture(run: ResponseRun, host: string, budgetMs: number): Promise<string | undefined> {
  // Once for each host, whichever box comes to it first: later the state is another one.
  run.volatileOf.add(host);
  try {
    const alert = {
      ...planned(PLANNED.volatile),
      onLate: (left: number): void => tellLate(run, { box: STEP, host, key: 'volatile' }, left),
    };
    await withinShare({ step: `${STEP} on ${host}`, shareMs: budgetMs, ...alert }, () =>
      volatile.captureVolatile(`${host}: volatile state, at most ${budgetMs / 1_000} s`, {
        ...run.onBehalf,
        host,
        budgetMs,
      }),
    );
    return undefined;
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED') throw thrown;
    // The plan refuses a host that is not in the inventory; there is nobody to ask.
    if (codeOf(thrown) === 'UNKNOWN_HOST') return undefined;
    run.failed({ fact: 'volatile-not-captured', host, fault: faultOf(thrown) });
    await noteAbsence(run, host, 'volatile', wentWrong(thrown));
    return host;
  }
}

/** The bag says that something is missing; when even that fails, the report does. */
export async function noteAbsence(
  run: ResponseRun,
  host: string,
  source: 'volatile' | 'logs',
  why: Fact,
): Promise<void> {
  const words = `${host}: record that ${source} is missing`;
  try {
    await withinShare({ step: words, shareMs: ABSENCE_MS }, () =>
      evidence.recordAbsence(words, { ...run.onBehalf, host, source, why }),
    );
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED') throw thrown;
    run.failed({ fact: 'absence-not-recorded', host, source });
  }
}
