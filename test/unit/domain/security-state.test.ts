import { onRecord } from '../../../src/domain/fact';
import type { SecurityReading } from '../../../src/domain/security-state';
import { inEnglish } from '../../../src/domain/fact-words';
import {
  proposedMeasures,
  securityState,
  stateOfHosts,
  unexpectedOf,
  worstState,
} from '../../../src/domain/security-state';

const reading = (some: Partial<SecurityReading> = {}): SecurityReading => ({
  host: 'web-1',
  at: '2026-11-20T03:00:00Z',
  droppedPackets: 0,
  attackerSessions: 0,
  failedLoginsPerMinute: 0,
  unexpectedListeners: [],
  drift: 0,
  load: 0.2,
  ...some,
});

describe('B13 security state', () => {
  const cases: [string, Partial<SecurityReading>, Partial<SecurityReading>, string][] = [
    ['quiet', {}, {}, 'safe'],
    ['the sessions are gone', { attackerSessions: 3 }, {}, 'safe'],
    ['some sessions are left', { attackerSessions: 3 }, { attackerSessions: 1 }, 'degraded'],
    ['as many as before', { attackerSessions: 1 }, { attackerSessions: 1 }, 'degraded'],
    ['one more session', { attackerSessions: 1 }, { attackerSessions: 2 }, 'worse'],
    ['a lost control', {}, { drift: 1 }, 'degraded'],
    ['a new listener', {}, { unexpectedListeners: ['tcp/4444'] }, 'worse'],
    [
      'one that was there before',
      { unexpectedListeners: ['tcp/4444'] },
      { unexpectedListeners: ['tcp/4444'] },
      'degraded',
    ],
    ['ten failed logins out of nothing', {}, { failedLoginsPerMinute: 10 }, 'safe'],
    ['eleven', {}, { failedLoginsPerMinute: 11 }, 'worse'],
    ['twice as many', { failedLoginsPerMinute: 40 }, { failedLoginsPerMinute: 80 }, 'safe'],
    ['more than twice', { failedLoginsPerMinute: 40 }, { failedLoginsPerMinute: 81 }, 'worse'],
    ['no table yet', {}, { droppedPackets: null }, 'safe'],
    ['some packets are still dropped', {}, { droppedPerMinute: 600 }, 'safe'],
    ['the attack goes on against the controls', {}, { droppedPerMinute: 601 }, 'degraded'],
    ['it is not known who is there', {}, { attackerSessions: null }, 'degraded'],
    ['at least nobody is there', {}, { attackerSessions: 0, unknown: { attackerSessions: onRecord('x') } }, 'degraded'],
    ['at least one more is there', {}, { attackerSessions: 1, unknown: { attackerSessions: onRecord('x') } }, 'worse'],
    ['it is not known what listens', {}, { unexpectedListeners: null }, 'degraded'],
    ['failed logins are not known', {}, { failedLoginsPerMinute: null }, 'degraded'],
    ['failed logins were not known', { failedLoginsPerMinute: null }, { failedLoginsPerMinute: 500 }, 'degraded'],
    ['what listened was not known', { unexpectedListeners: null }, { unexpectedListeners: ['tcp/4444'] }, 'degraded'],
    ['sessions before were not known', { attackerSessions: null }, {}, 'safe'],
    [
      'load and drops are not known',
      {},
      { load: null, droppedPackets: null, unknown: { load: onRecord('x') } },
      'safe',
    ],
  ];
  test.each(cases)('%s', (_what, before, now, state) => {
    expect(securityState(reading(before), reading(now))).toBe(state);
  });

  test('a host without a reading before containment is judged by what it shows', () => {
    const quiet = reading();
    const taken = reading({ attackerSessions: 2 });
    expect(stateOfHosts([], [quiet], false)).toBe('safe');
    expect(stateOfHosts([], [taken], false)).toBe('degraded');
    expect(stateOfHosts([quiet], [taken], false)).toBe('worse');
    expect(stateOfHosts([quiet], [quiet], true)).toBe('degraded');
  });

  test('several hosts are as bad as the worst', () => {
    expect(worstState([])).toBe('safe');
    expect(worstState(['safe', 'degraded', 'safe'])).toBe('degraded');
    expect(worstState(['degraded', 'worse', 'safe'])).toBe('worse');
  });

  const declared: [string, string[] | undefined, string[] | undefined, string[]][] = [
    ['the first reading, nobody has said what may listen', undefined, undefined, []],
    ['the first reading, against what the inventory says', ['tcp/22'], undefined, ['tcp/4444']],
    ['what did not listen in the first reading', undefined, ['tcp/22'], ['tcp/4444']],
    [
      'what the inventory does not say, though it listened in the first reading',
      ['tcp/22'],
      ['tcp/4444'],
      ['tcp/4444'],
    ],
    ['a host where nothing may listen', [], ['tcp/22'], ['tcp/22', 'tcp/4444']],
  ];
  test.each(declared)('unexpected listeners: %s', (_what, inventory, first, unexpected) => {
    const before = first && reading({ listeners: first });
    expect(unexpectedOf(['tcp/22', 'tcp/4444'], inventory, before)).toEqual(unexpected);
  });

  test('a first reading of an earlier version names all that listened as unexpected', () => {
    expect(unexpectedOf(['tcp/22', 'tcp/80'], undefined, reading({ unexpectedListeners: ['tcp/22'] }))).toEqual([
      'tcp/80',
    ]);
  });

  test('what is worse is proposed to be dealt with', () => {
    const now = reading({ attackerSessions: 2, unexpectedListeners: ['tcp/4444'], drift: 3 });
    expect(proposedMeasures(now).map(inEnglish)).toEqual([
      'isolate web-1: 2 attacker sessions are still alive',
      'look at tcp/4444 on web-1: nobody expects it to listen',
      're-assert 3 controls that web-1 lost',
    ]);
    expect(proposedMeasures(reading())).toEqual([]);
  });

  test('what listens, or listened in the first reading, is not known: neither is what of it is unexpected', () => {
    expect(unexpectedOf(null, ['tcp/22'], undefined)).toBeNull();
    expect(unexpectedOf(['tcp/22'], undefined, reading({ listeners: null, unexpectedListeners: null }))).toBeNull();
    expect(unexpectedOf(['tcp/22'], [], reading({ listeners: null, unexpectedListeners: null }))).toEqual(['tcp/22']);
    expect(unexpectedOf(null, undefined, undefined)).toBeNull();
  });
});
