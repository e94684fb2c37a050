import { ZonedClock, between } from '../../../../src/adapters/pdf/layout/times';

describe('U3 times stand in the configured zone and in UTC', () => {
  it('shows both, with the date of UTC where it is another day', () => {
    const clock = new ZonedClock('Asia/Tokyo');
    expect(clock.show('2026-11-20T18:03:07.900Z').full).toBe(
      '2026-11-21 03:03:07 Asia/Tokyo (2026-11-20 18:03:07 UTC)',
    );
    expect(clock.show('2026-11-20T03:03:07+09:00').full).toBe(
      '2026-11-20 03:03:07 Asia/Tokyo (2026-11-19 18:03:07 UTC)',
    );
    expect(clock.show('2026-11-20T03:03:07Z').full).toBe('2026-11-20 12:03:07 Asia/Tokyo (03:03:07 UTC)');
  });

  it('shows UTC once', () => {
    expect(new ZonedClock('UTC').show('2026-11-20T00:03:07Z')).toMatchObject({
      full: '2026-11-20 00:03:07 UTC',
      utc: '',
    });
  });

  it('shows what is no time as it is', () => {
    expect(new ZonedClock('UTC').show('never').full).toBe('never');
    expect(between('never', '2026-11-20T00:03:07Z')).toBe(0);
  });
});
