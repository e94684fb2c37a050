import type { Fact } from '../../domain/fact';
import { HOST_NEEDS } from '../../domain/remark';
import { endRemarks } from './ends';
import { ACTION_WORD, type HostReply } from './reply';

/** What a host says of its journal (home.sh). */
const JOURNAL: Readonly<Record<string, Fact>> = {
  memory: { fact: 'journal-in-memory' },
  stale: { fact: 'journal-stale' },
};

/** @param kinds as the host says them (needs.sh); others are dropped. @returns a remark when something of the protected set is not known */
export function unreadRemarks(kinds: readonly string[]): readonly Fact[] {
  const needs = HOST_NEEDS.filter((need) => kinds.includes(need));
  return needs.length === 0 ? [] : [{ fact: 'needs-unread', needs }];
}

/** Remarks for every result: who ended the control, and where the host keeps the journal of it when that is not its disk. */
export function hostRemarks(reply: HostReply): readonly Fact[] {
  const journal = reply.all('journal');
  return [
    ...endRemarks(reply),
    ...Object.entries(JOURNAL).flatMap(([word, fact]) => (journal.includes(word) ? [fact] : [])),
  ];
}

/** Acts that hold the same thing as well. */
export function heldAlsoIn(reply: HostReply): readonly Fact[] {
  return reply.names('other', ACTION_WORD).map((by) => ({ fact: 'held-also-by', by }));
}
