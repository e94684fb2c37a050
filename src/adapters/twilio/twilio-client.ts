import twilio from 'twilio';
import RequestClient from 'twilio/lib/base/RequestClient';
import type Response from 'twilio/lib/http/response';
import { FirebreakError } from '../../domain/errors';
import { retryAfterMs } from '../channel/retry-after';

export interface TwilioOptions {
  /** `AC…` */
  readonly accountSid: string;
  readonly authToken: string;
  /** The caller: a number of the account, E.164. */
  readonly from: string;
  /** `https://api.twilio.com`, a regional host, or a local receiver; every request goes there. */
  readonly apiUrl: string;
  /** For one request, milliseconds; default 15,000. */
  readonly timeoutMs?: number;
}

export const DEFAULT_TIMEOUT_MS = 15_000;

export type TwilioClient = ReturnType<typeof twilio>;

/** E.164: what Twilio takes and hands back unchanged. */
export function isPhoneNumber(text: string): boolean {
  return /^\+[1-9]\d{6,14}$/.test(text);
}

/**
 * A client for the requests of one delivery: ends with the signal, retries nothing, follows no redirect.
 * 429 becomes CHANNEL_RATE_LIMITED here because the SDK's exception does not carry the Retry-After header.
 */
export function twilioClient(options: TwilioOptions, signal: AbortSignal): TwilioClient {
  return twilio(options.accountSid, options.authToken, {
    httpClient: new DeliveryRequestClient(options.apiUrl, options.timeoutMs ?? DEFAULT_TIMEOUT_MS, signal),
    autoRetry: false,
    // Given here so that TWILIO_LOG_LEVEL=debug cannot print requests to stdout.
    logLevel: 'error',
  });
}

class DeliveryRequestClient extends RequestClient {
  readonly #apiUrl: string;

  constructor(apiUrl: string, timeoutMs: number, signal: AbortSignal) {
    super({ timeout: timeoutMs, autoRetry: false, keepAlive: false });
    this.#apiUrl = apiUrl;
    this.axios.interceptors.request.use((config) => {
      config.signal = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
      return config;
    });
  }

  override async request<T>(request: RequestClient.RequestOptions<T>): Promise<Response<T>> {
    const response = await super.request({ ...request, uri: rebased(request.uri, this.#apiUrl) });
    if (response.statusCode !== 429) return response;
    const waitMs = retryAfterMs(headerOf(response.headers, 'retry-after'), new Date());
    throw new FirebreakError('CHANNEL_RATE_LIMITED', 'Twilio: HTTP 429.', {
      ...(waitMs !== undefined && { retryAfterMs: waitMs }),
    });
  }
}

/** The SDK builds `https://api.twilio.com/…`; host and path prefix come from the configuration. */
function rebased(uri: string, apiUrl: string): string {
  const { pathname, search } = new URL(uri);
  const base = new URL(apiUrl);
  return `${base.origin}${base.pathname.replace(/\/$/, '')}${pathname}${search}`;
}

function headerOf(headers: unknown, name: string): string | undefined {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const value: unknown = Reflect.get(headers, name);
  return typeof value === 'string' ? value : undefined;
}
