import { PLANNED } from '../../src/domain/numbers';
import { evidence } from '../lib/activities';
import { minutes, withinShare } from '../lib/deadline';
import { codeOf, wordsOf } from '../lib/failure';
import { noteAbsence } from './capture-volatile';
import type { ResponseRun } from './run';

const STEP = 'collect and preserve logs';

/**
 * ログ収集・保全: all hosts at once, those under high load one after another within the same share (B13); a host whose ordinary way
 * fails takes the alternative means (B2, E2, E3).
 */
export async function preserveLogs(run: ResponseRun): Promise<void> {
  run.enter('preserving', STEP);
  const hosts = run.plan?.hosts.map(({ name }) => name) ?? run.input.order.hosts;
  const burdened = hosts.filter((host) => run.burdened.has(host));
  const oneByOne = async (): Promise<(string | undefined)[]> => {
    const results: (string | undefined)[] = [];
    for (const host of burdened)
      results.push(await preserveHost(run, host, Math.floor(run.share('logs') / burdened.length)));
    return results;
  };
  const atOnce = hosts
    .filter((host) => !run.burdened.has(host))
    .map((host) => preserveHost(run, host, run.share('logs')));
  const lost = (await Promise.all([...atOnce, oneByOne()])).flat().flatMap((host) => host ?? []);
  run.leave(
    STEP,
    lost.length === 0 ? 'done' : 'failed',
    lost.length === 0 ? `${hosts.length} hosts` : `nothing from ${lost.join(', ')}`,
  );
}

async function preserveHost(run: ResponseRun, host: string, budgetMs: number): Promise<string | undefined> {
  try {
    await withinShare(
      {
        step: `${STEP} of ${host}`,
        shareMs: budgetMs,
        plannedMs: PLANNED.logs,
        onLate: (left) => lateNotice(run, host, left),
      },
      () =>
        evidence.collectLogs(`${host}: collect logs`, {
          incident: run.incident,
          host,
          budgetMs: Math.min(budgetMs, 170_000),
        }),
    );
    return undefined;
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === 'CANCELLED' || code === 'UNEXPECTED') throw thrown;
    // Refused by the plan already: there is nobody to ask.
    if (code === 'UNKNOWN_HOST') return undefined;
    run.failed(`log collection failed on ${host}: ${wordsOf(thrown)}`);
    run.raise('partial', `log collection failed on ${host} (${code})`);
    run.tell('logs-failed', `logs-failed-${host}`, {
      facts: [`${host}: ${wordsOf(thrown)}`, 'alternative means are under way'],
    });
    return alternative(run, host);
  }
}

/** 代替手段: down the ladder; a host that gives nothing at all is on record as such, never as clean (E3). */
async function alternative(run: ResponseRun, host: string): Promise<string | undefined> {
  const budgetMs = run.share('alternativeLogs');
  try {
    await withinShare(
      { step: `alternative log sources of ${host}`, shareMs: budgetMs, plannedMs: PLANNED.alternativeLogs },
      () =>
        evidence.collectAlternative(`${host}: collect logs by alternative means`, {
          incident: run.incident,
          host,
          budgetMs: Math.min(budgetMs, 170_000),
        }),
    );
    return undefined;
  } catch (thrown) {
    const code = codeOf(thrown);
    if (code === 'CANCELLED' || code === 'UNEXPECTED') throw thrown;
    run.failed(`no log source of ${host} gave anything: ${wordsOf(thrown)}`);
    run.raise('manual', `no logs from ${host}`);
    run.tell('manual-response', `manual-logs-${host}`, {
      facts: [`no log source of ${host} gave anything (${code})`],
      nextAction: `secure the logs of ${host} by hand`,
    });
    run.nextSteps.push(`Secure the logs of ${host} by hand: no source gave anything.`);
    await noteAbsence(run, host, 'logs', wordsOf(thrown));
    return host;
  }
}

function lateNotice(run: ResponseRun, host: string, leftMs: number): void {
  run.late(STEP);
  run.tell('delay', `delay-logs-${host}`, { facts: [`${STEP} of ${host} is late; ${minutes(leftMs)} left for it`] });
}
