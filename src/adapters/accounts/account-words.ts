import type { TargetOutcome } from '../../domain/words';
import { TARGET_OUTCOMES } from '../../domain/words';
import { FirebreakError } from '../../domain/errors';
import { hostNotes } from '../host-script/host-notes';
import { ACTION_WORD, type HostReply } from '../host-script/reply';

/** What the account scripts answer with, in an operator's words. */
const REASONS: Readonly<Record<string, string>> = {
  'root-account': 'root is never disabled',
  'own-account': 'this is Firebreak’s own account, or shares its uid',
  'last-administrator': 'this is the last account that can administer the host',
  'no-such-account': 'the host has no such account',
  'directory-account': 'the account lives in a directory service; disable it there',
  'not-ours': 'an account of this name exists and Firebreak did not make it',
  'no-emergency-list': 'the host has no list of emergency keys, or others than root can write it: run host setup again',
  'not-listed': 'the account, a key or a prefix is not in the host’s list of emergency keys: run host setup again',
  'bad-key': 'ssh-keygen does not accept one of the public keys',
  released: 'the act was undone before; a released action is not applied again',
  'never-applied': 'the action was never applied here',
  'still-held': 'another incident still holds it',
  drift: 'somebody changed it since; it was left as it is',
};

const FAULTS: Readonly<Record<string, string>> = {
  shadow: 'the account is not locked and expired',
  etc: '/etc of the host cannot be written: make room there, or mount it writable, then give the order again',
  pam: 'the PAM account check still lets it in',
  processes: 'processes of the account are alive',
  'processes-unseen': 'the host’s list of processes could not be read',
  'sessions-unseen': 'logind did not say which sessions there are',
  'shared-keys-unseen': 'a key file that sshd reads for other accounts as well could not be looked at',
  sessions: 'a login session is still listed',
  keys: 'key files or a crontab are in place',
  'shared-keys': 'a key file that sshd reads for other accounts as well holds its key: take it out by hand',
  groups: 'it is in a group that makes root',
  sudoers: 'a sudoers rule names it',
  linger: 'its services start without a login',
  account: 'the account is not there',
  expiry: 'the expiry is not as planned',
  access: 'the key file is not as planned',
  'no-key-file': 'sshd looks for its keys only in files that it reads for other accounts as well',
  rule: 'the sudoers rule is not as planned',
  allowed: 'sshd’s AllowUsers, AllowGroups or Deny rules keep it out',
  login: 'the PAM account check refuses it',
};

const DRIFTS: Readonly<Record<string, string>> = {
  shadow: 'password or expiry was changed since',
  files: 'a key file or the crontab was changed since',
  'files-lost': 'a key file was larger than 1 MiB on a file system of its own and was not kept',
  groups: 'a group is gone or was changed since',
  sudoers: 'a sudoers file was changed since',
  linger: 'lingering could not be restored',
  account: 'the account was changed since',
  rule: 'the sudoers rule was changed since',
};

const word = (words: Readonly<Record<string, string>>, key: string): string =>
  (Object.hasOwn(words, key) ? words[key] : undefined) ?? 'the host gave a word Firebreak does not know';

const each = (words: Readonly<Record<string, string>>, keys: readonly string[]): string[] => [
  ...new Set(keys.map((key) => word(words, key))),
];

export function faultsIn(reply: HostReply): string[] {
  return each(FAULTS, reply.all('fault'));
}

/** @throws FirebreakError VERIFY_FAILED for a word outside the closed set */
export function outcomeIn(reply: HostReply): TargetOutcome {
  const given = reply.get('outcome');
  const outcome = TARGET_OUTCOMES.find((known) => known === given);
  if (outcome === undefined) throw new FirebreakError('VERIFY_FAILED', 'The host’s reply has no outcome.');
  return outcome;
}

export function detailIn(reply: HostReply): string | undefined {
  const reason = reply.find('reason');
  const parts = [
    ...(reason === undefined ? [] : [word(REASONS, reason)]),
    ...faultsIn(reply),
    ...each(DRIFTS, reply.all('drift')),
  ];
  return parts.length === 0 ? undefined : parts.join('; ');
}

export function notesIn(reply: HostReply): string[] {
  const ended = reply.countOrNone('ended');
  const found = reply.countOrNone('found');
  const stuck = reply.countOrNone('stuck');
  return [
    ...hostNotes(reply),
    ...(ended > 0 ? [`${ended} processes of the account were ended`] : []),
    ...(found > 0 ? [`${found} files planted since the first act were taken as evidence`] : []),
    ...(stuck > 0 ? [`${stuck} files of the account could not be taken away`] : []),
    ...reply.names('other', ACTION_WORD).map((action) => `also held by ${action}`),
    ...each(DRIFTS, reply.all('drift')).map((drift) => `drift: ${drift}`),
  ];
}
