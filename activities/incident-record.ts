import { FirebreakError } from '../src/domain/errors';
import { canonicalJson, sha256Hex } from '../src/domain/hash';
import type { IncidentId } from '../src/domain/ids';
import type { IncidentDocument, IncidentOrder } from '../src/domain/incident';
import { namesItsType, respondOrder } from '../src/domain/order';
import type { IncidentRow } from '../src/ports/repositories';
import type { Confirmed, GuardedDeps, RespondOrder } from './guarded';

/** @throws FirebreakError UNKNOWN_INCIDENT */
export async function loadIncident(deps: Pick<GuardedDeps, 'incidents'>, incident: IncidentId): Promise<IncidentRow> {
  const row = await deps.incidents.find(incident);
  if (row === undefined) throw new FirebreakError('UNKNOWN_INCIDENT', incident);
  return row;
}

export async function loadDocument(
  deps: Pick<GuardedDeps, 'incidents'>,
  incident: IncidentId,
): Promise<IncidentDocument> {
  return JSON.parse((await deps.incidents.document(incident)).toString('utf8')) as IncidentDocument;
}

/**
 * Order and document of the incident, as they were signed: the tables may say what they like, the signature decides (H1).
 * @throws FirebreakError NOT_AUTHORISED when row or document is not the one that was signed
 */
export async function signedIncident(
  deps: Pick<GuardedDeps, 'incidents'>,
  confirmed: Confirmed<RespondOrder>,
): Promise<{ readonly order: IncidentOrder; readonly document: IncidentDocument; readonly row: IncidentRow }> {
  const { incident } = confirmed;
  const row = await loadIncident(deps, incident);
  const { order } = row;
  const same = canonicalJson(respondOrder(order)) === canonicalJson(confirmed.order) && namesItsType(order);
  if (!same || order.operator !== confirmed.operator)
    throw new FirebreakError('NOT_AUTHORISED', { cause: 'unauthorised', why: 'row-changed', name: incident });
  const bytes = await deps.incidents.document(incident);
  if (sha256Hex(bytes) !== confirmed.order.documentSha256)
    throw new FirebreakError('NOT_AUTHORISED', { cause: 'unauthorised', why: 'document-changed', name: incident });
  return { order, document: JSON.parse(bytes.toString('utf8')) as IncidentDocument, row };
}
