const DATE = String.raw`(?<year>\d{4})(?:-?W(?<week>\d{2})-?(?<weekday>[1-7])|-?(?<ordinal>\d{3})(?!\d)|-?(?<month>\d{2})-?(?<day>\d{2}))`;
const TIME = String.raw`(?<hour>\d{2})(?::?(?<minute>\d{2})(?::?(?<second>\d{2}))?)?(?:[.,](?<fraction>\d{1,9}))?`;
const OFFSET = String.raw`(?<offset>[Zz]|(?<sign>[+−-])(?<offsetHour>\d{2})(?::?(?<offsetMinute>\d{2}))?)`;
const MOMENT = new RegExp(`^${DATE}[Tt ]${TIME}${OFFSET}$`, 'u');

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * A moment in any form of ISO 8601 that names date, time and offset: basic or extended, calendar, week or ordinal date, a decimal
 * fraction of the smallest part with dot or comma.
 * @returns it as `2026-11-20T03:00:00.000Z`; undefined for what names no moment that there is
 */
export function parseIso8601(text: string): string | undefined {
  const parts = MOMENT.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const day = dayOf(parts);
  const time = timeOf(parts);
  const offset = offsetOf(parts);
  if (day === undefined || time === undefined || offset === undefined) return undefined;
  return new Date(day + time - offset).toISOString();
}

type Parts = Readonly<Record<string, string | undefined>>;

/** Midnight UTC of the day; milliseconds since the epoch. */
function dayOf({ year, week, weekday, ordinal, month, day }: Parts): number | undefined {
  const first = Date.UTC(Number(year), 0, 1);
  if (week !== undefined) {
    // Week 1 holds the fourth of January; weeks begin on Monday.
    const fourth = first + 3 * DAY_MS;
    const monday = fourth - ((new Date(fourth).getUTCDay() + 6) % 7) * DAY_MS;
    const at = monday + ((Number(week) - 1) * 7 + Number(weekday) - 1) * DAY_MS;
    const thursday = monday + ((Number(week) - 1) * 7 + 3) * DAY_MS;
    return Number(week) >= 1 && new Date(thursday).getUTCFullYear() === Number(year) ? at : undefined;
  }
  const at =
    ordinal === undefined
      ? Date.UTC(Number(year), Number(month) - 1, Number(day))
      : first + (Number(ordinal) - 1) * DAY_MS;
  const back = new Date(at);
  if (back.getUTCFullYear() !== Number(year)) return undefined;
  return ordinal === undefined && (back.getUTCMonth() + 1 !== Number(month) || back.getUTCDate() !== Number(day))
    ? undefined
    : at;
}

/** Since midnight, in milliseconds; 24:00 is the next midnight. */
function timeOf({ hour, minute, second, fraction }: Parts): number | undefined {
  const [h, m, s] = [Number(hour), Number(minute ?? 0), Number(second ?? 0)];
  const smallest = second !== undefined ? 1_000 : minute !== undefined ? MINUTE_MS : 60 * MINUTE_MS;
  const ms = h * 60 * MINUTE_MS + m * MINUTE_MS + s * 1_000 + Math.round(Number(`0.${fraction ?? 0}`) * smallest);
  // A leap second is the first of the next minute.
  return h <= 24 && m <= 59 && s <= 60 && (h < 24 || ms === DAY_MS) ? ms : undefined;
}

/** East of Greenwich, in milliseconds. */
function offsetOf({ sign, offsetHour, offsetMinute }: Parts): number | undefined {
  if (sign === undefined) return 0;
  const minutes = Number(offsetHour) * 60 + Number(offsetMinute ?? 0);
  if (minutes > 18 * 60 || Number(offsetMinute ?? 0) > 59) return undefined;
  return (sign === '+' ? 1 : -1) * minutes * MINUTE_MS;
}
