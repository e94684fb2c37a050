import { FirebreakError } from '../../domain/errors';
import { hashOf } from '../../domain/hash';
import type { Host } from '../../domain/host';
import type { ActionResult, DisableAccount, TargetResult } from '../../domain/plan';
import { targetBecause } from '../../domain/plan';
import type { AccountPreview, ActContext, ContainmentDriver } from '../../ports/containment';
import type { HostScript, HostShell } from '../../ports/host-shell';
import { actionResult } from '../host-script/action-result';
import { endRemarks, secondsUntil } from '../host-script/ends';
import { encodeHeader } from '../host-script/header';
import { readReply, type HostReply } from '../host-script/reply';
import { CHECK_ACCOUNT, DISABLE_ACCOUNT, RESTORE_ACCOUNT } from './account-programs';
import { faultsIn, fileLeftIn, outcomeIn, reasonsIn, remarksIn, sameUidIn } from './account-words';

/** Ending processes is waited for up to 5 s twice; the rest is file work. */
const ACT_TIMEOUT_MS = 45_000;
const CHECK_TIMEOUT_MS = 15_000;
const ACCOUNT = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,31}$/;

/**
 * Disables local accounts so that no way in is left (C7): locked and expired, keys and crontab out, root rights gone,
 * processes and sessions ended; checked by PAM's account phase. Undone from the snapshot when the last owner releases it.
 *
 * Another name of the account's uid is the same account to the kernel and still gets in: it is named in the result (`sameUid`), which is
 * then not verified. It is not disabled: nobody has signed for it, and it may be the site's own way in.
 *
 * The target is the account's name. Refused, as a result and not as an error: root, Firebreak's own account, the last
 * administrator. An account the host does not have is `missing`.
 */
export class AccountDisabling implements ContainmentDriver<DisableAccount> {
  readonly kinds = ['disable-account'] as const;
  readonly #shell: HostShell;
  readonly #now: () => Date;

  constructor(shell: HostShell, now: () => Date = () => new Date()) {
    this.#shell = shell;
    this.#now = now;
  }

  perform(host: Host, action: DisableAccount, context: ActContext): Promise<ActionResult> {
    return this.#disable(host, action, context, 'perform');
  }

  reassert(host: Host, action: DisableAccount, context: ActContext): Promise<ActionResult> {
    return this.#disable(host, action, context, 'reassert');
  }

  async verify(host: Host, action: DisableAccount, context: ActContext): Promise<ActionResult> {
    const startedAt = this.#now();
    const { target, sameUid } = await this.#check(host, action, context, false);
    return this.#result(action, startedAt, target, { verified: target.outcome === 'already', sameUid });
  }

  /** Looks at the account without changing anything (C12). */
  async preview(host: Host, action: DisableAccount, context: ActContext): Promise<AccountPreview> {
    const reply = await this.#run(host, CHECK_ACCOUNT, action, { confirm: 0 }, CHECK_TIMEOUT_MS, context);
    if (reply.get('kind') !== 'local') return { there: false, disabled: false, sessions: 0, processes: 0 };
    const sameUid = sameUidIn(reply, host.user);
    return {
      there: true,
      disabled: faultsIn(reply).length === 0,
      sessions: reply.count('sessions'),
      processes: reply.count('processes'),
      ...(sameUid.length === 0 ? {} : { sameUid }),
    };
  }

  async undo(host: Host, action: DisableAccount, context: ActContext): Promise<ActionResult> {
    const startedAt = this.#now();
    const header = { in_force: context.inForce === true ? 1 : 0 };
    const reply = await this.#run(host, RESTORE_ACCOUNT, action, header, ACT_TIMEOUT_MS, context);
    context.onProgress(`${action.account} on ${host.name}: released`);
    const outcome = outcomeIn(reply);
    return this.#result(action, startedAt, this.#target(action, reply), { verified: outcome === 'applied', reply });
  }

  async #disable(host: Host, action: DisableAccount, context: ActContext, mode: string): Promise<ActionResult> {
    const startedAt = this.#now();
    const header = { plan: hashOf(action), mode, ttl: secondsUntil(action.expiresAt, startedAt) };
    const reply = await this.#run(host, DISABLE_ACCOUNT, action, header, ACT_TIMEOUT_MS, context);
    const said = this.#target(action, reply);
    if (said.outcome !== 'applied' && said.outcome !== 'already') {
      const sameUid = sameUidIn(reply, host.user);
      return this.#result(action, startedAt, said, { verified: false, sameUid, reply });
    }
    context.onProgress(`${action.account} on ${host.name}: disabled, looking again`);
    const { target: seen, sameUid } = await this.#check(host, action, context, true);
    const target: TargetResult =
      seen.outcome === 'already' ? said : { ...seen, outcome: seen.outcome === 'missing' ? 'failed' : seen.outcome };
    return this.#result(action, startedAt, target, { verified: seen.outcome === 'already', sameUid, reply });
  }

  async #check(
    host: Host,
    action: DisableAccount,
    context: ActContext,
    confirms: boolean,
  ): Promise<{ readonly target: TargetResult; readonly sameUid: readonly string[] }> {
    const header = { confirm: confirms ? 1 : 0 };
    const reply = await this.#run(host, CHECK_ACCOUNT, action, header, CHECK_TIMEOUT_MS, context);
    const { account } = action;
    if (reply.get('kind') !== 'local') {
      return { target: targetBecause(account, 'missing', ['no-such-account']), sameUid: [] };
    }
    const faults = faultsIn(reply);
    const target: TargetResult =
      faults.length === 0
        ? { target: account, outcome: 'already' }
        : targetBecause(account, 'missing', faults, [...fileLeftIn(reply), ...endRemarks(reply)]);
    return { target, sameUid: sameUidIn(reply, host.user) };
  }

  async #run(
    host: Host,
    script: HostScript,
    action: DisableAccount,
    header: Readonly<Record<string, string | number>>,
    timeoutMs: number,
    context: ActContext,
  ): Promise<HostReply> {
    if (!ACCOUNT.test(action.account)) {
      throw new FirebreakError('BAD_INPUT', { cause: 'unusable', what: 'account', value: action.account.slice(0, 40) });
    }
    const input = encodeHeader({ action: action.id, account: action.account, own: host.user, ...header });
    const order = script === RESTORE_ACCOUNT ? context.order : undefined;
    const { signal, insists } = context;
    return readReply(await this.#shell.run(host, script, { input, timeoutMs, signal, insists, order }));
  }

  #target(action: DisableAccount, reply: HostReply): TargetResult {
    return targetBecause(action.account, outcomeIn(reply), reasonsIn(reply), fileLeftIn(reply));
  }

  #result(
    action: DisableAccount,
    startedAt: Date,
    target: TargetResult,
    seen: { readonly verified: boolean; readonly sameUid?: readonly string[]; readonly reply?: HostReply },
  ): ActionResult {
    const { reply, sameUid = [] } = seen;
    return actionResult({
      action,
      targets: [target],
      verified: seen.verified && sameUid.length === 0,
      sameUid,
      rung: 'account',
      startedAt,
      endedAt: this.#now(),
      preImage: reply?.find('preimage') === undefined ? undefined : reply.file('preimage'),
      replayed: reply?.find('replayed') === '1',
      remarks: reply === undefined ? [] : remarksIn(reply, sameUid),
    });
  }
}
