import { missingBlocks, readSecurity } from '../../activities/reading';
import type { Host } from '../../src/domain/host';
import type { SecurityReading } from '../../src/domain/security-state';
import { sampleOrder, sampleReading } from '../support/incident-samples';

const ORDER = sampleOrder('2026-11-20T03:00:00.000Z', { hosts: ['web-1'] });
const { incident } = ORDER;

/** A host on which this listens and this is in force, and tables that hold the readings and the controls. */
class World {
  readonly stored: { readonly stage: string; readonly reading: SecurityReading }[] = [];
  readonly signal = new AbortController().signal;
  asked = 0;
  counted: { readonly at?: string; readonly droppedPackets?: number | null } = {};
  fresh: boolean | undefined;
  constructor(
    public listening: readonly string[],
    private readonly rows: readonly object[] = [],
    private readonly inForce: readonly string[] = [],
  ) {}

  private readonly deps = {
    site: { hosts: new Map(), protectedAddresses: [], widths: {} },
    incidents: {
      find: () => Promise.resolve({ order: ORDER }),
      document: () => Promise.resolve(Buffer.from(JSON.stringify({ title: 'x', accounts: [], sources: [] }))),
    },
    responses: {
      readings: () =>
        Promise.resolve({ before: this.stored.flatMap(({ stage, reading }) => (stage === 'before' ? [reading] : [])) }),
      latestReadings: () => Promise.resolve(this.stored.flatMap(({ reading }) => reading).slice(-1)),
      recordReading: (_incident: unknown, stage: string, reading: SecurityReading) => {
        this.stored.push({ stage, reading });
        return Promise.resolve();
      },
    },
    controls: { active: () => Promise.resolve(this.rows), released: () => Promise.resolve([]) },
    inspector: {
      facts: (_host: unknown, _context: unknown, fresh?: boolean) => {
        this.asked += 1;
        this.fresh = fresh;
        return Promise.resolve({ blocks: this.inForce.map((target) => ({ target })) });
      },
    },
    collector: {
      reading: () => Promise.resolve({ ...sampleReading('web-1'), listeners: this.listening, ...this.counted }),
    },
  } as never;

  async unexpected(stage: 'before' | 'after' | 'watch', listeners?: readonly string[]) {
    const host = { name: 'web-1', ...(listeners === undefined ? {} : { listeners }) } as Host;
    await readSecurity(this.deps, this.deps, { incident, host, stage, drift: 0 }, this.signal);
    // What is kept is what the report shows.
    return this.stored.at(-1)?.reading.unexpectedListeners;
  }

  missing(afterActs = false) {
    return missingBlocks(this.deps, this.deps, incident, { name: 'web-1' } as Host, this.signal, afterActs);
  }
}

describe('C2 what is in force after the last act of a host', () => {
  const row = (kind: string) => ({ host: 'web-1', kind, target: 'deploy', state: 'active' });

  test.each([
    ['after containment', true, 1, true],
    ['at any other time', false, 0, undefined],
  ])('%s: over a fresh connection %s, whatever kind of act it was', async (_when, afterActs, asked, fresh) => {
    const world = new World([], [row('disable-account')]);
    await world.missing(afterActs);
    expect([world.asked, world.fresh]).toEqual([asked, fresh]);
  });

  test('a host on which nothing was done is not asked', async () => {
    const world = new World([]);
    expect(await world.missing(true)).toBe(0);
    expect(world.asked).toBe(0);
  });
});

describe('B13 what listens on a host', () => {
  test('is unexpected when it did not listen before containment', async () => {
    const world = new World(['tcp/22', 'udp/8080']);
    expect(await world.unexpected('before')).toEqual([]);
    expect(await world.unexpected('after')).toEqual([]);
    world.listening = ['tcp/22', 'tcp/4444', 'udp/8080'];
    expect(await world.unexpected('after')).toEqual(['tcp/4444']);
    expect(await world.unexpected('watch')).toEqual(['tcp/4444']);
  });

  test('is unexpected when the inventory does not name it, also before containment', async () => {
    const world = new World(['tcp/22', 'tcp/4444']);
    expect(await world.unexpected('before', ['tcp/22'])).toEqual(['tcp/4444']);
    expect(await world.unexpected('after', ['tcp/22'])).toEqual(['tcp/4444']);
    expect(await world.unexpected('after', ['tcp/22', 'tcp/4444'])).toEqual([]);
  });
});

test('B13 packets that are still dropped are counted for each minute since the look before', async () => {
  const world = new World(['tcp/22']);
  const rates: unknown[] = [];
  for (const counted of [
    { at: '2026-11-20T03:00:00.000Z', droppedPackets: null },
    { at: '2026-11-20T03:01:00.000Z', droppedPackets: 500 },
    { at: '2026-11-20T03:02:30.000Z', droppedPackets: 3_500 },
    // The table was made anew.
    { at: '2026-11-20T03:03:30.000Z', droppedPackets: 40 },
  ]) {
    world.counted = counted;
    await world.unexpected('watch');
    rates.push(world.stored.at(-1)?.reading.droppedPerMinute);
  }
  expect(rates).toEqual([undefined, undefined, 2_000, 40]);
});

describe('B13 controls that the host has lost', () => {
  const row = (target: string, host = 'web-1') => ({ kind: 'block-sources', host, target });

  test('are counted from what the host itself says', async () => {
    const world = new World(
      [],
      [row('198.51.100.7'), row('198.51.100.8'), row('198.51.100.9', 'db-1')],
      ['198.51.100.7'],
    );
    expect(await world.missing()).toBe(1);
  });

  test('a host that should hold no block is not asked', async () => {
    const world = new World([], [row('198.51.100.9', 'db-1')]);
    expect(await world.missing()).toBe(0);
    expect(world.asked).toBe(0);
  });
});
