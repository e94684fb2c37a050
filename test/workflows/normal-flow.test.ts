import { activitiesOf } from '../support/event-log';
import { WorkflowWorld } from '../support/workflow-world';

let world: WorkflowWorld;
beforeAll(async () => {
  world = await WorkflowWorld.open();
});
afterAll(() => world.close());
afterEach(() => world.endIncidents());

test('B2 probe', async () => {
  const order = await world.respond();
  const result = await world.responseOf(order);
  console.log(result.outcome, result.abnormal, result.failures);
  const log = await world.responseLog(order);
  console.log(log.map((e) => `${e.kind} ${e.name ?? ''} ${e.summary ?? ''}`).join('\n'));
  const log2 = await world.log(order.incident);
  console.log(log2.map((e) => `${e.kind} ${e.name ?? ''} ${e.summary ?? ''}`).join('\n'));
  expect(activitiesOf(log)).toEqual([]);
});
