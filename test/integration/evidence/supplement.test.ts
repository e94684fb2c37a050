import { MockActivityEnvironment } from '@temporalio/testing';
import { createActivities } from '../../../activities';
import { createProgramKeeper } from '../../../src/adapters/evidence-bag/programs';
import { FirebreakError } from '../../../src/domain/errors';
import type { SealedBag } from '../../../src/domain/evidence';
import { sha256Hex } from '../../../src/domain/hash';
import type { AuditEvent } from '../../../src/domain/ledger';
import { respondOrder, respondUse } from '../../../src/domain/order';
import type { ActivityDeps } from '../../../src/ports/activity-deps';
import type { ArtefactSink, LogOptions } from '../../../src/ports/collection';
import type { ControlRow } from '../../../src/ports/repositories';
import { sampleOrder, sampleReading, sampleResult } from '../../support/incident-samples';
import { askBoth } from './both-verifiers';
import { readRecords } from './forger';
import type { PythonVerifier } from './python-verifier';
import { startPythonVerifier } from './python-verifier';
import type { World } from './world';
import { INCIDENT, artefactInfo, makeSealedBag, makeWorld, steadyClock } from './world';

const ORDER = sampleOrder('2026-11-20T03:00:00.000Z', {
  incident: INCIDENT,
  hosts: ['web-1', 'db-1'],
  documentSha256: 'd'.repeat(64),
});
const UNDO = { name: 'undo-block', text: '#!/bin/sh\n# takes the block away\n' };
const act = sampleResult({ id: `${INCIDENT}:block-sources:web-1`, kind: 'block-sources', host: 'web-1' });
const RELEASED: ControlRow = {
  incident: INCIDENT,
  action: act.action,
  host: 'web-1',
  kind: 'block-sources',
  target: '192.0.2.7',
  state: 'released',
  since: '2026-11-20T03:00:05.000Z',
  expiresAt: '2026-11-20T05:00:00.000Z',
  endedAt: '2026-11-20T03:20:00.000Z',
  noticedAt: null,
  machine: null,
  rung: 'nftables',
};
const ID = `${INCIDENT}.2`;

let world: World;
let python: PythonVerifier;
beforeAll(() => {
  python = startPythonVerifier();
});
afterAll(() => python.end());
beforeEach(async () => {
  world = await makeWorld();
});
afterEach(() => world.remove());

/** The activity over the real store; db-1 does not answer. */
function closing() {
  const asked: LogOptions[] = [];
  const events: AuditEvent[] = [];
  const row: { supplements: readonly SealedBag[] } & Record<string, unknown> = {
    order: ORDER,
    phase: 'watching',
    supplements: [],
  };
  const deps = {
    site: {
      hosts: new Map(ORDER.hosts.map((name) => [name, { name }])),
      logs: { lookBackMs: 3_600_000, maxBytesPerSource: 1_000 },
    },
    senders: [],
    authorisation: { confirm: () => Promise.resolve({ order: respondOrder(ORDER), operator: ORDER.operator }) },
    incidents: {
      find: () => Promise.resolve(row),
      document: () => Promise.resolve(Buffer.from(JSON.stringify({ logSources: ['/srv/app/log'] }))),
      update: (_incident: unknown, patch: object) => Promise.resolve(void Object.assign(row, patch)),
    },
    responses: {
      results: () => Promise.resolve([act]),
      undos: () => Promise.resolve([]),
      latestReadings: () => Promise.resolve([sampleReading('web-1', { attackerSessions: 0 })]),
    },
    controls: { all: () => Promise.resolve([RELEASED]) },
    ledger: { append: (some: AuditEvent[]) => Promise.resolve(void events.push(...some)) },
    collector: {
      logs: async ({ name }: { readonly name: string }, sink: ArtefactSink, options: LogOptions) => {
        if (name === 'db-1') throw new FirebreakError('HOST_UNREACHABLE', name);
        asked.push(options);
        await sink.artefact('journal', async (write) => {
          await write(Buffer.from('the block was taken away\n'));
          return artefactInfo(name, 'journal');
        });
      },
    },
    evidence: world.store,
    machine: { name: 'ops-1', load: () => 0.2 },
    hostKeyFingerprint: () => 'SHA256:x',
    now: steadyClock(),
  } as unknown as ActivityDeps;
  const { supplementBag } = createActivities(deps).evidence;
  const authority = { grantId: 'respond', use: respondUse(INCIDENT, 'run') };
  const workflow = { id: INCIDENT, runId: 'run' };
  const run = (): Promise<SealedBag> =>
    new MockActivityEnvironment().run(supplementBag, { incident: INCIDENT, authority, workflow });
  return { run, asked, events, row };
}

test('E7 what came after the seal is in a supplement bag that both verifiers accept', async () => {
  const first = await makeSealedBag(world);
  await createProgramKeeper(world.forensics).keep(INCIDENT, UNDO);
  const { run, asked, events, row } = closing();
  const bag = await run();
  expect(bag.path).toBe(`${first}.2`);
  expect(await askBoth(python, bag.path, world.signer.vkey, ID)).toEqual({ verdict: 'SIGNED', faults: [] });

  const records = await readRecords(bag.path);
  expect(records.map(({ type }) => type).sort()).toEqual(
    ['absence', 'act-end', 'artefact', 'open', 'program', 'reading', 'seal'].sort(),
  );
  expect(records[0]).toMatchObject({ type: 'open', supplements: { bag: INCIDENT } });
  expect(records.find(({ type }) => type === 'program')).toMatchObject({ program: sha256Hex(UNDO.text) });
  expect(records.find(({ type }) => type === 'absence')).toMatchObject({ info: { host: 'db-1' } });
  // Later logs: since the seal of the first bag.
  expect(asked).toMatchObject([{ since: (await world.store.sealed(INCIDENT))?.sealedAt, paths: ['/srv/app/log'] }]);
  expect(row.supplements).toEqual([bag]);
  expect(events).toMatchObject([{ action: 'evidence.seal', subject: `${ID}/evidence/checkpoint`, result: bag.root }]);
  expect(await world.store.supplements(INCIDENT)).toMatchObject([{ id: ID, sealed: true, citesTheOneBefore: true }]);
});

test('B10 a retry gives the same bag, and adds nothing', async () => {
  await makeSealedBag(world);
  const { run, row } = closing();
  const bag = await run();
  expect(await run()).toEqual(bag);
  expect(row.supplements).toEqual([bag]);
  expect(await world.store.supplements(INCIDENT)).toHaveLength(1);
});

test('E7 without a sealed bag there is nothing to add to', async () => {
  await expect(closing().run()).rejects.toMatchObject({ type: 'WRONG_STATE' });
});

test('E6 a supplement is none of the first bag', async () => {
  await makeSealedBag(world);
  const bag = await closing().run();
  const expected = { incident: INCIDENT, publicKey: world.signer.vkey };
  expect((await world.store.verify(bag.path, expected)).verdict).not.toBe('SIGNED');
});
