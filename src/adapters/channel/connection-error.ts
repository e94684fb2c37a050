import { FirebreakError } from '../../domain/errors';

const NEVER_CONNECTED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EDNS',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EACCES',
]);
const NOT_TRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|^ETLS$/;
const MAX_DEPTH = 5;

/**
 * A failed connection as an error of the catalogue. CHANNEL_REFUSED when nothing can have been handed over (no route,
 * nobody listening, an untrusted certificate); CHANNEL_TIMEOUT when the link ended without an answer.
 */
export function connectionError(channel: string, thrown: unknown): FirebreakError {
  const code = systemCode(thrown);
  if (code !== undefined && (NEVER_CONNECTED.has(code) || NOT_TRUSTED.test(code))) {
    return new FirebreakError('CHANNEL_REFUSED', `${channel}: no connection (${code}).`);
  }
  return new FirebreakError('CHANNEL_TIMEOUT', `${channel}: the link ended without an answer (${code ?? 'no code'}).`);
}

/** The operating system's or TLS library's code, looked for down the chain of causes. */
function systemCode(thrown: unknown): string | undefined {
  let error: unknown = thrown;
  for (let depth = 0; depth < MAX_DEPTH && typeof error === 'object' && error !== null; depth += 1) {
    if ('code' in error && typeof error.code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(error.code)) {
      return error.code;
    }
    error = error instanceof AggregateError ? error.errors[0] : 'cause' in error ? error.cause : undefined;
  }
  return undefined;
}
