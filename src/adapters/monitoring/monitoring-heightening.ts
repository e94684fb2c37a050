import { FirebreakError } from '../../domain/errors';
import type { Fact } from '../../domain/fact';
import { hashOf } from '../../domain/hash';
import type { Host } from '../../domain/host';
import type { ActionResult, HeightenMonitoring, TargetResult } from '../../domain/plan';
import { targetBecause } from '../../domain/plan';
import { MONITORING_PARTS, type MonitoringPart } from '../../domain/remark';
import type { TargetReason } from '../../domain/target-reason';
import { TARGET_OUTCOMES, type TargetOutcome } from '../../domain/words';
import type { ActContext, ContainmentDriver } from '../../ports/containment';
import type { HostScript, HostShell } from '../../ports/host-shell';
import { actionResult } from '../host-script/action-result';
import { secondsUntil } from '../host-script/ends';
import { heldAlsoIn, hostRemarks } from '../host-script/host-remarks';
import { encodeHeader } from '../host-script/header';
import { readReply, type HostReply } from '../host-script/reply';
import { CHECK_MONITORING, HEIGHTEN_MONITORING, RESTORE_MONITORING } from './monitoring-programs';

/** Reloading fail2ban and restarting journald take their time on a loaded host. */
const ACT_TIMEOUT_MS = 60_000;
const CHECK_TIMEOUT_MS = 30_000;

/**
 * Closer watching of a host (B14): sshd names the keys it lets in, journald keeps every line, dropped packets are logged at a
 * bounded rate, fail2ban bans after half the failures in twice the time. Each is read back and undone exactly.
 *
 * Targets are the parts (MONITORING_PARTS); one that the host does not have is `missing` with the reason, and does not make
 * the others less verified. Drop logging follows the blocks that are in force at the act: new ones are `missing` in `verify`
 * until `reassert`.
 */
export class MonitoringHeightening implements ContainmentDriver<HeightenMonitoring> {
  readonly kinds = ['heighten-monitoring'] as const;
  readonly #shell: HostShell;
  readonly #now: () => Date;

  constructor(shell: HostShell, now: () => Date = () => new Date()) {
    this.#shell = shell;
    this.#now = now;
  }

  perform(host: Host, action: HeightenMonitoring, context: ActContext): Promise<ActionResult> {
    return this.#heighten(host, action, 'perform', context);
  }

  reassert(host: Host, action: HeightenMonitoring, context: ActContext): Promise<ActionResult> {
    return this.#heighten(host, action, 'reassert', context);
  }

  async verify(host: Host, action: HeightenMonitoring, context: ActContext): Promise<ActionResult> {
    const startedAt = this.#now();
    const reply = await this.#check(host, action, context, false);
    const parts = partsOf(reply);
    return this.#result(action, startedAt, reply, targetsOf(parts, reply), stands(parts));
  }

  async undo(host: Host, action: HeightenMonitoring, context: ActContext): Promise<ActionResult> {
    const startedAt = this.#now();
    const header = { action: action.id, in_force: context.inForce === true ? 1 : 0 };
    const reply = await this.#run(host, RESTORE_MONITORING, header, ACT_TIMEOUT_MS, context);
    const targets = MONITORING_PARTS.map((part): TargetResult => {
      const outcome = outcomeOf(partsOf(reply).get(part));
      if (outcome === 'refused') return targetBecause(part, outcome, ['part-drift']);
      if (outcome === 'failed') return targetBecause(part, outcome, notUndoneBecause(reply, part));
      return targetBecause(part, outcome, [], outcome === 'missing' ? [{ fact: 'nothing-to-undo' }] : []);
    });
    const drifted = targets.filter(({ outcome }) => outcome === 'refused');
    const remarks = drifted.map(({ target: part }): Fact => ({ fact: 'part-changed', part }));
    const whole = targets.every(({ outcome }) => outcome !== 'refused' && outcome !== 'failed');
    return this.#result(action, startedAt, reply, targets, whole, remarks);
  }

  async #heighten(host: Host, action: HeightenMonitoring, mode: string, context: ActContext): Promise<ActionResult> {
    const startedAt = this.#now();
    const ttl = secondsUntil(action.expiresAt, startedAt);
    const header = { action: action.id, plan: hashOf(action), mode, ttl };
    const reply = await this.#run(host, HEIGHTEN_MONITORING, header, ACT_TIMEOUT_MS, context);
    const done = partsOf(reply);
    if ([...done.values()].includes('refused')) {
      const refused = MONITORING_PARTS.map((target) => targetBecause(target, 'refused', ['released']));
      return this.#result(action, startedAt, reply, refused, false);
    }
    const set = targetsOf(done, reply);
    context.onProgress(`${host.name}: monitoring heightened, looking again`);
    const seen = partsOf(await this.#check(host, action, context, true));
    const targets = set.map((target): TargetResult => {
      const lost = seen.get(target.target) === 'missing' && target.outcome !== 'failed';
      return lost ? targetBecause(target.target, 'failed', ['part-did-not-stay']) : target;
    });
    return this.#result(action, startedAt, reply, targets, stands(seen));
  }

  #check(host: Host, action: HeightenMonitoring, context: ActContext, confirms: boolean): Promise<HostReply> {
    const header = { action: action.id, confirm: confirms ? 1 : 0 };
    return this.#run(host, CHECK_MONITORING, header, CHECK_TIMEOUT_MS, context);
  }

  async #run(
    host: Host,
    script: HostScript,
    header: Readonly<Record<string, string | number>>,
    timeoutMs: number,
    { signal, insists }: ActContext,
  ): Promise<HostReply> {
    const input = encodeHeader(header);
    return readReply(await this.#shell.run(host, script, { input, timeoutMs, signal, insists }));
  }

  #result(
    action: HeightenMonitoring,
    startedAt: Date,
    reply: HostReply,
    targets: readonly TargetResult[],
    verified: boolean,
    remarks: readonly Fact[] = [],
  ): ActionResult {
    return actionResult({
      action,
      targets,
      verified,
      rung: 'services',
      startedAt,
      endedAt: this.#now(),
      preImage: reply.find('preimage') === undefined ? undefined : reply.file('preimage'),
      replayed: reply.find('replayed') === '1',
      remarks: [...hostRemarks(reply), ...remarks, ...heldAlsoIn(reply)],
    });
  }
}

function partsOf(reply: HostReply): ReadonlyMap<string, string> {
  return new Map(
    reply.all('part').map((line) => {
      const [part = '', word = ''] = line.split(' ');
      return [part, word] as const;
    }),
  );
}

/** @throws FirebreakError VERIFY_FAILED for a part the host did not answer for */
function outcomeOf(word: string | undefined): TargetOutcome {
  const outcome = TARGET_OUTCOMES.find((known) => known === word);
  if (outcome === undefined) throw new FirebreakError('VERIFY_FAILED', { cause: 'reply-faulty', why: 'part' });
  return outcome;
}

function targetsOf(parts: ReadonlyMap<string, string>, reply: HostReply): TargetResult[] {
  return MONITORING_PARTS.map((part): TargetResult => {
    const word = parts.get(part);
    if (word === 'absent') return targetBecause(part, 'missing', [], [{ fact: 'part-absent', part }]);
    const outcome = outcomeOf(word);
    if (outcome === 'missing') return targetBecause(part, outcome, ['part-not-in-force']);
    return outcome === 'failed'
      ? targetBecause(part, outcome, ['part-not-set', ...heldBy(reply, part)])
      : { target: part, outcome };
  });
}

/** The word behind a part's outcome; empty when the host gives none. */
function whyOf(reply: HostReply, part: MonitoringPart): string {
  const lines = reply.all('part').map((line) => line.split(' '));
  return lines.find(([name]) => name === part)?.[2] ?? '';
}

function notUndoneBecause(reply: HostReply, part: MonitoringPart): readonly TargetReason[] {
  if (whyOf(reply, part) === 'journal-lost') return ['monitoring-journal-lost'];
  return ['part-not-undone', ...heldBy(reply, part)];
}

/** The attribute that keeps even root from changing the part's file, where the host says so. */
function heldBy(reply: HostReply, part: MonitoringPart): readonly TargetReason[] {
  const why = whyOf(reply, part);
  if (why === 'attributes') return ['held-by-attribute'];
  return why === 'attributes-unseen' ? ['attribute-unseen'] : [];
}

/** Every part that the host has is in force. */
function stands(parts: ReadonlyMap<string, string>): boolean {
  return [...parts.values()].every((word) => word === 'already' || word === 'absent');
}
