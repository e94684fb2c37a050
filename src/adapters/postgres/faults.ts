import { type ErrorCode, FirebreakError } from '../../domain/errors';

const SOCKET_FAULTS = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
]);

/** pg gives these no code (client.js, pg-pool/index.js of 8.23), so the text is all there is to tell by. */
const LOST_CONNECTION_TEXT =
  /^(Connection terminated|timeout expired|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Client was closed)/;

/** SQLSTATEs after which the same call may work on a new connection (PostgreSQL manual, appendix A). */
const AWAY = /^(08...|57P0[1-5])$/;
/** Of a transaction that lost against another one, or a standby that was promoted or demoted meanwhile. */
const TRY_AGAIN = /^(40001|40P01|25006)$/;
/** The TLS handshake failed (Node's own codes, and OpenSSL's verdicts on a certificate), or the server knows no TLS. */
const TLS_FAULT =
  /^(ERR_(TLS|SSL|OSSL)_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE))/;
const TLS_TEXT = /^(The server does not support SSL|There was an error establishing an SSL)/;
/** Out of resources, or too slow: the server is there but of no use now. */
const OVERLOADED = /^(53...|57014|55P03)$/;
/** Password, or name of the database: the address is wrong for us. */
const REFUSED = /^(28...|3D000)$/;
/** A table, column, function or right is missing. */
const OTHER_SCHEMA = /^(42P01|42703|42883|42501)$/;
/** Every foreign key that a caller can miss is the one to security_incidents. */
const FOREIGN_KEY = '23503';

/** By shape, not by class: an error may come from another realm (worker threads, test runners). */
function shapeOf(thrown: unknown): { readonly code: string; readonly text: string; readonly fromServer: boolean } {
  const { code, message, severity } = (typeof thrown === 'object' && thrown !== null ? thrown : {}) as {
    readonly code?: unknown;
    readonly message?: unknown;
    readonly severity?: unknown;
  };
  return {
    code: typeof code === 'string' ? code : '',
    text: typeof message === 'string' ? message : String(thrown),
    fromServer: severity !== undefined,
  };
}

/** The link to the server is gone, or was never there. */
export function isLostConnection(thrown: unknown): boolean {
  const { code, text, fromServer } = shapeOf(thrown);
  return fromServer ? AWAY.test(code) : SOCKET_FAULTS.has(code) || LOST_CONNECTION_TEXT.test(text);
}

/** Worth another try at once, inside the same call. */
export function isPassing(thrown: unknown): boolean {
  return isLostConnection(thrown) || TRY_AGAIN.test(shapeOf(thrown).code);
}

/**
 * Turns what `pg` throws into a catalogue error; FirebreakErrors pass.
 * @param unreachable the code for "the server cannot do it now": the ledger has one of its own
 */
export function fromPostgres(thrown: unknown, unreachable: ErrorCode): FirebreakError {
  if (thrown instanceof FirebreakError) return thrown;
  const { code, text } = shapeOf(thrown);
  const detail = code === '' ? text : `${text} (${code})`;
  const cause = { cause: thrown };
  const untrusted = TLS_FAULT.test(code) || TLS_TEXT.test(text);
  if (isPassing(thrown) || OVERLOADED.test(code) || REFUSED.test(code) || untrusted) {
    return new FirebreakError(unreachable, detail, cause);
  }
  if (OTHER_SCHEMA.test(code)) {
    const what = 'The tables or rights are not those of this version, run the migrations:';
    return new FirebreakError('CONFIG_INVALID', `${what} ${detail}`, cause);
  }
  if (code === FOREIGN_KEY) return new FirebreakError('UNKNOWN_INCIDENT', detail, cause);
  return new FirebreakError('UNEXPECTED', detail, cause);
}
