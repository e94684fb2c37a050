import type { BagOpening } from '../../src/ports/evidence-store';
import { ActWorld, failureOf, INCIDENT, ORDER } from './support/act-world';

describe('openBag', () => {
  const opened: BagOpening[] = [];
  const world = () =>
    new ActWorld({
      evidence: {
        open: (opening) => {
          opened.push(opening);
          return Promise.resolve();
        },
      },
    });
  const open = (at: ActWorld, incident = INCIDENT) =>
    at.run(at.activities.evidence.openBag, { incident, workflow: { id: `${incident}:response-1`, runId: 'run' } });

  beforeEach(() => opened.splice(0));

  test('E1 B15 PostgreSQL away: the bag says what was signed, which is what the row says', async () => {
    const there = world();
    await open(there);
    const away = world();
    away.away = true;
    await open(away);
    expect(opened).toHaveLength(2);
    expect(opened[1]).toEqual(opened[0]);
    expect(opened[1]).toMatchObject({ documentSha256: ORDER.documentSha256, operator: 'alice' });
  });

  test('E4 a host without a pinned key keeps no bag from being opened', async () => {
    const at = world();
    at.unpinned.add(ORDER.hosts[0]!);
    await open(at);
    expect(opened[0]?.hosts).toContainEqual({ name: ORDER.hosts[0] });
  });

  test('B15 what was signed for another incident opens no bag', async () => {
    const at = world();
    at.away = true;
    expect(await failureOf(open(at, 'INC-20261120-8888' as typeof INCIDENT))).toMatchObject({
      type: 'NOT_AUTHORISED',
    });
    expect(opened).toEqual([]);
  });
});
