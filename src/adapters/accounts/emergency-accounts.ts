import { parseRange } from '../../domain/addresses';
import { FirebreakError } from '../../domain/errors';
import { hashOf } from '../../domain/hash';
import type { Host } from '../../domain/host';
import type { ActionResult, EmergencyAccess, TargetResult } from '../../domain/plan';
import { targetBecause } from '../../domain/plan';
import type { ActContext, ContainmentDriver } from '../../ports/containment';
import type { HostScript, HostShell } from '../../ports/host-shell';
import { actionResult } from '../host-script/action-result';
import { endRemarks, secondsUntil } from '../host-script/ends';
import { encodeHeader } from '../host-script/header';
import { readReply, type HostReply } from '../host-script/reply';
import { CHECK_EMERGENCY_ACCESS, GRANT_EMERGENCY_ACCESS, REMOVE_EMERGENCY_ACCESS } from './account-programs';
import { faultsIn, outcomeIn, reasonsIn, remarksIn } from './account-words';

const TIMEOUT_MS = 30_000;
const ACCOUNT = /^[a-z_][a-z0-9_-]{0,30}$/;
/** Type and base64 of an OpenSSH public key line; options in front are not accepted, the comment is dropped. */
const PUBLIC_KEY =
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-[a-z0-9-]+@openssh\.com) ([A-Za-z0-9+/]+={0,2})(?: .*)?$/;

/**
 * An account of its own for people, made before isolation and removed by the same release (C8): keys only, good from the
 * given prefixes only, expired by the host itself at the action's end, root through sudo.
 *
 * The target is the account's name. An account of that name that Firebreak did not make is `refused`.
 */
export class EmergencyAccounts implements ContainmentDriver<EmergencyAccess> {
  readonly kinds = ['emergency-access'] as const;
  readonly #shell: HostShell;
  readonly #now: () => Date;

  constructor(shell: HostShell, now: () => Date = () => new Date()) {
    this.#shell = shell;
    this.#now = now;
  }

  perform(host: Host, action: EmergencyAccess, context: ActContext): Promise<ActionResult> {
    return this.#grant(host, action, context, 'perform');
  }

  reassert(host: Host, action: EmergencyAccess, context: ActContext): Promise<ActionResult> {
    return this.#grant(host, action, context, 'reassert');
  }

  async verify(host: Host, action: EmergencyAccess, context: ActContext): Promise<ActionResult> {
    const startedAt = this.#now();
    const target = await this.#check(host, action, context, false);
    return this.#result(action, startedAt, target, target.outcome === 'already');
  }

  async undo(host: Host, action: EmergencyAccess, context: ActContext): Promise<ActionResult> {
    const startedAt = this.#now();
    const header = { ...this.#header(host, action), in_force: context.inForce === true ? 1 : 0 };
    const reply = await this.#run(host, REMOVE_EMERGENCY_ACCESS, encodeHeader(header), context);
    context.onProgress(`${action.account} on ${host.name}: removed`);
    const target = this.#target(action, reply);
    return this.#result(action, startedAt, target, target.outcome === 'applied', reply);
  }

  async #grant(host: Host, action: EmergencyAccess, context: ActContext, mode: string): Promise<ActionResult> {
    const startedAt = this.#now();
    const header = encodeHeader({
      ...this.#header(host, action),
      plan: hashOf(action),
      mode,
      from: prefixes(action.from).join(','),
      until: Math.floor(Date.parse(action.expiresAt) / 1000),
      ttl: secondsUntil(action.expiresAt, startedAt),
    });
    const keys = action.publicKeys.map(publicKey).join('\n');
    const reply = await this.#run(host, GRANT_EMERGENCY_ACCESS, `${header}${keys}\n`, context);
    const said = this.#target(action, reply);
    if (said.outcome !== 'applied' && said.outcome !== 'already') {
      return this.#result(action, startedAt, said, false, reply);
    }
    context.onProgress(`${action.account} on ${host.name}: made, looking again`);
    const seen = await this.#check(host, action, context, true);
    const holds = seen.outcome === 'already';
    return this.#result(action, startedAt, holds ? said : { ...seen, outcome: 'failed' }, holds, reply);
  }

  async #check(host: Host, action: EmergencyAccess, context: ActContext, confirms: boolean): Promise<TargetResult> {
    const input = encodeHeader({ ...this.#header(host, action), confirm: confirms ? 1 : 0 });
    const reply = await this.#run(host, CHECK_EMERGENCY_ACCESS, input, context);
    if (reply.get('kind') !== 'local') {
      const ended = endRemarks(reply);
      return targetBecause(action.account, 'missing', ended.length === 0 ? ['account-absent'] : [], ended);
    }
    const faults = faultsIn(reply);
    return targetBecause(action.account, faults.length === 0 ? 'already' : 'missing', faults);
  }

  #header(host: Host, action: EmergencyAccess): Record<string, string | number> {
    if (!ACCOUNT.test(action.account) || action.account === 'root' || action.account === host.user) {
      throw new FirebreakError('BAD_INPUT', {
        cause: 'unusable',
        what: 'emergency-account',
        value: action.account.slice(0, 40),
      });
    }
    return { action: action.id, account: action.account, own: host.user };
  }

  async #run(host: Host, script: HostScript, input: string, context: ActContext): Promise<HostReply> {
    return readReply(
      await this.#shell.run(host, script, {
        input,
        timeoutMs: TIMEOUT_MS,
        signal: context.signal,
        insists: context.insists,
        order: script === GRANT_EMERGENCY_ACCESS ? context.order : undefined,
      }),
    );
  }

  #target(action: EmergencyAccess, reply: HostReply): TargetResult {
    return targetBecause(action.account, outcomeIn(reply), reasonsIn(reply));
  }

  #result(
    action: EmergencyAccess,
    startedAt: Date,
    target: TargetResult,
    verified: boolean,
    reply?: HostReply,
  ): ActionResult {
    return actionResult({
      action,
      targets: [target],
      verified,
      rung: 'account',
      startedAt,
      endedAt: this.#now(),
      preImage: reply?.find('preimage') === undefined ? undefined : reply.file('preimage'),
      replayed: reply?.find('replayed') === '1',
      remarks: reply === undefined ? [] : remarksIn(reply),
    });
  }
}

function publicKey(line: string): string {
  const match = PUBLIC_KEY.exec(line.trim());
  if (match === null) throw new FirebreakError('BAD_INPUT', { cause: 'unusable', what: 'public-key' });
  return `${match[1]} ${match[2]}`;
}

/** At least one: an account that is open to the whole world is not made. */
function prefixes(from: readonly string[]): string[] {
  if (from.length === 0) throw new FirebreakError('BAD_INPUT', { cause: 'unusable', what: 'prefixes' });
  return from.map((text) => {
    const range = parseRange(text);
    if (range === undefined) throw new FirebreakError('BAD_INPUT', { cause: 'unusable', what: 'address', value: text });
    return range.text;
  });
}
