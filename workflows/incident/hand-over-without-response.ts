import { TIME_SHARES } from '../../src/domain/numbers';
import { evidence, flow } from '../lib/activities';
import { shielded } from '../lib/deadline';
import { wordsOf } from '../lib/failure';
import type { ResponseResult } from '../messages';
import type { Desk } from './desk';

/**
 * The abnormal end in its four recorded stages (B8), without the response, which failed twice: carry on with the parts that work
 * (seal, report) → manual response → escalation → emergency.
 */
export async function handOverWithoutResponse(desk: Desk, why: string): Promise<ResponseResult> {
  const { order } = desk.input;
  const incident = order.incident;
  const manual = `firebreak take-over ${incident}`;
  desk.raise('partial', `the response failed twice: ${why}`);
  desk.raise('manual', 'people must respond by hand');
  desk.tell('manual-response', 'manual-twice-failed', [`the response failed twice: ${why}`], manual);
  desk.raise('escalated', 'the response failed twice');
  desk.tell('escalation', 'escalation-twice-failed', [`the response failed twice: ${why}`], manual, 3);
  desk.raise('emergency', 'Firebreak cannot respond to this incident');
  desk.tell(
    'emergency',
    'emergency-twice-failed',
    ['Firebreak cannot respond to this incident: act by hand'],
    manual,
    3,
  );

  const carried = desk.carried ?? {
    assessment: null,
    plan: null,
    results: [],
    failures: [],
    abnormal: 'emergency' as const,
  };
  const failures = [...carried.failures, `the response failed twice: ${why}`];
  const nextSteps = [`Respond by hand: the response failed twice (${why}).`];
  const endedAt = (): string => new Date().toISOString();
  const deadlineAt = new Date(desk.deadlineAt).toISOString();
  let bag: ResponseResult['bag'] = null;
  let report: ResponseResult['report'] = null;
  try {
    await shielded(TIME_SHARES.handOver, 'hand over without the response', async () => {
      bag = await evidence.sealBag('hand over: seal what is there', {
        incident,
        planHash: carried.plan?.planHash ?? null,
      });
      report = await flow.writeReport('hand over: report what is known', {
        incident,
        revision: 1,
        planHash: carried.plan?.planHash ?? null,
        assessment: carried.assessment,
        outcome: 'manual',
        abnormal: 'emergency',
        securityState: 'degraded',
        failures,
        nextSteps,
        startedAt: order.declaredAt,
        endedAt: endedAt(),
        deadlineMet: endedAt() <= deadlineAt,
        lateLedger: false,
      });
    });
  } catch (thrown) {
    failures.push(`hand-over incomplete: ${wordsOf(thrown)}`);
  }
  desk.tell('failure', 'failure-twice-failed', failures.slice(-2), manual);
  return {
    ...carried,
    failures,
    abnormal: 'emergency',
    outcome: 'manual',
    securityState: 'degraded',
    bag,
    report,
    deviations: carried.plan?.deviations ?? [],
    nextSteps,
    uncontained: [],
    startedAt: order.declaredAt,
    endedAt: endedAt(),
    deadlineMet: endedAt() <= deadlineAt,
    readingsBefore: [],
    unrecorded: [],
  };
}
