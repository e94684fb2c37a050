import { createTransport } from 'nodemailer';
import { FirebreakError } from '../../domain/errors';
import type { Person } from '../../domain/notice';
import type { ChannelSender, Message, SendReceipt } from '../../ports/notifier';
import { EarlierAttempts } from '../channel/earlier-attempts';
import { multiLine, singleLine } from '../channel/plain-text';
import { withinTime } from '../channel/time-limit';
import { isMailAddress, mailIdentity, messageIdHeader } from './mail-identity';
import { smtpVerdict } from './smtp-error';

const MAX_SUBJECT = 200;
const MAX_TEXT = 20_000;
/** Connection and greeting get less than the whole time, so that the library can say which phase it was. */
const SET_UP_SHARE = 0.8;

export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (port 465); otherwise STARTTLS is used where the server offers it. */
  readonly secure: boolean;
  readonly user?: string;
  readonly password?: string;
  /** `alerts@example.org` or `Firebreak <alerts@example.org>`. */
  readonly from: string;
  /** For one whole delivery, milliseconds. */
  readonly timeoutMs: number;
  /** Refuse a server without TLS; default true when a password is configured, so that it is never sent in the clear. */
  readonly requireTls?: boolean;
}

/**
 * Mail over SMTP by nodemailer: one connection a message, plain text, no retries of its own (N2).
 *
 * SMTP cannot be asked whether a message arrived, so a resend carries the same Message-ID, and `possibleDouble` is set
 * unless every earlier attempt surely failed. Greylisting and other 4yz answers are CHANNEL_RATE_LIMITED without a time.
 */
export function createSmtpSender(options: SmtpOptions): ChannelSender {
  const identity = mailIdentity(options.from);
  const earlier = new EarlierAttempts();
  const transport = createTransport({
    host: options.host,
    port: options.port,
    secure: options.secure,
    requireTLS: !options.secure && (options.requireTls ?? options.password !== undefined),
    ...(options.user !== undefined && { auth: { user: options.user, pass: options.password ?? '' } }),
    dnsTimeout: options.timeoutMs,
    connectionTimeout: Math.ceil(options.timeoutMs * SET_UP_SHARE),
    greetingTimeout: Math.ceil(options.timeoutMs * SET_UP_SHARE),
    socketTimeout: options.timeoutMs,
    // A message is text we made; nothing in it may make nodemailer read a file or fetch an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  });

  function addressOf(person: Person): string | undefined {
    return person.mail !== undefined && isMailAddress(person.mail) ? person.mail : undefined;
  }

  async function send(message: Message, attempt: number, signal: AbortSignal): Promise<SendReceipt> {
    const to = addressOf(message.person);
    if (to === undefined) throw new FirebreakError('CHANNEL_NOT_CONFIGURED', 'Mail: the person has no valid address.');
    const messageId = messageIdHeader(message.id, identity.domain);
    const possibleDouble = earlier.inDoubt(message.id, attempt);
    try {
      await withinTime(options.timeoutMs, signal, 'Mail', (limited) =>
        transport.sendMail({
          from: { name: identity.name, address: identity.address },
          to: { name: singleLine(message.person.name, 80), address: to },
          envelope: { from: identity.address, to },
          messageId,
          // Mail readers put all mails of one incident into one thread.
          references: messageIdHeader(message.id.split(':', 1)[0] ?? message.id, identity.domain),
          subject: singleLine(message.subject, MAX_SUBJECT),
          text: multiLine(message.text, MAX_TEXT),
          priority: 'high',
          // RFC 3834: keeps vacation notices and other robots from answering.
          headers: { 'Auto-Submitted': 'auto-generated' },
          signal: limited,
        }),
      );
    } catch (thrown) {
      signal.throwIfAborted();
      const verdict = smtpVerdict(thrown);
      if (verdict.surelyNotSent) earlier.surelyFailed(message.id);
      throw verdict.error;
    }
    earlier.forget(message.id);
    return { providerId: messageId, possibleDouble };
  }

  async function check(signal: AbortSignal): Promise<void> {
    try {
      await withinTime(options.timeoutMs, signal, 'Mail', (limited) => abortable(transport.verify(), limited));
    } catch (thrown) {
      signal.throwIfAborted();
      throw smtpVerdict(thrown).error;
    }
  }

  return { channel: 'mail', addressOf, send, check };
}

/** `verify` knows no signal; its own timeouts end it soon after. */
function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(new FirebreakError('CHANNEL_TIMEOUT')), { once: true });
    work.then(resolve, reject);
  });
}
