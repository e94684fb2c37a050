import type { ErrorSpec } from './error-spec';

/** The codes of what can go wrong between Firebreak and a host; a part of the catalogue (errors.ts). */
export const HOST_ERRORS = {
  HOST_UNREACHABLE: {
    message: 'The host cannot be reached over SSH.',
    retryable: true,
    exitCode: 5,
    hint: 'Check power, network and the management address. `firebreak host check` names rules of the host that limit new connections.',
  },
  HOST_KEY_UNKNOWN: {
    message: 'The host has no pinned key.',
    retryable: false,
    exitCode: 5,
    hint: 'Compare the fingerprint by another way, then pin it with `firebreak host add`.',
  },
  HOST_KEY_MISMATCH: {
    message: 'The host shows another key than the one that you expect; nothing is pinned.',
    retryable: false,
    exitCode: 5,
    hint: 'Read the fingerprint on the host’s console. If it is not the one shown here, somebody sits in between.',
  },
  HOST_KEY_CHANGED: {
    message: 'The host shows another key than the pinned one.',
    retryable: false,
    exitCode: 5,
    hint: 'Treat it as an attack until proven otherwise; after a re-install pin the new key with `firebreak host repin`.',
  },
  MACHINE_CHANGED: {
    message: 'The host is another machine than the one that the control was put on.',
    retryable: false,
    exitCode: 5,
    hint: 'Correct its address and key with `firebreak host edit` and `firebreak host repin`, then order it again. If the machine is gone for good: `firebreak release INCIDENT --gone HOST`.',
  },
  JOURNAL_LOST: {
    message: 'The host has lost its journal of an act that is in force there.',
    retryable: false,
    exitCode: 5,
    hint: 'Look at what the reason names, on the host, and put it right by hand. Then give it up with `firebreak release INCIDENT --gone HOST`.',
  },
  HOST_AUTH_REFUSED: {
    message: 'The host refuses Firebreak’s key.',
    retryable: false,
    exitCode: 5,
    hint: 'Read the host’s own words if there are any. Run `firebreak host setup` again: it tries the login and says what refuses it.',
  },
  HOST_GATE_NOT_REACHED: {
    message: 'The login on the host ended before Firebreak’s gate could answer.',
    retryable: false,
    exitCode: 5,
    hint: 'Read the host’s own words. Look at the account’s shell, at ForceCommand and at login files, then run `firebreak host setup` again.',
  },
  HOST_TIMEOUT: {
    message: 'The host did not answer in time.',
    retryable: true,
    exitCode: 5,
    hint: 'Check its load and network with `firebreak host check`.',
  },
  HOST_SCRIPT_REFUSED: {
    message: 'The host’s gate does not know this version of the script.',
    retryable: false,
    exitCode: 5,
    hint: 'Renew the host’s allow list with `firebreak host setup`.',
  },
  HOST_ORDER_REFUSED: {
    message: 'The host lets nobody in without an order that it can check, and this order does not cover the act.',
    retryable: false,
    exitCode: 3,
    hint: 'Give the order as an operator whom the host knows: `firebreak host check` lists them, `signers` in the configuration and `firebreak host setup` add one.',
  },
  HOST_ORDER_UNCHECKED: {
    message: 'The host cannot check an operator’s signature.',
    retryable: false,
    exitCode: 5,
    hint: 'Run `firebreak host setup` for it, with `signers` in the configuration; it needs OpenSSH 8.2 or newer.',
  },
  HOST_REPLY_REFUSED: {
    message: 'The host’s answer is not one that Firebreak’s program can give.',
    retryable: false,
    exitCode: 5,
    hint: 'Treat the host as hostile. Look for output of its login files (/etc/ssh/sshrc) and isolate it at its gateway.',
  },
  HOST_SET_ASIDE: {
    message: 'The host is not asked for some minutes.',
    retryable: false,
    exitCode: 5,
    hint: 'Isolate it at its gateway. One worker after the other ended while it talked to this host, or the host gave no usable answers.',
  },
  HOST_JOURNAL_UNWRITABLE: {
    message: 'The host cannot write the journal of its acts.',
    retryable: true,
    exitCode: 5,
    hint: 'Make room in /var and /run of the host, or mount them writable, then run `firebreak host check`.',
  },
  SUDO_REFUSED: {
    message: 'sudo on the host refuses Firebreak’s account.',
    retryable: false,
    exitCode: 5,
    hint: 'Read sudo’s own words. Install the sudoers rule with `firebreak host setup`: it tries the rule.',
  },
} as const satisfies Record<string, ErrorSpec>;
