import { ensureFirebreakError, FirebreakError } from '../../domain/errors';
import type { Host } from '../../domain/host';
import type { ActionId } from '../../domain/ids';
import type { ActionResult, BlockSources } from '../../domain/plan';
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

type JailAct = 'feed' | 'let_go' | 'withdraw';

/** The header of the host's program. */
interface JailOrder {
  readonly op: JailAct;
  readonly action: ActionId;
  readonly jail: string;
}

/** The word after `why` in a reply. */
const WHY: ReadonlyMap<string, string> = new Map([
  ['absent', 'the host has no fail2ban'],
  ['silent', 'fail2ban does not run, or does not answer in time'],
  ['unknown', 'fail2ban has no such jail'],
  ['odd', 'its answer is not that of a fail2ban known here'],
]);

/** Words after which nothing is banned there. */
const NOTHING_BANNED: ReadonlySet<string> = new Set(['absent', 'unknown']);

/** What is said where the host does not tell the end of it. */
const IN_DOUBT: Readonly<Record<JailAct, string>> = {
  feed: 'not fed, or not read back',
  let_go: 'may still ban them',
  withdraw: 'not cleared of this block, or not read back; its own time ends the bans',
};

const TAKEN_OUT = {
  taken: 'addresses taken out',
  kept: 'kept for another incident',
  own: 'banned by fail2ban since and left',
  left: 'not taken out, they end with the jail’s own time',
};

/** Counts of a reply in words, in the order in which they are said. */
const COUNTS: Readonly<Record<JailAct, Readonly<Record<string, string>>>> = {
  feed: {
    fed: 'addresses fed',
    already: 'banned there before',
    shared: 'fed by another incident',
    left: 'not fed (at most 300, in 4 s)',
    prefixes: 'prefixes left out, a jail bans addresses',
    sent: 'addresses sent',
  },
  let_go: TAKEN_OUT,
  withdraw: TAKEN_OUT,
};

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
    const { note } = await tellJail(this.#shell, act, host, action, context, result);
    return note === undefined ? result : { ...result, notes: [...result.notes, note] };
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
    const { note, sure } = await tellJail(this.#shell, 'let_go', host, action, context, result);
    if (!sure) throw new FirebreakError('VERIFY_FAILED', note);
    return note === undefined ? lifted : { ...lifted, result: { ...result, notes: [...result.notes, note] } };
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
): Promise<{ readonly note?: string; readonly sure: boolean }> {
  if (jail === undefined) return { sure: true };
  context.onProgress(`${host.name}: ${op} fail2ban jail ${jail}`);
  const hurried = context.attempt > 1 || tookMs(block) > SLOW_BLOCK_MS;
  const order: JailOrder = { op, action: id, jail };
  const run = { timeoutMs: hurried ? SHORT_WAIT_MS : WAIT_MS, signal: context.signal, insists: context.insists };
  try {
    const reply = readReply(await shell.run(host, FEED_JAIL, { ...run, input: encodeHeader({ ...order }) }));
    const said = words(op, reply);
    const why = reply.find('why');
    const sure = (why === undefined || NOTHING_BANNED.has(why)) && reply.countOrNone('left') === 0;
    return said.length === 0 ? { sure } : { note: `fail2ban jail ${jail}: ${said.join(', ')}`, sure };
  } catch (thrown) {
    return { note: `fail2ban jail ${jail}: ${IN_DOUBT[op]} (${ensureFirebreakError(thrown).code})`, sure: false };
  }
}

function tookMs({ startedAt, endedAt }: ActionResult): number {
  return Date.parse(endedAt) - Date.parse(startedAt);
}

/** @throws FirebreakError VERIFY_FAILED for a count that is none */
function words(act: JailAct, reply: HostReply): string[] {
  const counts = Object.entries(COUNTS[act]).flatMap(([key, what]) => {
    const count = reply.countOrNone(key);
    return count === 0 ? [] : [`${count} ${what}`];
  });
  const why = reply.find('why');
  const doubt = why === undefined ? [] : [`${IN_DOUBT[act]}: ${WHY.get(why) ?? 'the host does not say why'}`];
  return [...counts, ...doubt];
}
