import { actionId, incidentId } from '../../../src/domain/ids';
import type { TargetResult } from '../../../src/domain/plan';
import * as words from '../../../src/domain/words';
import { blockAction, DOCUMENT, INCIDENT, order, OTHER_INCIDENT, useDatabase } from './world';

const AT = '2026-11-20T03:01:00.000Z';
const database = useDatabase();

describe('controls (B14, TBL-094)', () => {
  const controls = () => database().postgres.controls;
  const sources = Array.from({ length: 1000 }, (_, i) => `198.51.${i >> 8}.${i & 255}`);
  const all = (outcome: TargetResult['outcome']): TargetResult[] => sources.map((target) => ({ target, outcome }));

  beforeEach(async () => {
    await database().postgres.incidents.declare(order(), DOCUMENT, 'x');
    await database().postgres.incidents.declare(order(OTHER_INCIDENT), DOCUMENT, 'x');
  });

  it('B14 1,000 targets are one statement, and repeating it changes nothing', async () => {
    const action = blockAction(sources);
    await controls().activate(action, { rung: 'nftables' }, all('applied'), AT);
    await controls().activate(action, { rung: 'iptables' }, all('already'), '2026-11-20T03:05:00.000Z');
    const rows = await controls().active({ incident: INCIDENT });
    expect(rows).toHaveLength(1000);
    expect(rows[0]).toEqual({
      incident: INCIDENT,
      action: action.id,
      host: 'web-1',
      kind: 'block-sources',
      target: '198.51.0.0',
      state: 'active',
      since: AT,
      expiresAt: action.expiresAt,
      endedAt: null,
      noticedAt: null,
      rung: 'nftables',
      machine: null,
    });
    const [stored] = await database().admin<{ reason: string }>('SELECT DISTINCT reason FROM access_controls');
    expect(stored).toEqual({ reason: order().reason });
  });

  it('B5 a control knows its machine, and is given up by order without being called released', async () => {
    const action = blockAction(['192.0.2.1']);
    const machine = { hostKey: `SHA256:${'a'.repeat(43)}`, id: 'b'.repeat(64) };
    const target = { target: '192.0.2.1', outcome: 'applied' } as const;
    expect(await controls().machineOf(action.id)).toBeUndefined();
    await controls().activate(action, { rung: 'nftables', machine }, [target], AT);
    // Where it was put on is a fact of the past: no repeat changes it, and no worker may.
    await controls().activate(action, { rung: 'nftables' }, [target], AT);
    expect(await controls().machineOf(action.id)).toEqual(machine);
    expect(await controls().active({ host: 'web-1' })).toMatchObject([{ machine }]);
    await expect(database().postgres.pool.query(`UPDATE access_controls SET machine_key = NULL`)).rejects.toMatchObject(
      { code: '42501' },
    );
    await controls().giveUp(INCIDENT, action.id, AT);
    expect(await controls().all(INCIDENT)).toMatchObject([{ state: 'given-up', endedAt: AT, noticedAt: null }]);
    expect(await controls().released(INCIDENT)).toEqual([]);
    const of = { execution: 'run:1', attempt: 1, kind: 'undo', at: AT } as const;
    const row = { action: action.id, incident: INCIDENT, host: 'web-1', ...of };
    const { responses } = database().postgres;
    await responses.record({ ...row, state: 'failed', errorCode: 'MACHINE_CHANGED', detail: 'x' });
    await responses.record({ ...row, state: 'given-up', errorCode: 'MACHINE_CHANGED', detail: 'alice' });
    expect(await responses.undos(INCIDENT)).toMatchObject([
      { done: false, readBack: false, code: 'MACHINE_CHANGED', givenUpBy: 'alice' },
    ]);
  });

  it('B14 only what is in force is listed as in force', async () => {
    const results = words.TARGET_OUTCOMES.map((outcome) => ({ target: outcome, outcome }));
    await controls().activate(blockAction(['x']), { rung: 'nftables' }, results, AT);
    expect((await controls().active({})).map(({ target }) => target)).toEqual(['already', 'applied']);
  });

  it('B14 release ends the rows of one action, or some of its targets, and of no other incident', async () => {
    const mine = blockAction(sources);
    await controls().activate(mine, { rung: 'nftables' }, all('applied'), AT);
    await controls().activate(blockAction(sources, OTHER_INCIDENT), { rung: 'nftables' }, all('applied'), AT);
    await controls().release(INCIDENT, mine.id, AT, sources.slice(0, 10));
    expect(await controls().active({ incident: INCIDENT })).toHaveLength(990);
    expect((await controls().released(INCIDENT)).map(({ target }) => target)).toEqual(sources.slice(0, 10));
    await controls().release(INCIDENT, mine.id, AT);
    expect(await controls().active({ incident: INCIDENT })).toEqual([]);
    // Which means held is known after the release too; of an act that was never listed, nothing is.
    expect(await controls().rungOf(mine.id)).toBe('nftables');
    expect(await controls().rungOf(actionId(INCIDENT, 'never', 'web-1'))).toBeUndefined();
    expect(await controls().active({ host: 'web-1' })).toHaveLength(1000);
    await controls().release(OTHER_INCIDENT, mine.id, AT);
    expect(await controls().active({})).toHaveLength(1000);
  });

  it('B14 a late attempt does not bring back what was released or has expired', async () => {
    const action = blockAction(sources);
    await controls().activate(action, { rung: 'nftables' }, all('applied'), AT);
    await controls().release(INCIDENT, action.id, AT, ['198.51.0.0']);
    await controls().expire(INCIDENT, action.id, action.expiresAt);
    await controls().activate(action, { rung: 'nftables' }, all('applied'), AT);
    expect(await controls().active({})).toEqual([]);
    await expect(
      database().postgres.pool.query(`UPDATE access_controls SET state = 'active', ended_at = NULL`),
    ).rejects.toMatchObject({ code: 'FB001' });
  });

  it('B14 B11 a control that expired ends at its own time, and says when that was noticed; also when it is released too late', async () => {
    const late = '2026-11-21T00:00:00.000Z';
    const action = blockAction(['192.0.2.1', '192.0.2.2']);
    const target = (address: string) => ({ target: address, outcome: 'applied' }) as const;
    await controls().activate(action, { rung: 'nftables' }, ['192.0.2.1', '192.0.2.2'].map(target), AT);
    await controls().release(INCIDENT, action.id, late, ['192.0.2.1']);
    await controls().expire(INCIDENT, action.id, late);
    const other = blockAction(['192.0.2.3'], OTHER_INCIDENT);
    await controls().activate(other, { rung: 'nftables' }, [target('192.0.2.3')], AT);
    await controls().release(OTHER_INCIDENT, other.id, '2026-11-20T06:59:59.999Z');
    const ended = { state: 'expired', endedAt: action.expiresAt, noticedAt: late };
    expect(await controls().all(INCIDENT)).toMatchObject([ended, ended]);
    expect(await controls().all(OTHER_INCIDENT)).toMatchObject([
      { state: 'released', endedAt: '2026-11-20T06:59:59.999Z', noticedAt: null },
    ]);
  });

  it('B14 a forced isolation is a control, too; an incident that was never declared has none', async () => {
    const forced = {
      id: actionId(INCIDENT, 'forced-isolation', 'web-1'),
      kind: 'forced-isolation',
      host: 'web-1',
      expiresAt: '2026-11-20T07:00:00.000Z',
    } as const;
    await controls().activate(forced, { rung: 'gateway' }, [{ target: 'web-1', outcome: 'applied' }], AT);
    expect(await controls().active({ host: 'web-1' })).toMatchObject([{ kind: 'forced-isolation', rung: 'gateway' }]);
    const unknown = { ...forced, id: actionId(incidentId('INC-20261120-ZZZZ'), 'forced-isolation', 'web-1') };
    await expect(
      controls().activate(unknown, { rung: 'gateway' }, [{ target: 'web-1', outcome: 'applied' }], AT),
    ).rejects.toMatchObject({ code: 'UNKNOWN_INCIDENT' });
  });
});
