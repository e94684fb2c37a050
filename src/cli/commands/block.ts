import type { IncidentId } from '../../domain/ids';
import type { CommandContext } from '../context';
import { table } from '../output';
import { duration } from '../times';

export async function blockListCommand(
  context: CommandContext,
  filter: { readonly incident?: IncidentId; readonly host?: string },
): Promise<number> {
  const { operations } = await context.firebreak();
  const rows = await operations.controls.active(filter);
  const now = operations.now().getTime();
  context.output.result(
    rows,
    rows.length === 0
      ? ['nothing is in force']
      : table([
          ['HOST', 'KIND', 'TARGET', 'INCIDENT', 'RUNG', 'LEFT'],
          ...rows.map((row) => [
            row.host,
            row.kind,
            row.target,
            row.incident,
            row.rung,
            duration(Date.parse(row.expiresAt) - now),
          ]),
        ]),
  );
  return 0;
}
