/** What a worker seals. The kind is part of the seal, so that one is never taken for another. */
export type SealKind = 'plan' | 'late-record' | 'act-event' | 'order-event' | 'host-conversation' | 'closing';

/**
 * Seals what one worker derived or saw, so that any worker can tell later that a worker did (H1). The key is the workers' own:
 * whoever reaches Temporal or the tables can carry a sealed text about, but cannot read or make one.
 */
export interface WorkerSeal {
  /**
   * @param binding what it belongs to, e.g. incident and plan hash; opening it with another binding fails
   * @param content JSON
   * @returns base64
   */
  seal(kind: SealKind, binding: Readonly<Record<string, string>>, content: unknown): Promise<string>;
  /** @throws FirebreakError NOT_AUTHORISED when no worker has sealed it as this kind with this binding */
  open(kind: SealKind, binding: Readonly<Record<string, string>>, sealed: string): Promise<unknown>;
}
