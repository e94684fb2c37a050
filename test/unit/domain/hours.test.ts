import { within } from '../../../src/domain/hours';

const at = (hours: string | undefined, timeZone: string | undefined, iso: string): boolean =>
  within({ ...(hours === undefined ? {} : { hours }), ...(timeZone === undefined ? {} : { timeZone }) }, new Date(iso));

describe('N4 contact hours', () => {
  test.each([
    [undefined, undefined, '03:00', true],
    ['09:00-18:00', undefined, '09:00', true],
    ['09:00-18:00', undefined, '17:59', true],
    ['09:00-18:00', undefined, '18:00', false],
    ['09:00-18:00', undefined, '08:59', false],
    ['22:00-06:00', undefined, '23:30', true],
    ['22:00-06:00', undefined, '05:59', true],
    ['22:00-06:00', undefined, '06:00', false],
    ['22:00-06:00', undefined, '12:00', false],
    ['00:00-24:00', undefined, '00:00', true],
    ['00:00-24:00', undefined, '23:59', true],
    ['00:00-00:00', undefined, '12:00', true],
    ['09:00-09:00', undefined, '03:00', true],
    ['09:00-18:00', 'Asia/Tokyo', '00:00', true],
    ['09:00-18:00', 'Asia/Tokyo', '09:00', false],
    ['09:00-18:00', 'Asia/Kathmandu', '03:15', true],
    ['09:00-18:00', 'Asia/Kathmandu', '03:14', false],
  ] as const)('%s in %s at %s UTC: %s', (hours, zone, time, reachable) => {
    expect(at(hours, zone, `2026-11-20T${time}:00Z`)).toBe(reachable);
  });

  test('follow daylight saving time', () => {
    expect(at('09:00-18:00', 'Europe/Berlin', '2026-07-01T07:30:00Z')).toBe(true);
    expect(at('09:00-18:00', 'Europe/Berlin', '2026-12-01T07:30:00Z')).toBe(false);
  });
});
