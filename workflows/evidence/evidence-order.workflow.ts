import { ApplicationFailure, proxyActivities } from '@temporalio/workflow';
import type { EvidenceOrderActivities, EvidenceOrderInput } from '../../activities';
import { EVIDENCE_HEARTBEAT_TIMEOUT_MS } from '../../src/domain/numbers';
import { TASK_QUEUES } from '../../src/domain/queues';

/** Large bags are read through, and hosts are asked for their logs. */
const evidence = proxyActivities<EvidenceOrderActivities>({
  taskQueue: TASK_QUEUES.evidence,
  startToCloseTimeout: '60 m',
  heartbeatTimeout: EVIDENCE_HEARTBEAT_TIMEOUT_MS,
  retry: { initialInterval: '5 s', backoffCoefficient: 2, maximumInterval: '60 s' },
});

const SUMMARIES = {
  'evidence-supplement': 'Seal what came after the last seal in a supplement bag',
  'evidence-transfer': 'Record who has the evidence from now on',
  'evidence-dispose': 'Dispose of the collected bytes',
} as const;

/** One order about sealed evidence (E7). It decides nothing: the activity asks for the grant. */
export async function evidenceOrder(input: EvidenceOrderInput): Promise<void> {
  // Whoever reaches the server gives the input: what is no order must end the run, not fail its task again and again.
  const given = input as Partial<Record<'order', { readonly action?: unknown } | null>> | null | undefined;
  const action = String(given?.order?.action);
  if (!Object.hasOwn(SUMMARIES, action)) throw ApplicationFailure.nonRetryable('The input is no order.', 'BAD_INPUT');
  const summary = SUMMARIES[action as keyof typeof SUMMARIES];
  await evidence.carryOutEvidenceOrder.executeWithOptions({ summary }, [input]);
}
