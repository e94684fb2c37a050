import { createProgramKeeper } from '../../../src/adapters/evidence-bag/programs';
import { sha256Hex } from '../../../src/domain/hash';
import { askBoth } from './both-verifiers';
import { readRecords } from './forger';
import { evidenceOf, RELEASED } from './incident-world';
import type { PythonVerifier } from './python-verifier';
import { startPythonVerifier } from './python-verifier';
import type { World } from './world';
import { INCIDENT, makeSealedBag, makeWorld } from './world';

const UNDO = { name: 'undo-block', text: '#!/bin/sh\n# takes the block away\n' };
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

test('E7 what came after the seal is in a supplement bag that both verifiers accept', async () => {
  const first = await makeSealedBag(world);
  await createProgramKeeper(world.forensics).keep(INCIDENT, UNDO);
  const { close, asked, events, row } = await evidenceOf(world);
  const bag = await close();
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
  expect(await world.store.supplements(INCIDENT)).toMatchObject([
    { id: ID, sealed: true, citesTheOneBefore: true, workflows: [INCIDENT] },
  ]);
});

test('B10 a retry gives the same bag, and adds nothing', async () => {
  await makeSealedBag(world);
  const { close, row } = await evidenceOf(world);
  const bag = await close();
  expect(await close()).toEqual(bag);
  expect(row.supplements).toEqual([bag]);
  expect(await world.store.supplements(INCIDENT)).toHaveLength(1);
});

test('E7 without a sealed bag there is nothing to add to', async () => {
  await expect((await evidenceOf(world)).close()).rejects.toMatchObject({ type: 'WRONG_STATE' });
});

test('E6 a supplement is none of the first bag', async () => {
  await makeSealedBag(world);
  const bag = await (await evidenceOf(world)).close();
  const expected = { incident: INCIDENT, publicKey: world.signer.vkey };
  expect((await world.store.verify(bag.path, expected)).verdict).not.toBe('SIGNED');
});

test.each([
  ['the incident is not the caller', {}, 'forger'],
  ['the response is not over, and nobody has ended it', { responseEndedAt: null }, INCIDENT],
  ['something is in force', { inForce: [{ ...RELEASED, state: 'active' as const }] }, INCIDENT],
])('H1 no supplement is sealed early: %s', async (_why, situation, caller) => {
  await makeSealedBag(world);
  const { close } = await evidenceOf(world, situation);
  await expect(close(caller)).rejects.toMatchObject({ type: 'NOT_AUTHORISED' });
  expect(await world.store.supplements(INCIDENT)).toEqual([]);
});

test('E7 a host without a pinned key, or out of the inventory, keeps no supplement from being made', async () => {
  await makeSealedBag(world);
  const { close } = await evidenceOf(world, { unpinned: ['web-1', 'db-1'], inventory: ['web-1'] });
  const bag = await close();
  const records = await readRecords(bag.path);
  expect(records[0]).toMatchObject({ hosts: [{ name: 'web-1' }, { name: 'db-1' }] });
  expect(records.find(({ type }) => type === 'artefact')).toMatchObject({ info: { host: 'web-1' } });
  expect(records.filter(({ type }) => type === 'absence')).toMatchObject([
    { info: { host: 'db-1', source: 'later logs', reason: expect.stringContaining('db-1') as string } },
  ]);
});
