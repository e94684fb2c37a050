import { FirebreakError } from '../../domain/errors';
import { withinTime } from '../channel/time-limit';
import { twilioClient, type TwilioOptions } from './twilio-client';
import { twilioError } from './twilio-error';

/**
 * Reads the account: proves reachability and credentials without a call or a text.
 * @throws FirebreakError CHANNEL_REFUSED also when the account is suspended or closed
 */
export async function checkAccount(options: TwilioOptions, timeoutMs: number, signal: AbortSignal): Promise<void> {
  try {
    const account = await withinTime(timeoutMs, signal, 'Twilio', (limited) =>
      twilioClient(options, limited).api.v2010.accounts(options.accountSid).fetch(),
    );
    if (account.status !== 'active') {
      throw new FirebreakError('CHANNEL_REFUSED', `Twilio: the account is ${account.status}.`);
    }
  } catch (thrown) {
    signal.throwIfAborted();
    throw twilioError(thrown);
  }
}
