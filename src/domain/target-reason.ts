/** Why a target came to what it came to, by code, in English; each language has a table of all of them. */
export const TARGET_REASONS = {
  // Accounts
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
  'account-journal-lost':
    'the host has lost its journal of this act, so what was before is not known: look at lock, end, groups, sudoers rules, keys and crontab of the account',
  'emergency-journal-lost':
    'the host has lost its journal of this act, so nobody knows whose account this is: look at it, its home, and its file in /etc/sudoers.d',
  'still-held': 'another incident still holds it',
  drift: 'somebody changed it since; it was left as it is',
  'not-locked': 'the account is not locked and expired',
  'etc-unwritable':
    '/etc of the host cannot be written: make room there, or mount it writable, then give the order again',
  'pam-lets-in': 'the PAM account check still lets it in',
  'processes-alive': 'processes of the account are alive',
  'processes-unseen': 'the host’s list of processes could not be read',
  'sessions-unseen': 'logind did not say which sessions there are',
  'sessions-listed': 'a login session is still listed',
  'keys-in-place': 'key files or a crontab are in place',
  'shared-keys': 'a key file that sshd reads for other accounts as well holds its key: take it out by hand',
  'shared-keys-unseen': 'a key file that sshd reads for other accounts as well could not be looked at',
  'root-group': 'it is in a group that makes root',
  'sudoers-rule': 'a sudoers rule names it',
  lingers: 'its services start without a login',
  'account-absent': 'the account is not there',
  'expiry-wrong': 'the expiry is not as planned',
  'key-file-wrong': 'the key file is not as planned',
  'no-key-file': 'sshd looks for its keys only in files that it reads for other accounts as well',
  'rule-wrong': 'the sudoers rule is not as planned',
  'sshd-refuses': 'sshd’s AllowUsers, AllowGroups or Deny rules keep it out',
  'pam-refuses': 'the PAM account check refuses it',
  'lines-unwritten': 'its line in /etc/passwd or /etc/shadow could not be written',
  'groups-unwritten': 'a group could not be given back',
  'sudoers-unwritten': 'a sudoers file could not be written',
  'password-changed': 'password or expiry was changed since',
  'files-changed': 'a key file or the crontab was changed since',
  'files-lost': 'a key file was larger than 1 MiB on a file system of its own and was not kept',
  'groups-changed': 'a group is gone or was changed since',
  'sudoers-changed': 'a sudoers file was changed since',
  'linger-lost': 'lingering could not be restored',
  'account-changed': 'the account was changed since',
  'rule-changed': 'the sudoers rule was changed since',
  // Files that even root cannot change
  'held-by-attribute': 'a file is immutable or append-only, and chattr does not take that off',
  'attribute-unseen':
    'a file cannot be changed, and whether an attribute holds it cannot be told: no lsattr and chattr, or a file system without attributes',
  // Addresses
  'no-ipv6': 'the host does not speak IPv6: the address cannot reach it',
  'family-tools': 'the host’s packet filter tools for this IP version do not work',
  'needed-by-host': 'the host itself needs this address: own, gateway, resolver or management',
  'not-in-kernel': 'not in the kernel',
  'still-in-kernel': 'still in the kernel',
  // Monitoring
  'part-not-set': 'it could not be set and read back',
  'part-not-in-force': 'it is not in force',
  'part-did-not-stay': 'it did not stay',
  'part-drift': 'it is not as Firebreak left it',
  'part-not-undone': 'it could not be put back',
  'monitoring-journal-lost':
    'the host has lost its journal of this act: look at 00-firebreak.conf of sshd, zz-firebreak.conf of journald and zz-firebreak.local of fail2ban',
  'unknown-word': 'the host gave a word Firebreak does not know',
} as const satisfies Readonly<Record<string, string>>;

export type TargetReason = keyof typeof TARGET_REASONS;

/** Each once, joined as one detail. */
export function reasonsInEnglish(reasons: readonly TargetReason[]): string {
  return [...new Set(reasons)].map((reason) => TARGET_REASONS[reason]).join('; ');
}

export function isTargetReason(word: unknown): word is TargetReason {
  return typeof word === 'string' && Object.hasOwn(TARGET_REASONS, word);
}
