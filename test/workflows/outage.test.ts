import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { Fact } from '../../src/domain/fact';
import { workflowIds } from '../../workflows/messages';
import { sampleResult } from '../support/incident-samples';
import { failure } from '../support/mock-activities';
import { breakableBundle } from '../support/workflow-bundles';
import { useWorld } from '../support/use-world';

const world = useWorld({ bundle: breakableBundle });

/** As a worker hands it over: sealed, so the workflow can only carry it about. */
const sealed = (act: string): string => `sealed:${act}`;
/** What an act comes to while PostgreSQL is away. */
const unrecorded = (input: { readonly actionId: string }) => {
  const [, kind = '', host = ''] = input.actionId.split(':');
  return {
    result: sampleResult({ id: input.actionId, kind: kind as 'block-sources', host }),
    unrecorded: [sealed(input.actionId)],
  };
};
const calledBy = (): string => Context.current().info.workflowExecution?.workflowId ?? '';

interface Late {
  readonly records: readonly string[];
}

const BLOCK_ONLY = { hosts: ['web-1'], mode: 'block' } as const;

test('B11 B14 PostgreSQL away for longer than the response: what is in force is in the tables before the watch begins', async () => {
  const order = await world().respond(BLOCK_ONLY, {
    performAction: unrecorded,
    recordLate: () => {
      // Given up at once, as when the response's bound for it is over.
      if (calledBy().includes(':response')) throw failure('SHARE_USED_UP');
      if (Context.current().info.attempt < 4) throw failure('DATABASE_UNREACHABLE');
    },
  });
  const result = await world().responseOf(order);
  expect(result.unrecorded).toEqual(result.results.map(({ action }) => sealed(action)));
  expect(result.results.map(({ kind }) => kind)).toEqual(['block-sources', 'heighten-monitoring']);
  await world().until('the watch has begun', () => world().exists(workflowIds.watch(order.incident)), '5 s');
  const written = world()
    .callsOf(order, 'recordLate')
    .filter((call) => call.workflowId === order.incident);
  expect(written.length).toBe(4);
  const { records } = written.at(-1)?.input as unknown as Late;
  expect(records).toEqual(result.unrecorded);
  const log = await world().log(order.incident);
  const scheduled = log.findIndex(({ name }) => name === 'recordLate');
  const begun = log.findIndex(({ about }) => about?.endsWith(':watch') === true);
  expect(scheduled).toBeGreaterThan(-1);
  expect(begun).toBeGreaterThan(scheduled);
});

test('B11 nothing is written twice: what the response could write, the incident leaves alone', async () => {
  const order = await world().respond(BLOCK_ONLY, { performAction: unrecorded });
  expect(await world().responseOf(order)).toMatchObject({ unrecorded: [] });
  await world().until('the watch has begun', () => world().exists(workflowIds.watch(order.incident)));
  const by = world()
    .callsOf(order, 'recordLate')
    .map((call) => call.workflowId);
  expect(new Set(by)).toEqual(new Set([workflowIds.response(order.incident, 1)]));
});

test('B6 B11 what the first try could not write, the second one does', async () => {
  const order = await world().declare(BLOCK_ONLY, { performAction: unrecorded });
  await world().start(order, { title: 'break-once:preserveLogs.' });
  await world().responseOf(order, 2);
  const late = world()
    .callsOf(order, 'recordLate')
    .map((call) => call.input as unknown as Late);
  expect(late[0]?.records).toEqual([sealed(`${order.incident}:block-sources:web-1`)]);
});

test('B8 B11 a response that failed twice leaves nothing out of the tables that it did', async () => {
  const order = await world().declare(BLOCK_ONLY, { performAction: unrecorded });
  await world().start(order, { title: 'break:preserveLogs.' });
  await world()
    .responseOf(order, 2)
    .catch(() => undefined);
  await world().until('it is written down', () => world().callsOf(order, 'recordLate').length > 0, '1 s');
  const [call] = world().callsOf(order, 'recordLate');
  expect(call?.workflowId).toBe(order.incident);
  expect((call?.input as unknown as Late).records).toEqual([sealed(`${order.incident}:block-sources:web-1`)]);
});

test('L1 the events of an act that failed while the ledger was away are appended late', async () => {
  const lost = sealed('perform:lost');
  const order = await world().respond(BLOCK_ONLY, {
    performAction: () => {
      const { type, message } = failure('HOST_KEY_CHANGED');
      throw ApplicationFailure.create({
        type: type ?? '',
        message,
        nonRetryable: true,
        details: [{ unrecorded: [lost] }],
      });
    },
  });
  await world().responseOf(order);
  const appended = world()
    .callsOf(order, 'recordLate')
    .flatMap((call) => (call.input as unknown as Late).records);
  expect(appended).toContainEqual(lost);
});

test.each([
  ['DRIFT', []],
  ['MACHINE_CHANGED', ['if-machine-gone']],
  ['JOURNAL_LOST', ['do-put-right']],
] as const)(
  'C5 B5 an undo that ends with %s is tried once, told and kept: the incident stays open, the watch goes on with it',
  async (code, wayOut) => {
    let drifted = true;
    const order = await world().respond(BLOCK_ONLY, {
      listUndo: (input) =>
        drifted
          ? [
              {
                actionId: `${input.incident}:block-sources:web-1`,
                kind: 'block-sources',
                host: 'web-1',
                expiresAt: '2026-11-21T03:00:00.000Z',
              },
            ]
          : [],
      watchRound: () => ({
        active: drifted ? 1 : 0,
        expired: [],
        drift: [],
        reasserted: 0,
        readings: [],
        unreachable: [],
      }),
      undoAction: (input) => {
        if (drifted) throw failure(code, 'web-1: rules');
        return unrecorded(input);
      },
    });
    await world().responseOf(order);
    await world().until('the watch has begun', () => world().exists(workflowIds.watch(order.incident)));
    await world().give(order, 'release', 'bob');
    await world().until('people are told', () => world().told(order).includes('manual-undo-1'));
    const [notice] = world()
      .callsOf(order, 'resolveRecipients')
      .map(({ input }) => input.notice as { readonly key: string; readonly facts: readonly Fact[] })
      .filter(({ key }) => key === 'manual-undo-1');
    const command = `firebreak release ${order.incident}`;
    expect(notice?.facts).toMatchObject([
      { fact: 'not-undone', host: 'web-1', fault: { code } },
      { fact: 'order-again', command },
      ...wayOut.map((fact) => ({ fact, host: 'web-1', command: `${command} --gone web-1` })),
    ]);
    const [call, ...more] = world()
      .callsOf(order, 'undoAction')
      .filter(({ workflowId }) => workflowId === order.incident);
    expect(call?.attempt).toBe(1);
    expect(more).toEqual([]);
    expect((await world().incident(order).describe()).status.name).toBe('RUNNING');
    // The watch, which knows of it, undoes it as soon as the host lets it.
    drifted = false;
    const byWatch = () =>
      world()
        .callsOf(order, 'undoAction')
        .filter(({ workflowId }) => workflowId === workflowIds.watch(order.incident)).length;
    await world().until('the watch has undone it', () => byWatch() > 0, '30 s');
    await world().give(order, 'take-over', 'carol');
    await world().result(order.incident);
  },
);

test('B14 controls that nobody can put back, and hosts that fall silent, are told when that begins, each once', async () => {
  let round = 0;
  const order = await world().respond(BLOCK_ONLY, {
    watchRound: (input) => {
      round += 1;
      const actionId = `${input.incident}:block-sources:web-1`;
      const lost = { actionId, host: 'web-1', kind: 'block-sources', problem: 'lost-again' } as const;
      return {
        active: round < 7 ? 1 : 0,
        expired: [],
        drift: [],
        reasserted: 0,
        unheld: [2, 3, 6].includes(round) ? [lost] : [],
        readings: [],
        unreachable: [4, 5].includes(round) ? ['web-1'] : [],
      };
    },
  });
  await world().responseOf(order);
  await world().result(order.incident);
  const told = world()
    .told(order)
    .filter((key) => /unheld|unreachable/.test(key))
    .sort();
  expect(told).toEqual(['manual-unheld-1', 'manual-unheld-5', 'manual-unreachable-3']);
});
