const MAX_REMEMBERED = 1_000;

/**
 * Whether an earlier attempt may have arrived, for channels that cannot be asked (B10).
 *
 * An attempt that surely failed (nobody listening, refused before the text was handed over) leaves no doubt. What this
 * process has not seen itself stays in doubt: after a crash another worker made the earlier attempts.
 */
export class EarlierAttempts {
  readonly #sureFailures = new Map<string, number>();

  /** @param attempt the attempt about to be made, from 1 */
  inDoubt(messageId: string, attempt: number): boolean {
    return attempt > 1 && (this.#sureFailures.get(messageId) ?? 0) < attempt - 1;
  }

  surelyFailed(messageId: string): void {
    this.#sureFailures.set(messageId, (this.#sureFailures.get(messageId) ?? 0) + 1);
    for (const oldest of this.#sureFailures.keys()) {
      if (this.#sureFailures.size <= MAX_REMEMBERED) break;
      this.#sureFailures.delete(oldest);
    }
  }

  forget(messageId: string): void {
    this.#sureFailures.delete(messageId);
  }
}
