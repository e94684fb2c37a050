import type { ControlRow } from '../ports/repositories';
import { table } from './output';
import { duration } from './times';

/** Acts on many targets, in the plural; an act on one is named by it. */
const MANY: Partial<Record<ControlRow['kind'], string>> = { 'block-sources': 'addresses' };

/** What is in force, by host and incident: what one act holds is one line, or with `each` a line for each target. */
export function blockLines(rows: readonly ControlRow[], now: Date, each: boolean): string[] {
  if (rows.length === 0) return ['nothing is in force'];
  const groups = new Map<string, ControlRow[]>();
  for (const row of rows) {
    const key = [row.host, row.incident, row.action, row.expiresAt, row.rung, each ? row.target : ''].join(' ');
    const group = groups.get(key) ?? [];
    group.push(row);
    groups.set(key, group);
  }
  const lines = [...groups.values()]
    .flatMap((group) => {
      const [row] = group;
      if (row === undefined) return [];
      const many = `${group.length} ${MANY[row.kind] ?? 'targets'}`;
      return [{ row, target: group.length === 1 ? row.target : many }];
    })
    .sort((a, b) => byHostAndEnd(a.row, b.row))
    .map(({ row, target }) => [
      row.host,
      row.kind,
      target,
      row.incident,
      row.rung,
      duration(Date.parse(row.expiresAt) - now.getTime()),
    ]);
  return table([['HOST', 'KIND', 'TARGET', 'INCIDENT', 'RUNG', 'LEFT'], ...lines]);
}

/** Numbers in addresses count as numbers: .2 comes before .10. */
const byNumber = new Intl.Collator('en', { numeric: true });

function byHostAndEnd(a: ControlRow, b: ControlRow): number {
  return (
    byNumber.compare(a.host, b.host) ||
    a.incident.localeCompare(b.incident) ||
    a.kind.localeCompare(b.kind) ||
    a.expiresAt.localeCompare(b.expiresAt) ||
    byNumber.compare(a.target, b.target)
  );
}
