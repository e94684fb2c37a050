import { patched, workflowInfo } from '@temporalio/workflow';
import { supplementing } from '../lib/activities';
import { faultOf } from '../lib/failure';
import type { Desk } from './desk';

/** Mark in histories: what came after the seal goes into a bag of its own. */
const SUPPLEMENTS = 'supplements-evidence';

/** Watch, undo and later logs come after the seal: they go into the supplement bag (E7). That it fails is told, and holds nothing up. */
export async function supplementEvidence(desk: Desk): Promise<void> {
  const { result, order } = desk;
  if (result === null || result.bag === null || order.drill || !patched(SUPPLEMENTS)) return;
  const { workflowId, runId } = workflowInfo();
  try {
    await supplementing.supplementBag('seal what came after the seal in a supplement bag', {
      ...desk.onBehalf,
      workflow: { id: workflowId, runId },
    });
  } catch (thrown) {
    const next = `firebreak evidence supplement ${order.incident}`;
    desk.tell('failure', 'failure-supplement', [{ fact: 'no-supplement', fault: faultOf(thrown) }], next);
  }
}
