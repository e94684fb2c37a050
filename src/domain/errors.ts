import type { Cause } from './cause';
import { causeInEnglish } from './cause-words';
import type { ErrorSpec } from './error-spec';
import { HOST_ERRORS } from './host-errors';
import { beyond, saidOnce } from './said-once';

/** The one catalogue of errors (DESIGN §2): behaviour is decided by code. docs/errors.md is generated from it. */
export const ERRORS = {
  BAD_INPUT: {
    message: 'The input is not valid.',
    retryable: false,
    exitCode: 2,
    hint: 'Correct every problem listed and run the command again.',
  },
  INPUT_TOO_LARGE: {
    message: 'The incident document is larger than 4 MB.',
    retryable: false,
    exitCode: 2,
    hint: 'Send the sources in the document and keep raw logs out of it; they are collected from the hosts.',
  },
  CONFIG_INVALID: {
    message: 'The configuration is not valid.',
    retryable: false,
    exitCode: 2,
    hint: 'Correct every problem listed; docs/configuration.md describes every key.',
  },
  UNKNOWN_INCIDENT: {
    message: 'There is no such incident.',
    retryable: false,
    exitCode: 2,
    hint: 'Run `firebreak list` to see incident ids.',
  },
  UNKNOWN_HOST: {
    message: 'The host is not in the inventory.',
    retryable: false,
    exitCode: 2,
    hint: 'Add it with `firebreak host add`, or correct its name.',
  },
  INCIDENT_OPEN: {
    message: 'An incident of this type is already open on this host.',
    retryable: false,
    exitCode: 2,
    hint: 'Attach to it with `firebreak status INCIDENT`, or pass --new to declare another.',
  },
  INCIDENT_JOINED: {
    message: 'The detector’s report brings nothing new: it joined an open incident.',
    retryable: false,
    exitCode: 2,
    hint: 'Look at the open one with `firebreak status INCIDENT`.',
  },
  TOO_MANY_OPEN: {
    message: 'Too many incidents are open.',
    retryable: false,
    exitCode: 2,
    hint: 'Close one with `firebreak release INCIDENT` or `firebreak stand-down INCIDENT`, or raise openIncidents in the configuration.',
  },
  LINE_BUSY: {
    message: 'A call of ours is in progress on this phone.',
    retryable: true,
    exitCode: 5,
    hint: 'Nothing: the person is told by other means now, and called when the line is free.',
  },
  INCIDENT_CLOSED: {
    message: 'The incident is closed and takes no more orders.',
    retryable: false,
    exitCode: 2,
    hint: 'Look at it with `firebreak status INCIDENT`.',
  },
  ENDED_BY_ORDER: {
    message: 'People have taken over or ended the incident: nothing is put in force any more.',
    retryable: false,
    exitCode: 2,
    hint: 'Nothing is to be done. See who ordered it with `firebreak status INCIDENT`.',
  },
  CONTROLS_HOLD: {
    message: 'The controls on the host are on record as done, so it is not isolated by force.',
    retryable: false,
    exitCode: 1,
    hint: 'Nothing is to be done; only the answer of the act was lost.',
  },
  WRONG_STATE: {
    message: 'The incident is not in a state in which this can be done.',
    retryable: false,
    exitCode: 2,
    hint: 'Look at it with `firebreak status INCIDENT`.',
  },
  PLAN_CHANGED: {
    message: 'The plan is not the one that was shown: its hash differs.',
    retryable: false,
    exitCode: 2,
    hint: 'Look at the current plan and decide again.',
  },
  NOT_AUTHORISED: {
    message: 'The order is not authorised.',
    retryable: false,
    exitCode: 3,
    hint: 'Sign with an enrolled key and give a fresh TOTP code.',
  },
  GRANT_UNKNOWN: {
    message: 'The order carries no grant, or one that does not exist.',
    retryable: false,
    exitCode: 3,
    hint: 'Give orders through the firebreak CLI; a message sent around it is refused and reported.',
  },
  GRANT_EXPIRED: { message: 'The grant has expired.', retryable: false, exitCode: 3, hint: 'Give the order again.' },
  GRANT_USED: {
    message: 'The grant has been used already.',
    retryable: false,
    exitCode: 3,
    hint: 'Give the order again; a grant works once.',
  },
  GRANT_MISMATCH: {
    message: 'The grant was given for another order.',
    retryable: false,
    exitCode: 3,
    hint: 'Give the order again; what is signed must be what is asked.',
  },
  SIGNATURE_INVALID: {
    message: 'The signature is not by the operator’s enrolled key.',
    retryable: false,
    exitCode: 3,
    hint: 'Check which key ssh-agent holds (`ssh-add -L`) against `firebreak operator list`.',
  },
  OTP_INVALID: {
    message: 'The TOTP code is wrong.',
    retryable: false,
    exitCode: 3,
    hint: 'Wait for the next code; check the clock of the device.',
  },
  RECOVERY_INVALID: {
    message: 'The recovery code is not good.',
    retryable: false,
    exitCode: 3,
    hint: 'Take the next code of the latest sheet. Without one, another admin helps: `firebreak operator rotate NAME`.',
  },
  OTP_REUSED: {
    message: 'The TOTP code was used before.',
    retryable: false,
    exitCode: 3,
    hint: 'Wait for the next code; a code works once.',
  },
  OPERATOR_UNKNOWN: {
    message: 'There is no such operator.',
    retryable: false,
    exitCode: 3,
    hint: 'Run `firebreak operator list`.',
  },
  OPERATOR_LOCKED: {
    message: 'The operator is locked after five wrong codes.',
    retryable: false,
    exitCode: 3,
    hint: 'An admin unlocks the person: `firebreak operator unlock NAME`. A sole admin uses a recovery code: `--recovery`.',
  },
  OPERATOR_DISABLED: {
    message: 'The operator is disabled.',
    retryable: false,
    exitCode: 3,
    hint: 'An admin enables the person again: `firebreak operator enable NAME`.',
  },
  OPERATOR_CHANGED: {
    message: 'The record of the operator is not as it was expected.',
    retryable: true,
    exitCode: 5,
    hint: 'Look at `firebreak operator list` and give the order again. If it stays so, look who else reaches the Temporal server.',
  },
  OPERATOR_NOT_ALLOWED: {
    message: 'The operator may not give this order.',
    retryable: false,
    exitCode: 3,
    hint: 'Ask somebody who has the role: `firebreak operator list` shows who has which.',
  },
  UNSUPPORTED_HOST: {
    message: 'The host has no packet filter that Firebreak can use.',
    retryable: false,
    exitCode: 1,
    hint: 'Install nftables, or isolate the host at its gateway.',
  },
  OUTCOME_UNKNOWN: {
    message: 'The link was lost while the act was under way; whether it took effect is not known.',
    retryable: true,
    exitCode: 1,
    hint: 'Firebreak asks the host’s journal on the next attempt.',
  },
  VERIFY_FAILED: {
    message: 'What was read back from the host is not what was planned.',
    retryable: true,
    exitCode: 1,
    hint: 'See the counts per outcome in `firebreak status`.',
  },
  DRIFT: {
    message: 'The host is not as the act left it, so nothing was overwritten.',
    retryable: false,
    exitCode: 1,
    hint: 'Settle by hand what was changed since, then give the order again.',
  },
  TARGET_REFUSED: {
    message: 'The target is protected or not allowed.',
    retryable: false,
    exitCode: 1,
    hint: 'See the reason at the target; change the protected set in the configuration if it is wrong.',
  },
  LAST_ADMINISTRATOR: {
    message: 'This account is root, Firebreak’s own, or the last administrator.',
    retryable: false,
    exitCode: 1,
    hint: 'Disable it by hand after making another administrator.',
  },
  LOGS_UNAVAILABLE: {
    message: 'The log source gave nothing.',
    retryable: true,
    exitCode: 1,
    hint: 'The fallback ladder goes on; see the absence records in the bag.',
  },
  DISK_FULL: {
    message: 'The forensics directory is full.',
    retryable: true,
    exitCode: 5,
    hint: 'Free space; what is collected so far is kept.',
  },
  EVIDENCE_BROKEN: {
    message: 'The evidence bag does not verify.',
    retryable: false,
    exitCode: 1,
    hint: 'Run `firebreak evidence verify` and keep the bag untouched.',
  },
  EVIDENCE_SEALED: {
    message: 'The evidence bag is sealed and takes no more records.',
    retryable: false,
    exitCode: 1,
    hint: 'Later evidence goes into a supplement bag: `firebreak evidence supplement INCIDENT`.',
  },
  EVIDENCE_BUSY: {
    message: 'Another worker has been writing into the evidence bag for too long.',
    retryable: true,
    exitCode: 5,
    hint: 'It is tried again by itself; look for a worker that hangs, and at the disk under the bags.',
  },
  EVIDENCE_LOCK_LOST: {
    message: 'The lock of the evidence bag was lost while something was written; nothing was written by two at once.',
    retryable: true,
    exitCode: 5,
    hint: 'It is tried again by itself; look at PostgreSQL, and for a worker that stands still for seconds.',
  },
  REPORT_CHANGED: {
    message: 'The report is not the file that was written.',
    retryable: false,
    exitCode: 1,
    hint: 'Compare the report with the copy that was sent. Look who changed the row of the incident or the file.',
  },
  CHANNEL_REFUSED: {
    message: 'The channel refused the message.',
    retryable: true,
    exitCode: 1,
    hint: 'See the delivery list; the next means is tried at once.',
  },
  CHANNEL_RATE_LIMITED: {
    message: 'The channel asks to wait.',
    retryable: true,
    exitCode: 1,
    hint: 'The message is sent again after the time asked for.',
  },
  CHANNEL_TIMEOUT: {
    message: 'The channel did not answer in time.',
    retryable: true,
    exitCode: 1,
    hint: 'See the delivery list; the next means is tried at once.',
  },
  CHANNEL_NOT_CONFIGURED: {
    message: 'The channel is not configured.',
    retryable: false,
    exitCode: 1,
    hint: 'Configure it under `channels` and run `firebreak doctor`.',
  },
  NOT_PICKED_UP: {
    message: 'The call was not picked up.',
    retryable: true,
    exitCode: 1,
    hint: 'The next means is tried at once.',
  },
  DATABASE_UNREACHABLE: {
    message: 'PostgreSQL cannot be reached.',
    retryable: true,
    exitCode: 5,
    hint: 'Check DATABASE_URL and the server with `firebreak doctor`.',
  },
  LEDGER_UNREACHABLE: {
    message: 'The audit ledger cannot be reached.',
    retryable: true,
    exitCode: 5,
    hint: 'Orders by people wait until it is back; authorised runs go on. A bag is verified without it by its own verify.py.',
  },
  AUDIT_BROKEN: {
    message: 'The audit chain does not verify.',
    retryable: false,
    exitCode: 1,
    hint: 'Keep the database untouched and compare with exported copies.',
  },
  TEMPORAL_UNREACHABLE: {
    message: 'The Temporal server cannot be reached.',
    retryable: true,
    exitCode: 5,
    hint: 'Check TEMPORAL_ADDRESS and the server with `firebreak doctor`.',
  },
  NO_WORKER: {
    message: 'No worker is polling.',
    retryable: true,
    exitCode: 5,
    hint: 'Start a worker; `firebreak doctor` shows which queue is empty.',
  },
  DEADLINE_PASSED: {
    message: 'The time for the response is over.',
    retryable: false,
    exitCode: 4,
    hint: 'Take over by hand: `firebreak status INCIDENT` lists what is done and what is open.',
  },
  SHARE_USED_UP: {
    message: 'The step’s time share is used up.',
    retryable: false,
    exitCode: 4,
    hint: 'The flow goes on with its fallback.',
  },
  UNEXPECTED: {
    message: 'Something happened that Firebreak was not built for.',
    retryable: false,
    exitCode: 1,
    hint: 'Send this message to the maintainers, with the log of the workers where an incident is concerned.',
  },
  ...HOST_ERRORS,
} as const satisfies Record<string, ErrorSpec>;

export type ErrorCode = keyof typeof ERRORS;

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}

/** Failures of a host that does not let itself be asked; they say nothing of what is in force there. */
export const HOST_NOT_ASKED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'HOST_UNREACHABLE',
  'HOST_TIMEOUT',
  'HOST_KEY_UNKNOWN',
  'HOST_KEY_CHANGED',
  'HOST_AUTH_REFUSED',
  'HOST_GATE_NOT_REACHED',
  'HOST_SCRIPT_REFUSED',
  'HOST_REPLY_REFUSED',
  'HOST_SET_ASIDE',
  'SUDO_REFUSED',
]);

export interface InputProblem {
  /** `$.sources[3]`, or the name of a flag. */
  readonly path: string;
  readonly message: string;
}

/** An error with a catalogue code. The rest is for people, nothing decides by it: what Firebreak says, by code, or words of others. */
export class FirebreakError extends Error {
  readonly code: ErrorCode;
  /** Milliseconds the other side asked to wait before the next attempt (429 Retry-After). */
  readonly retryAfterMs: number | undefined;
  /** Everything that is wrong with an input, each with its JSON path (B1). */
  readonly problems: readonly InputProblem[];
  /** What Firebreak says of it beyond the catalogue. */
  readonly why: Cause | undefined;
  /** What the message says beyond the catalogue’s; empty when it says no more. */
  get detail(): string {
    return beyond(ERRORS[this.code].message, this.message);
  }

  constructor(
    code: ErrorCode,
    detail?: string | Cause,
    options?: { readonly cause?: unknown; readonly retryAfterMs?: number; readonly problems?: readonly InputProblem[] },
  ) {
    const why = typeof detail === 'object' ? detail : undefined;
    const words = typeof detail === 'object' ? `${causeInEnglish(detail)}.` : detail;
    super(saidOnce(ERRORS[code].message, words), { cause: options?.cause });
    this.name = 'FirebreakError';
    this.code = code;
    this.why = why;
    this.retryAfterMs = options?.retryAfterMs;
    this.problems = options?.problems ?? [];
  }
}

/** Narrows an unknown thrown value once, at the edge; everything unforeseen becomes `UNEXPECTED`. */
export function ensureFirebreakError(thrown: unknown, fallback: ErrorCode = 'UNEXPECTED'): FirebreakError {
  if (thrown instanceof FirebreakError) return thrown;
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new FirebreakError(fallback, detail, { cause: thrown });
}
