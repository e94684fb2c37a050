import type { HostInput } from '../../activities';
import { HOST_LOAD_LIMIT } from '../../src/domain/numbers';
import { readings, staging } from '../lib/activities';
import { codeOf, wordsOf } from '../lib/failure';
import type { ResponseRun } from './run';

/**
 * Before anything is changed: forced isolation is staged and checked on every host, so that the fallback is a single exec (C6),
 * and the security state is read, to compare with afterwards (B13). Neither holds containment up when it fails. A host above 90 %
 * load is treated gently from here on, and the run says so.
 */
export async function prepareHosts(run: ResponseRun): Promise<void> {
  const { plan } = run;
  if (plan === null || plan.hosts.length === 0 || run.readingsBefore.length > 0) return;
  const contains = plan.steps.some((step) => step.kind !== 'heighten-monitoring');
  await Promise.all(
    plan.hosts.map(async ({ name, isolation }) => {
      await Promise.all([
        contains && isolation !== 'never' && !run.drill ? stage(run, name) : undefined,
        readBefore(run, name),
      ]);
    }),
  );
}

async function stage(run: ResponseRun, host: string): Promise<void> {
  try {
    await staging.stageForcedIsolation(`${host}: stage forced isolation, not in force`, hostInput(run, host));
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED') throw thrown;
    run.failed(`forced isolation could not be staged on ${host}: ${wordsOf(thrown)}`);
  }
}

async function readBefore(run: ResponseRun, host: string): Promise<void> {
  try {
    const reading = await readings.takeReading(`${host}: security state before containment`, {
      incident: run.incident,
      host,
      stage: 'before',
    });
    run.readingsBefore.push(reading);
    if (reading.load > HOST_LOAD_LIMIT) goGently(run, host, reading.load);
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED') throw thrown;
    run.failed(`security state of ${host} before containment not read: ${wordsOf(thrown)}`);
  }
}

function goGently(run: ResponseRun, host: string, load: number): void {
  run.burdened.add(host);
  run.recorder.keep({
    key: `load:${host}`,
    entry: {
      at: new Date().toISOString(),
      phase: run.phase,
      kind: 'step',
      text: `${host} is at ${Math.round(100 * load)} % load: its logs are collected after the others, one host at a time`,
    },
  });
}

/** What every act on a whole host needs to know. */
export function hostInput(run: ResponseRun, host: string): HostInput {
  return {
    incident: run.incident,
    host,
    severity: run.assessment?.severity ?? run.input.order.severity,
    type: run.assessment?.type ?? run.input.order.type,
    operator: run.input.order.operator,
    expiresAt: new Date(Date.parse(run.input.order.declaredAt) + 24 * 3_600_000).toISOString(),
  };
}
