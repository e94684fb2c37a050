import { FirebreakError } from '../../domain/errors';
import type { HostRunResult } from '../../ports/host-shell';
import { HOST_EXIT } from './host-exit';

/** What a script said: `key words…` lines, complete. A host may be hostile: values are words to compare, never commands. */
export class HostReply {
  readonly #lines: readonly (readonly [string, string])[];

  constructor(lines: readonly (readonly [string, string])[]) {
    this.#lines = lines;
  }

  /** The words after the first line with this key; undefined when there is none. */
  find(key: string): string | undefined {
    return this.#lines.find(([name]) => name === key)?.[1];
  }

  /** As `find`; a reply without it is not what the script says. @throws FirebreakError VERIFY_FAILED */
  get(key: string): string {
    const value = this.find(key);
    if (value === undefined) throw new FirebreakError('VERIFY_FAILED', `The host's reply lacks \`${key}\`.`);
    return value;
  }

  /** A non-negative integer. @throws FirebreakError VERIFY_FAILED */
  count(key: string): number {
    const value = this.get(key);
    if (!/^\d{1,15}$/.test(value)) throw new FirebreakError('VERIFY_FAILED', `The host's \`${key}\` is not a number.`);
    return Number(value);
  }

  /** Words of every line with this key. */
  all(key: string): readonly string[] {
    return this.#lines.filter(([name]) => name === key).map(([, value]) => value);
  }

  /** What `fb_say_text` sent; empty when there is none. */
  text(key: string): string {
    return Buffer.from(this.find(key) ?? '', 'base64').toString('utf8');
  }

  /** What `fb_say_file` sent: path on the host, digest and size. @throws FirebreakError VERIFY_FAILED */
  file(key: string): { readonly path: string; readonly sha256: string; readonly bytes: number } {
    const [path = '', sha256 = '', bytes = ''] = this.get(key).split(' ');
    if (!path.startsWith('/') || !/^[0-9a-f]{64}$/.test(sha256) || !/^\d{1,15}$/.test(bytes)) {
      throw new FirebreakError('VERIFY_FAILED', `The host's \`${key}\` is not a file.`);
    }
    return { path, sha256, bytes: Number(bytes) };
  }
}

const MAX_DETAIL = 300;

/** Turns control characters of a host's words into blanks and bounds their length, for messages and notes. */
export function hostWords(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .trim()
    .slice(0, MAX_DETAIL);
}

/** The error for a script that did not end with 0. The script's own meanings are those of HOST_EXIT. */
export function exitError(result: Pick<HostRunResult, 'code' | 'stderr'>): FirebreakError {
  const detail = hostWords(result.stderr) || `exit ${result.code}`;
  // 128 and more: a signal ended the script, wherever it was.
  if (result.code >= 128) return new FirebreakError('OUTCOME_UNKNOWN', detail);
  switch (result.code) {
    case HOST_EXIT.busy:
      return new FirebreakError('HOST_TIMEOUT', detail);
    case HOST_EXIT.otherPlan:
      return new FirebreakError('PLAN_CHANGED', detail);
    case HOST_EXIT.unsupported:
      return new FirebreakError('UNSUPPORTED_HOST', detail);
    case HOST_EXIT.usage:
      return new FirebreakError('BAD_INPUT', detail);
    default:
      return new FirebreakError('VERIFY_FAILED', detail);
  }
}

/**
 * Reads a reply that ends in `end`.
 *
 * @throws FirebreakError by exit code (HOST_EXIT): HOST_TIMEOUT, PLAN_CHANGED, UNSUPPORTED_HOST, BAD_INPUT, else VERIFY_FAILED;
 *   OUTCOME_UNKNOWN when the reply is cut off
 */
export function readReply(result: HostRunResult): HostReply {
  if (result.code !== HOST_EXIT.ok) throw exitError(result);
  const lines = result.stdout.split('\n').filter((line) => line !== '');
  const end = lines.pop();
  if (result.truncated || end !== 'end') {
    throw new FirebreakError('OUTCOME_UNKNOWN', 'The reply of the host was cut off.');
  }
  return new HostReply(
    lines.map((line) => {
      const blank = line.indexOf(' ');
      return blank < 0 ? ([line, ''] as const) : ([line.slice(0, blank), line.slice(blank + 1)] as const);
    }),
  );
}
