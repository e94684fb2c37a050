import { ERRORS, FirebreakError, ensureFirebreakError } from '../domain/errors';

export interface DoctorCheck {
  readonly what: string;
  readonly ok: boolean;
  /** A run cannot do without it. */
  readonly needed: boolean;
  readonly detail: string;
}

/** Makes one check; never throws. `look` gives the words for what is in order, and throws what is not. */
export type Check = (
  what: string,
  needed: boolean,
  look: (signal: AbortSignal) => Promise<string>,
) => Promise<DoctorCheck>;

/** Makes checks that end in time, and knows which are under way. */
export class Checks {
  readonly #pending = new Set<string>();

  constructor(private readonly limitMs: number) {}

  /** What is being looked at now. */
  get pending(): readonly string[] {
    return [...this.#pending];
  }

  readonly check: Check = async (what, needed, look) => {
    const signal = AbortSignal.timeout(this.limitMs);
    const late = new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error())));
    this.#pending.add(what);
    try {
      return { what, needed, ok: true, detail: await Promise.race([look(signal), late]) };
    } catch (thrown) {
      const detail = signal.aborted ? `unreachable after ${this.limitMs / 1_000} s` : inWords(thrown);
      return { what, needed, ok: false, detail };
    } finally {
      this.#pending.delete(what);
    }
  };
}

/** The plain message of what has no code; the hint of a code unless it sends people to the doctor. */
function inWords(thrown: unknown): string {
  if (!(thrown instanceof FirebreakError)) return thrown instanceof Error ? thrown.message : String(thrown);
  const { code, message, problems, cause } = ensureFirebreakError(thrown);
  if (code === 'UNEXPECTED') return cause instanceof Error ? cause.message : message;
  const { hint } = ERRORS[code];
  const listed = problems.map((problem) => `${problem.path}: ${problem.message}`);
  const words = [message, ...listed].join(' ');
  return hint.includes('firebreak doctor') ? words : `${words} → ${hint}`;
}
