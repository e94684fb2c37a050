import {
  APPROVAL_WAIT_MS,
  DEADLINE_MS,
  HOST_REST_MS,
  HOST_SET_ASIDE_MS,
  HOST_STRIKES,
  RETRIES,
  TIME_SHARES,
  WATCH_INTERVAL_MS,
  longestPathMs,
} from '../../src/domain/numbers';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

describe('the numbers the product promises', () => {
  test('B6 retries, not attempts, at a fixed interval', () => {
    expect(RETRIES).toEqual({
      networkControl: { retries: 2, intervalMs: 10 * SECOND },
      logCollection: { retries: 3, intervalMs: 5 * SECOND },
      notification: { retries: 5, intervalMs: 30 * SECOND },
      wholeRun: { retries: 1, intervalMs: 0 },
    });
  });

  test('B7 thirty minutes, and the shares of the longest path fit in', () => {
    expect(DEADLINE_MS).toBe(30 * MINUTE);
    expect(TIME_SHARES).toEqual({
      classify: 30 * SECOND,
      humanClassification: 5 * MINUTE,
      volatileCritical: 10 * SECOND,
      volatile: 30 * SECOND,
      accessControl: 4 * MINUTE,
      forcedIsolation: 2 * MINUTE,
      logs: 8 * MINUTE,
      alternativeLogs: 3 * MINUTE,
      seal: 2 * MINUTE,
      tighten: MINUTE,
      report: 2 * MINUTE,
      handOver: 2 * MINUTE,
    });
    expect(longestPathMs()).toBeLessThan(DEADLINE_MS);
  });

  test('N5 an approval is waited for inside the share of access control', () => {
    expect(APPROVAL_WAIT_MS).toBeLessThan(TIME_SHARES.accessControl);
  });

  test('H2 a host that ended a worker is left alone for ten minutes, one without usable answers for less than a round', () => {
    expect(HOST_SET_ASIDE_MS).toBe(10 * MINUTE);
    expect(HOST_STRIKES).toBe(3);
    expect(HOST_REST_MS).toBeLessThan(WATCH_INTERVAL_MS);
  });
});
