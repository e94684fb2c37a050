import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError } from '@slack/web-api';
import { IncomingWebhookHTTPError } from '@slack/webhook';
import { FirebreakError } from '../../domain/errors';
import { connectionError } from '../channel/connection-error';

/** Slack's error words are lower-case names; anything else is a proxy's page and not repeated. */
const ERROR_WORD = /^[a-z0-9_]{1,60}$/;

/** What the SDKs throw as an error of the catalogue, with Slack's error word or the HTTP status and nothing else. */
export function slackError(thrown: unknown): FirebreakError {
  if (thrown instanceof FirebreakError) return thrown;
  if (thrown instanceof WebAPIRateLimitedError) {
    return new FirebreakError('CHANNEL_RATE_LIMITED', 'Slack: HTTP 429.', { retryAfterMs: thrown.retryAfter * 1_000 });
  }
  if (thrown instanceof WebAPIPlatformError) {
    const word = slackWord(thrown.data.error);
    const code = word === 'ratelimited' || word === 'rate_limited' ? 'CHANNEL_RATE_LIMITED' : 'CHANNEL_REFUSED';
    return new FirebreakError(code, `Slack: ${word}.`);
  }
  if (thrown instanceof WebAPIHTTPError)
    return new FirebreakError('CHANNEL_REFUSED', `Slack: HTTP ${thrown.statusCode}.`);
  if (thrown instanceof IncomingWebhookHTTPError) {
    return new FirebreakError('CHANNEL_REFUSED', `Slack: HTTP ${thrown.statusCode}, ${slackWord(thrown.body)}.`);
  }
  return original(thrown) instanceof FirebreakError
    ? slackError(original(thrown))
    : connectionError('Slack', original(thrown));
}

/** Slack's error word in an answer, or `unreadable answer`. */
export function slackWord(text: unknown): string {
  const word = typeof text === 'string' ? text.trim() : '';
  return ERROR_WORD.test(word) ? word : 'unreadable answer';
}

/** Both SDKs wrap what fetch threw. */
function original(thrown: unknown): unknown {
  return thrown instanceof Error && 'original' in thrown ? thrown.original : thrown;
}
