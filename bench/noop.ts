import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { noop } from './noop.workflow';

const QUEUE = 'bench-noop';

/** How long `count` workflows of so many no-op activities take together, milliseconds, with one worker on the same server. */
export async function noopThroughput(
  server: { readonly address: string; readonly namespace: string },
  count: number,
  activities: number,
): Promise<number> {
  Runtime.install({ logger: new DefaultLogger('WARN') });
  const native = await NativeConnection.connect({ address: server.address });
  const connection = await Connection.connect({ address: server.address });
  try {
    const worker = await Worker.create({
      connection: native,
      namespace: server.namespace,
      taskQueue: QUEUE,
      workflowsPath: require.resolve('./noop.workflow'),
      activities: { nothing: () => Promise.resolve() },
    });
    const client = new Client({ connection, namespace: server.namespace });
    return await worker.runUntil(async () => {
      const startedAt = Date.now();
      await Promise.all(
        Array.from({ length: count }, (_, index) =>
          client.workflow.execute<typeof noop>('noop', {
            workflowId: `noop-${index}`,
            taskQueue: QUEUE,
            args: [activities],
          }),
        ),
      );
      return Date.now() - startedAt;
    });
  } finally {
    await connection.close();
    await native.close();
  }
}
