import { createSlackSender } from '../adapters/slack/slack-sender';
import { createSlackWebhookSender } from '../adapters/slack/slack-webhook-sender';
import { createSmtpSender } from '../adapters/smtp/smtp-sender';
import { createTwilioSmsSender } from '../adapters/twilio/sms-sender';
import { createTwilioVoiceSender } from '../adapters/twilio/voice-sender';
import type { Config } from '../config/schema';
import { secretFrom } from '../config/secrets';
import { ensureFirebreakError } from '../domain/errors';
import type { ChannelSender } from '../ports/notifier';
import type { PhoneLines } from '../ports/phone-lines';

const TIMEOUT_MS = 20_000;
const POLL_MS = 1_000;

/** One part of `channels` in the configuration, as far as it can be used. */
export interface ConfiguredChannel {
  readonly name: keyof Config['channels'];
  readonly senders: readonly ChannelSender[];
  /** Why it reaches nobody; undefined when it can be used. */
  readonly fault: string | undefined;
}

const SECRETS = {
  smtp: 'channels.smtp.passwordFile or FIREBREAK_SMTP_PASSWORD',
  slack: 'channels.slack.tokenFile, webhookFile, FIREBREAK_SLACK_TOKEN or FIREBREAK_SLACK_WEBHOOK',
  twilio: 'channels.twilio.tokenFile or FIREBREAK_TWILIO_TOKEN',
} as const;

/** Every channel that the configuration has, also one that cannot be used: people count on it. */
export function configuredChannels(
  config: Config,
  env: Readonly<Record<string, string | undefined>> = process.env,
): readonly ConfiguredChannel[] {
  const names = Object.keys(SECRETS) as (keyof typeof SECRETS)[];
  return names.flatMap((name) => {
    const channel = config.channels[name];
    if (channel === undefined) return [];
    try {
      const senders = composeChannels({ ...config, channels: { [name]: channel } }, env);
      const lacks = senders.length === 0 || (name === 'smtp' && lacksPassword(config, env));
      return [{ name, senders, fault: lacks ? `has no secret: give ${SECRETS[name]}` : undefined }];
    } catch (thrown) {
      return [{ name, senders: [], fault: ensureFirebreakError(thrown).message }];
    }
  });
}

function lacksPassword({ channels }: Config, env: Readonly<Record<string, string | undefined>>): boolean {
  const { user, passwordFile } = channels.smtp ?? {};
  return user !== undefined && secretFrom('FIREBREAK_SMTP_PASSWORD', passwordFile, env) === undefined;
}

/**
 * The means of reaching people that are configured; a channel without its secret is left out, and `doctor` says so.
 * @param lines which phones ring now, for a process that rings any
 */
export function composeChannels(
  config: Config,
  env: Readonly<Record<string, string | undefined>> = process.env,
  lines?: PhoneLines,
): ChannelSender[] {
  const { smtp, slack, twilio } = config.channels;
  const senders: ChannelSender[] = [];
  if (smtp !== undefined) {
    const password = secretFrom('FIREBREAK_SMTP_PASSWORD', smtp.passwordFile, env);
    senders.push(
      createSmtpSender({
        host: smtp.host,
        port: smtp.port,
        secure: smtp.secure,
        from: smtp.from,
        timeoutMs: TIMEOUT_MS,
        requireTls: !smtp.allowPlain,
        ...(smtp.user === undefined ? {} : { user: smtp.user }),
        ...(password === undefined ? {} : { password }),
      }),
    );
  }
  if (slack !== undefined) {
    const token = secretFrom('FIREBREAK_SLACK_TOKEN', slack.tokenFile, env);
    const webhook = secretFrom('FIREBREAK_SLACK_WEBHOOK', slack.webhookFile, env);
    if (token !== undefined) senders.push(createSlackSender({ token, apiUrl: slack.apiUrl, timeoutMs: TIMEOUT_MS }));
    else if (webhook !== undefined) senders.push(createSlackWebhookSender({ url: webhook, timeoutMs: TIMEOUT_MS }));
  }
  if (twilio !== undefined) {
    const authToken = secretFrom('FIREBREAK_TWILIO_TOKEN', twilio.tokenFile, env);
    if (authToken !== undefined) {
      const account = { accountSid: twilio.accountSid, authToken, from: twilio.from, apiUrl: twilio.apiUrl };
      senders.push(
        createTwilioVoiceSender({ ...account, pollMs: POLL_MS, ...(lines === undefined ? {} : { lines }) }),
        createTwilioSmsSender(account),
      );
    }
  }
  return senders;
}
