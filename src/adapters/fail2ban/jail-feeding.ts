import { ensureFirebreakError, FirebreakError } from '../../domain/errors';
import type { Fact } from '../../domain/fact';
import { inEnglish } from '../../domain/fact-words';
import type { Host } from '../../domain/host';
import type { ActionId } from '../../domain/ids';
import type { ActionResult, BlockSources } from '../../domain/plan';
import { JAIL_COUNTS, JAIL_WHY, type JailAct, type JailWhy } from '../../domain/remark';
import type { ActContext, BlockLifter, ContainmentDriver, Lifted } from '../../ports/containment';
import type { HostShell } from '../../ports/host-shell';
import { DUE } from '../host-script/ends';
import { FAIL2BAN } from '../host-script/fail2ban';
import { encodeHeader } from '../host-script/header';
import { HOLDS } from '../host-script/holds';
import { hostScript, shellPart } from '../host-script/host-script';
import { RANGES } from '../host-script/ranges';
import { readReply, type HostReply } from '../host-script/reply';

/** Longer than the program takes: the host's lock, and three conversations that have limits of their own (jail.sh). */
const WAIT_MS = 25_000;

/**
 * Where the attempt has no time to spare: fail2ban never makes the block itself late. The host's program goes on, and what it does
 * is in the host's journal.
 */
const SHORT_WAIT_MS = 6_000;
const SLOW_BLOCK_MS = 20_000;

/** For the hosts' allow list. */
export const FEED_JAIL = hostScript(
  'feed-jail',
  HOLDS,
  DUE,
  RANGES,
  FAIL2BAN,
  ...['jail.sh', 'feed-jail.sh'].map((file) => shellPart(__dirname, file)),
);

/** The header of the host's program. */
interface JailOrder {
  readonly op: JailAct;
  readonly action: ActionId;
  readonly jail: string;
  readonly in_force?: 1;
}

/** Words after which nothing is banned there. */
const NOTHING_BANNED: ReadonlySet<string> = new Set<JailWhy>(['absent', 'unknown']);

/**
 * Source blocks whose addresses a jail of the host's fail2ban is told of as well, for acts that name one (C1): its memory, its
 * notices and jails for repeated offenders then know them. The block comes first and its result does not depend on fail2ban: what came
 * of feeding is a note. A release takes out what the act put in, and nothing that fail2ban had banned itself or another act counts on (C4).
 */
export class JailFeeding implements ContainmentDriver<BlockSources> {
  readonly kinds = ['block-sources'] as const;
  readonly #blocks: ContainmentDriver<BlockSources>;
  readonly #shell: HostShell;

  constructor(blocks: ContainmentDriver<BlockSources>, shell: HostShell) {
    this.#blocks = blocks;
    this.#shell = shell;
  }

  async perform(host: Host, action: BlockSources, context: ActContext): Promise<ActionResult> {
    return this.#tell('feed', host, action, context, await this.#blocks.perform(host, action, context));
  }

  verify(host: Host, action: BlockSources, context: ActContext): Promise<ActionResult> {
    return this.#blocks.verify(host, action, context);
  }

  /** Feeds the jail where that has not been done yet; what it forgot since is left to it. */
  async reassert(host: Host, action: BlockSources, context: ActContext): Promise<ActionResult> {
    return this.#tell('feed', host, action, context, await this.#blocks.reassert(host, action, context));
  }

  async undo(host: Host, action: BlockSources, context: ActContext): Promise<ActionResult> {
    return this.#tell('withdraw', host, action, context, await this.#blocks.undo(host, action, context));
  }

  async #tell(
    act: JailAct,
    host: Host,
    action: BlockSources,
    context: ActContext,
    result: ActionResult,
  ): Promise<ActionResult> {
    const { remark } = await tellJail(this.#shell, act, host, action, context, result);
    return withRemark(result, remark);
  }
}

/**
 * Sources that are let go are taken out of the jail as well, under the rules of a release. Unlike a release this is for their sake: while
 * the jail may still ban one, they are not let go.
 */
export class JailClearing implements BlockLifter {
  readonly #blocks: BlockLifter;
  readonly #shell: HostShell;

  constructor(blocks: BlockLifter, shell: HostShell) {
    this.#blocks = blocks;
    this.#shell = shell;
  }

  /** @throws FirebreakError as the block's own, and VERIFY_FAILED while the jail may still ban one of them */
  async lift(host: Host, action: BlockSources, sources: readonly string[], context: ActContext): Promise<Lifted> {
    const lifted = await this.#blocks.lift(host, action, sources, context);
    const { result } = lifted;
    const { remark, sure } = await tellJail(this.#shell, 'let_go', host, action, context, result);
    if (!sure) throw new FirebreakError('VERIFY_FAILED', remark === undefined ? undefined : inEnglish(remark));
    return { ...lifted, result: withRemark(result, remark) };
  }
}

/** Whatever goes wrong here is said and not thrown. */
async function tellJail(
  shell: HostShell,
  op: JailAct,
  host: Host,
  { id, jail }: BlockSources,
  context: ActContext,
  block: ActionResult,
): Promise<{ readonly remark?: Fact<'jail-told'>; readonly sure: boolean }> {
  if (jail === undefined) return { sure: true };
  context.onProgress(`${host.name}: ${op} fail2ban jail ${jail}`);
  const hurried = context.attempt > 1 || tookMs(block) > SLOW_BLOCK_MS;
  const order: JailOrder = { op, action: id, jail, ...(context.inForce === true ? { in_force: 1 } : {}) };
  const run = { timeoutMs: hurried ? SHORT_WAIT_MS : WAIT_MS, signal: context.signal, insists: context.insists };
  try {
    const reply = readReply(await shell.run(host, FEED_JAIL, { ...run, input: encodeHeader({ ...order }) }));
    const remark = told(op, jail, reply);
    const why = reply.find('why');
    const sure = (why === undefined || NOTHING_BANNED.has(why)) && reply.countOrNone('left') === 0;
    return remark.counts.length === 0 && remark.doubt === undefined ? { sure } : { remark, sure };
  } catch (thrown) {
    const doubt = ensureFirebreakError(thrown).code;
    return { remark: { fact: 'jail-told', jail, act: op, counts: [], doubt }, sure: false };
  }
}

function withRemark(result: ActionResult, remark: Fact | undefined): ActionResult {
  if (remark === undefined) return result;
  const { notes, remarks = [] } = result;
  return { ...result, notes: [...notes, inEnglish(remark)], remarks: [...remarks, remark] };
}

function tookMs({ startedAt, endedAt }: ActionResult): number {
  return Date.parse(endedAt) - Date.parse(startedAt);
}

/** @throws FirebreakError VERIFY_FAILED for a count that is none */
function told(act: JailAct, jail: string, reply: HostReply): Fact<'jail-told'> {
  const counts = JAIL_COUNTS[act].flatMap((what) => {
    const count = reply.countOrNone(what);
    return count === 0 ? [] : [{ what, count }];
  });
  const why = reply.find('why');
  if (why === undefined) return { fact: 'jail-told', jail, act, counts };
  return { fact: 'jail-told', jail, act, counts, doubt: JAIL_WHY.find((known) => known === why) ?? null };
}
