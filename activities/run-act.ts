import { ensureFirebreakError } from '../src/domain/errors';
import type { ActionId, IncidentId } from '../src/domain/ids';
import type { AuditEvent } from '../src/domain/ledger';
import type { ActionResult } from '../src/domain/plan';
import type { IncidentType, Severity } from '../src/domain/words';
import type { ActContext } from '../src/ports/containment';
import { detailOfFailure, detailOfResult } from './act-detail';
import { BEGUN, GATEWAY_KEY, HOST_KEY, sealedEvent } from './act-events';
import { ActAudit } from './audit';
import type { Scope } from './failure';
import { ActFailed } from './failure';
import { NotAsMeant } from './not-as-meant';
import type { Confirmed, Effects, GuardedDeps } from './guarded';
import type { LateRecord } from './late-record';
import { sealLate } from './late-record';
import { pinnedKeyOf } from './same-machine';

/** One act on one host, and in whose name. */
export interface Act {
  readonly action: ActionId;
  readonly host: string;
  /** The gateway that may be acted on in place of the host. */
  readonly gateway?: string;
  readonly verb: 'perform' | 'undo' | 'give-up' | 'unblock' | 'reassert';
  readonly severity: Severity;
  readonly type: IncidentType;
  /** Who acts, when it is not the operator who signed: the watch. */
  readonly by?: 'firebreak';
}

/** An act that came to its end, and what is still to be recorded of it. */
export interface Acted {
  readonly result: ActionResult;
  /** Events that the ledger does not hold yet (L1). */
  readonly missed: readonly AuditEvent[];
}

/** The one way to what acts on hosts (H1): only who has confirmed a fitting order is given it. */
export type RunAct = (
  confirmed: Confirmed,
  what: Act,
  scope: Scope,
  carryOut: (effects: Effects, context: ActContext) => Promise<ActionResult>,
) => Promise<Acted>;

/**
 * Intent → turn on the host → act → result; the act itself never waits longer than the ledger's patience (L1, B9). What the act
 * throws counts as its failure, so whether it did what it was for is judged inside of it. The result tells what it came to: `CRITICAL`
 * where something was carried out, `ERROR` where it failed.
 *
 * @throws ActFailed with the code of the failure and the events that the ledger does not hold yet
 */
export function createRunAct(
  deps: Pick<GuardedDeps, 'ledger' | 'turns' | 'seals' | 'hostKeyFingerprint' | 'now' | 'effects'>,
): RunAct {
  const audit = new ActAudit(deps.ledger, deps.now);
  return async (confirmed, what, scope, carryOut) => {
    const { incident, operator } = confirmed;
    const effects = deps.effects(confirmed);
    let begun = false;
    // A drill changes nothing on a host.
    const isDrill = 'drill' in confirmed.order && confirmed.order.drill;
    const event = (
      stage: 'intent' | 'result',
      result?: string,
      told: NonNullable<AuditEvent['detail']> = {},
    ): Promise<AuditEvent> =>
      sealedEvent(deps, {
        // Attempts are counted anew by every activity, so the attempt alone would not tell two undos of one act apart.
        key: `act:${what.verb}:${what.action}:${scope.execution}:${scope.attempt}:${stage}`,
        level: result === undefined ? 'AUDIT' : result !== 'done' ? 'ERROR' : isDrill ? 'AUDIT' : 'CRITICAL',
        incident,
        actor: what.by ?? operator,
        stage,
        action: what.verb,
        subject: what.action,
        ...(result === undefined ? {} : { result }),
        ...detailOf(
          stage === 'intent' ? keysOf(what) : { ...told, [BEGUN]: result !== 'done' && begun ? true : undefined },
        ),
        at: deps.now().toISOString(),
      });
    const missed = [...(await audit.append([await event('intent')], scope.signal))];
    const context: ActContext = {
      incident,
      order: { signedText: confirmed.proof.signedText, signature: confirmed.proof.signature },
      signal: scope.signal,
      attempt: scope.attempt,
      onProgress: () => {
        begun = true;
      },
    };
    try {
      const result = await deps.turns.withTurn(what.host, incident, what.severity, what.type, scope.signal, () =>
        carryOut(effects, context),
      );
      missed.push(...(await audit.append([await event('result', 'done', detailOfResult(result))], scope.signal)));
      return { result, missed };
    } catch (thrown) {
      const error = ensureFirebreakError(thrown);
      missed.push(...(await audit.append([await event('result', error.code, detailOfFailure(error))], scope.signal)));
      await effects.responses
        .record({
          action: what.action,
          incident,
          host: what.host,
          kind: what.verb,
          execution: scope.execution,
          attempt: scope.attempt,
          state: 'failed',
          // What an undo came to is not what its act came to.
          ...(error instanceof NotAsMeant && what.verb === 'perform' ? { result: error.result } : {}),
          errorCode: error.code,
          detail: error.message.slice(0, 500),
          at: deps.now().toISOString(),
        })
        .catch(() => undefined);
      throw new ActFailed(error, await lateOf(incident, missed));
    }
  };

  /** Which machine is meant: what is begun and does not come to its end is looked for nowhere else. */
  function keysOf({ verb, host, gateway }: Act): Readonly<Record<string, string | undefined>> {
    if (verb !== 'perform') return {};
    const gatewayKey = gateway === undefined ? undefined : pinnedKeyOf(deps, gateway);
    return { [HOST_KEY]: pinnedKeyOf(deps, host), [GATEWAY_KEY]: gatewayKey };
  }

  /** Without the key nothing can be sealed; the act's own failure is then the news. */
  async function lateOf(incident: IncidentId, events: readonly AuditEvent[]): Promise<readonly LateRecord[]> {
    return sealLate(deps, incident, { events }).catch(() => []);
  }
}

/** What there is to say. */
function detailOf(said: {
  readonly [name: string]: NonNullable<AuditEvent['detail']>[string] | undefined;
}): Pick<AuditEvent, 'detail'> | Readonly<Record<never, never>> {
  const known = Object.entries(said).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return known.length === 0 ? {} : { detail: Object.fromEntries(known) };
}
