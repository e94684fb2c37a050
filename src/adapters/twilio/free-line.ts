import { setTimeout as sleep } from 'node:timers/promises';
import { FirebreakError } from '../../domain/errors';
import type { HeldLine, PhoneLines } from '../../ports/phone-lines';

/** A phone that may be rung. */
export interface Line extends HeldLine {
  /** The call that this delivery has placed before, and whose end was not seen. */
  readonly earlierCall: string | undefined;
}

/** Every phone is free: for a process that rings nobody else. */
export const NO_LINES: PhoneLines = {
  take: () =>
    Promise.resolve({
      state: 'taken',
      line: { placed: () => Promise.resolve(), free: () => Promise.resolve(), leave: () => undefined },
    }),
};

/**
 * Takes the phone's line, so that nobody else of ours rings it (H8).
 * @param wait how long a busy line is waited for, and how often it is asked for
 * @param isOver whether a call that a dead worker has left behind has come to its end
 * @throws FirebreakError LINE_BUSY
 */
export async function freeLine(
  lines: PhoneLines,
  { to, delivery }: { readonly to: string; readonly delivery: string },
  wait: { readonly ms: number; readonly pollMs: number },
  isOver: (sid: string) => Promise<boolean>,
  signal: AbortSignal,
): Promise<Line> {
  const giveUpAt = Date.now() + wait.ms;
  for (;;) {
    const taken = await lines.take(to, delivery);
    if (taken.state === 'taken') return { ...taken.line, earlierCall: undefined };
    if (taken.state === 'placed') {
      if (taken.ofThisDelivery) return { ...taken.line, earlierCall: taken.callId };
      if (await isOver(taken.callId)) return { ...taken.line, earlierCall: undefined };
      taken.line.leave();
    }
    if (Date.now() >= giveUpAt) throw new FirebreakError('LINE_BUSY');
    await sleep(Math.max(wait.pollMs, 1), undefined, { signal });
  }
}
