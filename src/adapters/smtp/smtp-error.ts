import { FirebreakError } from '../../domain/errors';
import { connectionError } from '../channel/connection-error';

/** What nodemailer attaches to the errors it throws (`NodemailerError`). */
interface SmtpFailure {
  readonly code?: unknown;
  readonly originalCode?: unknown;
  readonly timeoutType?: unknown;
  readonly command?: unknown;
  readonly responseCode?: unknown;
  readonly response?: unknown;
}

/** Reply codes that say: not now (RFC 5321 §4.2.3). 454 is left out, it is a broken authentication service. */
const LATER = new Set([421, 450, 451, 452]);
const BEFORE_THE_MESSAGE = new Set(['CONNECT_TIMEOUT', 'GREETING_TIMEOUT', 'UPGRADE_TIMEOUT']);
const NO_CREDENTIALS_ACCEPTED = new Set(['EAUTH', 'ENOAUTH', 'EOAUTH2', 'EREQUIRETLS']);

/** A failure of a mail, and whether the server can have taken the message all the same. */
export interface SmtpVerdict {
  readonly error: FirebreakError;
  readonly surelyNotSent: boolean;
}

/**
 * Judges what nodemailer threw. The text names the reply code, its enhanced code (RFC 3463) and the command; the server's
 * own words are left out because they repeat addresses.
 */
export function smtpVerdict(thrown: unknown): SmtpVerdict {
  if (thrown instanceof FirebreakError) return { error: thrown, surelyNotSent: false };
  const failure: SmtpFailure = typeof thrown === 'object' && thrown !== null ? thrown : {};
  if (typeof failure.responseCode === 'number') {
    const reply = `Mail: the server answered ${failure.responseCode}${enhancedCode(failure.response)} to ${commandOf(failure)}.`;
    const code = LATER.has(failure.responseCode) ? 'CHANNEL_RATE_LIMITED' : 'CHANNEL_REFUSED';
    return { error: new FirebreakError(code, reply), surelyNotSent: true };
  }
  if (typeof failure.timeoutType === 'string' && BEFORE_THE_MESSAGE.has(failure.timeoutType)) {
    const phase = failure.timeoutType.toLowerCase().replace('_', ' ');
    return { error: new FirebreakError('CHANNEL_TIMEOUT', `Mail: ${phase}.`), surelyNotSent: true };
  }
  if (typeof failure.code === 'string' && NO_CREDENTIALS_ACCEPTED.has(failure.code)) {
    return {
      error: new FirebreakError('CHANNEL_REFUSED', `Mail: log-in failed (${failure.code}).`),
      surelyNotSent: true,
    };
  }
  if (failure.code === 'EENVELOPE') {
    return { error: new FirebreakError('CHANNEL_REFUSED', 'Mail: the envelope is not valid.'), surelyNotSent: true };
  }
  const error = connectionError('Mail', failure.originalCode === undefined ? thrown : { code: failure.originalCode });
  return { error, surelyNotSent: error.code === 'CHANNEL_REFUSED' };
}

function enhancedCode(response: unknown): string {
  const match = typeof response === 'string' ? /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response) : null;
  return match?.[1] === undefined ? '' : ` ${match[1]}`;
}

function commandOf(failure: SmtpFailure): string {
  const match = typeof failure.command === 'string' ? /^[A-Z]{1,12}( FROM| TO)?/.exec(failure.command) : null;
  return match?.[0] ?? 'the session';
}
