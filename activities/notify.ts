import { Context } from '@temporalio/activity';
import { ensureFirebreakError, FirebreakError } from '../src/domain/errors';
import type { FactKind } from '../src/domain/fact';
import { within } from '../src/domain/hours';
import type { Delivery, Notice, Person } from '../src/domain/notice';
import { MEANS_ORDER, NOTICE_RULES, reasonToldByCall } from '../src/domain/notice';
import { FLOOD_LIMITS, FLOOD_WINDOW_MS, RETRIES } from '../src/domain/numbers';
import type { Channel, NoticeKind } from '../src/domain/words';
import { SEVERITIES } from '../src/domain/words';
import type { Authority } from './caller';
import { activity } from './failure';
import type { GuardedDeps } from './guarded';
import { calledOnce } from './one-call';
import { RateLimit } from './rate-limit';
import { recoveryNotice } from './recovery-notice';
import { tellables } from './tellable';

/** One person of a notice's audience, with the means to use at once and those to fall back on, in order (N1, N3). */
export interface Recipient {
  readonly person: string;
  readonly name: string;
  readonly channels: readonly Channel[];
  readonly fallback: readonly Channel[];
}

export interface DeliverInput {
  readonly notice: Notice;
  /** The order that the incident was started with. */
  readonly authority: Authority;
  /** The order whose words the notice carries, where a person says something. */
  readonly spoken?: Authority;
  readonly person: string;
  readonly channel: Channel;
}

/** Name of the signal that tells the notice workflow of a failed attempt, so that the next means starts at once (N3). */
export const ATTEMPT_FAILED_SIGNAL = 'attempt-failed';

/** Kinds that call people to act. */
const URGENT: ReadonlySet<NoticeKind> = new Set<NoticeKind>(['start', 'emergency', 'escalation', 'manual-response']);

export function deliveryId(notice: Notice, person: string, channel: Channel): string {
  return `${notice.incident}:${notice.key}:${person}:${channel}`;
}

function concerns(person: Person, notice: Notice, tier: number): boolean {
  const rule = NOTICE_RULES[notice.kind];
  if (!rule.audiences.includes(person.audience)) return false;
  if (person.tier > tier) return false;
  const { audience, hosts } = person;
  if (audience === 'department' && hosts?.some((host) => notice.hosts.includes(host)) === false) return false;
  return (
    person.audience !== 'management' || SEVERITIES.indexOf(notice.severity) <= SEVERITIES.indexOf(rule.managementFrom)
  );
}

/**
 * The tiers that a notice is about: who escalates asks for somebody new. Where nobody of the tier is on duty, the next one is asked; at
 * the last resort the tier itself is woken (N4).
 */
function tiersFor(people: readonly Person[], tier: number, isOnDuty: (person: Person) => boolean): Tiers {
  const further = people.filter((person) => person.audience === 'security' && person.tier >= tier);
  const awake = further.filter(isOnDuty);
  const nearest = (awake.length > 0 ? awake : further).map((person) => person.tier);
  // Nobody comes after those who know already: they are told again.
  return nearest.length === 0 ? { from: 1, to: tier } : { from: tier, to: Math.max(tier, Math.min(...nearest)) };
}

interface Tiers {
  /** Somebody of these must hear of it. */
  readonly from: number;
  /** The last one that is told. */
  readonly to: number;
}

/**
 * Outside their hours people are left out unless the incident is critical (N4). What is worth a phone call is told to the security
 * team all the same when otherwise nobody of it would hear of it (N1).
 */
function audienceOf(people: readonly Person[], notice: Notice, tier: number, now: Date): readonly Person[] {
  const isOnDuty = (person: Person): boolean => notice.severity === 'critical' || within(person, now);
  const { from, to } = tiersFor(people, tier, isOnDuty);
  const concerned = people.filter((person) => concerns(person, notice, to));
  const onDuty = concerned.filter(isOnDuty);
  const isAsked = (person: Person): boolean => person.audience === 'security' && person.tier >= from;
  const worthACall = NOTICE_RULES[notice.kind].channels.includes('voice');
  if (!worthACall || onDuty.some(isAsked)) return onDuty;
  return concerned.filter((person) => isAsked(person) || onDuty.includes(person));
}

/** No person is missing where a machine is loaded. */
const OF_LOAD: ReadonlySet<FactKind> = new Set<FactKind>(['host-loaded', 'host-still-loaded', 'worker-loaded']);

/** A late step names who can be called in next: the security team's next tier (B13). */
function withNextPeople(notice: Notice, people: readonly Person[]): Notice {
  if (notice.kind !== 'delay' || notice.facts.some(({ fact }) => OF_LOAD.has(fact))) return notice;
  const further = people.filter((person) => person.audience === 'security' && person.tier > 1);
  const tier = Math.min(...further.map((person) => person.tier));
  const next = further.filter((person) => person.tier === tier).map((person) => person.name);
  return next.length === 0 ? notice : { ...notice, facts: [...notice.facts, { fact: 'next-people', people: next }] };
}

/** Telling people; the queue `notify`. */
export function notifyActivities(deps: GuardedDeps) {
  const tellable = tellables(deps);
  const limit = new RateLimit(FLOOD_WINDOW_MS, deps.now);

  /** Nobody's phone and mailbox can be flooded through us (H8). @throws FirebreakError CHANNEL_RATE_LIMITED */
  function demandRate(notice: Notice, person: string, channel: Channel): void {
    const { unauthorisedMessages, calls, messages } = FLOOD_LIMITS;
    const most = channel === 'voice' ? calls : messages;
    const allowed =
      (notice.kind !== 'unauthorised' || limit.take('unauthorised', unauthorisedMessages)) &&
      // A flood of the one kind does not keep the other from being told.
      limit.take(`${person}:${channel}:${URGENT.has(notice.kind) ? 'urgent' : 'other'}`, most);
    if (allowed) return;
    const retryAfterMs = FLOOD_WINDOW_MS / 10;
    throw new FirebreakError(
      'CHANNEL_RATE_LIMITED',
      { cause: 'channel-limit', most, person, channel },
      { retryAfterMs },
    );
  }

  function usable(person: Person): Channel[] {
    const means = deps.meansOf(person);
    return MEANS_ORDER.filter((channel) => means.includes(channel));
  }

  return {
    /** Tells the security team that an operator has recovered. */
    tellOfRecovery: recoveryNotice(deps, usable, limit),

    /** Who is told, and by which means. */
    resolveRecipients: (input: { readonly notice: Notice; readonly tier: number }): Promise<readonly Recipient[]> =>
      activity(async () => {
        const rule = NOTICE_RULES[input.notice.kind];
        const now = deps.now();
        return Promise.resolve(
          audienceOf(deps.site.people, input.notice, input.tier, now).map((person) => {
            const able = usable(person);
            const channels = able.filter(
              (channel) => rule.channels.includes(channel) && !(input.notice.avoid ?? []).includes(channel),
            );
            return {
              person: person.id,
              name: person.name,
              channels: channels.length > 0 ? channels : able.slice(0, 1),
              fallback: able.filter((channel) => !channels.includes(channel)),
            };
          }),
        );
      }),

    /**
     * One attempt at one message; Temporal repeats it (5 × 30 s). The first failure is signalled back at once (N3). What is told is made
     * from what was signed and from coded facts, never from a caller's text (H1).
     */
    deliver: (input: DeliverInput): Promise<Delivery> =>
      activity(async ({ signal, attempt }) => {
        const { channel } = input;
        const allowed = await tellable(input);
        demandRate(allowed.notice, input.person, channel);
        const { senders, renderer, responses } = deps.telling(allowed.permission);
        const notice = withNextPeople(allowed.notice, deps.site.people);
        const person = deps.site.people.find((candidate) => candidate.id === input.person);
        const means = senders.find((candidate) => candidate.channel === channel);
        if (person === undefined || means === undefined)
          throw new FirebreakError('CHANNEL_NOT_CONFIGURED', { cause: 'channel-unset', person: input.person, channel });
        const base = {
          id: deliveryId(notice, person.id, channel),
          incident: notice.incident,
          kind: notice.kind,
          person: person.id,
          channel,
          attempts: attempt,
        };
        const record = (delivery: Delivery): Promise<void> => responses.recordDelivery(delivery).catch(() => undefined);
        try {
          if (channel === 'voice' && attempt === 1) {
            const own: Delivery = { ...base, state: 'pending', possibleDouble: false, at: deps.now().toISOString() };
            await record(own);
            const call = await calledOnce(deps, own, signal);
            if (call !== undefined) {
              const reason = reasonToldByCall(call.kind);
              const told: Delivery = { ...own, state: 'skipped', reason, at: deps.now().toISOString() };
              await record(told);
              return told;
            }
          }
          const receipt = await means.send(
            { id: base.id, person, ...renderer.render(notice, person, channel) },
            attempt,
            signal,
          );
          const delivery: Delivery = { ...base, state: 'delivered', ...receipt, at: deps.now().toISOString() };
          await record(delivery);
          return delivery;
        } catch (thrown) {
          if (signal.aborted) throw thrown;
          const error = ensureFirebreakError(thrown, 'CHANNEL_REFUSED');
          const last = attempt > RETRIES.notification.retries;
          await record({
            ...base,
            state: last ? 'failed' : 'pending',
            possibleDouble: false,
            reason: error.code,
            at: deps.now().toISOString(),
          });
          if (attempt === 1) await tellWorkflow({ person: person.id, channel, code: error.code });
          throw error;
        }
      }),
  };
}

/** The signal is a hint that speeds up the fallback; without it the fallback starts after the last attempt. */
async function tellWorkflow(failed: {
  readonly person: string;
  readonly channel: Channel;
  readonly code: string;
}): Promise<void> {
  const context = Context.current();
  const { workflowExecution } = context.info;
  if (workflowExecution === undefined) return;
  try {
    await context.client.workflow
      .getHandle(workflowExecution.workflowId, workflowExecution.runId)
      .signal(ATTEMPT_FAILED_SIGNAL, failed);
  } catch {
    return;
  }
}
