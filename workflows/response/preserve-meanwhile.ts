import { CancellationScope } from '@temporalio/workflow';
import type { Fault } from '../../src/domain/fault';
import { evidence } from '../lib/activities';
import { codeOf, faultOf } from '../lib/failure';
import { sideBySide } from '../lib/side-by-side';
import type { ResponseRun } from './run';

const STEP = 'preserve logs meanwhile';
/** As long as one attempt of the ordinary collection. */
const AT_MOST_MS = 170_000;

interface Failed {
  readonly host: string;
  readonly fault: Fault;
}

/**
 * Logs that the attacker may delete while a person is asked (B3). Whatever comes of it, the ordinary collection follows after
 * containment, with its ladder.
 * @param until when the question's time is over; milliseconds since the epoch
 */
export async function preserveMeanwhile(run: ResponseRun, until: number): Promise<void> {
  const hosts = run.input.order.hosts.filter((host) => !run.logsOf.has(host));
  const budgetMs = Math.min(AT_MOST_MS, until - Date.now());
  if (hosts.length === 0 || budgetMs <= 0) return;
  run.enter(run.phase, STEP);
  const missed = (await sideBySide(hosts, (host) => preserve(run, host, budgetMs))).flatMap((host) => host ?? []);
  const isCut = CancellationScope.current().consideredCancelled;
  if (isCut) run.leave(STEP, 'skipped', { fact: 'cut-short' });
  else if (missed.length === 0) run.leave(STEP, 'done');
  else run.leave(STEP, 'failed', { fact: 'failed-each', each: missed });
}

/** @returns what went wrong */
async function preserve(run: ResponseRun, host: string, budgetMs: number): Promise<Failed | undefined> {
  try {
    const input = { ...run.onBehalf, host, budgetMs, early: true } as const;
    await evidence.collectLogs(`${host}: collect logs while a person is asked`, input);
    return undefined;
  } catch (thrown) {
    return codeOf(thrown) === 'CANCELLED' ? undefined : { host, fault: faultOf(thrown) };
  }
}
