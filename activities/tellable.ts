import { FirebreakError } from '../src/domain/errors';
import type { IncidentId } from '../src/domain/ids';
import { isIncidentId } from '../src/domain/ids';
import type { Notice } from '../src/domain/notice';
import { defanged, tellableAction, tellableFacts } from '../src/domain/notice-words';
import type { IncidentRow } from '../src/ports/repositories';
import type { Authority } from './authority';
import { authorities } from './authority';
import type { GuardedDeps, MayTell } from './guarded';
import { markTellable } from './guarded';
import { loadIncident } from './incident-record';
import { unlessAway } from './unless-away';

export interface TellInput {
  readonly notice: Notice;
  readonly authority: Authority;
  readonly spoken?: Authority;
}

/** A notice as it may be told. */
export interface Tellable {
  readonly permission: MayTell;
  readonly notice: Notice;
}

/** Facts of a notice about something that was tried without authority. */
const ABOUT_REFUSALS: ReadonlySet<string> = new Set([
  'start-unauthorised',
  'order-unauthorised',
  'act-unauthorised',
  'response-unauthorised',
]);
const MOST_OF_A_KEY = 200;

/**
 * Checks what is to be told (H1): an order must stand behind it, and what it says of the incident is read from where the signed order
 * lies. While the tables are away the caller's word is taken, cleaned: people are told rather than not.
 *
 * A notice that something was tried without authority has no order behind it; it tells nothing but that.
 */
export function tellables(deps: GuardedDeps): (input: TellInput) => Promise<Tellable> {
  const authority = authorities(deps);

  async function rowOf(incident: IncidentId): Promise<IncidentRow | undefined> {
    return unlessAway(loadIncident(deps, incident));
  }

  async function spokenBy({ notice, spoken }: TellInput) {
    if (spoken === undefined) return undefined;
    const confirmed = await unlessAway(authority.orderOf(notice.incident, spoken));
    if (confirmed === undefined || !('reason' in confirmed.order)) return undefined;
    return { by: confirmed.operator, words: defanged(confirmed.order.reason) };
  }

  return async (input) => {
    const { notice } = input;
    if (!isIncidentId(String(notice.incident))) throw new FirebreakError('UNKNOWN_INCIDENT', 'The notice names none.');
    const { incident, kind } = notice;
    if (kind !== 'unauthorised')
      await unlessAway(authority.toRecord({ incident, authority: input.authority }, `tell:${kind}`));
    const row = await rowOf(incident);
    const facts = tellableFacts(notice.facts, await spokenBy(input));
    const told: Notice = {
      incident,
      kind,
      severity: notice.severity,
      type: notice.type,
      ...(notice.outcome === undefined ? {} : { outcome: notice.outcome }),
      ...(notice.abnormal === undefined ? {} : { abnormal: notice.abnormal }),
      key: String(notice.key).slice(0, MOST_OF_A_KEY),
      title: row === undefined ? defanged(String(notice.title)) : row.title,
      hosts: row === undefined ? notice.hosts.map((host) => defanged(String(host))) : row.order.hosts,
      mode: row?.order.mode ?? notice.mode,
      drill: row?.order.drill ?? notice.drill,
      facts: kind === 'unauthorised' ? facts.filter(({ fact }) => ABOUT_REFUSALS.has(fact)) : facts,
      nextAction: tellableAction(notice.nextAction, incident),
    };
    return { permission: markTellable(), notice: told };
  };
}
