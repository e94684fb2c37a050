import { readFileSync, statSync } from 'node:fs';
import { FirebreakError } from '../domain/errors';
import { rememberSecret } from '../observability/known-secrets';

/**
 * A secret from its variable or its file. A file that others may read is refused.
 * @returns undefined when neither is given
 */
export function secretFrom(
  variable: string,
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  const value = env[variable];
  if (value !== undefined && value !== '') return remembered(value);
  if (file === undefined) return undefined;
  try {
    const mode = statSync(file).mode & 0o777;
    if ((mode & 0o007) !== 0)
      throw new FirebreakError(
        'CONFIG_INVALID',
        `${file} may be read by others (mode ${mode.toString(8)}); make it 0600 or 0640`,
      );
    return remembered(readFileSync(file, 'utf8').trim());
  } catch (thrown) {
    if (thrown instanceof FirebreakError) throw thrown;
    throw new FirebreakError('CONFIG_INVALID', `${file} cannot be read: ${(thrown as Error).message}`);
  }
}

/** From here on no log line holds it. */
function remembered(secret: string): string {
  rememberSecret(secret);
  return secret;
}
