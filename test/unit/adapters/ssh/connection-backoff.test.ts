import { ConnectionBackoff } from '../../../../src/adapters/ssh/connection-backoff';

describe('a host that turns new connections away', () => {
  let now = 0;
  let backoff: ConnectionBackoff;
  beforeEach(() => {
    now = 1_000_000;
    backoff = new ConnectionBackoff(
      () => now,
      () => 0.5,
    );
  });
  const refusals = (count: number) => {
    for (let nth = 0; nth < count; nth += 1) backoff.refused();
  };

  test('is left alone for more than 30 s after five refusals in a row', () => {
    refusals(4);
    expect(backoff.restMs()).toBe(0);
    backoff.refused();
    expect(backoff.restMs()).toBe(36_000);
    now += 36_000;
    expect(backoff.restMs()).toBe(0);
  });

  test('a clock that is set back makes no rest longer', () => {
    refusals(5);
    now -= 3_600_000;
    expect(backoff.restMs()).toBe(82_000);
  });

  test('gets single tries after that, each after another rest, the second twice as long', () => {
    refusals(5);
    now += 36_000;
    backoff.refused();
    expect(backoff.restMs()).toBe(72_000);
    now += 72_000;
    backoff.refused();
    expect(backoff.restMs()).toBe(72_000);
  });

  test('a try inside a rest, by who insists, makes the rest no longer', () => {
    refusals(5);
    now += 20_000;
    backoff.refused();
    expect([backoff.restMs(), backoff.silent(), backoff.restMs()]).toEqual([16_000, 16_000, 16_000]);
    now += 16_000;
    expect(backoff.restMs()).toBe(0);
    backoff.refused();
    expect(backoff.restMs()).toBe(72_000);
  });

  test('is met as before when it has let us in once', () => {
    refusals(5);
    now += 36_000;
    backoff.letIn();
    refusals(4);
    expect(backoff.restMs()).toBe(0);
  });

  test('is left alone after two logins that it dropped, and after each further one', () => {
    backoff.dropped();
    expect(backoff.restMs()).toBe(0);
    backoff.dropped();
    expect([backoff.restMs(), backoff.dropsLogins]).toEqual([36_000, true]);
    now += 36_000;
    backoff.dropped();
    expect(backoff.restMs()).toBe(72_000);
    backoff.letIn();
    backoff.dropped();
    expect(backoff.restMs()).toBe(0);
  });

  test('is not tried on in silence: after three tries the caller comes again later, others may try', () => {
    expect([backoff.silent(), backoff.silent()]).toEqual([undefined, undefined]);
    expect(backoff.silent()).toBe(36_000);
    expect(backoff.restMs()).toBe(0);
  });

  test('may be one that drops when it let us in a moment ago: then nobody tries', () => {
    backoff.letIn();
    now += 59_000;
    for (let nth = 0; nth < 3; nth += 1) backoff.silent();
    expect(backoff.restMs()).toBe(36_000);
    now += 36_000;
    expect(backoff.silent()).toBe(72_000);
    expect(backoff.restMs()).toBe(72_000);
  });

  test.each([0, 0.999])('every rest is longer than the window of the usual limits, with jitter %d', (random) => {
    const one = new ConnectionBackoff(
      () => now,
      () => random,
    );
    for (let nth = 0; nth < 5; nth += 1) one.refused();
    expect(one.restMs()).toBeGreaterThan(30_000);
    expect(one.restMs()).toBeLessThan(45_000);
  });
});
