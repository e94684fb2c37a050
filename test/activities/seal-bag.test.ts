import { sampleBag } from '../support/incident-samples';
import { ActWorld, failureOf, INCIDENT } from './support/act-world';

describe('sealBag', () => {
  test('H1 whoever else knows the grant of an open incident cannot seal its bag early', async () => {
    let seals = 0;
    const world = new ActWorld({
      evidence: {
        sealed: () => Promise.resolve(undefined),
        record: () => Promise.resolve(),
        seal: () => {
          seals += 1;
          return Promise.resolve(sampleBag(INCIDENT));
        },
      },
    });
    world.caller = 'forger';
    const tried = world.run(world.activities.evidence.sealBag, { incident: INCIDENT });
    expect(await failureOf(tried)).toMatchObject({ type: 'NOT_AUTHORISED' });
    expect(seals).toBe(0);
    expect(world.events).toMatchObject([{ action: 'act.refused', subject: `seal:${INCIDENT}` }]);
  });

  test.each(['table', 'ledger'])(
    'E8 B10 PostgreSQL away right after the seal (%s): the next attempt writes the bag down',
    async (which) => {
      const bag = sampleBag(INCIDENT);
      let seals = 0;
      const world = new ActWorld({
        evidence: {
          sealed: () => Promise.resolve(seals > 0 ? bag : undefined),
          record: () => Promise.resolve(),
          seal: () => {
            seals += 1;
            if (which === 'table') world.away = true;
            return Promise.resolve(bag);
          },
        },
      });
      const seal = (attempt: number) => world.run(world.activities.evidence.sealBag, { incident: INCIDENT }, attempt);
      if (which === 'table') await failureOf(seal(1));
      else await seal(1);
      world.away = false;
      if (which === 'ledger') world.events.splice(0);
      expect(await seal(2)).toEqual(bag);
      expect(await seal(3)).toEqual(bag);
      expect(seals).toBe(1);
      expect(world.bag).toEqual(bag);
      expect(world.events).toMatchObject([{ action: 'evidence.seal', result: bag.root, at: bag.sealedAt }]);
    },
  );
});
