import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { spawnBound } from '../../src/supervision/bound-child';
import { freePort, LOOPBACK } from '../../src/supervision/free-ports';
import { findTestServer } from '../../temporal/test-server';

const quiet = { info: () => undefined, warn: () => undefined };

/** Private: the public way to a server that is there already does without skipping. */
const create = TestWorkflowEnvironment['create'] as (options: {
  readonly server: { readonly type: 'existing' };
  readonly address: string;
  readonly namespace: string;
  readonly supportsTimeSkipping: boolean;
}) => Promise<TestWorkflowEnvironment>;

/**
 * A server that skips time. The SDK gives a server that it starts itself five seconds to answer, which a JVM on a busy machine does
 * not always keep; this one has as long as it lives. It ends with `teardown`, or with this process.
 */
export async function startSkippingServer(): Promise<TestWorkflowEnvironment> {
  const path = await findTestServer({ log: quiet });
  const port = await freePort();
  const server = await spawnBound({ command: path, args: [String(port)], cwd: '/', logFile: '/dev/null' });
  const end = async (): Promise<void> => {
    server.signal('SIGKILL');
    await server.ended;
  };
  try {
    while (!(await accepts(port))) {
      if (!server.running()) throw new Error(`the server that skips time ended: ${await server.ended}`);
      await sleep(50);
    }
    const environment = await connected(`${LOOPBACK}:${port}`, () => server.running());
    const teardown = environment.teardown.bind(environment);
    environment.teardown = () => teardown().finally(end);
    return environment;
  } catch (thrown) {
    await end();
    throw thrown;
  }
}

/** A server that has opened its port may still be too busy to answer within the SDK's patience. */
async function connected(address: string, isRunning: () => boolean): Promise<TestWorkflowEnvironment> {
  for (;;) {
    try {
      return await create.call(TestWorkflowEnvironment, {
        server: { type: 'existing' },
        address,
        namespace: 'default',
        supportsTimeSkipping: true,
      });
    } catch (thrown) {
      if (!isRunning()) throw thrown;
    }
  }
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, LOOPBACK);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
