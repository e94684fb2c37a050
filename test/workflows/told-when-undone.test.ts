import type { UndoItem } from '../../activities';
import { sampleResult } from '../support/incident-samples';
import { failure } from '../support/mock-activities';
import type { Overrides } from '../support/mock-activities';
import { useWorld } from '../support/use-world';

const world = useWorld();

/** Two hosts hold something, until it is undone. */
function inForce(isDrifted: (host: string) => boolean = () => false): Overrides {
  const undone = new Set<string>();
  return {
    listUndo: ({ incident }) =>
      ['web-1', 'db-1']
        .map((host): UndoItem => {
          const expiresAt = '2027-11-21T04:00:00.000Z';
          return { actionId: `${incident}:block-sources:${host}`, kind: 'block-sources', host, expiresAt };
        })
        .filter(({ actionId }) => !undone.has(actionId)),
    undoAction: ({ actionId }) => {
      const [, , host = ''] = actionId.split(':');
      if (isDrifted(host)) throw failure('DRIFT', `${host}: rules`);
      undone.add(actionId);
      return { result: sampleResult({ id: actionId, kind: 'block-sources', host }), unrecorded: [] };
    },
  };
}

describe.each(['release', 'stand-down'] as const)('B5 N6 people hear of a %s when it is so', (how) => {
  test('after the last undo, and not before', async () => {
    const order = await world().respond({ hosts: ['web-1', 'db-1'], mode: 'block' }, inForce());
    await world().responseOf(order);
    await world().give(order, how);
    await world().result(order.incident);
    const happened = world()
      .callsOf(order)
      .flatMap(({ name, input }) =>
        name === 'undoAction' ? [name] : name === 'resolveRecipients' ? [(input['notice'] as { key: string }).key] : [],
      );
    const told = happened.filter((key) => key.startsWith(how));
    expect(told).toHaveLength(1);
    expect(happened.filter((name) => name === 'undoAction').length).toBeGreaterThanOrEqual(2);
    expect(happened.indexOf(told[0]!)).toBeGreaterThan(happened.lastIndexOf('undoAction'));
  });

  test('nobody is told that all is undone while a host has not undone it', async () => {
    let isMended = false;
    const order = await world().respond(
      { hosts: ['web-1', 'db-1'], mode: 'block' },
      inForce((host) => host === 'db-1' && !isMended),
    );
    await world().responseOf(order);
    await world().give(order, how, 'bob');
    await world().until('people are told', () => world().told(order).includes('manual-undo-1'));
    expect(
      world()
        .told(order)
        .filter((key) => key.startsWith(how)),
    ).toEqual([]);
    isMended = true;
  });
});
