import type { IncidentOrder } from '../../src/domain/incident';
import type { Overrides } from '../support/mock-activities';
import { failure } from '../support/mock-activities';
import { useWorld } from '../support/use-world';

const world = useWorld();

async function released(changes: Partial<IncidentOrder> = {}, overrides: Overrides = {}): Promise<IncidentOrder> {
  const order = await world().respond({ hosts: ['web-1'], mode: 'block', ...changes }, overrides);
  await world().responseOf(order);
  await world().give(order, 'release');
  await world().result(order.incident);
  return order;
}
const closing = (order: IncidentOrder) =>
  world()
    .callsOf(order)
    .filter(({ name }) => ['undoAction', 'listUndo', 'supplementBag', 'writeReport'].includes(name))
    .map(({ name }) => name);

test('E7 what came after the seal is sealed in a supplement bag before the closing report', async () => {
  const order = await released();
  expect(closing(order).slice(-2)).toEqual(['supplementBag', 'writeReport']);
});

test('E7 a drill, and an incident without a sealed bag, have none', async () => {
  const drill = await world().respond({ hosts: ['web-1'], mode: 'block', drill: true });
  await world().result(drill.incident);
  expect(closing(drill)).not.toContain('supplementBag');
  const unsealed = await released(
    {},
    {
      sealBag: () => {
        throw failure('EVIDENCE_BROKEN');
      },
    },
  );
  expect(closing(unsealed)).not.toContain('supplementBag');
});

test('E7 that it fails is told, and the incident closes', async () => {
  const order = await released(
    {},
    {
      supplementBag: () => {
        throw failure('EVIDENCE_BROKEN');
      },
    },
  );
  const told = world()
    .callsOf(order, 'resolveRecipients')
    .map(({ input }) => input.notice as { readonly key: string; readonly nextAction?: unknown });
  expect(told.find(({ key }) => key === 'failure-supplement')).toMatchObject({
    nextAction: `firebreak evidence supplement ${order.incident}`,
  });
});
