import { FirebreakError } from '../src/domain/errors';
import { canonicalJson } from '../src/domain/hash';
import type { IncidentId } from '../src/domain/ids';
import { isIncidentId } from '../src/domain/ids';
import type { IncidentOrder } from '../src/domain/incident';
import type { AuditEvent } from '../src/domain/ledger';
import { AUTHORISED } from '../src/domain/ledger';
import type { Order, SignedRequest } from '../src/domain/order';
import { incidentOfUse, namesItsType, respondOrder } from '../src/domain/order';
import { admissions } from './admission';
import { sealedEvent } from './act-events';
import { authorities } from './authority';
import { isClosed } from './closing';
import { activity } from './failure';
import type { GuardedDeps } from './guarded';
import { isIncidentItself } from './incident-itself';
import { loadIncident } from './incident-record';
import { demandIndependentApproval } from './independent-approval';
import { orderKey } from './orders-on-record';

export interface AuthoriseInput {
  readonly grantId: string;
  readonly expected: Order;
  readonly use: string;
}

/** Checks orders and uses their grants up; the queue `flow`. */
export function authoriseActivities(deps: GuardedDeps) {
  const authority = authorities(deps);
  const admit = admissions(deps);

  /** Known by a worker: the command line cannot take the declaration back any more. */
  async function takeUp(order: IncidentOrder, { grantId, use }: AuthoriseInput): Promise<void> {
    const { incident } = order;
    const confirmed = await authority.toRecord({ incident, authority: { grantId, use } }, 'take-up');
    await admit(confirmed, order);
    await deps.effects(confirmed).incidents.update(incident, { runId: use.slice(incident.length + 1) });
  }

  return {
    /**
     * Verifies a grant against the order that is about to be carried out and uses it up (B15). An order to respond must also be the
     * one that was declared, and may begin (H8). Throws the GRANT_*, OTP_* … codes, INCIDENT_CLOSED, INCIDENT_JOINED, TOO_MANY_OPEN;
     * NOT_AUTHORISED when a workflow that is not the incident's asks.
     */
    authorise: (input: AuthoriseInput): Promise<SignedRequest> =>
      activity(async () => {
        const incident = incidentOfOrder(input);
        // A grant is used up by the incident's own workflow only: another one could burn what it has seen in a history.
        if (!isIncidentItself(incident)) return confirmAgain(deps, input);
        const declared = input.expected.action === 'respond' ? await declaredOrder(deps, input) : undefined;
        const signed = await deps.authorisation.verify(input.grantId, input.expected, input.use);
        if (declared !== undefined && declared.operator !== signed.operator)
          throw new FirebreakError('GRANT_MISMATCH', {
            ...{ cause: 'signed-by-other', signed: signed.operator },
            declared: declared.operator,
          });
        if (declared !== undefined) await takeUp(declared, input);
        await demandIndependentApproval(deps, signed, input);
        const event = orderEvent(input, signed, incident, deps.now().toISOString());
        await deps.ledger.append([await sealedEvent(deps, event)]);
        return signed;
      }),
  };
}

/** @throws FirebreakError GRANT_MISMATCH when the order is not one of an incident */
function incidentOfOrder({ expected, use }: AuthoriseInput): IncidentId {
  const incident: string = 'incident' in expected ? expected.incident : (incidentOfUse(String(use)) ?? '');
  if (!isIncidentId(incident)) throw new FirebreakError('GRANT_MISMATCH', { cause: 'no-start-order', use });
  return incident;
}

/** For the incident's children, and for whoever else asks: what was found good and used up for exactly this is said again. */
async function confirmAgain(
  deps: Pick<GuardedDeps, 'authorisation'>,
  { grantId, use, expected }: AuthoriseInput,
): Promise<SignedRequest> {
  const { v, order, operator, nonce, issuedAt } = await deps.authorisation.confirm(String(grantId), String(use));
  if (canonicalJson(order) !== canonicalJson(expected)) throw new FirebreakError('GRANT_MISMATCH');
  return { v, order, operator, nonce, issuedAt };
}

/** Plan, evidence and report are made from the row: it must say what was signed. */
async function declaredOrder(
  deps: Pick<GuardedDeps, 'incidents' | 'seals'>,
  { expected, use }: AuthoriseInput,
): Promise<IncidentOrder> {
  const incident = incidentOfUse(use) ?? '';
  if (!isIncidentId(incident)) throw new FirebreakError('GRANT_MISMATCH', { cause: 'no-start-order', use });
  const row = await loadIncident(deps, incident);
  const { order } = row;
  if (await isClosed(deps, row)) throw new FirebreakError('INCIDENT_CLOSED', incident);
  if (canonicalJson(respondOrder(order)) !== canonicalJson(expected) || !namesItsType(order))
    throw new FirebreakError('GRANT_MISMATCH', { cause: 'declared-otherwise', incident });
  return order;
}

function orderEvent(
  input: AuthoriseInput,
  signed: SignedRequest,
  incident: AuditEvent['incident'],
  at: string,
): AuditEvent {
  const { order } = signed;
  return {
    key: orderKey(input.grantId, input.use),
    level: 'AUDIT',
    ...(incident === undefined ? {} : { incident }),
    actor: signed.operator,
    stage: 'event',
    action: order.action,
    subject: input.use,
    ...('reason' in order ? { reason: order.reason } : {}),
    result: AUTHORISED,
    ...('planHash' in order ? { detail: { planHash: order.planHash } } : {}),
    ...('gone' in order && order.gone !== undefined ? { detail: { gone: order.gone.join(' ') } } : {}),
    ...('targets' in order ? { detail: { targets: order.targets.join(' '), hosts: order.hosts.join(' ') } } : {}),
    at,
  };
}
