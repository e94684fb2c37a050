import { inEnglish } from '../../../domain/fact-words';
import type { TimelineEntry } from '../../../domain/report';
import { DEADLINE_MS } from '../../../domain/numbers';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const STEPS: readonly number[] = [
  100,
  200,
  500,
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR),
  ...[1, 2, 7, 14, 30, 90, 365].map((n) => n * DAY),
];

/** Labels on an axis; more of them would touch. */
const MOST_TICKS = 8;

/** An entry with its place on the axis, in milliseconds since the panel's start. */
export interface PlacedEntry {
  readonly entry: TimelineEntry;
  readonly from: number;
  readonly to: number;
  /** The bar goes on beyond the panel's end. */
  readonly open: boolean;
}

/** One scale: the response is drawn in its own, so that a watch of days does not squeeze it to a line. */
export interface TimelinePanel {
  readonly kind: 'response' | 'after';
  /** Milliseconds since the declaration. */
  readonly start: number;
  readonly length: number;
  /** Distance of the ticks in milliseconds. */
  readonly step: number;
  /** Where the deadline lies in this panel, when it is inside. */
  readonly deadline: number | undefined;
  readonly entries: readonly PlacedEntry[];
}

/** Distance of ticks so that a span has at most eight of them, at round times. */
export function tickStep(length: number): number {
  return STEPS.find((step) => length / step <= MOST_TICKS) ?? Math.ceil(length / MOST_TICKS / DAY) * DAY;
}

/**
 * Lays the entries out to scale, in the order of their beginnings. What begins after the deadline (watch, release) gets a
 * panel of its own.
 *
 * @param declaredAt ISO 8601; where times count from
 * @param endedAt ISO 8601; the end of the response or of what the revision is about
 */
export function layTimeline(entries: readonly TimelineEntry[], declaredAt: string, endedAt: string): TimelinePanel[] {
  const zero = Date.parse(declaredAt);
  const timed = entries
    .map((entry) => {
      const from = Math.max(0, Date.parse(entry.at) - zero);
      const to = entry.endedAt === undefined ? from : Math.max(from, Date.parse(entry.endedAt) - zero);
      return { entry, from, to: Number.isFinite(to) ? to : from };
    })
    .filter(({ from }) => Number.isFinite(from))
    .sort((a, b) => a.from - b.from || a.to - b.to || (inEnglish(a.entry.fact) < inEnglish(b.entry.fact) ? -1 : 1));
  const response = timed.filter(({ from }) => from <= DEADLINE_MS);
  const after = timed.filter(({ from }) => from > DEADLINE_MS);
  const ended = Date.parse(endedAt) - zero;
  const panels: TimelinePanel[] = [];
  if (response.length > 0)
    panels.push(panel('response', response, 0, ended <= DEADLINE_MS ? ended : 0, after.length > 0));
  if (after.length > 0) panels.push(panel('after', after, Math.min(...after.map(({ from }) => from)), 0, false));
  return panels;
}

function panel(
  kind: TimelinePanel['kind'],
  entries: readonly { readonly entry: TimelineEntry; readonly from: number; readonly to: number }[],
  start: number,
  atLeast: number,
  bounded: boolean,
): TimelinePanel {
  const ends = entries.map(({ from, to }) => (bounded && to > DEADLINE_MS ? from : to));
  const length = Math.max(SECOND, Math.max(atLeast, ...ends) - start);
  return {
    kind,
    start,
    length,
    step: tickStep(length),
    deadline: kind === 'response' && length >= DEADLINE_MS ? DEADLINE_MS : undefined,
    entries: entries.map(({ entry, from, to }) => ({
      entry,
      from: from - start,
      to: Math.min(to - start, length),
      open: to - start > length,
    })),
  };
}

/** `+0.4 s` in the first minute, then `+4:05`, `+2:04:05`, `+3 d 04:05` since the declaration. */
export function offsetText(ms: number, days: (count: number) => string): string {
  return ms < MINUTE ? `+${(ms / SECOND).toFixed(1)} s` : clockText(ms, days);
}

/** The same for an axis, where fractions are shown only if the ticks need them. */
export function tickText(ms: number, step: number, days: (count: number) => string): string {
  if (ms === 0) return '0';
  if (ms >= MINUTE) return clockText(ms, days);
  return `${(ms / SECOND).toFixed(step < SECOND ? 1 : 0)} s`;
}

function clockText(ms: number, days: (count: number) => string): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const seconds = Math.round(ms / SECOND);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  if (hours === 0) return `+${minutes}:${two(seconds % 60)}`;
  if (hours < 24) return `+${hours}:${two(minutes % 60)}:${two(seconds % 60)}`;
  return `+${days(Math.floor(hours / 24))} ${two(hours % 24)}:${two(minutes % 60)}`;
}
