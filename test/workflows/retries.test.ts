import { eventLog } from '../support/event-log';
import { failure } from '../support/mock-activities';
import { repeatAfterHang } from '../support/use-world';
import { WorkflowWorld } from '../support/workflow-world';

repeatAfterHang();
let world: WorkflowWorld;
beforeAll(async () => {
  world = await WorkflowWorld.open();
});
afterAll(() => world.close());
afterEach(() => world.endIncidents());

/** Retry policy and number of attempts of an activity that always fails, from the recorded history. */
async function policyOf(activity: string, id: string) {
  const log = eventLog(await world.env.client.workflow.getHandle(id).fetchHistory());
  const scheduled = log.find((event) => event.kind === 'ActivityTaskScheduled' && event.name === activity);
  const { retryPolicy } = scheduled!.attributes as {
    retryPolicy: { maximumAttempts: number; backoffCoefficient: number; initialInterval: { seconds: unknown } };
  };
  return {
    attempts: retryPolicy.maximumAttempts,
    coefficient: retryPolicy.backoffCoefficient,
    seconds: Number(retryPolicy.initialInterval.seconds),
  };
}

test('B6 network control: 3 attempts, 10 s apart', async () => {
  const order = await world.declare(
    { hosts: ['web-1'] },
    {
      performAction: () => {
        throw failure('VERIFY_FAILED');
      },
    },
  );
  await world.start(order);
  await world.responseOf(order);
  expect(await policyOf('performAction', `${order.incident}:response-1`)).toEqual({
    attempts: 3,
    coefficient: 1,
    seconds: 10,
  });
  const [first] = world.calls.filter((call) => call.incident === order.incident && call.name === 'performAction');
  const tries = world.calls.filter(
    (call) => call.name === 'performAction' && JSON.stringify(call.input) === JSON.stringify(first!.input),
  );
  expect(tries).toHaveLength(3);
});

test('B6 log collection: 4 attempts, 5 s apart, then the alternative means', async () => {
  const order = await world.declare(
    { hosts: ['web-1'] },
    {
      collectLogs: () => {
        throw failure('LOGS_UNAVAILABLE');
      },
    },
  );
  await world.start(order);
  await world.responseOf(order);
  expect(await policyOf('collectLogs', `${order.incident}:response-1`)).toEqual({
    attempts: 4,
    coefficient: 1,
    seconds: 5,
  });
  expect(world.calls.filter((call) => call.incident === order.incident && call.name === 'collectLogs')).toHaveLength(4);
  expect(
    world.calls.filter((call) => call.incident === order.incident && call.name === 'collectAlternative'),
  ).toHaveLength(1);
});
