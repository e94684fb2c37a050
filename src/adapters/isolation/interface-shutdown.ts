import type { Host } from '../../domain/host';
import type { ActionId } from '../../domain/ids';
import type { ActContext, ForcedIsolationOrder } from '../../ports/containment';
import type { HostScript, HostShell } from '../../ports/host-shell';
import { secondsUntil } from '../host-script/ends';
import { encodeHeader } from '../host-script/header';
import { readReply, type HostReply } from '../host-script/reply';
import type { IsolationSeen } from './isolation-gate';
import { INTERFACES_DOWN, INTERFACES_UP } from './isolation-programs';
import { isolationOutcome, isolationReasons, isolationRemarks } from './isolation-words';

const EXEC_TIMEOUT_MS = 20_000;

/**
 * The last rung that a program can climb (C6): every interface that does not carry management goes down. An interface that
 * leads to a management prefix, or that Firebreak comes over, is never touched. Where that cuts nobody off (only containers'
 * links would go, or management goes by a default route) the answer is `failed` and nothing is touched.
 */
export class InterfaceShutdown {
  readonly #shell: HostShell;
  readonly #now: () => Date;

  constructor(shell: HostShell, now: () => Date = () => new Date()) {
    this.#shell = shell;
    this.#now = now;
  }

  async takeDown(
    host: Host,
    action: ActionId,
    planHash: string,
    { management, expiresAt }: ForcedIsolationOrder,
    context: ActContext,
  ): Promise<IsolationSeen> {
    const header = encodeHeader({
      action,
      plan: planHash,
      allow: management.join(','),
      address: host.address,
      ttl: secondsUntil(expiresAt, this.#now()),
    });
    return this.#seen(await this.#run(host, INTERFACES_DOWN, header, context));
  }

  async bringUp(host: Host, action: ActionId, context: ActContext): Promise<IsolationSeen> {
    return this.#seen(await this.#run(host, INTERFACES_UP, encodeHeader({ action }), context));
  }

  async #run(host: Host, script: HostScript, input: string, context: ActContext): Promise<HostReply> {
    // Over a new connection: an answer proves that management still has its way in.
    const order = script === INTERFACES_UP ? context.order : undefined;
    const { signal, insists } = context;
    const options = { input, timeoutMs: EXEC_TIMEOUT_MS, signal, fresh: true, insists, order };
    return readReply(await this.#shell.run(host, script, options));
  }

  #seen(reply: HostReply): IsolationSeen {
    const outcome = isolationOutcome(reply);
    return {
      outcome,
      why: isolationReasons(reply),
      verified: outcome === 'applied',
      replayed: reply.find('replayed') === '1',
      ...(reply.find('preimage') === undefined ? {} : { preImage: reply.file('preimage') }),
      remarks: isolationRemarks(reply),
    };
  }
}
