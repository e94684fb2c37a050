import type { Cause } from '../../domain/cause';
import { FirebreakError } from '../../domain/errors';
import { printable } from '../../domain/printable';
import type { HostRunResult } from '../../ports/host-shell';
import { HOST_EXIT } from './host-exit';

/**
 * What a script said: `key words…` lines, complete. A host may be hostile: values are printable words of bounded length (ReplyLines),
 * to be compared and never to be obeyed.
 */
export class HostReply {
  readonly #values = new Map<string, string[]>();

  /** @param lines as ReplyLines gives them */
  constructor(lines: readonly string[]) {
    for (const line of lines) {
      const blank = line.indexOf(' ');
      const key = blank < 0 ? line : line.slice(0, blank);
      const value = blank < 0 ? '' : line.slice(blank + 1);
      const values = this.#values.get(key);
      if (values === undefined) this.#values.set(key, [value]);
      else values.push(value);
    }
  }

  /** The words after the first line with this key; undefined when there is none. */
  find(key: string): string | undefined {
    return this.#values.get(key)?.[0];
  }

  /** As `find`; a reply without it is not what the script says. @throws FirebreakError VERIFY_FAILED */
  get(key: string): string {
    const value = this.find(key);
    if (value === undefined) throw new FirebreakError('VERIFY_FAILED', { cause: 'reply-faulty', why: 'key', key });
    return value;
  }

  /** A non-negative integer. @throws FirebreakError VERIFY_FAILED */
  count(key: string): number {
    const value = this.get(key);
    if (!/^\d{1,15}$/.test(value))
      throw new FirebreakError('VERIFY_FAILED', { cause: 'reply-faulty', why: 'number', key });
    return Number(value);
  }

  /** Words of every line with this key. */
  all(key: string): readonly string[] {
    return this.#values.get(key) ?? [];
  }

  /** As `count`; 0 when the script did not say it. @throws FirebreakError VERIFY_FAILED */
  countOrNone(key: string): number {
    return this.find(key) === undefined ? 0 : this.count(key);
  }

  /** Names that the script said, each once, at most 20; what does not have the form of one is replaced by words that say so. */
  names(key: string, form: RegExp): readonly string[] {
    const names = this.all(key).map((value) => (form.test(value) ? value : 'something that has no proper name'));
    return [...new Set(names)].slice(0, MAX_NAMES);
  }

  /** What `fb_say_text` sent, as printable words; empty when there is none. */
  text(key: string): string {
    return hostWords(Buffer.from(this.find(key) ?? '', 'base64').toString('utf8'));
  }

  /** What `fb_say_file` sent: path on the host, digest and size. @throws FirebreakError VERIFY_FAILED */
  file(key: string): { readonly path: string; readonly sha256: string; readonly bytes: number } {
    const [path = '', sha256 = '', bytes = ''] = this.get(key).split(' ');
    if (!JOURNAL_PATH.test(path) || !/^[0-9a-f]{64}$/.test(sha256) || !/^\d{1,15}$/.test(bytes)) {
      throw new FirebreakError('VERIFY_FAILED', { cause: 'reply-faulty', why: 'file', key });
    }
    return { path, sha256, bytes: Number(bytes) };
  }
}

/** Files that scripts speak of lie in the host's journal: letters, digits and what action ids have. */
const JOURNAL_PATH = /^(?:\/[A-Za-z0-9._@+-]{1,255}){2,8}$/;

/** An action id, as kernel comments and holds have it. */
export const ACTION_WORD = /^INC-\d{8}-[0-9A-Z]{4}(?::[A-Za-z0-9._:@~-]{1,300})?$/;

/** Name of a network interface; the kernel takes any byte but `/` and blanks, scripts of people take these. */
export const INTERFACE_WORD = /^[A-Za-z0-9._@:-]{1,15}$/;

/** An interface and a hardware address beyond it. */
export const CARD_WORDS = /^[A-Za-z0-9._@:-]{1,15} [0-9a-f]{2}(?::[0-9a-f]{2}){5}$/;

const MAX_DETAIL = 300;
const MAX_NAMES = 20;

/** A host's words for messages and notes: printable, one line, of bounded length. */
export function hostWords(text: string): string {
  return printable(text, MAX_DETAIL);
}

/** Codes that programs and the gate end with. */
const OWN_CODES: ReadonlySet<number> = new Set(Object.values(HOST_EXIT));

/** Words of a program, of the gate, or of the shell that the gate runs a program with. */
const OWN_WORDS = /firebreak(?:-gate)?: |\/proc\/self\/fd\/3/;

/** Something else answered in place of the gate: a login shell that runs nothing, a forced command, a login file that ends. */
function notReached({
  code,
  lines,
  stderr,
  noise = hostWords(lines.slice(0, 5).join(' ')),
}: HostRunResult): FirebreakError {
  return new FirebreakError('HOST_GATE_NOT_REACHED', {
    ...{ cause: 'gate-silent', exit: code },
    ...(noise === '' ? {} : { stdout: noise }),
    ...(stderr === '' ? {} : { stderr: hostWords(stderr) }),
  });
}

/** The error for a script that did not end with 0. The script's own meanings are those of HOST_EXIT. */
function exitError(result: HostRunResult): FirebreakError {
  if (result.code < 128 && !OWN_CODES.has(result.code) && !OWN_WORDS.test(result.stderr)) return notReached(result);
  const words = hostWords(result.stderr);
  const detail: Cause = { cause: 'program-said', exit: result.code, ...(words === '' ? {} : { words }) };
  // 128 and more: a signal ended the script, wherever it was.
  if (result.code >= 128) return new FirebreakError('OUTCOME_UNKNOWN', detail);
  switch (result.code) {
    case HOST_EXIT.busy:
      return new FirebreakError('HOST_TIMEOUT', detail);
    case HOST_EXIT.otherPlan:
      return new FirebreakError('PLAN_CHANGED', detail);
    case HOST_EXIT.unsupported:
      return new FirebreakError('UNSUPPORTED_HOST', detail);
    case HOST_EXIT.io:
      return new FirebreakError('HOST_JOURNAL_UNWRITABLE', detail);
    case HOST_EXIT.usage:
      return new FirebreakError('BAD_INPUT', detail);
    default:
      return new FirebreakError('VERIFY_FAILED', detail);
  }
}

/**
 * Reads a reply that ends in `end`.
 *
 * @throws FirebreakError by exit code (HOST_EXIT): HOST_TIMEOUT, PLAN_CHANGED, UNSUPPORTED_HOST, BAD_INPUT, HOST_JOURNAL_UNWRITABLE, else VERIFY_FAILED;
 *   HOST_GATE_NOT_REACHED when something else answered; OUTCOME_UNKNOWN when the reply is cut off
 */
export function readReply(result: HostRunResult): HostReply {
  if (result.code !== HOST_EXIT.ok) throw exitError(result);
  // A program that ends with 0 has said something.
  if (result.lines.length === 0) throw notReached(result);
  if (result.lines.at(-1) !== 'end')
    throw new FirebreakError('OUTCOME_UNKNOWN', { cause: 'reply-faulty', why: 'cut-off' });
  return new HostReply(result.lines.slice(0, -1));
}
