import type { Channel } from '../../src/domain/words';
import { type Behaviour, Behaviours, type PlainMode } from './behaviour';
import { type MailReceiver, startMailReceiver } from './mail-receiver';
import type { PhoneHabits } from './phone';
import type { ReceiverLog } from './receiver-log';
import { type SlackReceiver, startSlackReceiver } from './slack-receiver';
import { startTwilioReceiver, type TwilioReceiver } from './twilio-receiver';

export interface ReceiverOptions {
  readonly log: ReceiverLog;
  readonly phone?: PhoneHabits;
}

/** Local stand-ins for the outside world; the vendors' own libraries talk to them unchanged. */
export interface Receivers {
  readonly smtp: MailReceiver;
  readonly slack: SlackReceiver;
  readonly twilio: TwilioReceiver;
  /** Changes how a channel behaves from now on; `{ mode: 'ok' }` at the start. */
  behave(channel: Channel, behaviour: Behaviour | PlainMode): void;
  stop(): Promise<void>;
}

/** Starts the mail, Slack and Twilio receivers on free loopback ports. */
export async function startReceivers(options: ReceiverOptions): Promise<Receivers> {
  const { log, phone = {} } = options;
  const behaviours = new Behaviours();
  const smtp = await startMailReceiver(behaviours, log);
  const slack = await startSlackReceiver(behaviours, log);
  const twilio = await startTwilioReceiver(behaviours, phone, log);
  return {
    smtp,
    slack,
    twilio,
    behave: (channel, behaviour) => behaviours.set(channel, behaviour),
    stop: async () => {
      await Promise.all([smtp.stop(), slack.stop(), twilio.stop()]);
    },
  };
}
