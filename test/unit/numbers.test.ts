import * as NUMBERS from '../../src/domain/numbers';

const {
  APPROVAL_WAIT_MS,
  DEADLINE_MS,
  HOST_REST_MS,
  HOST_SET_ASIDE_MS,
  HOST_STRIKES,
  RETRIES,
  TIME_SHARES,
  WATCH_INTERVAL_MS,
  longestPathMs,
} = NUMBERS;

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

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

  test('B6, B7, B13 none of the others changes unnoticed', () => {
    const elsewhere = ['RETRIES', 'TIME_SHARES', 'longestPathMs'];
    const others = Object.entries(NUMBERS).filter(([name]) => !elsewhere.includes(name));
    expect(Object.fromEntries(others)).toEqual({
      DEADLINE_MS: 30 * MINUTE,
      APPROVAL_WAIT_MS: 2 * MINUTE,
      PLANNED: {
        classify: 5 * SECOND,
        openBag: 5 * SECOND,
        decide: 5 * SECOND,
        prepare: 5 * SECOND,
        handOver: 15 * SECOND,
        volatile: 10 * SECOND,
        accessControl: 30 * SECOND,
        forcedIsolation: 30 * SECOND,
        logs: 2 * MINUTE,
        alternativeLogs: MINUTE,
        seal: 20 * SECOND,
        tighten: 20 * SECOND,
        report: 30 * SECOND,
      },
      HEARTBEAT_MS: 2 * SECOND,
      CONTAIN_HEARTBEAT_TIMEOUT_MS: 10 * SECOND,
      EVIDENCE_HEARTBEAT_TIMEOUT_MS: 15 * SECOND,
      HOST_LOAD_LIMIT: 0.9,
      ATTACK_PACKETS_PER_MINUTE: 600,
      LOADED_COLLECTIONS: 2,
      LOADED_HOSTS_WAIT: 1 / 3,
      LOADED_HOST_LEAST_MS: 30 * SECOND,
      SUPPLEMENT_FILLED_WITHIN_MS: 15 * MINUTE,
      LEDGER_PATIENCE_MS: 30 * SECOND,
      GRANT_LIFETIME_MS: 5 * MINUTE,
      ENROLMENT_SETTLES_MS: 24 * HOUR,
      TOTP_STEP_S: 30,
      TOTP_WINDOW_STEPS: 1,
      TOTP_MISSES_TO_LOCK: 5,
      RECOVERY_CODES: 8,
      RECOVERY_MISSES_TO_BAR: 5,
      RECOVERY_NEWS_MS: 24 * HOUR,
      PICKUP_MS: 45 * SECOND,
      ONE_CALL_WITHIN_MS: 10 * SECOND,
      ONE_CALL_WAIT_MS: 2 * SECOND,
      ONE_CALL_PATIENCE_MS: 150 * SECOND,
      ACKNOWLEDGE_WITHIN_MS: 5 * MINUTE,
      DEAD_MAN_SWITCH_S: 120,
      HOST_END_MARGIN_S: 600,
      FORCED_ISOLATION_MS: 24 * HOUR,
      MAX_DOCUMENT_BYTES: 4 * 1024 * 1024,
      WATCH_INTERVAL_MS: MINUTE,
      FLOOD_WINDOW_MS: 10 * MINUTE,
      FLOOD_LIMITS: {
        unauthorisedMessages: 40,
        calls: 120,
        messages: 300,
        recoveryMessages: 10,
        oldRecoveryMessages: 60,
        refusedRecoveries: 60,
        refusedRecoveriesOfOne: 20,
        refusedActs: 300,
        refusedStarts: 300,
        refusedStartsOfOne: 60,
        refusedOrders: 300,
        refusedOrdersOfOne: 60,
        repeats: 60,
      },
      OPEN_INCIDENTS: { perOperator: 20, operators: 100, perDetector: 5, detectors: 20 },
      DETECTORS_SHARE: { critical: 1, high: 0.8, medium: 0.6 },
      OPEN_COUNTS_MS: 24 * HOUR,
      AT_ONCE_WITHIN_MS: 24 * HOUR,
      AT_ONCE_MOST: 50,
      BOUND_TOLD_EVERY_MS: HOUR,
      SUMMARY_MAX_CHARACTERS: 120,
      HOST_DEATHS: { sameProgram: 2, anyProgram: 4 },
      HOST_SET_ASIDE_MS: 10 * MINUTE,
      HOST_STRIKES: 3,
      HOST_REST_MS: 45 * SECOND,
    });
  });
});
