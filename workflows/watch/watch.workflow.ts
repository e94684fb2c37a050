import { continueAsNew, getExternalWorkflowHandle, sleep, workflowInfo } from '@temporalio/workflow';
import type { WatchRound } from '../../activities';
import type { Notice } from '../../src/domain/notice';
import { WATCH_INTERVAL_MS } from '../../src/domain/numbers';
import { proposedMeasures, securityState, worstState } from '../../src/domain/security-state';
import type { SecurityState } from '../../src/domain/words';
import { contain } from '../lib/activities';
import { minutes } from '../lib/deadline';
import { codeOf, wordsOf } from '../lib/failure';
import { setAttributes } from '../lib/search-attributes';
import { Teller } from '../lib/tell';
import type { WatchInput } from '../messages';
import { watchSignal, workflowIds } from '../messages';

const ROUNDS_BEFORE_NEW = 200;

/**
 * 監視強化 in real time: looks at every host each minute, puts back what the kernel lost, reports drift, undoes what has expired, and
 * ends with the incident's last control (B14). Outages of hosts or PostgreSQL are waited out.
 */
export async function watch(input: WatchInput): Promise<{ readonly rounds: number }> {
  const teller = new Teller();
  setAttributes({ order: input.order, Severity: input.order.severity, Phase: 'watching' });
  let state: SecurityState = input.lastState;
  let drifting = false;
  for (let round = input.rounds; ; round += 1) {
    if (round - input.rounds >= ROUNDS_BEFORE_NEW || workflowInfo().continueAsNewSuggested) {
      await teller.started();
      return continueAsNew<typeof watch>({ ...input, lastState: state, rounds: round });
    }
    await sleep(WATCH_INTERVAL_MS, {
      summary: `next look at ${input.order.hosts.join(', ')} in ${minutes(WATCH_INTERVAL_MS)}`.slice(0, 120),
    });
    const seen = await look(input);
    if (seen === undefined) continue;
    for (const expired of seen.expired) await undoExpired(input, teller, expired);
    const now = stateOf(input, seen);
    report(input, teller, round, seen, { state, drifting }, now);
    state = now;
    drifting = seen.drift.length > 0;
    await getExternalWorkflowHandle(workflowIds.incident(input.incident))
      .signal(watchSignal, { state, active: seen.active, drift: seen.drift.length })
      .catch(() => undefined);
    if (seen.active === 0) {
      await teller.started();
      return { rounds: round + 1 };
    }
  }
}

async function look(input: WatchInput): Promise<WatchRound | undefined> {
  try {
    return await contain.watchRound(`look at ${input.order.hosts.join(', ')}: controls, drift, security state`, {
      incident: input.incident,
      planHash: input.planHash,
    });
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED') throw thrown;
    return undefined;
  }
}

async function undoExpired(input: WatchInput, teller: Teller, expired: WatchRound['expired'][number]): Promise<void> {
  const { order } = input;
  const host = {
    incident: input.incident,
    host: expired.host,
    severity: order.severity,
    type: order.type,
    operator: 'firebreak',
  };
  try {
    if (expired.kind === 'forced-isolation') {
      await contain.liftForcedIsolation(`${expired.host}: forced isolation has expired, lift it`, {
        ...host,
        expiresAt: expired.expiresAt,
      });
    } else {
      await contain.undoAction(`${expired.host}: ${expired.kind} has expired, undo it`, {
        ...host,
        planHash: input.planHash,
        actionId: expired.actionId,
        drill: false,
      });
    }
  } catch (thrown) {
    if (codeOf(thrown) === 'CANCELLED') throw thrown;
    const facts = [`${expired.host}: ${expired.kind} has expired and could not be undone: ${wordsOf(thrown)}`];
    teller.tell(
      notice(input, 'manual-response', `manual-expired-${expired.actionId.split(':').slice(1).join('-')}`, facts),
    );
  }
}

function stateOf(input: WatchInput, seen: WatchRound): SecurityState {
  const states = seen.readings.flatMap((now) => {
    const before = input.before.find((reading) => reading.host === now.host);
    return before === undefined ? [] : [securityState(before, now)];
  });
  return worstState(seen.unreachable.length > 0 ? [...states, 'degraded'] : states);
}

function report(
  input: WatchInput,
  teller: Teller,
  round: number,
  seen: WatchRound,
  was: { readonly state: SecurityState; readonly drifting: boolean },
  now: SecurityState,
): void {
  // Told when it begins, not each minute while it lasts.
  if (seen.drift.length > 0 && !was.drifting) {
    const targets = seen.drift.slice(0, 3).map((drift) => `${drift.host}: ${drift.target}`);
    teller.tell(
      notice(input, 'drift', `drift-${round}`, [
        `${seen.drift.length} controls were lost, ${seen.reasserted} put back`,
        ...targets,
      ]),
    );
  }
  if (now === 'worse' && was.state !== 'worse') {
    const proposals = seen.readings.flatMap((reading) => {
      const before = input.before.find((candidate) => candidate.host === reading.host);
      return before === undefined ? [] : proposedMeasures(before, reading);
    });
    teller.tell(notice(input, 'security-worse', `security-worse-${round}`, proposals.slice(0, 4)));
  }
}

function notice(
  input: WatchInput,
  kind: 'drift' | 'security-worse' | 'manual-response',
  key: string,
  facts: readonly string[],
): Notice {
  const { order } = input;
  return {
    incident: input.incident,
    kind,
    key,
    severity: order.severity,
    type: order.type,
    mode: order.mode,
    drill: order.drill,
    title: input.title,
    hosts: order.hosts,
    facts,
    nextAction: `firebreak status ${input.incident}`,
  };
}
