import type { HostInput } from '../../activities';
import { HOST_LOAD_LIMIT } from '../../src/domain/numbers';
import { readings, staging } from '../lib/activities';
import { codeOf, faultOf } from '../lib/failure';
import { sideBySide } from '../lib/side-by-side';
import { inShare } from './in-share';
import type { ResponseRun } from './run';

/** Hosts that answer do not wait longer for those that do not. It is taken from access control’s share. */
const PREPARE_AT_MOST_MS = 15_000;

/**
 * Before anything is changed: forced isolation is staged and checked on every host, so that the fallback is a single exec (C6),
 * and the security state is read, to compare with afterwards (B13). Neither holds containment up when it fails. A host above 90 %
 * load is treated gently from here on, and the run says so.
 */
export async function prepareHosts(run: ResponseRun): Promise<void> {
  const { plan } = run;
  if (plan === null) return;
  const contains = plan.steps.some((step) => step.kind !== 'heighten-monitoring');
  await sideBySide(plan.hosts, async ({ name, isolation }) => {
    // A gateway that the order does not name is never isolated by force.
    const isNamed = run.input.order.hosts.includes(name);
    const stages = contains && isNamed && isolation !== 'never' && !run.drill && !run.failedHosts.has(name);
    const reads = !run.readingsBefore.some((reading) => reading.host === name);
    try {
      await inShare(
        run,
        { share: 'accessControl', box: 'prepare', host: name, atMostMs: PREPARE_AT_MOST_MS },
        async () => {
          await Promise.all([stages ? stage(run, name) : undefined, reads ? readBefore(run, name) : undefined]);
        },
      );
    } catch (thrown) {
      if (codeOf(thrown) !== 'SHARE_USED_UP') throw thrown;
      run.failed({ fact: 'not-prepared', host: name, fault: faultOf(thrown) });
    }
  });
}

async function stage(run: ResponseRun, host: string): Promise<void> {
  try {
    await staging.stageForcedIsolation(`${host}: stage forced isolation, not in force`, hostInput(run, host));
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED') throw thrown;
    run.failed({ fact: 'not-staged', host, fault: faultOf(thrown) });
  }
}

async function readBefore(run: ResponseRun, host: string): Promise<void> {
  try {
    const reading = await readings.takeReading(`${host}: security state before containment`, {
      ...run.onBehalf,
      host,
      stage: 'before',
    });
    if (reading.load !== null && reading.load > HOST_LOAD_LIMIT) goGently(run, host, reading.load);
    run.readingsBefore.push(reading);
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED') throw thrown;
    run.failed({ fact: 'state-not-read', host, fault: faultOf(thrown) });
  }
}

function goGently(run: ResponseRun, host: string, load: number): void {
  run.burdened.add(host);
  run.lines.recorder.keep({
    key: `load:${host}`,
    entry: {
      at: new Date().toISOString(),
      phase: run.phase,
      kind: 'step',
      fact: { fact: 'host-loaded', host, percent: Math.round(100 * load) },
    },
  });
}

/** What every act on a whole host needs to know. */
export function hostInput(run: ResponseRun, host: string): HostInput {
  const { decision } = run.orders;
  return {
    ...run.onBehalf,
    host,
    planHash: run.plan?.planHash ?? '',
    severity: run.assessment?.severity ?? run.input.order.severity,
    type: run.assessment?.type ?? run.input.order.type,
    operator: run.input.order.operator,
    ...(decision?.approved === true ? { approval: decision.authority } : {}),
  };
}
