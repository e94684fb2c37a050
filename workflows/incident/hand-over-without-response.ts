import type { SealedBag } from '../../src/domain/evidence';
import type { Fact, Recorded } from '../../src/domain/fact';
import type { Fault } from '../../src/domain/fault';
import type { WrittenReport } from '../../src/domain/report';
import { evidence, flow } from '../lib/activities';
import { forcedSteps } from '../lib/forced-steps';
import { handOverBound, shielded } from '../lib/deadline';
import { faultOf } from '../lib/failure';
import type { CarriedOver, ResponseResult } from '../messages';
import type { Desk } from './desk';

/**
 * The abnormal end in its four recorded stages, each told (B8), without the response, which failed twice: carry on with the
 * parts that work (seal, report) → manual response → escalation → emergency.
 *
 * @param carried what is on record of the response
 */
export async function handOverWithoutResponse(desk: Desk, carried: CarriedOver, fault: Fault): Promise<ResponseResult> {
  const { order } = desk.input;
  const failedTwice = { fact: 'failed-twice', fault } as const;
  tellStages(desk, failedTwice);
  const failures: Recorded[] = [...carried.failures, failedTwice];
  const nextSteps: Recorded[] = [{ fact: 'do-respond', fault }, ...carried.nextSteps];
  const stepsNow = [...nextSteps, ...forcedSteps(carried.results)];
  const sealed = await carryOn(
    desk,
    failures,
    bagNotSealed,
    async () => carried.bag ?? (await evidence.sealBag('hand over: seal what is there', desk.onBehalf)),
  );
  const ended = new Date().toISOString();
  const deadlineMet = Date.parse(ended) <= desk.deadlineAt;
  const report = await carryOn(desk, failures, reportNotWritten, () =>
    flow.writeReport('hand over: report what is known', {
      ...desk.onBehalf,
      revision: 1,
      outcome: 'manual',
      abnormal: 'emergency',
      securityState: 'degraded',
      failures,
      nextSteps: stepsNow,
      startedAt: order.declaredAt,
      endedAt: ended,
      deadlineMet,
      lateLedger: desk.recorder.lost > 0,
    }),
  );
  return {
    ...carried,
    failures,
    abnormal: 'emergency',
    outcome: 'manual',
    securityState: 'degraded',
    bag: sealed ?? null,
    report: report ?? null,
    deviations: carried.plan?.deviations ?? [],
    nextSteps,
    startedAt: order.declaredAt,
    endedAt: ended,
    deadlineMet,
    lateLedger: desk.recorder.lost > 0,
  };
}

function tellStages(desk: Desk, failedTwice: Fact): void {
  const facts = [failedTwice];
  const manual = `firebreak take-over ${desk.order.incident}`;
  desk.raise('partial', failedTwice);
  desk.tell('failure', 'failure-twice-failed', [...facts, { fact: 'sealed-and-reported' }], manual);
  desk.raise('manual', { fact: 'people-must-respond' });
  desk.tell('manual-response', 'manual-twice-failed', facts, manual);
  desk.raise('escalated', failedTwice);
  desk.tell('escalation', 'escalation-twice-failed', facts, manual, 3);
  desk.raise('emergency', { fact: 'cannot-respond' });
  desk.tell('emergency', 'emergency-twice-failed', [{ fact: 'cannot-respond' }], manual, 3);
}

function bagNotSealed(fault: Fault): Fact {
  return { fact: 'bag-not-sealed', fault };
}

function reportNotWritten(fault: Fault): Fact {
  return { fact: 'report-not-written', report: 'completion', fault };
}

/** One part of what still works, in its own bound, so that one that hangs does not take the other along. */
async function carryOn<T extends SealedBag | WrittenReport>(
  desk: Desk,
  failures: Recorded[],
  otherwise: (fault: Fault) => Fact,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await shielded(handOverBound(desk.deadlineAt) / 2, 'hand over without the response', work);
  } catch (thrown) {
    failures.push(otherwise(faultOf(thrown)));
    return undefined;
  }
}
