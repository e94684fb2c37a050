import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { Behaviours } from './behaviour';
import { parseMail } from './parse-mail';
import type { ReceiverLog } from './receiver-log';

const MAX_MAIL_BYTES = 1024 * 1024;

export interface ReceivedMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly messageId: string;
  readonly subject: string;
  /** Names in lower case, values unfolded and decoded. */
  readonly headers: ReadonlyMap<string, string>;
  readonly text: string;
  readonly at: string;
}

export interface MailReceiver {
  readonly port: number;
  messages(): readonly ReceivedMail[];
  stop(): Promise<void>;
}

/** An SMTP server on a free loopback port, without TLS and without log-in. */
export async function startMailReceiver(behaviours: Behaviours, log: ReceiverLog): Promise<MailReceiver> {
  const mails: ReceivedMail[] = [];
  const sockets = new Map<number, Socket>();

  async function takeMail(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
    const parsed = parseMail(Buffer.concat(chunks));
    const mail = {
      from: session.envelope.mailFrom === false ? '' : session.envelope.mailFrom.address,
      to: session.envelope.rcptTo.map((recipient) => recipient.address),
      messageId: parsed.headers.get('message-id') ?? '',
      subject: parsed.headers.get('subject') ?? '',
      ...parsed,
      at: new Date().toISOString(),
    };
    mails.push(mail);
    log.info({ to: mail.to, subject: mail.subject }, 'mail received');
  }

  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    size: MAX_MAIL_BYTES,
    closeTimeout: 100,
    logger: false,
    onConnect(_session, callback) {
      if (behaviours.of('mail').mode !== 'hang') callback();
    },
    onMailFrom(_address, _session, callback) {
      const behaviour = behaviours.of('mail');
      if (behaviour.mode !== 'rate-limit') return callback();
      callback(smtpReply(450, `4.7.1 Too many messages, try again in ${behaviour.retryAfterS} seconds`));
    },
    onRcptTo(address, _session, callback) {
      if (behaviours.of('mail').mode !== 'refuse') return callback();
      callback(smtpReply(550, `5.1.1 <${address.address}> no such user`));
    },
    onData(stream, session, callback) {
      takeMail(stream, session).then(
        () => {
          if (behaviours.of('mail').mode === 'drop-after-accept') sockets.get(session.remotePort)?.destroy();
          else callback(null);
        },
        () => callback(smtpReply(451, '4.3.0 The message could not be read')),
      );
    },
  });
  // Without a listener a client that goes away would end the process.
  server.on('error', () => undefined);
  server.server.on('connection', (socket: Socket) => {
    const port = socket.remotePort;
    if (port === undefined) return;
    sockets.set(port, socket);
    socket.once('close', () => sockets.delete(port));
  });
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });

  return {
    port: (server.server.address() as AddressInfo).port,
    messages: () => [...mails],
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets.values()) socket.destroy();
      }),
  };
}

function smtpReply(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}
