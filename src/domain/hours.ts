import type { Person } from './notice';

function minutesOf(text: string): number {
  const [hours = '0', minutes = '0'] = text.split(':');
  return 60 * Number(hours) + Number(minutes);
}

/** Whether a moment lies in a person's contact hours (N4); people without hours, or with a whole day of them, can always be reached. */
export function within(person: Pick<Person, 'hours' | 'timeZone'>, now: Date): boolean {
  if (person.hours === undefined) return true;
  const [from = '00:00', to = '24:00'] = person.hours.split('-');
  const local = new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: person.timeZone ?? 'UTC',
  }).format(now);
  const minute = minutesOf(local);
  const start = minutesOf(from);
  const end = minutesOf(to);
  if (start === end) return true;
  return start < end ? minute >= start && minute < end : minute >= start || minute < end;
}
