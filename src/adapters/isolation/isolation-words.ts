import { FirebreakError } from '../../domain/errors';
import type { Fact } from '../../domain/fact';
import { ISOLATION_LIMITS, ISOLATION_WORDS } from '../../domain/remark';
import { TARGET_OUTCOMES, type TargetOutcome } from '../../domain/words';
import { endRemarks } from '../host-script/ends';
import { heldAlsoIn, hostRemarks } from '../host-script/host-remarks';
import { CARD_WORDS, INTERFACE_WORD, type HostReply } from '../host-script/reply';

/** Words of the isolation programs, each once. */
function because(words: readonly string[]): readonly Fact[] {
  const known = new Set(words.map((word) => ISOLATION_WORDS.find((one) => one === word)));
  return [...known].map((why) =>
    why === undefined ? { fact: 'because', why: 'unknown-word' } : { fact: 'isolation-because', why },
  );
}

/** @throws FirebreakError VERIFY_FAILED for a word outside the closed set */
export function isolationOutcome(reply: HostReply): TargetOutcome {
  const given = reply.get('outcome');
  const outcome = TARGET_OUTCOMES.find((known) => known === given);
  if (outcome === undefined) throw new FirebreakError('VERIFY_FAILED', { cause: 'reply-faulty', why: 'outcome' });
  return outcome;
}

/** Reasons and faults; empty when there is nothing to say. */
export function isolationReasons(reply: HostReply): readonly Fact[] {
  const faults = reply.all('fault');
  return [...(faults.length > 0 ? endRemarks(reply) : []), ...because([...reply.all('reason'), ...faults])];
}

export function isolationRemarks(reply: HostReply): readonly Fact[] {
  const limits = reply.all('limit');
  return [
    ...hostRemarks(reply),
    ...heldAlsoIn(reply),
    ...reply.names('card', CARD_WORDS).map((card): Fact => ({ fact: 'card-cut', card })),
    ...ISOLATION_LIMITS.filter((limit) => limits.includes(limit)).map((limit): Fact => ({
      fact: 'isolation-limit',
      limit,
    })),
    ...reply.names('interface', INTERFACE_WORD).map((name): Fact => ({ fact: 'interface-down', interface: name })),
    ...(reply.all('drift').length > 0 ? because(['drift']) : []),
  ];
}
