import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isLoopback } from '../../domain/wire';

/** Who may have payloads decoded. */
export interface CodecCallers {
  /** `scheme://host:port` of the pages that may ask, i.e. of Temporal UIs. */
  readonly origins: readonly string[];
  /** When given, every caller shows it: as `Authorization: Bearer …`, or as the first part of the path. */
  readonly token?: string | undefined;
}

/** The path that is asked for, without the token; or the status that refuses. */
export type Verdict = { readonly path: string } | { readonly refused: 401 | 403 };

/**
 * Judges a request before its body is read. A page of another site is refused by its origin, and one that has pointed its own name
 * at loopback (DNS rebinding) by the name it calls us. A program sends no origin, so it needs the token.
 */
export function judgeCaller(request: IncomingMessage, { origins, token }: CodecCallers): Verdict {
  const { host = '', origin, authorization } = request.headers;
  if (!isLoopback(host.replace(/:\d+$/, ''))) return { refused: 403 };
  if (origin !== undefined && !origins.includes(origin)) return { refused: 403 };
  const [path = ''] = (request.url ?? '').split('?');
  if (token === undefined) return origin === undefined ? { refused: 401 } : { path };
  const [, first = '', ...rest] = path.split('/');
  if (isSame(first, token)) return { path: `/${rest.join('/')}` };
  const shown = /^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '';
  // A browser asks for leave without credentials; the answer to that holds no data.
  return isSame(shown, token) || request.method === 'OPTIONS' ? { path } : { refused: 401 };
}

/** Compared by digest, so that the time taken tells neither length nor content. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
