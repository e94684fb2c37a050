import { duration, moment, parseDuration } from '../../../src/cli/times';

test.each([
  ['30m', 1_800_000],
  ['4h', 14_400_000],
  ['1h30m', 5_400_000],
  ['90s', 90_000],
  ['2d', 172_800_000],
])('U3 %s is %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', '30', 'm', '30 m', '-5m', '5m ', '1.5h', '5M', '5min', 'PT5M', '5m;id'])(
  'U3 %j is no duration',
  (text) => {
    expect(parseDuration(text)).toBeUndefined();
  },
);

test('U3 what is left or was needed reads like a clock', () => {
  expect([0, 42_400, 65_000, 3_900_000, -5].map(duration)).toEqual(['0s', '42s', '1m 05s', '1h 05m', '0s']);
});

test('U3 times are in the configured zone and in UTC', () => {
  expect(moment('2026-11-20T18:00:00.000Z', 'UTC')).toBe('2026-11-20 18:00:00 UTC');
  expect(moment('2026-11-20T18:00:00.000Z', 'Asia/Tokyo')).toBe('2026-11-21 03:00:00 Asia/Tokyo (18:00:00 UTC)');
});
