import { inEnglish } from '../domain/fact-words';
import type { Delivery } from '../domain/notice';
import { toldByCall } from '../domain/notice';
import type { IncidentStatus } from '../operations/status';
import { paint, table } from './output';
import { moment } from './times';

/** Who has been told, and whether anybody says that they have seen it: `told 3 of 3 people …`. */
export function toldLines({ deliveries, row }: Pick<IncidentStatus, 'deliveries' | 'row'>, timeZone: string): string[] {
  if (deliveries.length === 0) return [];
  const people = new Set(deliveries.map(({ person }) => person));
  const delivered = deliveries.filter(({ state }) => state === 'delivered');
  const reached = new Set(delivered.map(({ person }) => person));
  const last = delivered.reduce<Delivery | undefined>((a, b) => (a === undefined || a.at <= b.at ? b : a), undefined);
  const latest = last === undefined ? '' : `, last of ${last.kind} ${moment(last.at, timeZone)}`;
  const seen =
    row.acknowledgedBy.length === 0
      ? paint('yellow', 'nobody has acknowledged')
      : `acknowledged by ${row.acknowledgedBy.join(', ')}`;
  const missed = [...people].filter((person) => !reached.has(person));
  return [
    `told ${reached.size} of ${people.size} people${latest}; ${seen}`,
    ...(missed.length === 0 ? [] : [paint('red', `NOT REACHED: ${missed.join(', ')}`)]),
  ];
}

/** Every message: when, to whom, by which channel, what for, what came of it. */
export function notificationLines({ deliveries }: Pick<IncidentStatus, 'deliveries'>, timeZone: string): string[] {
  if (deliveries.length === 0) return ['nobody has been told anything'];
  return table([
    ['AT', 'PERSON', 'BY', 'KIND', 'STATE', 'DETAIL'],
    ...[...deliveries]
      .sort((a, b) => a.at.localeCompare(b.at))
      .map(({ at, person, channel, kind, state, attempts, possibleDouble, reason }) => [
        moment(at, timeZone),
        person,
        channel,
        kind,
        state,
        [reasonOf(reason), attempts > 1 ? `${attempts} attempts` : '', possibleDouble ? 'may have been sent twice' : '']
          .filter((words) => words !== '')
          .join(', '),
      ]),
  ]);
}

function reasonOf(reason = ''): string {
  const call = toldByCall(reason);
  return call === undefined ? reason : inEnglish(call);
}

/** What happened, in the order of time. */
export function timelineLines({ timeline }: Pick<IncidentStatus, 'timeline'>, timeZone: string): string[] {
  if (timeline.length === 0) return ['nothing is on record yet'];
  return table(
    [...timeline]
      .sort((a, b) => a.at.localeCompare(b.at))
      .map(({ at, kind, fact }) => {
        const words = inEnglish(fact);
        return [moment(at, timeZone), kind, kind === 'failure' ? paint('yellow', words) : words];
      }),
  );
}
