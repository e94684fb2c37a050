import { FirebreakError } from '../src/domain/errors';
import type { IncidentId } from '../src/domain/ids';
import { isIncidentId } from '../src/domain/ids';
import type { Notice } from '../src/domain/notice';
import type { Spoken } from '../src/domain/notice-words';
import { defanged, refusalFacts, tellableAction, tellableFacts } from '../src/domain/notice-words';
import { temporalUiLink } from '../src/domain/site';
import { enrolmentUse } from '../src/domain/order';
import type { Outcome } from '../src/domain/words';
import type { IncidentRow } from '../src/ports/repositories';
import type { Authority } from './caller';
import { authorities } from './authority';
import type { GuardedDeps, MayTell } from './guarded';
import { markTellable } from './guarded';
import { outcomeOnRecord } from './outcome-on-record';
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

const MOST_OF_A_KEY = 200;
const MOST_HOSTS = 50;

/** A recovery as it may be told. */
interface TellableRecovery {
  readonly permission: MayTell;
  readonly operator: string;
  readonly reason: string;
  /** ISO 8601 UTC, when it was signed. */
  readonly issuedAt: string;
}

/**
 * What may be told of a recovery: that the operator whose grant a worker found good has recovered, and why, in their words.
 * @throws FirebreakError NOT_AUTHORISED, and as `confirm`
 */
export async function recoveryTellable(
  { authorisation }: Pick<GuardedDeps, 'authorisation'>,
  grantId: string,
): Promise<TellableRecovery> {
  const { order, operator, issuedAt } = await authorisation.confirm(
    String(grantId),
    enrolmentUse(String(grantId)),
    'record',
  );
  if (order.action !== 'operator-recover' || order.operator !== operator)
    throw new FirebreakError('NOT_AUTHORISED', 'the grant is no recovery.');
  return { permission: markTellable(), operator, reason: defanged(order.reason), issuedAt };
}

/**
 * Checks what is to be told (H1): an order must stand behind it, and what it says of the incident is read from where the signed order
 * lies. While the tables are away the caller's word is taken, cleaned: people are told rather than not.
 *
 * A notice that something was tried without authority has no order behind it; it tells nothing but that.
 */
export function tellables(deps: GuardedDeps): (input: TellInput) => Promise<Tellable> {
  const authority = authorities(deps);

  async function rowOf(incident: IncidentId): Promise<IncidentRow | undefined> {
    return unlessAway(deps.incidents.find(incident));
  }

  async function spokenIn({ notice, spoken }: TellInput): Promise<Spoken | undefined> {
    if (spoken === undefined) return undefined;
    const confirmed = await unlessAway(authority.orderOf(notice.incident, spoken));
    if (confirmed === undefined || !('reason' in confirmed.order)) return undefined;
    const { action, reason } = confirmed.order;
    const gone = 'gone' in confirmed.order && confirmed.order.gone !== undefined ? { gone: confirmed.order.gone } : {};
    return { by: confirmed.operator, words: defanged(reason), action, ...gone };
  }

  /** What the incident's own row says, whatever the caller does. */
  function ofTheIncident(
    notice: Notice,
    row: IncidentRow | undefined,
  ): Omit<Notice, 'incident' | 'kind' | 'key' | 'facts'> {
    if (row === undefined) {
      const hosts = notice.kind === 'unauthorised' ? [] : notice.hosts.slice(0, MOST_HOSTS);
      return {
        severity: notice.severity,
        type: notice.type,
        mode: notice.mode,
        drill: notice.drill,
        title: notice.kind === 'unauthorised' ? notice.incident : defanged(String(notice.title)),
        hosts: hosts.map((host) => defanged(String(host))),
      };
    }
    const { order, assessment } = row;
    return {
      severity: assessment?.severity ?? order.severity,
      type: assessment?.type ?? order.type,
      mode: order.mode,
      drill: order.drill,
      title: defanged(row.title),
      hosts: order.hosts,
    };
  }

  /** The outcome is what workers have written; while nobody can look, what the run says. */
  async function outcomeOf(notice: Notice, row: IncidentRow | undefined): Promise<Outcome | undefined> {
    const said = notice.outcome ?? notice.facts.flatMap((fact) => (fact?.fact === 'outcome' ? [fact.outcome] : []))[0];
    if (said === undefined || row === undefined) return said;
    return (await unlessAway(outcomeOnRecord(deps, notice.incident, said))) ?? said;
  }

  return async (input) => {
    const { notice } = input;
    if (!isIncidentId(String(notice.incident))) throw new FirebreakError('UNKNOWN_INCIDENT', 'The notice names none.');
    const { incident, kind } = notice;
    const row = await rowOf(incident);
    const base = { incident, kind, key: String(notice.key).slice(0, MOST_OF_A_KEY), ...ofTheIncident(notice, row) };
    if (kind === 'unauthorised') {
      const told = { ...base, facts: refusalFacts(notice.facts), nextAction: `firebreak status ${incident}` };
      return { permission: markTellable(), notice: told };
    }
    await unlessAway(authority.toRecord({ incident, authority: input.authority }, `tell:${kind}`));
    const outcome = await outcomeOf(notice, row);
    const facts = tellableFacts(notice.facts, incident, await spokenIn(input));
    const link = temporalUiLink(deps.site, incident);
    const told: Notice = {
      ...base,
      ...(link === undefined ? {} : { link }),
      facts: facts.map((fact) =>
        fact.fact === 'outcome' && outcome !== undefined ? { fact: 'outcome', outcome } : fact,
      ),
      ...(outcome === undefined ? {} : { outcome }),
      ...(notice.abnormal === undefined ? {} : { abnormal: notice.abnormal }),
      ...(notice.avoid === undefined ? {} : { avoid: notice.avoid }),
      nextAction: tellableAction(notice.nextAction, incident),
    };
    return { permission: markTellable(), notice: told };
  };
}
