import { secretOfUri, totpCode } from '../adapters/authorisation/totp';

/** The code that an authenticator shows now; for the demo and tests, where Firebreak plays the operator too. */
export function totpFromUri(uri: string, at: number = Date.now()): string {
  return totpCode(secretOfUri(uri), at);
}
