import { getExternalWorkflowHandle, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { Progress, ResponseInput, ResponseNews } from '../messages';
import { planQuery, progressQuery, workflowIds } from '../messages';
import { flow } from '../lib/activities';
import { startedWithin } from '../lib/parentage';
import { ProgressLine } from '../lib/progress-line';
import { progressMarkdown } from '../lib/progress-markdown';
import { Recorder } from '../lib/recorder';
import { setAttributes } from '../lib/search-attributes';
import { Teller } from '../lib/tell';
import { receiveOrders } from './receive-orders';
import { ResponseRun } from './run';

/**
 * Opens the run: handlers before anything is awaited, search attributes, and the line to the incident.
 * @throws ApplicationFailure NOT_AUTHORISED when no incident started it (B15)
 */
export function openRun(input: ResponseInput): ResponseRun {
  startedWithin(input.order.incident);
  const { order } = input;
  let shown = '';
  /** What the incident hears is also what the Temporal UI shows. */
  const show = (news: ResponseNews): ResponseNews => {
    const { phase, needsHuman } = news.progress;
    setCurrentDetails(progressMarkdown(whole(news), news.carried.plan));
    if (shown !== `${phase} ${needsHuman}`) setAttributes({ Phase: phase, NeedsHuman: needsHuman });
    shown = `${phase} ${needsHuman}`;
    return news;
  };
  const run: ResponseRun = new ResponseRun(input, {
    recorder: new Recorder({ incident: order.incident, authority: input.authority }, flow),
    teller: new Teller(input.authority),
    incident: new ProgressLine(getExternalWorkflowHandle(workflowIds.incident(order.incident)), () => show(run.news())),
  });
  receiveOrders(run);
  setHandler(progressQuery, () => whole(run.news()), { description: 'Where the response stands.' });
  setHandler(planQuery, () => run.plan, { description: 'The response plan.' });
  setAttributes({ order, Severity: order.severity });
  return run;
}

function whole({ progress, carried }: ResponseNews): Progress {
  return { ...progress, results: carried.results, failures: carried.failures };
}
