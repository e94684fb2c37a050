import type { Cause } from '../domain/cause';
import { setTimeout as sleep } from 'node:timers/promises';
import { FirebreakError, isErrorCode } from '../domain/errors';
import type { Fact } from '../domain/fact';
import type { IncidentId } from '../domain/ids';
import type { Joined } from '../ports/incident-admissions';
import type { OperationsDeps } from './deps';

/** A worker decides in well under a second; without one the start stands and is decided later. */
const DECIDED_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 200;

/**
 * Refuses a person's order that no worker would let begin, before anybody signs (H8). Only a courtesy: a worker has the last word. What
 * is counted was written by workers, so that nobody who may only declare keeps others from responding.
 * @throws FirebreakError TOO_MANY_OPEN
 */
export async function refuseBeyondBounds(
  { admissions, site }: Pick<OperationsDeps, 'admissions' | 'site'>,
  operator: string,
  more: number,
): Promise<void> {
  const open = await admissions.openOfPeople();
  const own = open.filter((one) => one.operator === operator);
  const { perOperator, operators } = site.openIncidents;
  const counted = own.length + more > perOperator ? own : open.length + more > operators ? open : undefined;
  if (counted === undefined) return;
  const named = counted.slice(0, 5).map(({ incident }) => incident);
  throw new FirebreakError('TOO_MANY_OPEN', `${counted.length} are open, among them ${named.join(', ')}.`);
}

/**
 * What a worker says of a detector's order: a detector reads no status page, so it is waited for (H8).
 * @returns the open incident that it joined; undefined when it has begun, or when nobody has decided yet
 * @throws FirebreakError with the code of the refusal
 */
export async function workersAnswer(
  {
    incidents,
    admissions,
    ledger,
    responses,
  }: Pick<OperationsDeps, 'incidents' | 'admissions' | 'ledger' | 'responses'>,
  incident: IncidentId,
): Promise<Joined | undefined> {
  const giveUpAt = Date.now() + DECIDED_WITHIN_MS;
  for (;;) {
    const row = await incidents.find(incident);
    if (row === undefined || (row.phase !== 'declared' && row.phase !== 'closed')) return undefined;
    if (row.outcome === 'joined') return admissions.joinedTo(incident);
    if (row.phase === 'closed' && row.responseEndedAt === null) {
      const refused = (await ledger.events({ incident, limit: 20 })).find(({ action }) => action === 'start.refused');
      const code = String(refused?.result);
      const line = (await responses.timeline(incident)).find(({ kind }) => kind === 'failure')?.fact;
      throw new FirebreakError(isErrorCode(code) ? code : 'NOT_AUTHORISED', whyRefused(line));
    }
    if (row.phase === 'closed' || Date.now() >= giveUpAt) return undefined;
    await sleep(LOOK_EVERY_MS);
  }
}

/** What the timeline says beyond the message of the code. */
function whyRefused(line: Fact | undefined): string | Cause | undefined {
  if (line?.fact === 'recorded') return line.words;
  if (line?.fact !== 'start-refused') return undefined;
  const { why, detail } = line.fault;
  return why ?? detail;
}
