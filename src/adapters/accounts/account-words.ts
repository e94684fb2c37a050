import type { TargetOutcome } from '../../domain/words';
import { TARGET_OUTCOMES } from '../../domain/words';
import { FirebreakError } from '../../domain/errors';
import type { Fact } from '../../domain/fact';
import { FOUND_SO } from '../../domain/remark';
import type { TargetReason } from '../../domain/target-reason';
import { isTargetReason } from '../../domain/target-reason';
import { heldAlsoIn, hostRemarks } from '../host-script/host-remarks';
import type { HostReply } from '../host-script/reply';

const MOST_NAMES = 20;
const ACCOUNT_NAME = /^[A-Za-z0-9._$?-]{1,64}$/;

/** Words of the account scripts that are reasons by the same name. */
const REASONS: ReadonlySet<string> = new Set<TargetReason>([
  'root-account',
  'own-account',
  'last-administrator',
  'no-such-account',
  'directory-account',
  'not-ours',
  'no-emergency-list',
  'not-listed',
  'bad-key',
  'released',
  'never-applied',
  'account-journal-lost',
  'emergency-journal-lost',
  'still-held',
  'drift',
]);

const FAULTS: ReadonlyMap<string, TargetReason> = new Map([
  ['shadow', 'not-locked'],
  ['passwd', 'not-locked'],
  ['etc', 'etc-unwritable'],
  ['pam', 'pam-lets-in'],
  ['processes', 'processes-alive'],
  ['processes-unseen', 'processes-unseen'],
  ['sessions', 'sessions-listed'],
  ['sessions-unseen', 'sessions-unseen'],
  ['keys', 'keys-in-place'],
  ['shared-keys', 'shared-keys'],
  ['shared-keys-unseen', 'shared-keys-unseen'],
  ['groups', 'root-group'],
  ['sudoers', 'sudoers-rule'],
  ['linger', 'lingers'],
  ['account', 'account-absent'],
  ['expiry', 'expiry-wrong'],
  ['access', 'key-file-wrong'],
  ['no-key-file', 'no-key-file'],
  ['rule', 'rule-wrong'],
  ['allowed', 'sshd-refuses'],
  ['login', 'pam-refuses'],
  ['unwritten', 'lines-unwritten'],
  ['groups-unwritten', 'groups-unwritten'],
  ['sudoers-unwritten', 'sudoers-unwritten'],
  ['attributes', 'held-by-attribute'],
  ['attributes-unseen', 'attribute-unseen'],
]);

const DRIFTS: ReadonlyMap<string, TargetReason> = new Map([
  ['shadow', 'password-changed'],
  ['files', 'files-changed'],
  ['files-lost', 'files-lost'],
  ['groups', 'groups-changed'],
  ['sudoers', 'sudoers-changed'],
  ['linger', 'linger-lost'],
  ['account', 'account-changed'],
  ['rule', 'rule-changed'],
]);

const each = (words: ReadonlyMap<string, TargetReason>, keys: readonly string[]): TargetReason[] => [
  ...new Set(keys.map((key) => words.get(key) ?? 'unknown-word')),
];

/** What still works of the account. */
export function faultsIn(reply: HostReply): TargetReason[] {
  return each(FAULTS, reply.all('fault'));
}

/** The first of the account's files that is in place still, for people. */
export function fileLeftIn(reply: HostReply): readonly Fact[] {
  const path = reply.find('file_left') === undefined ? '' : reply.text('file_left');
  return path === '' ? [] : [{ fact: 'first-file', path }];
}

/** Other names of the account's uid that still get in. People are told to disable them, so a host cannot name root or Firebreak here. */
export function sameUidIn(reply: HostReply, own: string): readonly string[] {
  const names = reply.all('same_uid').filter((name) => ACCOUNT_NAME.test(name) && name !== 'root' && name !== own);
  return [...new Set(names)].slice(0, MOST_NAMES);
}

/** @throws FirebreakError VERIFY_FAILED for a word outside the closed set */
export function outcomeIn(reply: HostReply): TargetOutcome {
  const given = reply.get('outcome');
  const outcome = TARGET_OUTCOMES.find((known) => known === given);
  if (outcome === undefined) throw new FirebreakError('VERIFY_FAILED', { cause: 'reply-faulty', why: 'outcome' });
  return outcome;
}

/** Why it came to what it came to; what the script did not say is empty. */
export function reasonsIn(reply: HostReply): TargetReason[] {
  const reason = reply.find('reason');
  return [
    ...(reason === undefined
      ? []
      : [REASONS.has(reason) && isTargetReason(reason) ? reason : ('unknown-word' as const)]),
    ...faultsIn(reply),
    ...each(DRIFTS, reply.all('drift')),
  ];
}

export function remarksIn(reply: HostReply, sameUid: readonly string[] = []): readonly Fact[] {
  const counted = (key: string, fact: 'processes-ended' | 'planted-files' | 'files-stuck'): readonly Fact[] => {
    const count = reply.countOrNone(key);
    return count > 0 ? [{ fact, count }] : [];
  };
  const noted = new Set(reply.all('noted').map((word) => FOUND_SO.find((known) => known === word)));
  return [
    ...hostRemarks(reply),
    ...(sameUid.length > 0 ? [{ fact: 'same-uid', others: sameUid, drill: false } as const] : []),
    ...counted('ended', 'processes-ended'),
    ...counted('found', 'planted-files'),
    ...counted('stuck', 'files-stuck'),
    ...heldAlsoIn(reply),
    ...each(DRIFTS, reply.all('drift')).map((why): Fact => ({ fact: 'left-as-changed', why })),
    ...[...noted].map((what): Fact =>
      what === undefined ? { fact: 'because', why: 'unknown-word' } : { fact: 'found-so', what },
    ),
  ];
}
