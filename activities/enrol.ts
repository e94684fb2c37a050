import { Context } from '@temporalio/activity';
import { ERRORS, ensureFirebreakError, FirebreakError } from '../src/domain/errors';
import { sha256Hex } from '../src/domain/hash';
import type { AuditEvent } from '../src/domain/ledger';
import type { EnrolmentOrder, OperatorChange, OperatorRole } from '../src/domain/order';
import { enrolmentUse, isEnrolmentAction } from '../src/domain/order';
import type { ActivityDeps } from '../src/ports/activity-deps';
import type { BootstrapRequest } from '../src/ports/authorisation';
import { activity } from './failure';
import type { GuardedDeps } from './guarded';

/** What the workflow `enrolment` is started with. */
export type EnrolmentInput =
  { readonly grantId: string; readonly order: EnrolmentOrder } | { readonly first: BootstrapRequest };

export interface Enrolled {
  /** The otpauth:// URI or the recovery codes, encrypted to the order's hand-over key; empty where there is none. */
  readonly handover: string;
  /** False: the ledger holds the intent only. */
  readonly recorded: boolean;
}

/** Who may give orders (B15): the signed order of an admin, carried out where the workers' key is. */
export function enrolActivities(
  deps: Pick<ActivityDeps, 'authorisation' | 'enrolment' | 'ledger' | 'now'> & Pick<GuardedDeps, 'refusals'>,
) {
  /** The intent first: what the ledger does not know of is not done (L1). A retry repeats the keys, so the ledger keeps one of each. */
  async function recorded(
    id: string,
    what: Pick<AuditEvent, 'actor' | 'action' | 'subject' | 'detail' | 'reason'> & Partial<Pick<AuditEvent, 'level'>>,
    work: () => Promise<string>,
  ): Promise<Enrolled> {
    const event = (stage: 'intent' | 'result', result?: string): AuditEvent => ({
      level: 'AUDIT',
      ...what,
      key: `wf:${what.action}:${id}:${stage}`,
      stage,
      at: deps.now().toISOString(),
      ...(result === undefined ? {} : { result }),
    });
    await deps.ledger.append([event('intent')]);
    const handover = await work().catch(async (thrown: unknown) => {
      const { code } = ensureFirebreakError(thrown);
      // What is tried again has not come to anything yet.
      if (!ERRORS[code].retryable)
        await deps.ledger.append([{ ...event('result', code), level: what.level ?? 'ERROR' }]).catch(() => undefined);
      throw thrown;
    });
    const isRecorded = await deps.ledger.append([event('result', 'done')]).then(
      () => true,
      () => false,
    );
    return { handover, recorded: isRecorded };
  }

  /**
   * A recovery goes around the lock, so a refused one is on record too, within bounds (H8). It is the grant that says that it is one, not
   * the caller. The names in it are not proven. @throws what it was given
   */
  async function refusedRecovery(grantId: string, thrown: unknown): Promise<never> {
    const { code } = ensureFirebreakError(thrown);
    const asked = RECOVERY_REFUSED.has(code)
      ? await deps.authorisation.asksFor(grantId).catch(() => undefined)
      : undefined;
    if (asked?.order.action === 'operator-recover') {
      const event = {
        level: 'CRITICAL',
        actor: 'firebreak',
        stage: 'event',
        action: 'operator.recover.refused',
      } as const;
      const at = deps.now().toISOString();
      const detail = { saidToBe: asked.operator.slice(0, 32) };
      const events = deps.refusals([
        {
          ...event,
          key: `wf:operator.recover.refused:${grantId}`,
          subject: `grant ${grantId}`,
          result: code,
          detail,
          at,
        },
      ]);
      if (events.length > 0) await deps.ledger.append(events).catch(() => undefined);
    }
    throw thrown;
  }

  return {
    /** Adds, changes or removes an operator by a signed order. */
    carryOutEnrolment: (input: { readonly grantId: string; readonly order: EnrolmentOrder }): Promise<Enrolled> =>
      activity(async () => {
        const { grantId, order } = input;
        demandItsWorkflow(grantId, order);
        const { operator: by } = await deps.authorisation
          .verify(grantId, order, enrolmentUse(grantId))
          .catch((thrown: unknown) => refusedRecovery(grantId, thrown));
        const what = { actor: by, subject: order.operator };
        if (order.action === 'operator-remove') {
          return recorded(grantId, { ...what, action: 'operator.remove', reason: order.reason }, async () => {
            await deps.enrolment.remove(order.operator, by, grantId);
            return '';
          });
        }
        if (order.action !== 'operator-add') {
          const change = { ...what, ...changeOnRecord(order) };
          return recorded(grantId, change, () => deps.enrolment.change(order, by, grantId));
        }
        const { operator: name, publicKey, roles, handoverKey } = order;
        const detail = { roles, keySha256: sha256Hex(publicKey) };
        const applicant = { name, publicKey, roles: rolesIn(roles) };
        return recorded(grantId, { ...what, action: 'operator.add', detail }, () =>
          deps.enrolment.add(applicant, by, grantId, handoverKey),
        );
      }),

    /** The first operator, asked for by whoever holds the key file. */
    enrolFirst: (input: { readonly request: BootstrapRequest }): Promise<Enrolled> =>
      activity(async () => {
        const { request } = input;
        // Before the ledger: nobody else writes into it.
        await deps.enrolment.demandProof(request);
        const detail = { roles: request.roles.join(','), keySha256: sha256Hex(request.publicKey) };
        const what = { actor: 'bootstrap', action: 'operator.add', subject: request.name, detail };
        return recorded(request.enrolment, what, () => deps.enrolment.bootstrap(request));
      }),
  };
}

/** Another workflow could burn the grant of another order, or have an old order carried out again. @throws FirebreakError NOT_AUTHORISED */
function demandItsWorkflow(grantId: string, order: EnrolmentOrder): void {
  const own = Context.current().info.workflowExecution?.workflowId === enrolmentUse(grantId);
  if (!own || !isEnrolmentAction(order?.action)) throw new FirebreakError('NOT_AUTHORISED', 'it is no enrolment.');
}

/** The words of the order as roles; an unknown one stays and is refused with the others. */
function rolesIn(text: string): OperatorRole[] {
  return text.split(',') as OperatorRole[];
}

/** Refusals of somebody whose signature was right, or that a worker has written down for the grant before. */
const RECOVERY_REFUSED: ReadonlySet<string> = new Set([
  'RECOVERY_INVALID',
  'OPERATOR_LOCKED',
  'OPERATOR_DISABLED',
  'OPERATOR_NOT_ALLOWED',
]);

/** A recovery is one person's word against a lock: nobody overlooks it. */
function changeOnRecord(order: OperatorChange): Pick<AuditEvent, 'action' | 'level' | 'reason' | 'detail'> {
  const action = order.action.replace('operator-', 'operator.');
  const level = order.action === 'operator-recover' ? 'CRITICAL' : 'AUDIT';
  const reason = 'reason' in order ? { reason: order.reason } : {};
  if (order.action === 'operator-roles') return { action, level, ...reason, detail: { roles: order.roles } };
  if (order.action === 'operator-rotate' && order.publicKey !== '')
    return { action, level, ...reason, detail: { keySha256: sha256Hex(order.publicKey) } };
  return { action, level, ...reason };
}
