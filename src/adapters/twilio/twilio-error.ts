import { FirebreakError } from '../../domain/errors';
import { connectionError } from '../channel/connection-error';

/** axios: ended by our signal, by its own time limit. */
const NO_ANSWER = new Set<unknown>(['ERR_CANCELED', 'ECONNABORTED', 'ETIMEDOUT']);

/**
 * What the SDK throws as an error of the catalogue: HTTP status and Twilio's error number, never its message, which
 * repeats phone numbers. Abort and time-out of one request are CHANNEL_TIMEOUT.
 */
export function twilioError(thrown: unknown): FirebreakError {
  if (thrown instanceof FirebreakError) return thrown;
  const status = numberAt(thrown, 'status');
  if (status !== undefined) {
    const number = numberAt(thrown, 'code');
    const code = number === undefined ? '' : `, error ${number}`;
    return new FirebreakError('CHANNEL_REFUSED', `Twilio: HTTP ${status}${code}.`);
  }
  if (typeof thrown === 'object' && thrown !== null && NO_ANSWER.has(Reflect.get(thrown, 'code'))) {
    return new FirebreakError('CHANNEL_TIMEOUT', 'Twilio: no answer in time.');
  }
  return connectionError('Twilio', thrown);
}

/** Whether a request that makes something may have made it: no answer, or a 5xx (Twilio error 20500). */
export function mayHaveTakenEffect(thrown: unknown): boolean {
  const status = numberAt(thrown, 'status');
  if (status !== undefined) return status >= 500;
  return twilioError(thrown).code === 'CHANNEL_TIMEOUT';
}

function numberAt(thrown: unknown, key: string): number | undefined {
  if (typeof thrown !== 'object' || thrown === null) return undefined;
  const value: unknown = Reflect.get(thrown, key);
  return typeof value === 'number' ? value : undefined;
}
