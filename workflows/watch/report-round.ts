import { patched } from '@temporalio/workflow';
import type { WatchRound } from '../../activities';
import type { Fact } from '../../src/domain/fact';
import type { Notice } from '../../src/domain/notice';
import { HOST_LOAD_LIMIT } from '../../src/domain/numbers';
import { proposedMeasures, securityState, worstState } from '../../src/domain/security-state';
import type { SecurityState } from '../../src/domain/words';
import type { Teller } from '../lib/tell';
import type { WatchInput, WatchKnown } from '../messages';

/** Mark in histories: people are told of hosts under high load. */
const TELLS_LOAD = 'tells-load';

/** The security state of all hosts together, compared with the one before containment (B13); rounds of earlier versions do not tell it. */
export function stateOf(input: WatchInput, seen: WatchRound): SecurityState {
  if (seen.state !== undefined) return seen.state;
  const states = seen.readings.flatMap((now) => {
    const before = input.before.find((reading) => reading.host === now.host);
    return before === undefined ? [] : [securityState(before, now)];
  });
  const unsure = seen.unreachable.length + unheldIn(seen).length > 0;
  return worstState(unsure ? [...states, 'degraded'] : states);
}

/** What people know after a round. */
export function knownFrom(seen: WatchRound): WatchKnown {
  return {
    drifting: seen.drift.length > 0,
    unreachable: seen.unreachable,
    unheld: unheldIn(seen).map((control) => control.actionId),
    loaded: loadedIn(seen).map(({ host }) => host),
  };
}

function unheldIn(seen: WatchRound): NonNullable<WatchRound['unheld']> {
  return seen.unheld ?? [];
}

function loadedIn(seen: WatchRound): readonly { readonly host: string; readonly load: number }[] {
  return seen.readings.flatMap(({ host, load }) => (load !== null && load > HOST_LOAD_LIMIT ? [{ host, load }] : []));
}

/** People are told of lost controls, of controls that nobody can look at or put back, and of a state that has become worse with what could be done about it (B13, B14). */
export function reportRound(
  input: WatchInput,
  teller: Teller,
  round: number,
  seen: WatchRound,
  state: { readonly was: SecurityState; readonly now: SecurityState; readonly known: WatchKnown },
): void {
  const { known } = state;
  // Told when it begins, not each minute while it lasts.
  if (seen.drift.length > 0 && !known.drifting) {
    const targets = seen.drift.slice(0, 3).map(({ host, target }): Fact => ({ fact: 'control-lost', host, target }));
    const facts: Fact[] = [{ fact: 'controls-lost', lost: seen.drift.length, restored: seen.reasserted }, ...targets];
    teller.tell(watchNotice(input, 'drift', `drift-${round}`, facts));
  }
  const unheld = unheldIn(seen).filter((control) => !known.unheld.includes(control.actionId));
  if (unheld.length > 0) {
    const facts = unheld.slice(0, 4).map(({ host, kind, problem, fault }): Fact => {
      return { fact: 'control-unheld', host, kind, problem, ...(fault === undefined ? {} : { fault }) };
    });
    teller.tell(watchNotice(input, 'manual-response', `manual-unheld-${round}`, facts));
  }
  const silent = seen.unreachable.filter((host) => !known.unreachable.includes(host));
  if (silent.length > 0) {
    const fact = { fact: 'hosts-unwatched', hosts: silent } as const;
    teller.tell(watchNotice(input, 'manual-response', `manual-unreachable-${round}`, [fact]));
  }
  const loaded = loadedIn(seen).filter(({ host }) => known.loaded?.includes(host) !== true);
  if (loaded.length > 0 && patched(TELLS_LOAD)) {
    const facts = loaded
      .slice(0, 4)
      .map(({ host, load }): Fact => ({ fact: 'host-still-loaded', host, percent: Math.round(100 * load) }));
    teller.tell(watchNotice(input, 'delay', `delay-load-${round}`, facts));
  }
  if (state.now === 'worse' && state.was !== 'worse') {
    const proposals = seen.readings.flatMap(proposedMeasures);
    teller.tell(watchNotice(input, 'security-worse', `security-worse-${round}`, proposals.slice(0, 4)));
  }
}

export function watchNotice(
  input: WatchInput,
  kind: 'drift' | 'delay' | 'security-worse' | 'manual-response',
  key: string,
  facts: readonly Fact[],
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
