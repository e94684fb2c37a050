import { FirebreakError } from '../../../domain/errors';
import type { Fact } from '../../../domain/fact';
import type { Host } from '../../../domain/host';
import {
  countOutcomes,
  remarked,
  targetBecause,
  type ActionResult,
  type BlockSources,
  type TargetResult,
} from '../../../domain/plan';
import type { TargetReason } from '../../../domain/target-reason';
import type {
  ActContext,
  BlockLifter,
  BlockPreview,
  BlockPreviewer,
  ContainmentDriver,
  Lifted,
} from '../../../ports/containment';
import type { HostRunOptions, HostScript, HostShell } from '../../../ports/host-shell';
import { hostRemarks, unreadRemarks } from '../host-remarks';
import { encodeHeader } from '../header';
import { readReply, type HostReply } from '../reply';
import { limitsFor } from '../reply-lines';
import { blockComment, blockKey, blockRequest, type BlockRequest } from './block-request';
import { blockOutcomes, OTHERS, releaseOutcomes, stillHeld, withoutIn } from './block-outcome';
import { blockScript, type BlockRung } from './block-scripts';
import { parseHeldBlocks, type HeldBlock } from './held-blocks';

/** One exec, connecting included. */
const EXEC_TIMEOUT_MS = 45_000;

type BlockAct = 'apply' | 'confirm' | 'verify' | 'reassert' | 'release' | 'lift';

/**
 * Blocks source addresses on one host through one packet filter, as one transaction in one exec (C1, C2, C4, C5).
 * Unknown outcomes are resolved by asking the host's journal over a new connection: the host's program looks there before it
 * does anything, so asking and acting are the same call.
 */
export class SourceBlockDriver implements ContainmentDriver<BlockSources>, BlockPreviewer, BlockLifter {
  readonly kinds = ['block-sources'] as const;
  /** For the hosts' allow list. */
  readonly script: HostScript;
  readonly #rung: BlockRung['name'];
  readonly #shell: HostShell;
  readonly #now: () => Date;

  constructor(rung: BlockRung, shell: HostShell, now: () => Date = () => new Date()) {
    this.script = blockScript(rung);
    this.#rung = rung.name;
    this.#shell = shell;
    this.#now = now;
  }

  async perform(host: Host, action: BlockSources, context: ActContext): Promise<ActionResult> {
    const startedAt = this.#now();
    const request = blockRequest(action);
    const seconds = this.#secondsLeft(action);
    if (seconds <= 0)
      return this.#result(host, action, startedAt, everyMissing(request, [], [{ fact: 'time-over' }]), {});
    const first = await this.#apply(host, action, request, seconds, context);
    if (first.get('state') === 'undone') {
      return this.#result(host, action, startedAt, everyMissing(request, ['released']), { replayed: true });
    }
    context.onProgress(`${host.name}: ${first.all('first').length} elements in ${this.#rung}`);
    let now = await this.#send(host, action, 'confirm', context);
    let lost = 0;
    if ((await missingNow(action, request, now)) > 0 && now.count('left') > 0) {
      const again = await this.#send(host, action, 'reassert', context);
      lost = again.countOrNone('reasserted');
      now = await this.#send(host, action, 'verify', context);
    }
    const replayed = first.find('replayed') !== undefined;
    const before = await held(first, 'before');
    const key = blockKey(action.id);
    const refusedByHost = now.all('refused');
    const without = withoutIn(now);
    const current = { before, now: await held(now), refusedByHost, without, secondsLeft: now.count('left'), key };
    const stored = { ...current, now: await held(first, 'first'), secondsLeft: first.count('lasts') };
    const results = await blockOutcomes(request, replayed ? stored : current, 'applied');
    const remarks: readonly Fact[] = [
      { fact: 'flows-ended', sessions: first.count('sessions'), flows: first.count('flows') },
      ...(lost > 0 ? [{ fact: 'elements-put-back', count: lost } as const] : []),
      ...(now.count('left') === 0 ? [{ fact: 'time-over' } as const] : []),
      ...unreadRemarks(now.all('unread')),
      ...hostRemarks(now),
    ];
    const verified = allHeld(await blockOutcomes(request, current, 'applied'));
    return this.#result(host, action, startedAt, results, {
      verified,
      replayed,
      remarks,
      preImage: now.file('preimage'),
    });
  }

  async verify(host: Host, action: BlockSources, context: ActContext): Promise<ActionResult> {
    const startedAt = this.#now();
    const reply = await this.#send(host, action, 'verify', context);
    return this.#readBack(host, action, startedAt, reply, []);
  }

  async reassert(host: Host, action: BlockSources, context: ActContext): Promise<ActionResult> {
    const startedAt = this.#now();
    const reply = await this.#send(host, action, 'reassert', context);
    // Never done, or the journal is gone with the host's disk, or an attempt broke off: done now, journal first.
    if (['none', 'prepared'].includes(reply.get('state'))) return this.perform(host, action, context);
    const said = reply.find('reasserted') !== undefined;
    const again: readonly Fact[] = said ? [{ fact: 'elements-put-back', count: reply.count('reasserted') }] : [];
    return this.#readBack(host, action, startedAt, reply, again);
  }

  async undo(host: Host, action: BlockSources, context: ActContext): Promise<ActionResult> {
    const startedAt = this.#now();
    const released = await this.#send(host, action, 'release', context, { order: context.order });
    return (await this.#gone(host, action, startedAt, released, context)).result;
  }

  async lift(host: Host, action: BlockSources, sources: readonly string[], context: ActContext): Promise<Lifted> {
    const startedAt = this.#now();
    const { covered = [], ...rest } = action;
    const part: BlockSources = { ...rest, sources };
    const lines = [...blockRequest(part).ranges.keys()].map((target) => `block ${target}\n`).join('');
    if (lines === '') throw new FirebreakError('UNEXPECTED', `nothing of ${action.id} is to be let go`);
    const header = encodeHeader({ op: 'lift', action: action.id });
    const reply = await this.#run(host, action, header + lines, context, { order: context.order });
    const along = covered.filter(({ by }) => sources.includes(by));
    return this.#gone(
      host,
      part,
      startedAt,
      reply,
      context,
      along.map(({ source, by }): Fact => ({ fact: 'released-with', source, by })),
    );
  }

  /** As `perform`, with the transaction tried by the host's packet filter and not done. */
  async preview(host: Host, action: BlockSources, context: ActContext): Promise<BlockPreview> {
    const request = blockRequest(action);
    const ttl = Math.max(1, this.#secondsLeft(action));
    const header = encodeHeader({ op: 'check', action: action.id, direction: action.direction, ttl });
    const reply = await this.#run(host, action, header + request.lines, context);
    const now = await held(reply);
    const overlaps = await stillHeld(request, now, '');
    const asIfDone = [...request.ranges.values()].map((range) => ({
      key: 'preview',
      owner: '',
      range,
      secondsLeft: ttl,
    }));
    const refusedByHost = reply.all('refused');
    const refused = new Set(refusedByHost);
    const without = withoutIn(reply);
    const allowed = asIfDone.filter(({ range }) => !refused.has(range.text) && !without.families.has(range.family));
    const state = { before: now, now: allowed, refusedByHost, without, secondsLeft: ttl, key: 'preview' };
    const results = await blockOutcomes(request, state, 'applied');
    const counts = countOutcomes(results);
    return {
      rung: this.#rung,
      requested: results.length,
      wouldApply: counts.applied,
      already: counts.already,
      refused: results.filter(({ outcome }) => outcome === 'refused' || outcome === 'failed'),
      sessions: reply.count('sessions'),
      overlaps: Object.fromEntries(overlaps),
    };
  }

  /** Reads back, in a call of its own, what an undo was to take away. */
  async #gone(
    host: Host,
    action: BlockSources,
    startedAt: Date,
    reply: HostReply,
    context: ActContext,
    along: readonly Fact[] = [],
  ): Promise<Lifted> {
    const request = blockRequest(action);
    const key = blockKey(action.id);
    const now = await held(await this.#send(host, action, 'verify', context));
    const before = await held(reply, 'before');
    const results = await releaseOutcomes(request, { before, now, refusedByHost: [], key });
    const foreign = now.filter((block) => block.key === key && block.owner !== blockComment(action.id));
    const remarks: readonly Fact[] = [
      ...[...(await stillHeld(request, now, key))].map(([incident, count]): Fact => ({
        ...{ fact: 'still-blocked', count },
        ...(incident === OTHERS ? {} : { by: incident }),
      })),
      ...(foreign.length > 0 ? [{ fact: 'foreign-elements', count: foreign.length } as const] : []),
      ...hostRemarks(reply),
      ...along,
    ];
    const verified = countOutcomes(results).failed === 0;
    const replayed = reply.get('was') === 'undone';
    return {
      result: this.#result(host, action, startedAt, results, { verified, replayed, remarks }),
      notInForce: results.flatMap(({ target, outcome }) => (outcome === 'already' ? [target] : [])),
    };
  }

  /** Applies, or learns from the journal what became of an earlier attempt, this one's own included. */
  async #apply(
    host: Host,
    action: BlockSources,
    request: BlockRequest,
    ttl: number,
    context: ActContext,
  ): Promise<HostReply> {
    const header = encodeHeader({
      op: 'apply',
      action: action.id,
      plan: request.planSha256,
      direction: action.direction,
      ttl,
    });
    try {
      return await this.#run(host, action, header + request.lines, context);
    } catch (thrown) {
      if (!(thrown instanceof FirebreakError) || thrown.code !== 'OUTCOME_UNKNOWN' || context.signal.aborted)
        throw thrown;
      context.onProgress(`${host.name}: the link was lost, asking the host's journal`);
      return this.#run(host, action, header + request.lines, context, { fresh: true });
    }
  }

  #send(
    host: Host,
    action: BlockSources,
    op: Exclude<BlockAct, 'apply'>,
    context: ActContext,
    options: Pick<HostRunOptions, 'order'> = {},
  ): Promise<HostReply> {
    return this.#run(host, action, encodeHeader({ op, action: action.id }), context, options);
  }

  async #run(
    host: Host,
    action: BlockSources,
    input: string,
    context: ActContext,
    options: Pick<HostRunOptions, 'fresh' | 'order'> = {},
  ): Promise<HostReply> {
    const result = await this.#shell.run(host, this.script, {
      timeoutMs: EXEC_TIMEOUT_MS,
      limits: limitsFor(action.sources.length),
      input,
      signal: context.signal,
      insists: context.insists,
      ...options,
    });
    return readReply(result);
  }

  async #readBack(
    host: Host,
    action: BlockSources,
    startedAt: Date,
    reply: HostReply,
    again: readonly Fact[],
  ): Promise<ActionResult> {
    const state = {
      before: [],
      now: await held(reply),
      refusedByHost: reply.all('refused'),
      without: withoutIn(reply),
      secondsLeft: reply.countOrNone('left'),
      key: blockKey(action.id),
    };
    const results = await blockOutcomes(blockRequest(action), state, 'already');
    const verified = allHeld(results);
    const dropped: Fact = { fact: 'packets-dropped', count: reply.count('packets') };
    return this.#result(host, action, startedAt, results, {
      verified,
      remarks: [...again, dropped, ...hostRemarks(reply)],
    });
  }

  #secondsLeft(action: BlockSources): number {
    return Math.ceil((Date.parse(action.expiresAt) - this.#now().getTime()) / 1000);
  }

  #result(
    host: Host,
    action: BlockSources,
    startedAt: Date,
    results: readonly TargetResult[],
    rest: {
      readonly verified?: boolean;
      readonly replayed?: boolean;
      readonly remarks?: readonly Fact[];
      readonly preImage?: { readonly path: string; readonly sha256: string };
    },
  ): ActionResult {
    const exceptions = results.filter(({ outcome }) => outcome !== 'applied' && outcome !== 'already');
    return {
      action: action.id,
      kind: action.kind,
      host: host.name,
      counts: countOutcomes(results),
      exceptions,
      verified: rest.verified ?? false,
      rung: this.#rung,
      ...(rest.preImage && { preImage: { path: rest.preImage.path, sha256: rest.preImage.sha256 } }),
      replayed: rest.replayed ?? false,
      startedAt: startedAt.toISOString(),
      endedAt: this.#now().toISOString(),
      ...remarked(rest.remarks ?? []),
    };
  }
}

async function held(reply: HostReply, key: 'held' | 'first' | 'before' = 'held'): Promise<HeldBlock[]> {
  return parseHeldBlocks(reply.all(key));
}

function everyMissing(request: BlockRequest, why: readonly TargetReason[], also: readonly Fact[] = []): TargetResult[] {
  return [...request.targets, ...request.covered.keys()].map((target) => targetBecause(target, 'missing', why, also));
}

function allHeld(results: readonly TargetResult[]): boolean {
  const { missing, failed } = countOutcomes(results);
  return missing + failed === 0;
}

async function missingNow(action: BlockSources, request: BlockRequest, reply: HostReply): Promise<number> {
  const state = { before: [], now: await held(reply), refusedByHost: reply.all('refused'), without: withoutIn(reply) };
  const outcomes = await blockOutcomes(
    request,
    { ...state, secondsLeft: reply.count('left'), key: blockKey(action.id) },
    'applied',
  );
  return countOutcomes(outcomes).missing;
}
