/**
 * How often something may happen in a window of time; kept in the memory of one worker (H8). What is refused does not count, so that
 * a flood does not keep the door shut for what comes after it.
 */
export class RateLimit {
  private readonly taken = new Map<string, number[]>();

  /** @param windowMs length of the window, milliseconds */
  constructor(
    private readonly windowMs: number,
    private readonly now: () => Date,
  ) {}

  /** @returns false when `most` have been taken under the key within the window */
  take(key: string, most: number): boolean {
    const now = this.now().getTime();
    const recent = (this.taken.get(key) ?? []).filter((at) => now - at < this.windowMs);
    const allowed = recent.length < most;
    if (allowed) recent.push(now);
    if (recent.length === 0) this.taken.delete(key);
    else this.taken.set(key, recent);
    return allowed;
  }
}
