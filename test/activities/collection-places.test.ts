import { CollectionPlaces } from '../../activities/collection-places';

/** Collections that end when they are told to. */
function begun(machine: { load: () => number }, count: number, patienceMs = 60_000) {
  const places = new CollectionPlaces(machine);
  const ends: (() => void)[] = [];
  const running: number[] = [];
  const { signal } = new AbortController();
  const all = Array.from({ length: count }, (_, number) =>
    places.within(signal, patienceMs, async (place) => {
      running.push(number);
      await new Promise<void>((resolve) => ends.push(resolve));
      return place;
    }),
  );
  return { running, ends, all };
}
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 20));
};
const looked = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1_200));

describe('B13 a worker on a loaded machine', () => {
  test('runs two collections at a time; the next begins when one ends', async () => {
    const { running, ends, all } = begun({ load: () => 0.95 }, 4);
    await looked();
    expect(running).toEqual([0, 1]);
    ends[0]?.();
    await until(() => running.length === 3);
    await looked();
    expect(running).toHaveLength(3);
    for (let next = 1; next < 4; next += 1) {
      await until(() => ends.length > next);
      ends[next]?.();
    }
    const waited = (await Promise.all(all)).map(({ waitedMs }) => waitedMs > 0);
    expect(waited.slice(2)).toEqual([true, true]);
    expect((await all[0])?.load).toBe(0.95);
  });

  test('takes all of them when the load is gone', async () => {
    const machine = { load: () => 0.95 };
    const { running, ends, all } = begun(machine, 4);
    await looked();
    machine.load = () => 0.4;
    await until(() => running.length === 4);
    ends.forEach((end) => end());
    await Promise.all(all);
  });

  test('keeps no collection waiting longer than its patience: evidence comes first', async () => {
    const { running, ends, all } = begun({ load: () => 3 }, 3, 600);
    await until(() => running.length === 3);
    ends.forEach((end) => end());
    await Promise.all(all);
  });

  test('that is not loaded runs all at once and says nothing', async () => {
    const { running, ends, all } = begun({ load: () => 0.9 }, 5);
    expect(running).toHaveLength(5);
    ends.forEach((end) => end());
    expect(await Promise.all(all)).toEqual(Array.from({ length: 5 }, () => ({ waitedMs: 0 })));
  });
});
