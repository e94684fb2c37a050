/** The values that were kept last, by key, as many as fit. */
export class Latest<T> {
  private readonly kept = new Map<string, T>();

  constructor(private readonly size: number) {}

  get(key: string): T | undefined {
    return this.kept.get(key);
  }

  /** @returns the value */
  keep(key: string, value: T): T {
    this.kept.delete(key);
    this.kept.set(key, value);
    const [oldest] = this.kept.keys();
    if (this.kept.size > this.size && oldest !== undefined) this.kept.delete(oldest);
    return value;
  }
}
