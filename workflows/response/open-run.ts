import { getExternalWorkflowHandle, setCurrentDetails, setHandler, workflowInfo } from '@temporalio/workflow';
import type { CarriedOver, Progress, ResponseInput } from '../messages';
import { ordersSignal, planQuery, progressQuery, progressSignal } from '../messages';
import { Recorder } from '../lib/recorder';
import { Teller } from '../lib/tell';
import { progressMarkdown } from '../lib/progress-markdown';
import { setAttributes } from '../lib/search-attributes';
import { ResponseRun } from './run';

/** Opens the run: handlers before anything is awaited, search attributes, and the line to the incident. */
export function openRun(input: ResponseInput): ResponseRun {
  const parent = workflowInfo().parent;
  const incident = parent === undefined ? undefined : getExternalWorkflowHandle(parent.workflowId, parent.runId);
  let phase = '';
  const onChange = (progress: Progress, carried: CarriedOver): void => {
    setCurrentDetails(progressMarkdown(progress, carried.plan));
    if (progress.phase !== phase) {
      phase = progress.phase;
      setAttributes({ Phase: progress.phase, NeedsHuman: progress.needsHuman });
    }
    incident?.signal(progressSignal, progress, carried).catch(() => undefined);
  };
  const run = new ResponseRun(
    input,
    new Date().toISOString(),
    new Recorder(input.order.incident),
    new Teller(),
    onChange,
  );
  setHandler(ordersSignal, (orders) => {
    run.orders = orders;
    // Also the question whether the run is alive: a step may be quiet for minutes.
    run.changed();
  });
  setHandler(progressQuery, () => run.progress());
  setHandler(planQuery, () => run.plan);
  return run;
}
