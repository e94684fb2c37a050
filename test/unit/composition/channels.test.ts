import { composeChannels } from '../../../src/composition/channels';
import { configSchema } from '../../../src/config/schema';

const config = configSchema.parse({
  channels: {
    smtp: { host: 'mail.example.org', from: 'firebreak@example.org' },
    slack: {},
    twilio: { accountSid: 'AC00', from: '+15005550006' },
  },
});
const channels = (env: Record<string, string>): string[] =>
  composeChannels(config, env).map((sender) => sender.channel);

describe('N2 channels', () => {
  test('those that are configured and have their secret', () => {
    expect(channels({ FIREBREAK_SLACK_TOKEN: 'x', FIREBREAK_TWILIO_TOKEN: 'y' })).toEqual([
      'mail',
      'slack',
      'voice',
      'sms',
    ]);
    expect(channels({ FIREBREAK_SLACK_WEBHOOK: 'https://hooks.slack.com/x' })).toEqual(['mail', 'slack']);
  });

  test('a channel without its secret is left out, and a blank one is none', () => {
    expect(channels({ FIREBREAK_SLACK_TOKEN: '', FIREBREAK_TWILIO_TOKEN: '' })).toEqual(['mail']);
    expect(composeChannels(configSchema.parse({}), {})).toEqual([]);
  });
});
