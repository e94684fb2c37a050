import { hashOf } from '../../domain/hash';
import type { Host } from '../../domain/host';
import { targetBecause, type ActionResult, type IsolateHost, type IsolateSegment } from '../../domain/plan';
import type { ActContext, ContainmentDriver, IsolationPreview } from '../../ports/containment';
import { actionResult } from '../host-script/action-result';
import type { IsolationGate, IsolationSeen } from './isolation-gate';
import { sshPorts, type IsolationMode, type IsolationOrder } from './isolation-order';

type Isolation = IsolateHost | IsolateSegment;

/** Hosts inside a segment answer SSH on its own port; what else they use is not known at the gateway. */
const SSH_PORT = 22;

/**
 * Cuts off the host itself, or at a gateway what it routes for a segment, behind the dead-man switch (C3, C8). Hosts of a
 * segment still reach one another and the gateway: those packets are not forwarded.
 *
 * The target is the host's or the segment's name. `perform` throws when the confirmation cannot connect; the next
 * attempt asks the host's journal and confirms what is still armed.
 */
export class Isolations implements ContainmentDriver<Isolation> {
  readonly kinds = ['isolate-host', 'isolate-segment'] as const;
  readonly #gate: IsolationGate;
  readonly #now: () => Date;

  constructor(gate: IsolationGate, now: () => Date = () => new Date()) {
    this.#gate = gate;
    this.#now = now;
  }

  perform(host: Host, action: Isolation, context: ActContext): Promise<ActionResult> {
    return this.#enforce(host, action, 'perform', context);
  }

  reassert(host: Host, action: Isolation, context: ActContext): Promise<ActionResult> {
    return this.#enforce(host, action, 'reassert', context);
  }

  async verify(host: Host, action: Isolation, context: ActContext): Promise<ActionResult> {
    const startedAt = this.#now();
    return this.#result(action, startedAt, await this.#gate.check(host, action.id, scopeOf(action), context));
  }

  async undo(host: Host, action: Isolation, context: ActContext): Promise<ActionResult> {
    const startedAt = this.#now();
    const seen = await this.#gate.lift(host, action.id, scopeOf(action), context);
    context.onProgress(`${targetOf(action)}: isolation lifted`);
    return this.#result(action, startedAt, seen);
  }

  preview(host: Host, action: Isolation, context: ActContext): Promise<IsolationPreview> {
    return this.#gate.preview(host, orderOf(host, action), context);
  }

  async #enforce(host: Host, action: Isolation, mode: IsolationMode, context: ActContext): Promise<ActionResult> {
    const startedAt = this.#now();
    return this.#result(action, startedAt, await this.#gate.enforce(host, orderOf(host, action), mode, context));
  }

  #result(action: Isolation, startedAt: Date, seen: IsolationSeen): ActionResult {
    return actionResult({
      ...seen,
      action,
      targets: [targetBecause(targetOf(action), seen.outcome, [], seen.why)],
      rung: action.kind === 'isolate-host' ? 'nftables' : 'gateway',
      startedAt,
      endedAt: this.#now(),
    });
  }
}

function orderOf(host: Host, action: Isolation): IsolationOrder {
  return {
    action: action.id,
    planHash: hashOf(action),
    scope: scopeOf(action),
    policy: action.onUnconfirmed,
    expiresAt: action.expiresAt,
    ports: action.kind === 'isolate-host' ? sshPorts(host) : [SSH_PORT],
    allow: action.management,
    cut: action.kind === 'isolate-host' ? [] : action.prefixes,
  };
}

function targetOf(action: Isolation): string {
  return action.kind === 'isolate-host' ? action.host : action.segment;
}

function scopeOf(action: Isolation): IsolationOrder['scope'] {
  return action.kind === 'isolate-host' ? 'host' : `forward/segment/${action.segment}`;
}
