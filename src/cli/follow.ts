import type { IncidentId } from '../domain/ids';
import type { IncidentRow } from '../ports/repositories';
import { followIncident, incidentStatus } from '../operations/status';
import type { CommandContext } from './context';
import { statusLines, statusValue } from './status-lines';

/** Finished, but people must act → 4; a refused or failed response → 1 (U3). */
export function exitCodeOf(row: IncidentRow): number {
  if (row.outcome === 'refused') return 3;
  return row.needsHuman || row.outcome === 'manual' || row.outcome === 'contained-in-part' ? 4 : 0;
}

/** Follows incidents until their responses have ended; Ctrl-C detaches and never cancels (U1). */
export async function follow(context: CommandContext, incidents: readonly IncidentId[]): Promise<number> {
  const { operations } = await context.firebreak();
  const stop = new AbortController();
  const detach = (): void => {
    context.output.say(`detached; the response goes on: firebreak status ${incidents.join(' ')} --watch`);
    stop.abort();
  };
  process.once('SIGINT', detach);
  try {
    const rows = await Promise.all(
      incidents.map((incident) =>
        followIncident(operations, incident, {
          until: 'response-ended',
          signal: stop.signal,
          onChange: (row) =>
            context.output.say(
              `${new Date().toISOString().slice(11, 19)}  ${incident}  ${row.phase}${row.abnormal === 'none' ? '' : `  [${row.abnormal}]`}${row.needsHuman ? '  A PERSON MUST ACT' : ''}${row.outcome === null ? '' : `  ${row.outcome}`}`,
            ),
        }),
      ),
    );
    const all = await Promise.all(incidents.map((incident) => incidentStatus(operations, incident)));
    context.output.result(
      all.length === 1 && all[0] !== undefined ? statusValue(all[0]) : all.map(statusValue),
      all.flatMap((status) => statusLines(status, operations.site.timeZone)),
    );
    return stop.signal.aborted ? 0 : Math.max(0, ...rows.map(exitCodeOf));
  } finally {
    process.off('SIGINT', detach);
  }
}
