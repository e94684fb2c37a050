import type { Database } from '../../../../src/adapters/postgres/database';
import { PostgresResponses } from '../../../../src/adapters/postgres/response-repository';
import { actsNow } from '../../../../src/domain/ending';
import { onRecord, type Worded } from '../../../../src/domain/fact';
import { actionId, incidentId } from '../../../../src/domain/ids';
import { sampleResult } from '../../../support/incident-samples';

const INCIDENT = incidentId('INC-20261120-7F3K');
const ACTION = actionId(INCIDENT, 'disable-account', 'web-1');
const BY_HOST = onRecord('its time was over: the host ended it by itself at 2026-11-20T05:10:00.000Z');
const at = new Date('2026-11-20T05:15:00.000Z');

/** What is on record of the act's undo, as evidence, report and `status` are given it. */
async function undoOnRecord(notes: readonly Worded[]) {
  const result = sampleResult({ id: ACTION, kind: 'disable-account', host: 'web-1' }, { notes });
  const row = {
    action_id: ACTION,
    host: 'web-1',
    state: 'undone',
    error_code: null,
    detail: null,
    occurred_at: at,
    result,
  };
  const database = { query: () => Promise.resolve([row]) };
  const undos = await new PostgresResponses(database as unknown as Database).undos(INCIDENT);
  return actsNow(INCIDENT, [sampleResult({ id: ACTION, kind: 'disable-account', host: 'web-1' })], [], undos)[0]?.undo;
}

describe('H10 the undo of an act, on record', () => {
  it('says that the host had ended it by itself, and when', async () => {
    expect(await undoOnRecord([BY_HOST])).toEqual({
      ...{ at: at.toISOString(), done: true, readBack: true, notes: [BY_HOST] },
    });
  });

  it('has no notes where the host said nothing', async () => {
    expect(await undoOnRecord([])).toEqual({ at: at.toISOString(), done: true, readBack: true });
  });
});
