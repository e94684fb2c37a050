/**
 * A host that limits new connections (`ufw limit`, fail2ban, sshd's PerSourcePenalties) counts every try of a banned address. So many
 * refusals in a row look like such a limit.
 */
const REFUSALS_TO_REST = 5;

/** Logins in a row that end without a word. Each may be one that sshd refuses, and its failures are counted by fail2ban too. */
const DROPS_TO_REST = 2;

/** Windows of the usual limits are 30 s; a ban then ends before the next try, whatever its jitter. */
const REST_MS = 31_000;
const REST_JITTER_MS = 10_000;

/** So many tries in a row without an answer may be a limit that drops instead of refusing; a dead host looks the same. */
const SILENCES_TO_REST = 3;

/** A longer rest is for limits with a longer window. */
const LONGEST_REST = 2;

/** Silence of a host that let us in so recently may be a limit that drops instead of refusing. */
const LATELY_MS = 60_000;

/**
 * What one process knows of a host that turns new connections away. All callers of that host share it. After some refusals nobody tries
 * for more than 30 s; then single tries follow, each after another rest, until one is let in. So no try prolongs a ban.
 */
export class ConnectionBackoff {
  #refusals = 0;
  #silences = 0;
  #drops = 0;
  #dropsLogins = false;
  #rests = 0;
  #restUntil = 0;
  #letInAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly now: () => number = Date.now,
    private readonly random: () => number = Math.random,
  ) {}

  /** Milliseconds until a connection may be tried again; 0 for at once. */
  restMs(): number {
    // A clock that was set back makes no rest longer.
    return Math.max(0, Math.min(this.#restUntil - this.now(), LONGEST_REST * (REST_MS + REST_JITTER_MS)));
  }

  /**
   * A connection was refused quickly. The first refusal after a rest begins the next one. Inside a rest it is that of a connection that
   * was under way, or of somebody who insists: the rest ends when it would have.
   */
  refused(): void {
    if (this.restMs() > 0) return;
    this.#silences = 0;
    this.#refusals += 1;
    if (this.#rests > 0 || this.#refusals >= REFUSALS_TO_REST) this.#rest();
  }

  /** A login ended without a word. The first one after a rest begins the next rest. */
  dropped(): void {
    this.#silences = 0;
    this.#drops += 1;
    if (this.#rests > 0 || this.#drops >= DROPS_TO_REST) this.#rest(true);
  }

  /** Why the host is left alone: it ends logins; else it turns connections away. */
  get dropsLogins(): boolean {
    return this.#dropsLogins;
  }

  /**
   * No answer came. Inside a rest that changes nothing, as with refusals. Silence of a host that let us in a moment ago, or that has turned us away, begins a rest like refusals do.
   * @returns milliseconds after which the caller is to come again; undefined while it may try on
   */
  silent(): number | undefined {
    if (this.restMs() > 0) return this.restMs();
    this.#silences += 1;
    if (this.#rests === 0 && this.#silences < SILENCES_TO_REST) return undefined;
    if (this.#rests > 0 || this.now() - this.#letInAt < LATELY_MS) this.#rest();
    this.#silences = 0;
    return Math.max(this.restMs(), REST_MS + this.random() * REST_JITTER_MS);
  }

  #rest(dropsLogins = false): void {
    this.#refusals = 0;
    this.#silences = 0;
    this.#drops = 0;
    this.#dropsLogins = dropsLogins;
    this.#rests = Math.min(this.#rests + 1, LONGEST_REST);
    this.#restUntil = this.now() + this.#rests * (REST_MS + this.random() * REST_JITTER_MS);
  }

  letIn(): void {
    this.#refusals = 0;
    this.#silences = 0;
    this.#drops = 0;
    this.#rests = 0;
    this.#restUntil = 0;
    this.#letInAt = this.now();
  }
}
