import { CancellationScope, continueAsNew, getExternalWorkflowHandle, sleep, workflowInfo } from '@temporalio/workflow';
import type { WatchRound } from '../../activities';
import { WATCH_INTERVAL_MS } from '../../src/domain/numbers';
import type { SecurityState } from '../../src/domain/words';
import { contain, summaryText } from '../lib/activities';
import { minutes, settledWithin } from '../lib/deadline';
import { codeOf } from '../lib/failure';
import { startedWithin } from '../lib/parentage';
import { setAttributes } from '../lib/search-attributes';
import { Teller } from '../lib/tell';
import type { UndoItem, WatchInput, WatchKnown, WatchNews } from '../messages';
import { watchSignal, workflowIds } from '../messages';
import { knownFrom, reportRound, stateOf } from './report-round';
import { undoExpired } from './undo-expired';

const ROUNDS_BEFORE_NEW = 200;
/** Without news the incident hears from its watch this often (in rounds), so that it can tell a quiet watch from a dead one. */
const ROUNDS_BEFORE_SIGN_OF_LIFE = 30;

/**
 * 監視強化 in real time: looks at every host each minute, puts back what the kernel lost, reports drift, undoes what has expired, and
 * ends with the incident's last control (B14). Outages of hosts or PostgreSQL are waited out.
 */
export async function watch(input: WatchInput): Promise<{ readonly rounds: number }> {
  startedWithin(input.incident);
  setAttributes({ order: input.order, Severity: input.order.severity, Phase: 'watching' });
  const teller = new Teller(input.authority);
  const line = new WatchLine(input);
  try {
    return await lookUntilNothingIsLeft(input, teller, line);
  } finally {
    // Also when it is cancelled: whoever undoes the controls waits for this word.
    if (line.over) await CancellationScope.nonCancellable(() => line.sayLast());
    await settledWithin(10_000, 'hand over what people are to be told', () => teller.idle);
  }
}

async function lookUntilNothingIsLeft(
  input: WatchInput,
  teller: Teller,
  line: WatchLine,
): Promise<{ readonly rounds: number }> {
  let state: SecurityState = input.lastState;
  let known: WatchKnown = input.known ?? { drifting: false, unreachable: [], unheld: [] };
  let notUndone: readonly UndoItem[] = input.notUndone;
  for (let round = input.rounds; ; round += 1) {
    if (round - input.rounds >= ROUNDS_BEFORE_NEW || workflowInfo().continueAsNewSuggested) {
      line.over = false;
      return continueAsNew<typeof watch>({ ...input, lastState: state, rounds: round, notUndone, known });
    }
    await sleep(WATCH_INTERVAL_MS, {
      summary: summaryText(`next look in ${minutes(WATCH_INTERVAL_MS)}: ${input.order.hosts.join(', ')}`),
    });
    const seen = await look(input);
    if (seen === undefined) continue;
    const due = new Map([...notUndone, ...seen.expired].map((item) => [item.actionId, item]));
    notUndone = await undoExpired(input, teller, [...due.values()]);
    const now = stateOf(input, seen);
    reportRound(input, teller, round, seen, { was: state, now, known });
    state = now;
    known = knownFrom(seen);
    await line.say({ state, active: seen.active + notUndone.length, drift: seen.drift.length, ended: false }, round);
    if (seen.active === 0 && notUndone.length === 0) return { rounds: round + 1 };
  }
}

async function look(input: WatchInput): Promise<WatchRound | undefined> {
  try {
    return await contain.watchRound(`look at ${input.order.hosts.join(', ')}: controls, drift, security state`, {
      incident: input.incident,
      authority: input.authority,
      ...(input.approval === undefined ? {} : { approval: input.approval }),
      planHash: input.planHash,
    });
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED') throw thrown;
    return undefined;
  }
}

/** The line to the incident: news, and a sign of life now and then, but not a signal a minute for days. */
class WatchLine {
  /** False while the watch goes on in a new run. */
  over = true;
  private last: WatchNews | undefined;
  private saidAt = 0;

  constructor(private readonly input: WatchInput) {}

  async say(news: WatchNews, round: number): Promise<void> {
    const { last } = this;
    this.last = news;
    const same = last?.state === news.state && last.active === news.active && last.drift === news.drift;
    if (same && round - this.saidAt < ROUNDS_BEFORE_SIGN_OF_LIFE) return;
    this.saidAt = round;
    await this.send(news);
  }

  async sayLast(): Promise<void> {
    await this.send({ ...(this.last ?? { state: this.input.lastState, active: 1, drift: 0 }), ended: true });
  }

  private async send(news: WatchNews): Promise<void> {
    await getExternalWorkflowHandle(workflowIds.incident(this.input.incident))
      .signal(watchSignal, news)
      .catch(() => undefined);
  }
}
