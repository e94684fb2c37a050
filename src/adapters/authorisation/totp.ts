import { Secret, TOTP } from 'otpauth';
import { TOTP_STEP_S, TOTP_WINDOW_STEPS } from '../../domain/numbers';

/** As long as the output of the HMAC (RFC 4226 §4, R6). */
export const TOTP_SECRET_BYTES = 20;
const DIGITS = 6;
/** The only algorithm that every authenticator app knows. */
const ALGORITHM = 'SHA1';
const ISSUER = 'Firebreak';

function totp(secret: Buffer, label = ''): TOTP {
  return new TOTP({
    issuer: ISSUER,
    label,
    // A copy: otpauth takes the whole ArrayBuffer, and small Buffers share one.
    secret: new Secret({ buffer: new Uint8Array(secret).buffer }),
    algorithm: ALGORITHM,
    digits: DIGITS,
    period: TOTP_STEP_S,
  });
}

/**
 * Finds the time step whose code this is (RFC 6238), within the window around a moment.
 * @param atMs milliseconds since 1970
 * @returns undefined when it is none of them
 */
export function totpStep(secret: Buffer, code: string, atMs: number): number | undefined {
  const delta = totp(secret).validate({ token: code, timestamp: atMs, window: TOTP_WINDOW_STEPS });
  return delta === null ? undefined : Math.floor(atMs / 1_000 / TOTP_STEP_S) + delta;
}

/** The code of a moment: what an authenticator app shows. @param atMs milliseconds since 1970 */
export function totpCode(secret: Buffer, atMs: number): string {
  return totp(secret).generate({ timestamp: atMs });
}

/** `otpauth://totp/Firebreak:alice?…`: what an authenticator app scans or takes by hand. */
export function enrolmentUri(secret: Buffer, operator: string): string {
  return totp(secret, operator).toString();
}

/** The secret in an enrolment URI; for tests and drills that play the authenticator app. @throws TypeError */
export function secretOfUri(uri: string): Buffer {
  const base32 = new URL(uri).searchParams.get('secret');
  if (base32 === null) throw new TypeError('the URI holds no secret');
  return Buffer.from(Secret.fromBase32(base32).buffer);
}
