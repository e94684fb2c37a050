import { FirebreakError } from '../../domain/errors';
import { TARGET_OUTCOMES, type TargetOutcome } from '../../domain/words';
import { endNotes } from '../host-script/ends';
import { hostNotes } from '../host-script/host-notes';
import { ACTION_WORD, CARD_WORDS, INTERFACE_WORD, type HostReply } from '../host-script/reply';

/** What the isolation scripts answer with, in an operator's words. */
const WORDS: Readonly<Record<string, string>> = {
  table: 'the isolation table is not in the kernel',
  rules: 'the isolation rules are not the ones Firebreak made',
  disarmed: 'the isolation is disarmed: its time is over, or nobody confirmed it',
  offload: 'a flow table (nft) carries flows past the isolation, and they cannot be ended: is conntrack installed?',
  hold: 'the action does not hold an isolation here',
  released: 'the act was undone before; a released action is not applied again',
  'never-applied': 'the action was never applied here',
  'still-held': 'another incident still holds the isolation',
  drift: 'somebody changed the rules since; they were left as they are',
  'only-management': 'every interface that is up and leads out of the host carries management',
  'way-out': 'an interface that carries management also leads to everywhere, so the host would not be cut off',
  'still-up': 'an interface is up again',
  restore: 'addresses or routes of an interface did not come back as they were',
};

const words = (keys: readonly string[]): string[] => [
  ...new Set(keys.map((key) => (Object.hasOwn(WORDS, key) && WORDS[key]) || UNKNOWN_WORD)),
];

const UNKNOWN_WORD = 'the host gave a word Firebreak does not know';

/** What an isolation does not do. */
const LIMITS: Readonly<Record<string, string>> = {
  'same-link': 'a gateway cuts off what it routes: hosts on the same link are still in reach',
  'not-listed':
    'management prefixes that the host’s own list does not have stay out: run firebreak host setup again for this host',
  'no-card': 'cut by address only: its hardware address is not known, or is that of a router',
};

/** @throws FirebreakError VERIFY_FAILED for a word outside the closed set */
export function isolationOutcome(reply: HostReply): TargetOutcome {
  const given = reply.get('outcome');
  const outcome = TARGET_OUTCOMES.find((known) => known === given);
  if (outcome === undefined) throw new FirebreakError('VERIFY_FAILED', 'The host’s reply has no outcome.');
  return outcome;
}

/** Reasons and faults; undefined when there is nothing to say. */
export function describeIsolation(reply: HostReply): string | undefined {
  const faults = reply.all('fault');
  const said = [...(faults.length > 0 ? endNotes(reply) : []), ...words([...reply.all('reason'), ...faults])];
  return said.length === 0 ? undefined : said.join('; ');
}

export function isolationNotes(reply: HostReply): string[] {
  return [
    ...hostNotes(reply),
    ...reply.names('other', ACTION_WORD).map((action) => `also held by ${action}`),
    ...reply.names('card', CARD_WORDS).map((card) => `hardware address cut off: ${card}`),
    ...Object.keys(LIMITS).flatMap((limit) => (reply.all('limit').includes(limit) ? (LIMITS[limit] ?? []) : [])),
    ...reply.names('interface', INTERFACE_WORD).map((name) => `interface ${name}`),
    ...(reply.all('drift').length > 0 ? [`drift: ${words(['drift']).join('')}`] : []),
  ];
}
