import type { ResponseRun } from './run';

/** 緊急通知: the start notice goes out at once; nothing ever waits for it (N1, N2). Told once, whoever asks for it. */
export function urgentNotification(run: ResponseRun): void {
  run.tell('start', 'start', {
    facts: [
      `stated ${run.input.order.type}, ${run.input.order.severity}; mode ${run.input.order.mode}`,
      ...(run.assessment?.contradictions ?? []).slice(0, 2),
    ],
    nextAction: `firebreak ack ${run.incident}`,
  });
}
