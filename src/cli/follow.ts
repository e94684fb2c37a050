import { settled } from '../domain/plan';
import type { IncidentId } from '../domain/ids';
import type { Outcome } from '../domain/words';
import type { IncidentStatus } from '../operations/status';
import type { Waiting } from '../domain/waiting';
import type { IncidentRow } from '../ports/repositories';
import { followIncident, incidentStatus, waitingOf } from '../operations/status';
import type { CommandContext } from './context';
import { statusLines, statusValue, timeLeft, waitingLines } from './status-lines';

const UP_TO_PEOPLE: ReadonlySet<Outcome | null> = new Set(['refused', 'manual', 'contained-in-part']);

/**
 * A start without authority, after which no response ever ran → 3. Finished, but people must act → 4: asked for, done in part, nothing
 * but refused targets, a host that was named and that nobody can act on, or an act of a drill that would not hold (U3).
 */
export function exitCodeOf({ row, plan, results }: Pick<IncidentStatus, 'row' | 'plan' | 'results'>): number {
  if (row.outcome === 'refused' && row.responseEndedAt === null) return 3;
  const unknownHost = plan?.refused.some((refused) => refused.reason === 'unknown-host') ?? false;
  const wouldFail = row.outcome === 'rehearsed' && !wouldHold({ plan, results });
  const isUpToPeople = row.needsHuman || UP_TO_PEOPLE.has(row.outcome) || wouldFail;
  return isUpToPeople || (unknownHost && row.responseEndedAt !== null) ? 4 : 0;
}

/** Of a drill: every act of the plan was looked at on its host, and none would fail. */
function wouldHold({ plan, results }: Pick<IncidentStatus, 'plan' | 'results'>): boolean {
  const good = new Set(results.filter(({ kind, counts }) => settled(kind, counts)).map(({ action }) => action));
  return plan?.actions.every(({ id }) => good.has(id)) ?? false;
}

/** What a response stands still for; an acknowledgement holds nothing up. */
async function questions(operations: Parameters<typeof waitingOf>[0], row: IncidentRow): Promise<readonly Waiting[]> {
  return (await waitingOf(operations, row)).filter(({ kind }) => kind !== 'acknowledgement');
}

const REMIND_EVERY_MS = 5_000;

/** Follows incidents until their responses have ended; Ctrl-C detaches and never cancels (U1). */
export async function follow(context: CommandContext, incidents: readonly IncidentId[]): Promise<number> {
  const { operations } = await context.firebreak();
  const stop = new AbortController();
  const detach = (): void => {
    context.output.say(`detached; the response goes on: firebreak status ${incidents.join(' ')} --watch`);
    stop.abort();
  };
  process.once('SIGINT', detach);
  const asked = new Map<IncidentId, readonly Waiting[]>();
  const reminder = setInterval(() => {
    for (const [incident, waits] of asked)
      for (const { kind, until } of waits)
        if (until !== null) context.output.say(`${incident}  waits for ${kind}: ${timeLeft(until)}`);
  }, REMIND_EVERY_MS);
  try {
    await Promise.all(
      incidents.map((incident) =>
        followIncident(operations, incident, {
          until: 'response-ended',
          signal: stop.signal,
          onChange: async (row) => {
            context.output.say(
              `${new Date().toISOString().slice(11, 19)}  ${incident}  ${row.phase}${row.abnormal === 'none' ? '' : `  [${row.abnormal}]`}${row.needsHuman ? '  A PERSON MUST ACT' : ''}${row.outcome === null ? '' : `  ${row.outcome}`}`,
            );
            const waits = await questions(operations, row);
            asked.set(incident, waits);
            for (const line of waitingLines(waits, operations.site.timeZone)) context.output.say(`  ${line}`);
          },
        }),
      ),
    );
    const all = await Promise.all(incidents.map((incident) => incidentStatus(operations, incident)));
    context.output.result(
      all.length === 1 && all[0] !== undefined ? statusValue(all[0]) : all.map(statusValue),
      all.flatMap((status) => statusLines(status, operations.site.timeZone)),
    );
    return stop.signal.aborted ? 0 : Math.max(0, ...all.map(exitCodeOf));
  } finally {
    clearInterval(reminder);
    process.off('SIGINT', detach);
  }
}
