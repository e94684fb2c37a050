import { custodyPages } from '../domain/custody';
import { FirebreakError, type InputProblem } from '../domain/errors';
import type { IncidentId } from '../domain/ids';
import type { AuditEvent } from '../domain/ledger';
import type { EvidenceOrder } from '../domain/order';
import { TASK_QUEUES } from '../domain/queues';
import type { evidenceOrder as evidenceOrderWorkflow } from '../../workflows';
import { workflowIds } from '../../workflows/messages';
import { depositGrant } from './authorise';
import type { Credentials, OperationsDeps } from './deps';
import { knownIncident } from './known-names';
import { MAX_REASON, reasonProblem } from './plain-text';
import { fromTemporal } from './temporal-failure';

type Deps = Pick<OperationsDeps, 'authorisation' | 'incidents' | 'ledger' | 'now' | 'temporal'>;

/** Somebody waits so long for the answer; the order goes on. */
const ANSWER_WITHIN_MS = 10 * 60_000;
/** No order outlives its signer's working day. */
const CARRIED_OUT_WITHIN_MS = 4 * 60 * 60_000;

/** One bag and what came of the order, as a worker wrote it into the ledger. */
export interface EvidenceDone {
  /** `INC-…`, or `INC-….2` for a supplement. */
  readonly bag: string;
  readonly result: string;
  readonly detail: Readonly<Record<string, string | number | boolean | null>>;
}

/** Looked at before anybody is asked for key and code. @throws FirebreakError BAD_INPUT, UNKNOWN_INCIDENT */
export async function acceptEvidenceOrder(deps: Pick<Deps, 'incidents'>, order: EvidenceOrder): Promise<void> {
  const problems: InputProblem[] = [];
  const look = (path: string, text: string, missing: string): void => {
    const message = text.trim() === '' ? missing : reasonProblem(text);
    if (message !== undefined) problems.push({ path, message });
  };
  if ('to' in order) look('--to', order.to, 'say who receives the evidence');
  look('--reason', order.reason, `say why, in at most ${MAX_REASON} characters`);
  if (problems.length > 0) throw new FirebreakError('BAD_INPUT', undefined, { problems });
  await knownIncident(deps, order.incident);
}

/**
 * Lets a worker add to sealed evidence, record who has it, or dispose of it, by a signed order (E7).
 * @returns what the ledger holds of it: an answer that comes by way of Temporal proves nothing
 * @throws FirebreakError BAD_INPUT, UNKNOWN_INCIDENT, WRONG_STATE, EVIDENCE_BROKEN, NO_WORKER, TEMPORAL_UNREACHABLE, LEDGER_UNREACHABLE and the
 *   codes of a refused grant
 */
export async function orderAboutEvidence(
  deps: Deps,
  credentials: Credentials,
  order: EvidenceOrder,
): Promise<readonly EvidenceDone[]> {
  await acceptEvidenceOrder(deps, order);
  const client = await deps.temporal();
  const grantId = await depositGrant(deps, credentials, order);
  const until = Date.now() + ANSWER_WITHIN_MS;
  try {
    const handle = await client.workflow.start<typeof evidenceOrderWorkflow>('evidenceOrder', {
      workflowId: workflowIds.evidenceOrder(grantId),
      taskQueue: TASK_QUEUES.flow,
      args: [{ grantId, order }],
      workflowExecutionTimeout: CARRIED_OUT_WITHIN_MS,
    });
    await client.withDeadline(until, () => handle.result());
  } catch (thrown) {
    if (Date.now() < until) throw fromTemporal(thrown);
    const how = `Look later: firebreak evidence custody ${order.incident}`;
    throw new FirebreakError('NO_WORKER', `the order was sent and is not carried out yet. ${how}`, { cause: thrown });
  }
  const done = await doneBy(deps, order.incident, grantId);
  if (done.length > 0) return done;
  throw new FirebreakError('UNEXPECTED', 'It was answered as done, but the ledger does not show it.');
}

async function doneBy(
  deps: Pick<Deps, 'ledger'>,
  incident: IncidentId,
  grantId: string,
): Promise<readonly EvidenceDone[]> {
  const events = await custodyEvents(deps, incident);
  return events
    .filter(({ key, stage }) => stage === 'result' && key.startsWith('wf:') && key.includes(`:${grantId}:result:`))
    .map(({ subject, result = '', detail = {} }) => ({ bag: subject, result, detail }));
}

/** The chain of custody of an incident (E7), oldest first, as the ledger tells it. @throws FirebreakError LEDGER_UNREACHABLE */
export function custodyEvents(
  { ledger }: Pick<OperationsDeps, 'ledger'>,
  incident: IncidentId,
): Promise<readonly AuditEvent[]> {
  return custodyPages((filter) => ledger.events({ incident, ...filter }));
}
