import { DatabaseError } from 'pg';
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
/** Out of resources, or too slow: the server is there but of no use now. */
const OVERLOADED = /^(53...|57014|55P03)$/;
/** Password, or name of the database: the address is wrong for us. */
const REFUSED = /^(28...|3D000)$/;
/** A table, column, function or right is missing. */
const OTHER_SCHEMA = /^(42P01|42703|42883|42501)$/;
/** Every foreign key that a caller can miss is the one to security_incidents. */
const FOREIGN_KEY = '23503';

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
}

/** The link to the server is gone, or was never there. */
export function isLostConnection(thrown: unknown): boolean {
  if (thrown instanceof AggregateError) return thrown.errors.every(isLostConnection);
  if (thrown instanceof DatabaseError) return AWAY.test(thrown.code ?? '');
  if (!(thrown instanceof Error)) return false;
  return SOCKET_FAULTS.has(codeOf(thrown)) || LOST_CONNECTION_TEXT.test(thrown.message);
}

/** Worth another try at once, inside the same call. */
export function isPassing(thrown: unknown): boolean {
  return isLostConnection(thrown) || TRY_AGAIN.test(codeOf(thrown));
}

/**
 * Turns what `pg` throws into a catalogue error; FirebreakErrors pass.
 * @param unreachable the code for "the server cannot do it now": the ledger has one of its own
 */
export function fromPostgres(thrown: unknown, unreachable: ErrorCode): FirebreakError {
  if (thrown instanceof FirebreakError) return thrown;
  const code = codeOf(thrown);
  const text = thrown instanceof Error && thrown.message !== '' ? thrown.message : code;
  const detail = code === '' ? text : `${text} (${code})`;
  if (isPassing(thrown) || OVERLOADED.test(code) || REFUSED.test(code)) {
    return new FirebreakError(unreachable, detail, { cause: thrown });
  }
  if (OTHER_SCHEMA.test(code)) {
    return new FirebreakError(
      'CONFIG_INVALID',
      `The tables or rights are not those of this version, run the migrations: ${detail}`,
      {
        cause: thrown,
      },
    );
  }
  if (code === FOREIGN_KEY) return new FirebreakError('UNKNOWN_INCIDENT', detail, { cause: thrown });
  return new FirebreakError('UNEXPECTED', detail, { cause: thrown });
}
