import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

/** What `password_encryption` uses by default (PostgreSQL manual, scram_iterations). */
const ITERATIONS = 4_096;

/**
 * The form in which PostgreSQL stores a SCRAM-SHA-256 password (RFC 5802, RFC 7677). Giving it to ALTER ROLE in place of
 * the password keeps the password itself out of the server's log and of pg_stat_activity.
 * @param password printable ASCII, so that SASLprep (RFC 4013) leaves it as it is
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  if (!/^[\x21-\x7e]+$/.test(password)) throw new TypeError('the password must be printable ASCII without blanks');
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256');
  const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64');
  const serverKey = hmac(salted, 'Server Key').toString('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}
