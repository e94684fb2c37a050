import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Receivers } from './receivers/start-receivers';

/** Configuration keys that point the channels at local receivers; their made-up secrets lie in files, as real ones do. */
export async function receiverChannels(
  receivers: Pick<Receivers, 'smtp' | 'slack' | 'twilio'>,
  keys: string,
): Promise<Record<string, unknown>> {
  await mkdir(keys, { recursive: true, mode: 0o700 });
  const slackToken = join(keys, 'slack-token');
  const twilioToken = join(keys, 'twilio-token');
  await writeFile(slackToken, `${receivers.slack.token}\n`, { mode: 0o600 });
  await writeFile(twilioToken, `${receivers.twilio.authToken}\n`, { mode: 0o600 });
  return {
    'channels.smtp': {
      host: '127.0.0.1',
      port: receivers.smtp.port,
      allowPlain: true,
      from: 'Firebreak <firebreak@firebreak.example>',
    },
    'channels.slack': { apiUrl: receivers.slack.url, tokenFile: slackToken },
    'channels.twilio': {
      apiUrl: receivers.twilio.url,
      accountSid: receivers.twilio.accountSid,
      from: '+15550100000',
      tokenFile: twilioToken,
    },
  };
}
