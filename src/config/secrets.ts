import { FirebreakError } from '../domain/errors';
import { rememberSecret } from '../observability/known-secrets';
import { readTrustedFile } from './trusted-file';

/**
 * A secret from its variable or its file. A file that others may read, or that belongs to somebody else, is refused.
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
  const text = readTrustedFile(file, 0o027, 'is open to others; make it 0600 or 0640');
  if (text === undefined) throw new FirebreakError('CONFIG_INVALID', `${file} cannot be read: there is no such file`);
  return remembered(text.trim());
}

/** From here on no log line holds it. */
function remembered(secret: string): string {
  rememberSecret(secret);
  return secret;
}
