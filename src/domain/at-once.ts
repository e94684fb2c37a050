import type { IncidentId } from './ids';
import { DEADLINE_MS } from './numbers';

/** When the response of an incident ran; times in ISO 8601. */
export interface ResponseSpan {
  readonly incident: IncidentId;
  readonly drill: boolean;
  /** When a worker let it begin. */
  readonly beganAt: string;
  /** Null: it has not come to its end, or never will. */
  readonly endedAt: string | null;
}

export interface HandledAtOnce {
  readonly incident: IncidentId;
  readonly underWay: boolean;
}

/** No response runs longer (B7): one without an end does not hold up the others' overview after that. */
function endOf({ beganAt, endedAt }: ResponseSpan): number {
  return endedAt === null ? Date.parse(beganAt) + DEADLINE_MS : Date.parse(endedAt);
}

/**
 * The incidents whose responses ran while this one's did, and those that ran while theirs did: one stretch of time in which at least one
 * response was under way (B9). Drills and real incidents are apart.
 * @returns oldest first, with the incident itself; empty when it is not among the spans
 */
export function handledAtOnce(
  spans: readonly ResponseSpan[],
  incident: IncidentId,
  now: Date,
): readonly HandledAtOnce[] {
  const own = spans.find((span) => span.incident === incident);
  if (own === undefined) return [];
  const sorted = spans
    .filter(({ drill }) => drill === own.drill)
    .sort((a, b) => Date.parse(a.beganAt) - Date.parse(b.beganAt) || (a.incident < b.incident ? -1 : 1));
  let stretch: ResponseSpan[] = [];
  let end = -Infinity;
  for (const span of sorted) {
    if (Date.parse(span.beganAt) > end) {
      if (stretch.includes(own)) break;
      stretch = [];
      end = -Infinity;
    }
    stretch.push(span);
    end = Math.max(end, endOf(span));
  }
  return stretch.map((span) => ({
    incident: span.incident,
    underWay: span.endedAt === null && endOf(span) > now.getTime(),
  }));
}
