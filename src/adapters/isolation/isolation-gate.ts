import { parseRange } from '../../domain/addresses';
import { ensureFirebreakError, FirebreakError } from '../../domain/errors';
import type { Fact } from '../../domain/fact';
import type { Host } from '../../domain/host';
import { DEAD_MAN_SWITCH_S } from '../../domain/numbers';
import type { ActionId } from '../../domain/ids';
import type { ActContext, IsolationPreview } from '../../ports/containment';
import type { HostScript, HostShell, ReplyLimits } from '../../ports/host-shell';
import type { TargetOutcome } from '../../domain/words';
import { encodeHeader } from '../host-script/header';
import { readReply, type HostReply } from '../host-script/reply';
import { CHECK_ISOLATION, CONFIRM_ISOLATION, ISOLATE, LIFT_ISOLATION } from './isolation-programs';
import { isolationHeader, type IsolationMode, type IsolationOrder, type IsolationScope } from './isolation-order';
import { inside, sessionsCut } from './isolation-sessions';
import { isolationOutcome, isolationReasons, isolationRemarks } from './isolation-words';

const EXEC_TIMEOUT_MS = 20_000;

/** isolate.sh lists at most 50,000 sessions: two addresses and a port each. */
const SESSIONS: ReplyLimits = { lines: 51_000, bytes: 51_000 * 110 };

/** What became of one isolation on one machine. */
export interface IsolationSeen {
  readonly outcome: TargetOutcome;
  /** Why it is not as it was to be; empty where there is nothing to say. */
  readonly why: readonly Fact[];
  readonly verified: boolean;
  readonly replayed: boolean;
  readonly preImage?: { readonly path: string; readonly sha256: string };
  readonly remarks: readonly Fact[];
}

/**
 * Arms an isolation behind a kernel timer and makes it last only when a fresh connection proves that management still
 * has a way in (C3). Shared by the isolation of hosts, of segments, and by force.
 */
export class IsolationGate {
  readonly #shell: HostShell;
  readonly #armedForS: number;
  readonly #now: () => Date;

  /** @param armedForS how long an unconfirmed isolation lasts, seconds */
  constructor(shell: HostShell, armedForS: number = DEAD_MAN_SWITCH_S, now: () => Date = () => new Date()) {
    this.#shell = shell;
    this.#armedForS = armedForS;
    this.#now = now;
  }

  /**
   * Applies the order and confirms it. A link lost while applying is no failure yet: the journal is asked over the fresh
   * connection.
   *
   * @throws FirebreakError codes of HostShell when the confirmation cannot connect (the kernel then disarms by itself
   *   unless the policy is `keep`), UNSUPPORTED_HOST, VERIFY_FAILED, PLAN_CHANGED
   */
  async enforce(host: Host, order: IsolationOrder, mode: IsolationMode, context: ActContext): Promise<IsolationSeen> {
    let lost: FirebreakError | undefined;
    let armed: HostReply | undefined;
    try {
      armed = await this.#run(host, ISOLATE, this.#header(order, mode), context);
    } catch (thrown) {
      lost = ensureFirebreakError(thrown);
      if (lost.code !== 'OUTCOME_UNKNOWN' && lost.code !== 'HOST_TIMEOUT') throw lost;
    }
    if (armed !== undefined && !inForce(armed)) return seen(armed, false);
    context.onProgress(`${host.name}: isolation armed, confirming over a new connection`);

    const confirmed = await this.#confirm(host, order, context);
    const state = confirmed.get('state');
    if (state !== 'applied' && state !== 'confirmed') throw lost ?? new FirebreakError('VERIFY_FAILED');
    if (confirmed.all('fault').length > 0) return { ...seen(confirmed, false), outcome: 'failed' };
    const result = seen(armed ?? confirmed, true);
    return lost === undefined ? result : { ...result, remarks: [...result.remarks, { fact: 'link-lost' }] };
  }

  /** Writes the rules to the host and has nft check them; nothing is in force. */
  async stage(host: Host, order: IsolationOrder, context: ActContext): Promise<void> {
    (await this.#run(host, ISOLATE, this.#header(order, 'stage'), context)).file('staged');
  }

  /** Has nft check the rules and looks who is connected; nothing is kept on the host (C12). */
  async preview(host: Host, order: IsolationOrder, context: ActContext): Promise<IsolationPreview> {
    const reply = await this.#run(host, ISOLATE, this.#header(order, 'check'), context);
    // The host keeps open what its root has listed, and no more.
    const listed = new Set(reply.get('allow').split(','));
    const kept = { ...order, allow: order.allow.filter((prefix) => listed.has(parseRange(prefix)?.text ?? '')) };
    const said = reply.find('peer');
    const peer = said === undefined ? undefined : (parseRange(said)?.text ?? 'an address that is none');
    return {
      sessions: reply.get('counted') === '1' ? await sessionsCut(kept, reply) : null,
      firebreakFrom: peer ?? null,
      keepsFirebreak: peer === undefined || inside(kept.allow, peer),
    };
  }

  async check(host: Host, action: ActionId, scope: IsolationScope, context: ActContext): Promise<IsolationSeen> {
    const reply = await this.#run(host, CHECK_ISOLATION, encodeHeader({ action, scope }), context);
    const why = isolationReasons(reply);
    const holds = why.length === 0;
    return {
      outcome: holds ? 'already' : 'missing',
      why,
      verified: holds,
      replayed: false,
      remarks: [],
    };
  }

  async lift(host: Host, action: ActionId, scope: IsolationScope, context: ActContext): Promise<IsolationSeen> {
    const reply = await this.#run(host, LIFT_ISOLATION, encodeHeader({ action, scope }), context);
    return seen(reply, isolationOutcome(reply) === 'applied');
  }

  #header(order: IsolationOrder, mode: IsolationMode): string {
    return isolationHeader(order, mode, this.#armedForS, this.#now());
  }

  async #confirm(host: Host, order: IsolationOrder, context: ActContext): Promise<HostReply> {
    try {
      return await this.#run(
        host,
        CONFIRM_ISOLATION,
        encodeHeader({ action: order.action, scope: order.scope }),
        context,
        true,
      );
    } catch (thrown) {
      const error = ensureFirebreakError(thrown);
      const ends = order.policy === 'keep' ? {} : { seconds: this.#armedForS };
      throw new FirebreakError(
        error.code,
        { cause: 'armed-unconfirmed', host: host.name, ...ends },
        {
          cause: error,
          ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
        },
      );
    }
  }

  async #run(host: Host, script: HostScript, input: string, context: ActContext, fresh = false): Promise<HostReply> {
    return readReply(
      await this.#shell.run(host, script, {
        input,
        timeoutMs: EXEC_TIMEOUT_MS,
        signal: context.signal,
        fresh,
        insists: context.insists,
        order: script === LIFT_ISOLATION ? context.order : undefined,
        ...(script === ISOLATE ? { limits: SESSIONS } : {}),
      }),
    );
  }
}

function inForce(reply: HostReply): boolean {
  const outcome = isolationOutcome(reply);
  return outcome === 'applied' || outcome === 'already';
}

function seen(reply: HostReply, verified: boolean): IsolationSeen {
  return {
    outcome: isolationOutcome(reply),
    why: isolationReasons(reply),
    verified,
    replayed: reply.find('replayed') === '1',
    ...(reply.find('preimage') === undefined ? {} : { preImage: reply.file('preimage') }),
    remarks: isolationRemarks(reply),
  };
}
