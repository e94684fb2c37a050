import { PLANNED } from '../../src/domain/numbers';
import { evidence } from '../lib/activities';
import { codeOf, endsTheRun, faultOf, wentWrong } from '../lib/failure';
import { pastOutage } from '../lib/past-outage';
import { sideBySide } from '../lib/side-by-side';
import { noteAbsence } from './capture-volatile';
import { noteWorkerLoad } from './host-load';
import { inShare } from './in-share';
import { preserveLoaded } from './preserve-loaded';
import type { ResponseRun } from './run';

const STEP = 'collect and preserve logs';
/** Less than the activity's own limit (3 min), so that a collection ends by itself with what it has. */
const ONE_ATTEMPT_MS = 170_000;

/**
 * ログ収集・保全: all hosts at once, those under high load after them and one after another, within the same share (B13); a host whose
 * ordinary way fails takes the alternative means (B2, E2, E3).
 */
export async function preserveLogs(run: ResponseRun): Promise<void> {
  run.enter('preserving', STEP);
  const known = run.plan?.hosts.map(({ name }) => name) ?? run.input.order.hosts;
  const hosts = known.filter((host) => !run.logsOf.has(host));
  const share = run.accounts.share('logs');
  const loaded = hosts.filter((host) => run.loaded.has(host));
  const others = hosts.filter((host) => !run.loaded.has(host));
  let underWay = others.length;
  const atOnce = async (host: string): Promise<string[]> => {
    try {
      return (await preserveHost(run, host, share)) ? [] : [host];
    } finally {
      underWay -= 1;
    }
  };
  const lost = await sideBySide(
    [
      ...others.map((host) => () => atOnce(host)),
      () =>
        preserveLoaded(
          run,
          loaded,
          () => underWay === 0,
          (host, atMostMs) => preserveHost(run, host, atMostMs),
        ),
    ],
    (work) => work(),
  );
  const nothingFrom = lost.flat();
  if (nothingFrom.length === 0) run.leave(STEP, 'done', { fact: 'on-hosts', hosts: hosts.length });
  else run.leave(STEP, 'failed', { fact: 'nothing-from', hosts: nothingFrom });
}

async function preserveHost(run: ResponseRun, host: string, atMostMs: number): Promise<boolean> {
  const budgetMs = Math.min(atMostMs, ONE_ATTEMPT_MS);
  try {
    const collected = await inShare(run, { share: 'logs', box: STEP, host, plannedMs: PLANNED.logs, atMostMs }, () =>
      pastOutage(() => evidence.collectLogs(`${host}: collect logs`, { ...run.onBehalf, host, budgetMs })),
    );
    noteWorkerLoad(run, collected);
    run.logsOf.add(host);
    return true;
  } catch (thrown) {
    const code = codeOf(thrown);
    if (endsTheRun(code, run.input.attempt)) throw thrown;
    // Refused by the plan already: there is nobody to ask.
    if (code === 'UNKNOWN_HOST') return true;
    const fault = faultOf(thrown);
    run.failed({ fact: 'log-collection-failed', host, fault });
    run.raise('partial', { fact: 'log-collection-failed', host, fault: { code } });
    run.tell('logs-failed', `logs-failed-${host}`, {
      facts: [{ fact: 'host-failed', host, fault }, { fact: 'alternative-under-way' }],
    });
    return alternative(run, host);
  }
}

/** 代替手段: down the ladder; a host that gives nothing at all is on record as such, never as clean (E3). */
async function alternative(run: ResponseRun, host: string): Promise<boolean> {
  const budgetMs = Math.min(run.accounts.left('alternativeLogs', host), ONE_ATTEMPT_MS);
  const share = { share: 'alternativeLogs', box: STEP, host, plannedMs: PLANNED.alternativeLogs } as const;
  try {
    const collected = await inShare(run, share, () =>
      pastOutage(() =>
        evidence.collectAlternative(`${host}: collect logs by alternative means`, {
          ...run.onBehalf,
          host,
          budgetMs,
        }),
      ),
    );
    noteWorkerLoad(run, collected);
    run.logsOf.add(host);
    return true;
  } catch (thrown) {
    const code = codeOf(thrown);
    if (endsTheRun(code, run.input.attempt)) throw thrown;
    const fact = { fact: 'no-logs', host, fault: faultOf(thrown) } as const;
    run.failed(fact);
    run.raise('manual', { fact: 'no-logs-from', host });
    run.tell('manual-response', `manual-logs-${host}`, {
      facts: [fact],
      nextAction: { byHand: 'secure-logs', host },
    });
    run.nextSteps.push({ fact: 'do-secure-logs', host });
    await noteAbsence(run, host, 'logs', wentWrong(thrown));
    return false;
  }
}
