/** Keys in memory before those whose window is over are dropped. */
const MANY_KEYS = 1_000;

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
    const recent = this.recent(key);
    const allowed = recent.length < most;
    if (allowed) recent.push(this.now().getTime());
    if (recent.length === 0) this.taken.delete(key);
    else this.taken.set(key, recent);
    if (this.taken.size > MANY_KEYS) this.sweep();
    return allowed;
  }

  /** @returns how many more could be taken now */
  room(key: string, most: number): number {
    return Math.max(0, most - this.recent(key).length);
  }

  private recent(key: string): number[] {
    const now = this.now().getTime();
    return (this.taken.get(key) ?? []).filter((at) => now - at < this.windowMs);
  }

  private sweep(): void {
    for (const key of this.taken.keys()) if (this.recent(key).length === 0) this.taken.delete(key);
  }
}
