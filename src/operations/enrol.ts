import { randomUUID } from 'node:crypto';
import { TimeoutFailure, WorkflowFailedError } from '@temporalio/client';
import { FirebreakError } from '../domain/errors';
import type { OperatorRole } from '../domain/order';
import { TASK_QUEUES } from '../domain/queues';
import type { Applicant, BootstrapRequest, Operator } from '../ports/authorisation';
import type { Enrolled, EnrolmentInput } from '../../activities';
import type { enrolment as enrolmentWorkflow } from '../../workflows';
import { workflowIds } from '../../workflows/messages';
import { depositGrant } from './authorise';
import type { Credentials, OperationsDeps } from './deps';
import { reasonProblem } from './plain-text';
import { fromTemporal } from './temporal-failure';

/** A key of one use to which the worker encrypts the secret; wired by composition. */
export interface Handover {
  /** X25519, base64. */
  readonly publicKey: string;
  /** @throws FirebreakError NOT_AUTHORISED when the box is for somebody else */
  open(box: string, name: string, enrolment: string): string;
  /** Recovery codes, one a line. @throws as `open` */
  openCodes(box: string, name: string, enrolment: string): string;
}

/** An operator who was enrolled now. */
export interface NewOperator {
  readonly operator: string;
  readonly roles: readonly OperatorRole[];
  /** otpauth:// URI, known to nobody else; empty for a detector. */
  readonly otpauth: string;
  /** False: the ledger holds the intent only. */
  readonly recorded: boolean;
}

export type EnrolDeps = Pick<OperationsDeps, 'authorisation' | 'now' | 'temporal'>;

const ANSWER_WITHIN_MS = 60_000;

/**
 * Lets a worker enrol somebody, by an admin's signed order (B15).
 * @throws FirebreakError BAD_INPUT, OPERATOR_NOT_ALLOWED, NO_WORKER, TEMPORAL_UNREACHABLE and the codes of a refused grant
 */
export async function addOperator(
  deps: EnrolDeps,
  credentials: Credentials,
  applicant: Applicant,
  handover: Handover,
): Promise<NewOperator> {
  const { name, publicKey, roles } = applicant;
  const order = {
    action: 'operator-add',
    operator: name,
    publicKey,
    roles: roles.join(','),
    handoverKey: handover.publicKey,
  } as const;
  await deps.temporal();
  const grantId = await depositGrant(deps, credentials, order);
  return opened(applicant, grantId, handover, await carriedOut(deps, grantId, { grantId, order }));
}

/**
 * Lets a worker enrol the first operator. @param prove makes the proof that the caller holds the workers' key file
 * @throws FirebreakError BAD_INPUT, NOT_AUTHORISED, OPERATOR_NOT_ALLOWED, NO_WORKER, TEMPORAL_UNREACHABLE
 */
export async function addFirstOperator(
  deps: EnrolDeps,
  prove: (request: Omit<BootstrapRequest, 'proof'>) => Promise<BootstrapRequest>,
  applicant: Applicant,
  handover: Handover,
): Promise<NewOperator> {
  const enrolment = randomUUID();
  const first = await prove({ ...applicant, enrolment, handoverKey: handover.publicKey });
  return opened(applicant, enrolment, handover, await carriedOut(deps, enrolment, { first }));
}

/**
 * Lets a worker end an enrolment: no grant of that person counts any more, not even under an incident that runs.
 * @returns whether the ledger holds the result
 * @throws FirebreakError as `addOperator`, OPERATOR_UNKNOWN
 */
export async function removeOperator(
  deps: EnrolDeps & Pick<OperationsDeps, 'operators'>,
  credentials: Credentials,
  name: string,
  reason: string,
): Promise<{ readonly recorded: boolean }> {
  demandReason(reason);
  const order = { action: 'operator-remove', operator: name, reason } as const;
  await deps.temporal();
  const grantId = await depositGrant(deps, credentials, order);
  const { recorded } = await carriedOut(deps, grantId, { grantId, order });
  await demandShown(deps, name, (now) => now === undefined);
  return { recorded };
}

/** @throws FirebreakError BAD_INPUT */
export function demandReason(reason: string): void {
  const wrong = reasonProblem(reason);
  if (wrong !== undefined)
    throw new FirebreakError('BAD_INPUT', undefined, { problems: [{ path: '--reason', message: wrong }] });
}

function opened(applicant: Applicant, enrolment: string, handover: Handover, done: Enrolled): NewOperator {
  const { name, roles } = applicant;
  const otpauth = done.handover === '' ? '' : handover.open(done.handover, name, enrolment);
  return { operator: name, roles, otpauth, recorded: done.recorded };
}

/**
 * Whoever reaches the Temporal server can answer in the place of a worker. Nobody must believe that an attacker is shut out who is not.
 * @throws FirebreakError OPERATOR_CHANGED when the tables show something else than what was ordered
 */
export async function demandShown(
  { operators }: Pick<OperationsDeps, 'operators'>,
  name: string,
  isShown: (now: Operator | undefined) => boolean,
): Promise<void> {
  if (!isShown(await operators.find(name)))
    throw new FirebreakError('OPERATOR_CHANGED', `It was answered as done, but the tables do not show it for ${name}.`);
}

/** Hands an order to a worker and waits for its answer. @throws FirebreakError as `addOperator` */
export async function carriedOut(deps: EnrolDeps, id: string, input: EnrolmentInput): Promise<Enrolled> {
  const client = await deps.temporal();
  const until = Date.now() + ANSWER_WITHIN_MS;
  try {
    const handle = await client.workflow.start<typeof enrolmentWorkflow>('enrolment', {
      workflowId: workflowIds.enrolment(id),
      taskQueue: TASK_QUEUES.flow,
      args: [input],
      // Nobody is enrolled by an order that waited for a worker until its signer had gone home.
      workflowExecutionTimeout: ANSWER_WITHIN_MS,
    });
    return await client.withDeadline(until, () => handle.result());
  } catch (thrown) {
    const timedOut = thrown instanceof WorkflowFailedError && thrown.cause instanceof TimeoutFailure;
    if (timedOut || Date.now() >= until)
      throw new FirebreakError('NO_WORKER', 'the order was sent but nobody took it', { cause: thrown });
    throw fromTemporal(thrown);
  }
}
