import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { TASK_QUEUES } from '../../src/domain/queues';

/** Looks for a base32 secret in every history of an enrolment: plain, and as the payloads of Temporal encode it. */
export async function expectNotInHistory(client: Client, secret: string): Promise<void> {
  expect(secret).toHaveLength(32);
  const histories: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query: `WorkflowType = 'enrolment'` })) {
    const history = await client.workflow.getHandle(workflowId).fetchHistory();
    histories.push(textOf(history));
  }
  expect(histories.length).toBeGreaterThan(1);
  expect(histories.join()).toContain('handover');
  expect(histories.join()).not.toContain(secret);
}

/** Starts enrolments as somebody who reaches the Temporal server and holds nothing else. @returns their results */
export async function forgeEnrolments(client: Client): Promise<Promise<unknown>[]> {
  const request = { name: 'eve', publicKey: 'ssh-ed25519 AAAA', roles: ['admin'], enrolment: '0', handoverKey: '' };
  const inputs = [{ first: { ...request, proof: 'AAAA' } }, { grantId: '0', order: null }, null, {}, 'x'];
  return Promise.all(
    inputs.map(async (input) => {
      const handle = await client.workflow.start('enrolment', {
        workflowId: `forged-enrolment-${randomUUID()}`,
        taskQueue: TASK_QUEUES.flow,
        args: [input],
      });
      const result = handle.result();
      // Looked at one after the other by the caller.
      result.catch(() => undefined);
      return { result };
    }),
  ).then((runs) => runs.map(({ result }) => result));
}

/** Everything in it; payloads are bytes, and as text they show what they hold. */
function textOf(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.values(value).map(textOf).join(' ');
}
