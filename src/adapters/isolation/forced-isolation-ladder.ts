import { parseRange } from '../../domain/addresses';
import { ensureFirebreakError, FirebreakError, HOST_NOT_ASKED } from '../../domain/errors';
import type { Fact } from '../../domain/fact';
import { allInEnglish } from '../../domain/fact-words';
import { faultOfError } from '../../domain/fault';
import { hashOf } from '../../domain/hash';
import type { Host } from '../../domain/host';
import type { ActionId } from '../../domain/ids';
import { TIME_SHARES } from '../../domain/numbers';
import { targetBecause, type ActionResult } from '../../domain/plan';
import type { TargetOutcome } from '../../domain/words';
import type { ActContext, ForcedIsolation, ForcedIsolationOrder } from '../../ports/containment';
import { actionResult } from '../host-script/action-result';
import type { InterfaceShutdown } from './interface-shutdown';
import type { IsolationGate, IsolationSeen } from './isolation-gate';
import { sshPorts, type IsolationOrder, type IsolationScope } from './isolation-order';

/** Three rungs fit into the reserved share with time to spare, whatever a dead host does to the first one. */
const RUNG_MS = TIME_SHARES.forcedIsolation / 4;

interface Rung {
  readonly name: 'nftables' | 'gateway' | 'interface';
  readonly climb: (context: ActContext) => Promise<IsolationSeen>;
  readonly descend: (context: ActContext) => Promise<IsolationSeen>;
  /** Without them the rung cannot be read back. */
  readonly look?: (context: ActContext) => Promise<IsolationSeen>;
  readonly again?: (context: ActContext) => Promise<IsolationSeen>;
}

/**
 * Cuts a host off by the first means that is verified (C6): its own table, its gateway, its interfaces. A rung that fails,
 * for whatever reason, leads to the next; when none holds the counts say `failed` and the rung is `none`: people must act.
 *
 * Each rung has its own journal under the same action id, so a repeat answers from what holds already. The interface that
 * carries management is never taken down.
 */
export class ForcedIsolationLadder implements ForcedIsolation {
  readonly #gate: IsolationGate;
  readonly #interfaces: InterfaceShutdown;
  readonly #now: () => Date;

  constructor(gate: IsolationGate, interfaces: InterfaceShutdown, now: () => Date = () => new Date()) {
    this.#gate = gate;
    this.#interfaces = interfaces;
    this.#now = now;
  }

  async stage(host: Host, action: ActionId, order: ForcedIsolationOrder, context: ActContext): Promise<void> {
    await this.#gate.stage(host, orderFor(host, action, 'host', order), context);
  }

  async force(
    host: Host,
    gateway: Host | undefined,
    action: ActionId,
    order: ForcedIsolationOrder,
    context: ActContext,
  ): Promise<ActionResult> {
    const startedAt = this.#now();
    const passed: Fact[] = [];
    for (const rung of this.#rungs(host, gateway, action, order)) {
      try {
        const seen = await rung.climb({ ...within(context, RUNG_MS), insists: true });
        if (seen.verified) {
          return this.#result(host, action, startedAt, rung.name, {
            ...seen,
            remarks: [...passed, ...seen.remarks],
          });
        }
        passed.push({ fact: 'rung-not-holding', rung: rung.name, outcome: seen.outcome, why: seen.why });
      } catch (thrown) {
        if (context.signal.aborted) throw thrown;
        passed.push({ fact: 'rung-failed', rung: rung.name, fault: faultOfError(ensureFirebreakError(thrown)) });
      }
      context.onProgress(`${host.name}: ${allInEnglish(passed.slice(-1))}`);
    }
    if (gateway === undefined) passed.push({ fact: 'no-gateway' });
    const none = {
      outcome: 'failed',
      why: passed,
      verified: false,
      replayed: false,
      remarks: passed,
    } as const;
    return this.#result(host, action, startedAt, 'none', none);
  }

  verify(
    host: Host,
    gateway: Host | undefined,
    action: ActionId,
    rung: string,
    context: ActContext,
  ): Promise<ActionResult> {
    const unchanged = { management: host.management, expiresAt: NEVER_SENT };
    return this.#onRung(host, gateway, action, rung, unchanged, (held) => held.look?.(context));
  }

  reassert(
    host: Host,
    gateway: Host | undefined,
    action: ActionId,
    rung: string,
    expiresAt: string,
    context: ActContext,
  ): Promise<ActionResult> {
    const order = { management: host.management, expiresAt };
    return this.#onRung(host, gateway, action, rung, order, (held) => held.again?.(context));
  }

  async lift(
    host: Host,
    gateway: Host | undefined,
    action: ActionId,
    held: string | undefined,
    context: ActContext,
  ): Promise<ActionResult> {
    const startedAt = this.#now();
    const outcomes: TargetOutcome[] = [];
    const lifted: string[] = [];
    const remarks: Fact[] = [];
    const rungs = this.#rungs(host, gateway, action, { management: [], expiresAt: NEVER_SENT });
    const heldAt = rungs.findIndex((rung) => rung.name === held);
    if (held !== undefined && heldAt < 0) {
      outcomes.push('unknown');
      remarks.push({ fact: 'rung-without-way', rung: held });
    }
    for (const [place, rung] of [...rungs.entries()].reverse()) {
      try {
        const seen = await rung.descend({ ...within(context, RUNG_MS), insists: true });
        outcomes.push(seen.outcome);
        if (seen.outcome === 'applied') lifted.push(rung.name);
        if (seen.why.length > 0 && seen.outcome !== 'missing')
          remarks.push({ fact: 'rung-undo', rung: rung.name, why: seen.why });
        remarks.push(...seen.remarks);
      } catch (thrown) {
        if (context.signal.aborted) throw thrown;
        const error = ensureFirebreakError(thrown);
        // Where it held the order must be good. A rung beside it that was armed and never confirmed may still keep an end of its own.
        const refused = error.code === 'HOST_ORDER_REFUSED';
        if (refused && (heldAt < 0 || place === heldAt)) throw error;
        const beside = heldAt >= 0 && place !== heldAt && (refused || HOST_NOT_ASKED.has(error.code));
        const never = beside && neverHolds(place > heldAt, host);
        if (!never) outcomes.push('unknown');
        remarks.push({ fact: 'rung-not-undone', rung: rung.name, held: !never, fault: faultOfError(error) });
      }
    }
    const outcome = worstOf(outcomes);
    const done = outcome === 'applied';
    const seen = { outcome, why: done ? [] : remarks, verified: done, replayed: false, remarks };
    return this.#result(host, action, startedAt, lifted.join(' + ') || 'none', seen);
  }

  async #onRung(
    host: Host,
    gateway: Host | undefined,
    action: ActionId,
    name: string,
    order: ForcedIsolationOrder,
    work: (rung: Rung) => Promise<IsolationSeen> | undefined,
  ): Promise<ActionResult> {
    const startedAt = this.#now();
    const rung = this.#rungs(host, gateway, action, order).find((candidate) => candidate.name === name);
    const seen = (rung && (await work(rung))) ?? {
      outcome: 'unknown' as const,
      why: [{ fact: 'rung-unreadable', rung: name }],
      verified: false,
      replayed: false,
      remarks: [],
    };
    return this.#result(host, action, startedAt, name, seen);
  }

  #rungs(host: Host, gateway: Host | undefined, action: ActionId, forced: ForcedIsolationOrder): Rung[] {
    const own = orderFor(host, action, 'host', forced);
    const table: Rung = {
      name: 'nftables',
      climb: (context) => this.#gate.enforce(host, own, 'force', context),
      descend: (context) => this.#gate.lift(host, action, 'host', context),
      look: (context) => this.#gate.check(host, action, 'host', context),
      again: (context) => this.#gate.enforce(host, own, 'reassert', context),
    };
    const interfaces: Rung = {
      name: 'interface',
      climb: (context) => this.#interfaces.takeDown(host, action, own.planHash, forced, context),
      descend: (context) => this.#interfaces.bringUp(host, action, context),
    };
    if (gateway === undefined) return [table, interfaces];
    const scope = `forward/host/${host.name}` as const;
    const order = { ...orderFor(host, action, scope, forced), cut: addressesOf(host) };
    const upstream: Rung = {
      name: 'gateway',
      climb: async (context) => {
        if (order.cut.length === 0) throw new FirebreakError('BAD_INPUT', { cause: 'unusable', what: 'host-by-name' });
        return this.#gate.enforce(gateway, order, 'force', context);
      },
      descend: (context) => this.#gate.lift(gateway, action, scope, context),
      look: (context) => this.#gate.check(gateway, action, scope, context),
      again: (context) => this.#gate.enforce(gateway, order, 'reassert', context),
    };
    return [table, upstream, interfaces];
  }

  #result(host: Host, action: ActionId, startedAt: Date, rung: string, seen: IsolationSeen): ActionResult {
    return actionResult({
      ...seen,
      action: { id: action, kind: 'forced-isolation', host: host.name },
      targets: [targetBecause(host.name, seen.outcome, [], seen.why)],
      rung,
      startedAt,
      endedAt: this.#now(),
    });
  }
}

/** Of an order that no host is given: only the names of its rungs are asked for. */
const NEVER_SENT = new Date(0).toISOString();

function orderFor(
  host: Host,
  action: ActionId,
  scope: IsolationScope,
  { management, expiresAt }: ForcedIsolationOrder,
): IsolationOrder {
  return {
    action,
    planHash: hashOf({ action, host: host.name, management }),
    scope,
    policy: host.onUnconfirmed,
    expiresAt,
    ports: sshPorts(host),
    allow: management,
    cut: [],
  };
}

function within(context: ActContext, ms: number): ActContext {
  return { ...context, signal: AbortSignal.any([context.signal, AbortSignal.timeout(ms)]) };
}

/**
 * Whether a rung beside the one that held can be left unasked. Those below it were never climbed. One above it may have been armed
 * without confirmation: the kernel has ended that by itself, unless the host's policy keeps it (C3).
 */
function neverHolds(below: boolean, host: Host): boolean {
  return below || host.onUnconfirmed === 'disarm';
}

/** What a person must know first; `missing` only when there was nothing to lift anywhere. */
function worstOf(outcomes: readonly TargetOutcome[]): TargetOutcome {
  const order: readonly TargetOutcome[] = ['unknown', 'failed', 'refused', 'applied', 'already', 'missing'];
  return order.find((outcome) => outcomes.includes(outcome)) ?? 'missing';
}

/** What the gateway cuts off; a name that Firebreak connects to is none of it. */
function addressesOf({ address, serviceAddresses }: Host): readonly string[] {
  return [address, ...serviceAddresses].filter((text) => parseRange(text) !== undefined);
}
