import { FirebreakError } from '../../../src/domain/errors';
import type { AuditEvent } from '../../../src/domain/ledger';
import { announced } from '../../../src/operations/announce';
import type { OperationsDeps } from '../../../src/operations/deps';

const WHAT = { action: 'config.host-add', subject: 'web-1', actor: 'os:mori', detail: { port: 22 } };

/** A ledger that is away for the appends numbered in `away`, from 0. */
function ledger(away: readonly number[] = []) {
  const events: AuditEvent[] = [];
  let appends = 0;
  const deps = {
    now: () => new Date('2026-11-20T03:00:00.000Z'),
    ledger: {
      append: (more: readonly AuditEvent[]) => {
        if (away.includes(appends++)) return Promise.reject(new FirebreakError('LEDGER_UNREACHABLE'));
        events.push(...more);
        return Promise.resolve({ seq: events.length, hash: '' });
      },
    },
  } as unknown as Pick<OperationsDeps, 'ledger' | 'now'>;
  return { deps, events };
}

describe('L1 what people do outside of a response', () => {
  test('L1 intent, act and result follow each other', async () => {
    const { deps, events } = ledger();
    const seen: string[] = [];
    const value = await announced(
      deps,
      WHAT,
      () => {
        seen.push(...events.map(({ stage }) => stage));
        return Promise.resolve(7);
      },
      (count) => ({ result: 'done', detail: { count } }),
    );
    expect(value).toBe(7);
    expect(seen).toEqual(['intent']);
    expect(events).toEqual([
      expect.objectContaining({ stage: 'intent', action: 'config.host-add', actor: 'os:mori', detail: { port: 22 } }),
      expect.objectContaining({ stage: 'result', result: 'done', level: 'AUDIT', detail: { port: 22, count: 7 } }),
    ]);
  });

  test('L1 it fails closed: what cannot be announced is not done', async () => {
    const { deps } = ledger([0]);
    const work = jest.fn(() => Promise.resolve());
    await expect(announced(deps, WHAT, work)).rejects.toMatchObject({ code: 'LEDGER_UNREACHABLE' });
    expect(work).not.toHaveBeenCalled();
  });

  test('L1 a failure is written with its code and thrown on, also when it cannot be written', async () => {
    const failing = (): Promise<void> => Promise.reject(new FirebreakError('CONFIG_INVALID'));
    const { deps, events } = ledger();
    await expect(announced(deps, WHAT, failing)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    expect(events[1]).toMatchObject({ stage: 'result', level: 'ERROR', result: 'CONFIG_INVALID' });
    await expect(announced(ledger([1]).deps, WHAT, failing)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  test('L1 an act whose result cannot be written is not passed off as recorded', async () => {
    await expect(announced(ledger([1]).deps, WHAT, () => Promise.resolve())).rejects.toMatchObject({
      code: 'LEDGER_UNREACHABLE',
    });
  });

  test('L1 the same act twice is two pairs of events', async () => {
    const { deps, events } = ledger();
    await announced(deps, WHAT, () => Promise.resolve());
    await announced(deps, WHAT, () => Promise.resolve());
    expect(new Set(events.map(({ key }) => key)).size).toBe(4);
  });
});
