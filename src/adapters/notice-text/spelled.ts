/**
 * An incident id to be heard: `INC-20261120-7F3K` becomes `I N C, 2 0 2 6, 1 1, 2 0, 7, F, 3, K`. The four characters
 * that tell one incident of a day from another are said one by one.
 */
export function spelled(incident: string, separator: string): string {
  const [prefix = '', day = '', suffix = ''] = incident.split('-');
  const groups = [prefix, day.slice(0, 4), day.slice(4, 6), day.slice(6, 8)].map((group) =>
    Array.from(group).join(' '),
  );
  return [...groups, ...Array.from(suffix)].filter((part) => part !== '').join(separator);
}
