import { getExternalWorkflowHandle } from '@temporalio/workflow';
import { contain } from '../lib/activities';
import { codeOf, wordsOf } from '../lib/failure';
import { workflowIds } from '../messages';
import type { Desk } from './desk';

/**
 * Release and stand-down: this incident's controls are undone exactly, newest first, hosts side by side; what another incident owns
 * stays (B5, C4). An undo that fails is told and left open, never skipped in silence.
 */
export async function undoEverything(desk: Desk): Promise<void> {
  const { order } = desk.input;
  const how = desk.orders.ended?.how ?? 'release';
  desk.tell(how, how, [`${how} by ${desk.orders.ended?.by ?? order.operator}`], `firebreak report ${order.incident}`);
  if (desk.watching)
    await getExternalWorkflowHandle(workflowIds.watch(order.incident))
      .cancel()
      .catch(() => undefined);
  const planHash = desk.result?.plan?.planHash ?? desk.carried?.plan?.planHash ?? '';
  const list = await contain.listUndo(`${how}: list what is in force`, { incident: order.incident });
  const hosts = [...new Set(list.map((item) => item.host))];
  const failed = await Promise.all(
    hosts.map(async (host) => {
      const words: string[] = [];
      for (const item of list.filter((candidate) => candidate.host === host)) {
        const input = {
          incident: order.incident,
          host,
          severity: order.severity,
          type: order.type,
          operator: desk.orders.ended?.by ?? order.operator,
        };
        try {
          if (item.kind === 'forced-isolation')
            await contain.liftForcedIsolation(`${host}: lift forced isolation`, {
              ...input,
              expiresAt: item.expiresAt,
            });
          else
            await contain.undoAction(`${host}: undo ${item.kind}`, {
              ...input,
              planHash,
              actionId: item.actionId,
              drill: false,
            });
        } catch (thrown) {
          if (codeOf(thrown) === 'CANCELLED') throw thrown;
          words.push(`${host}: ${item.kind} could not be undone: ${wordsOf(thrown)}`);
        }
      }
      return words;
    }),
  );
  const open = failed.flat();
  if (open.length === 0) return;
  desk.undoFailed = true;
  desk.raise('manual', open.join('; ').slice(0, 500));
  desk.tell('manual-response', 'manual-undo', open.slice(0, 3), `firebreak block list --incident ${order.incident}`);
}
