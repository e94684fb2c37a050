import type { WorldOptions } from './workflow-world';
import { WorkflowWorld } from './workflow-world';

/** One world for a test file; what a test leaves open is ended after it. Call it at the top of the file. */
export function useWorld(options: WorldOptions = {}): () => WorkflowWorld {
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
