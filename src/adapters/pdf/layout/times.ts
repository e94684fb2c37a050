/** A moment in the configured zone and in UTC (U3). */
export interface Moment {
  /** `2026-11-20 12:03:07` in the zone. */
  readonly local: string;
  /** `03:03:07 UTC`, with the date where that is another one; empty when the zone is UTC. */
  readonly utc: string;
  /** UTC with its date. */
  readonly utcFull: string;
  /** IANA name of the zone of `local`. */
  readonly timeZone: string;
  /** Both in one line: `2026-11-20 12:03:07 Asia/Tokyo (03:03:07 UTC)`. */
  readonly full: string;
}

/** Shows moments in one zone; the name of the zone is its IANA name, whatever the language. */
export class ZonedClock {
  readonly #format: Intl.DateTimeFormat;

  constructor(readonly timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  }

  /** @param iso ISO 8601; what cannot be read as a time is shown as it is */
  show(iso: string): Moment {
    const { timeZone } = this;
    const date = new Date(iso);
    if (Number.isNaN(date.getTime())) return { local: iso, utc: '', utcFull: iso, timeZone, full: iso };
    const parts = new Map(this.#format.formatToParts(date).map(({ type, value }) => [type, value]));
    const part = (type: Intl.DateTimeFormatPartTypes): string => parts.get(type) ?? '';
    const day = `${part('year')}-${part('month')}-${part('day')}`;
    const local = `${day} ${part('hour')}:${part('minute')}:${part('second')}`;
    const utcDay = date.toISOString().slice(0, 10);
    const utcTime = date.toISOString().slice(11, 19);
    const utcFull = `${utcDay} ${utcTime} UTC`;
    if (timeZone === 'UTC') return { local, utc: '', utcFull, timeZone, full: utcFull };
    const utc = `${day === utcDay ? '' : `${utcDay} `}${utcTime} UTC`;
    return { local, utc, utcFull, timeZone, full: `${local} ${timeZone} (${utc})` };
  }
}

/** Milliseconds between two ISO times; 0 when one of them cannot be read. */
export function between(from: string, to: string): number {
  const ms = Date.parse(to) - Date.parse(from);
  return Number.isFinite(ms) ? ms : 0;
}
