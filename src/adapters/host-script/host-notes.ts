import { endNotes } from './ends';
import type { HostReply } from './reply';

/** What a host says of its journal (home.sh). */
const JOURNAL: Readonly<Record<string, string>> = {
  memory:
    'the disk of the host takes nothing, so its journal lies in memory (/run) until the disk has room: a reboot before that loses what was done meanwhile',
  stale:
    'the disk of the host could not be told what is over: a reboot may bring it back, so give the order again after one',
};

/** What a host needs and could not be read there, by kind (needs.sh). */
const UNREAD: Readonly<Record<string, string>> = {
  routes: 'its addresses and gateways',
  resolvers: 'its name servers',
  time: 'its time servers',
  proxies: 'its proxies',
  logs: 'its log servers',
};

/** @param kinds as the host says them; others are dropped. @returns a note when something of the protected set is not known */
export function unreadNotes(kinds: readonly string[]): readonly string[] {
  const named = Object.keys(UNREAD).filter((kind) => kinds.includes(kind));
  if (named.length === 0) return [];
  const words = named.map((kind) => UNREAD[kind] ?? kind).join(', ');
  return [
    `the host could not read all of what it needs (${words}): name these addresses in the protected set or in /etc/firebreak/protect there`,
  ];
}

/** Notes for every result: who ended the control, and where the host keeps the journal of it when that is not its disk. */
export function hostNotes(reply: HostReply): readonly string[] {
  const journal = reply.all('journal');
  return [
    ...endNotes(reply),
    ...Object.keys(JOURNAL).flatMap((word) => (journal.includes(word) ? (JOURNAL[word] ?? []) : [])),
  ];
}
