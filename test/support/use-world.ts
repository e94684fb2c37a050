import type { WorldOptions } from './workflow-world';
import { WorkflowWorld } from './workflow-world';

/**
 * The test server hangs now and then: it refuses a workflow task with ACTIVITY_UNKNOWN when a cancel and the end of what is cancelled
 * meet, and does not hand it out again (temporal-test-server 1.32.1; the real server does, test/workflows/real-server.test.ts). A test
 * that meets this is repeated once, in a new world; one that fails for a reason of its own fails again.
 */
export function repeatAfterHang(): void {
  jest.retryTimes(1, { logErrorsBeforeRetry: true, retryImmediately: true });
}

/** One world for a test file; what a test leaves open is ended after it. Call it at the top of the file. */
export function useWorld(options: WorldOptions = {}): () => WorkflowWorld {
  if (options.server === undefined) repeatAfterHang();
  let world: WorkflowWorld | undefined;
  beforeAll(async () => {
    world = await WorkflowWorld.open(options);
  });
  afterEach(() => world?.endIncidents());
  afterAll(() => world?.close());
  return () => {
    if (world === undefined) throw new Error('the world is not open yet');
    return world;
  };
}
