import { FirebreakError } from '../../domain/errors';

const KEY = /^[a-z_]+$/;
/** The same set as in prelude.sh: nothing a shell would interpret. */
const VALUE = /^[A-Za-z0-9._:@/+=, -]*$/;
const MAX_VALUE = 8192;

/**
 * The header of a script's stdin: `key value` lines and an empty line. Lists go as words separated by blanks or commas;
 * anything with other characters goes into the data after the header.
 *
 * @throws FirebreakError BAD_INPUT for a key or value that could be read as something else
 */
export function encodeHeader(fields: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(fields).map(([key, value]) => {
    const text = String(value);
    if (!KEY.test(key)) throw new FirebreakError('BAD_INPUT', `not a header key: ${JSON.stringify(key)}`);
    if (!VALUE.test(text) || text.length > MAX_VALUE || text !== text.trim()) {
      throw new FirebreakError(
        'BAD_INPUT',
        `not usable as header value of ${key}: ${JSON.stringify(text.slice(0, 60))}`,
      );
    }
    return `${key} ${text}\n`;
  });
  return `${lines.join('')}\n`;
}
