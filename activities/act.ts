import type { ErrorCode } from '../src/domain/errors';
import { ensureFirebreakError, FirebreakError } from '../src/domain/errors';
import type { ActionId, IncidentId } from '../src/domain/ids';
import type { AuditEvent } from '../src/domain/ledger';
import type { ActionResult } from '../src/domain/plan';
import type { IncidentType, Severity } from '../src/domain/words';
import type { ActivityDeps } from '../src/ports/activity-deps';
import type { ActContext } from '../src/ports/containment';
import { ActAudit } from './audit';
import type { Scope } from './failure';
import { ActFailed } from './failure';

/** Detail of a failure's event: something was, or may have been, done on the host before it. */
export const BEGUN = 'begun';

/** One act on one host, and in whose name. */
export interface Act {
  readonly incident: IncidentId;
  readonly action: ActionId;
  readonly host: string;
  readonly operator: string;
  readonly verb: 'perform' | 'undo' | 'unblock' | 'reassert';
  readonly severity: Severity;
  readonly type: IncidentType;
}

export type Actor = (
  what: Act,
  scope: Scope,
  carryOut: (context: ActContext) => Promise<ActionResult>,
) => Promise<{ readonly result: ActionResult; readonly unrecorded: readonly AuditEvent[] }>;

/** A host answered, and what was read back is not what the act was for; the result goes into the tables (TBL-093). */
export class NotAsMeant extends FirebreakError {
  constructor(
    code: ErrorCode,
    detail: string,
    readonly result: ActionResult,
  ) {
    super(code, detail);
  }
}

/**
 * Intent → turn on the host → act → result; the act itself never waits longer than the ledger's patience (L1, B9). What the act
 * throws counts as its failure, so whether it did what it was for is judged inside of it.
 *
 * @throws ActFailed with the code of the failure and the events that the ledger does not hold yet
 */
export function actor(deps: Pick<ActivityDeps, 'ledger' | 'turns' | 'responses' | 'now'>): Actor {
  const audit = new ActAudit(deps.ledger, deps.now);
  return async (what, scope, carryOut) => {
    let begun = false;
    const event = (stage: 'intent' | 'result', result?: string): AuditEvent => ({
      // Attempts are counted anew by every activity, so the attempt alone would not tell two undos of one act apart.
      key: `${what.verb}:${what.action}:${scope.execution}:${scope.attempt}:${stage}`,
      level: result === undefined || result === 'done' ? 'AUDIT' : 'ERROR',
      incident: what.incident,
      actor: what.operator,
      stage,
      action: what.verb,
      subject: what.action,
      ...(result === undefined ? {} : { result }),
      ...(result === undefined || result === 'done' || !begun ? {} : { detail: { [BEGUN]: true } }),
      at: deps.now().toISOString(),
    });
    const unrecorded = [...(await audit.append([event('intent')], scope.signal))];
    const context: ActContext = {
      incident: what.incident,
      signal: scope.signal,
      attempt: scope.attempt,
      onProgress: () => {
        begun = true;
      },
    };
    try {
      const result = await deps.turns.withTurn(what.host, what.incident, what.severity, what.type, scope.signal, () =>
        carryOut(context),
      );
      unrecorded.push(...(await audit.append([event('result', 'done')], scope.signal)));
      return { result, unrecorded };
    } catch (thrown) {
      const error = ensureFirebreakError(thrown);
      unrecorded.push(...(await audit.append([event('result', error.code)], scope.signal)));
      await deps.responses
        .record({
          action: what.action,
          incident: what.incident,
          host: what.host,
          kind: what.verb,
          attempt: scope.attempt,
          state: 'failed',
          ...(error instanceof NotAsMeant ? { result: error.result } : {}),
          errorCode: error.code,
          detail: error.message.slice(0, 500),
          at: deps.now().toISOString(),
        })
        .catch(() => undefined);
      throw new ActFailed(error, unrecorded);
    }
  };
}
