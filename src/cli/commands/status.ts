import { FirebreakError } from '../../domain/errors';
import type { IncidentId } from '../../domain/ids';
import type { Waiting } from '../../domain/waiting';
import { incidentStatus, waitingOf } from '../../operations/status';
import type { CommandContext } from '../context';
import { exitCodeOf, follow } from '../follow';
import { table } from '../output';
import { overviewValue, statusLines, statusValue, timeLeft } from '../status-lines';
import { notificationLines, timelineLines } from '../status-views';
import { moment } from '../times';

/** What `status` is asked to show besides where the incidents stand. */
export interface StatusFlags {
  readonly watch?: boolean;
  readonly timeline?: boolean;
  readonly notifications?: boolean;
}

export async function statusCommand(
  context: CommandContext,
  incidents: readonly IncidentId[],
  flags: StatusFlags,
): Promise<number> {
  if (flags.watch === true) return follow(context, incidents);
  const { operations } = await context.firebreak();
  const all = await Promise.all(incidents.map((incident) => incidentStatus(operations, incident)));
  const [only] = all;
  const { timeZone } = operations.site;
  context.output.result(
    all.length === 1 && only !== undefined ? statusValue(only) : all.map(statusValue),
    all.flatMap((status) => [
      ...statusLines(status, timeZone),
      ...(flags.notifications === true ? notificationLines(status, timeZone).map(indented) : []),
      ...(flags.timeline === true ? timelineLines(status, timeZone).map(indented) : []),
    ]),
  );
  return Math.max(0, ...all.map(exitCodeOf));
}

const indented = (line: string): string => `  ${line}`;

const LISTED: Readonly<Record<Waiting['kind'], string>> = {
  classification: 'classification',
  approval: 'approval',
  'forced-isolation': 'approval of forced isolation',
  acknowledgement: 'acknowledgement',
  undo: 'undo',
  hands: 'action by hand',
};

/** The most urgent that an incident waits for from people, in a word and with the time left. */
function askedFor([first]: readonly Waiting[]): string {
  if (first === undefined) return '-';
  const { kind, until } = first;
  return `${LISTED[kind]}${until === null ? '' : `, ${timeLeft(until)}`}`;
}

const MAX_LISTED = 10_000;

export async function listCommand(
  context: CommandContext,
  options: { readonly all: boolean; readonly limit: number },
): Promise<number> {
  if (!Number.isInteger(options.limit) || options.limit < 1 || options.limit > MAX_LISTED)
    throw new FirebreakError('BAD_INPUT', `--limit takes a number from 1 to ${MAX_LISTED}.`);
  const { operations } = await context.firebreak();
  const rows = await operations.incidents.list({
    ...(options.all ? {} : { open: true }),
    limit: options.limit,
  });
  const waits = await Promise.all(rows.map((row) => waitingOf(operations, row)));
  context.output.result(
    rows.map((row, index) => ({
      incidentId: row.order.incident,
      title: row.title,
      type: row.assessment?.type ?? row.order.type,
      severity: row.assessment?.severity ?? row.order.severity,
      mode: row.order.mode,
      hosts: row.order.hosts,
      declaredAt: row.order.declaredAt,
      phase: row.phase,
      abnormal: row.abnormal,
      outcome: row.outcome,
      needsHuman: row.needsHuman,
      waitsFor: waits[index] ?? [],
      closedAt: row.closedAt,
      ended: row.ended,
      overview: overviewValue(row),
    })),
    rows.length === 0
      ? [options.all ? 'no incidents' : 'no open incidents (firebreak list --all shows the closed ones)']
      : table([
          ['INCIDENT', 'SEVERITY', 'TYPE', 'PHASE', 'OUTCOME', 'WAITS FOR', 'HOSTS', 'DECLARED'],
          ...rows.map((row, index) => [
            row.order.incident,
            row.assessment?.severity ?? row.order.severity,
            row.assessment?.type ?? row.order.type,
            row.phase,
            row.ended ?? row.outcome ?? '-',
            askedFor(waits[index] ?? []),
            row.order.hosts.slice(0, 3).join(',') +
              (row.order.hosts.length > 3 ? `+${row.order.hosts.length - 3}` : ''),
            moment(row.order.declaredAt, operations.site.timeZone),
          ]),
        ]),
  );
  return 0;
}
