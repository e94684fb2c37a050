import { conflictFacts } from '../../src/domain/assessment';
import type { ResponseRun } from './run';

const STEP = 'urgent notification';

/** 緊急通知: the start notice goes out at once; nothing ever waits for it (N1, N2). Told once, whoever asks for it. */
export function urgentNotification(run: ResponseRun): void {
  if (run.notified) return;
  run.notified = true;
  run.enter('notifying', STEP);
  const { type, severity, mode } = run.input.order;
  run.tell('start', 'start', {
    facts: [
      { fact: 'stated', type, severity, mode },
      ...(run.assessment === null ? [] : conflictFacts(run.assessment).slice(0, 2)),
    ],
    nextAction: `firebreak ack ${run.incident}`,
  });
  run.leave(STEP, 'done', { fact: 'on-its-way' });
}
