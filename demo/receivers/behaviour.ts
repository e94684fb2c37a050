import type { Channel } from '../../src/domain/words';

/** How a receiver answers until told otherwise. */
export type Behaviour =
  /** Takes messages; answers the phone. */
  | { readonly mode: 'ok' }
  /** Says no, with the service's own error. */
  | { readonly mode: 'refuse' }
  /** Takes the connection and never answers. */
  | { readonly mode: 'hang' }
  /** HTTP 429 with Retry-After; SMTP 450. */
  | { readonly mode: 'rate-limit'; readonly retryAfterS: number }
  /** Takes the message, then cuts the connection instead of saying so. */
  | { readonly mode: 'drop-after-accept' }
  /** Voice only: rings until the caller gives up. */
  | { readonly mode: 'no-answer' }
  /** Voice only. */
  | { readonly mode: 'busy' };

export type PlainMode = Exclude<Behaviour['mode'], 'rate-limit'>;

/** The present behaviour of every channel. */
export class Behaviours {
  readonly #current = new Map<Channel, Behaviour>();

  of(channel: Channel): Behaviour {
    return this.#current.get(channel) ?? { mode: 'ok' };
  }

  set(channel: Channel, behaviour: Behaviour | PlainMode): void {
    this.#current.set(channel, typeof behaviour === 'string' ? { mode: behaviour } : behaviour);
  }
}
