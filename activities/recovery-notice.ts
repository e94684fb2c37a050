import type { Person } from '../src/domain/notice';
import { NOTICE_RULES } from '../src/domain/notice';
import { FLOOD_LIMITS, RECOVERY_NEWS_MS } from '../src/domain/numbers';
import type { Channel } from '../src/domain/words';
import { activity } from './failure';
import type { GuardedDeps } from './guarded';
import type { RateLimit } from './rate-limit';
import { recoveryTellable } from './tellable';

export interface RecoveryNoticeInput {
  /** Of the order to recover. */
  readonly grantId: string;
  /** People whom an earlier round did not reach; left out: everybody. */
  readonly only?: readonly string[];
  /** From 1; a means is asked whether it has the message from the second one on. */
  readonly round: number;
}

/** Told like what is tried without authority: it is one person's word against a lock. */
const { channels: MEANS, audiences: AUDIENCES } = NOTICE_RULES.unauthorised;

/** Telling the security team that somebody has recovered (H4). It is of no incident, and the grant alone says what is told. */
export function recoveryNotice(deps: GuardedDeps, usable: (person: Person) => readonly Channel[], limit: RateLimit) {
  /**
   * Grants of recoveries stay good for telling, and stand in histories. So those that are no news share a bound of their own, and each
   * recovery that is news has its own: whoever calls with other grants, or again, takes nothing from it (H8).
   */
  function isWithinBounds(grantId: string, issuedAt: string, to: string): boolean {
    const { recoveryMessages, oldRecoveryMessages } = FLOOD_LIMITS;
    const isNews = deps.now().getTime() - Date.parse(issuedAt) < RECOVERY_NEWS_MS;
    return isNews
      ? limit.take(`recovery:${grantId}:${to}`, recoveryMessages)
      : limit.take('old recoveries', oldRecoveryMessages);
  }

  /**
   * Tells everybody of the security team, whatever the hour.
   * @returns ids of the people whom no means has reached
   * @throws FirebreakError NOT_AUTHORISED and as `confirm` for a grant that is no recovery which was found good
   */
  return ({ grantId, only, round }: RecoveryNoticeInput): Promise<readonly string[]> =>
    activity(async ({ signal, attempt }) => {
      const again = Math.max(attempt, Number(round) || 1);
      const { permission, operator, reason, issuedAt } = await recoveryTellable(deps, grantId);
      const { senders, renderer } = deps.telling(permission);
      const people = deps.site.people
        .filter(({ audience }) => AUDIENCES.includes(audience))
        .filter(({ id }) => only?.includes(id) ?? true);
      const tell = async (person: Person, channel: Channel): Promise<boolean> => {
        const sender = senders.find((candidate) => candidate.channel === channel);
        if (sender === undefined || !isWithinBounds(grantId, issuedAt, `${person.id}:${channel}`)) return false;
        const id = `recovery-${grantId}:${person.id}:${channel}`;
        const text = renderer.renderRecovery({ operator, reason }, person, channel);
        return sender.send({ id, person, ...text }, again, signal).then(
          () => true,
          () => false,
        );
      };
      let told = 0;
      const missed: string[] = [];
      for (const person of people) {
        const able = usable(person);
        const side = able.filter((channel) => MEANS.includes(channel));
        const sent = await Promise.all(side.map((channel) => tell(person, channel)));
        let reached = sent.filter(Boolean).length;
        for (const channel of able.filter((one) => !side.includes(one)))
          if (reached === 0 && (await tell(person, channel))) reached = 1;
        told += reached;
        if (reached === 0) missed.push(person.id);
      }
      const event = {
        ...({ level: 'AUDIT', actor: 'firebreak', stage: 'event', action: 'operator.recover.told' } as const),
        ...{ subject: operator, key: `wf:operator.recover.told:${grantId}:${again}`, at: deps.now().toISOString() },
        result: missed.length === 0 ? `${told} messages` : `not reached: ${missed.slice(0, 20).join(' ')}`,
      };
      await deps.ledger.append([event]).catch(() => undefined);
      return missed;
    });
}
