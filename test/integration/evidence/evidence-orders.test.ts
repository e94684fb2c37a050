import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { EvidenceOrder } from '../../../src/domain/order';
import { exportEvidence } from '../../../src/operations/export-evidence';
import { verifyBags } from '../../../src/operations/verify-evidence';
import { askBoth } from './both-verifiers';
import { readRecords } from './forger';
import { evidenceOf } from './incident-world';
import type { PythonVerifier } from './python-verifier';
import { startPythonVerifier } from './python-verifier';
import type { World } from './world';
import { INCIDENT, makeSealedBag, makeWorld, opening } from './world';

const SUPPLEMENT: EvidenceOrder = { action: 'evidence-supplement', incident: INCIDENT, reason: 'logs of the weekend' };
const TRANSFER: EvidenceOrder = {
  ...{ action: 'evidence-transfer', incident: INCIDENT, reason: 'case 42' },
  to: 'K. Tanaka, police',
};
const DISPOSE: EvidenceOrder = { action: 'evidence-dispose', incident: INCIDENT, reason: 'retention rule 7' };
const ORDERS = { s1: SUPPLEMENT, s2: SUPPLEMENT, t1: TRANSFER, d1: DISPOSE, d2: DISPOSE };
const DAY = 86_400_000;
const later = (at: string) => () => new Date(at);

let world: World;
let python: PythonVerifier;
beforeAll(() => {
  python = startPythonVerifier();
});
afterAll(() => python.end());
beforeEach(async () => {
  world = await makeWorld();
  await makeSealedBag(world);
});
afterEach(() => world.remove());

const bag = (number = 1) => join(world.forensics, number === 1 ? INCIDENT : `${INCIDENT}.${number}`);
const verify = () => verifyBags(world.store, INCIDENT, bag(), world.signer.vkey);

describe('E7 a supplement bag by order of a person', () => {
  test('is the next one, says who ordered it and why, and holds who had the evidence', async () => {
    const { close, order, asked, events, row } = await evidenceOf(world, { orders: ORDERS });
    await close();
    await order('t1');
    await order('s1');
    expect(await askBoth(python, bag(3), world.signer.vkey, `${INCIDENT}.3`)).toEqual({
      verdict: 'SIGNED',
      faults: [],
    });
    const records = await readRecords(bag(3));
    expect(records[0]).toMatchObject({
      ...{ type: 'open', operator: 'sato', authority: 'logs of the weekend' },
      ...{ supplements: { bag: `${INCIDENT}.2` }, workflow: { id: 'evidence-order:s1' } },
    });
    expect(records.filter(({ type }) => type === 'custody').map(({ fields }) => fields)).toMatchObject([
      { action: 'evidence.seal' },
      { action: 'evidence.transferred', stage: 'intent', actor: 'sato' },
      { action: 'evidence.transferred', stage: 'result', subject: INCIDENT },
      { action: 'evidence.transferred', stage: 'result', subject: `${INCIDENT}.2` },
      { action: 'evidence.collected', stage: 'intent', reason: 'logs of the weekend' },
    ]);
    // Logs since the bag before, and not those of the first one again.
    expect(asked.at(-1)).toMatchObject({ since: (await world.store.supplement(2).sealed(INCIDENT))?.sealedAt });
    expect(row.supplements).toMatchObject([{ path: bag(2) }, { path: bag(3) }]);
    expect(events.at(-1)).toMatchObject({
      ...{ action: 'evidence.collected', stage: 'result', actor: 'sato', subject: `${INCIDENT}.3` },
      reason: 'logs of the weekend',
    });
    await expect(verify()).resolves.toMatchObject({ supplements: [{ verdict: 'SIGNED' }, { verdict: 'SIGNED' }] });
  });

  test('before the end does not take the place of the one that ends the incident', async () => {
    const { close, order } = await evidenceOf(world, { orders: ORDERS });
    await order('s1');
    const last = await close();
    expect(last.path).toBe(bag(3));
    expect((await readRecords(bag(3)))[0]).toMatchObject({ supplements: { bag: `${INCIDENT}.2` } });
  });

  test('is made once for each order, also when it is tried again', async () => {
    const { order } = await evidenceOf(world, { orders: ORDERS });
    await order('s1');
    await order('s1');
    await order('s2');
    await order('s1');
    expect(await world.store.supplements(INCIDENT)).toMatchObject([
      { workflows: ['evidence-order:s1'] },
      { workflows: ['evidence-order:s2'] },
    ]);
  });

  test('waits for one that is being filled, and takes over one that nobody fills any more', async () => {
    const filling = {
      ...opening(),
      openedAt: '2026-11-20T03:00:00.000Z',
      workflow: { id: 'evidence-order:s1', runId: 'x' },
    };
    await world.store.supplement(2).open(filling);
    const soon = await evidenceOf(world, { orders: ORDERS, now: later('2026-11-20T03:10:00.000Z') });
    await expect(soon.order('s2')).rejects.toMatchObject({ type: 'EVIDENCE_BUSY', nonRetryable: false });
    const afterwards = await evidenceOf(world, { orders: ORDERS, now: later('2026-11-20T03:20:00.000Z') });
    await afterwards.order('s2');
    expect(await world.store.supplements(INCIDENT)).toMatchObject([
      { sealed: true, workflows: ['evidence-order:s1', 'evidence-order:s2'] },
    ]);
  });

  test('can be handed out like the first one', async () => {
    const { order, events } = await evidenceOf(world, { orders: ORDERS });
    await order('s1');
    const deps = {
      evidence: () => Promise.resolve(world.store),
      incidents: { find: () => Promise.resolve({}) },
      ledger: { append: (some: readonly object[]) => Promise.resolve(void events.push(...(some as never[]))) },
      now: () => new Date(),
    } as never;
    const to = join(world.directory, 'two.tar');
    const request = { incident: INCIDENT, to, actor: 'sato', reason: 'police', supplement: 2 };
    await expect(exportEvidence(deps, request)).resolves.toMatchObject({ bag: `${INCIDENT}.2`, verdict: 'SIGNED' });
    expect(existsSync(to)).toBe(true);
  });
});

describe('E7 custody is transferred by order of a person', () => {
  test('every bag is verified, and the ledger has receiver, purpose and the hash of its export', async () => {
    const { close, order, events } = await evidenceOf(world, { orders: ORDERS });
    await close();
    await order('t1');
    const results = events.filter(({ action, stage }) => action === 'evidence.transferred' && stage === 'result');
    expect(results).toMatchObject([
      { actor: 'sato', subject: INCIDENT, reason: 'case 42', result: 'SIGNED', detail: { to: 'K. Tanaka, police' } },
      { actor: 'sato', subject: `${INCIDENT}.2`, result: 'SIGNED' },
    ]);
    for (const { detail } of results) expect(detail?.['sha256']).toMatch(/^[0-9a-f]{64}$/);
  });

  test('what does not verify is not handed over, and that stands in the ledger', async () => {
    await rm(join(bag(), 'data', 'web-1'), { recursive: true });
    const { order, events } = await evidenceOf(world, { orders: ORDERS });
    await expect(order('t1')).rejects.toMatchObject({ type: 'EVIDENCE_BROKEN' });
    expect(events.at(-1)).toMatchObject({ action: 'evidence.transferred', stage: 'result', result: 'EVIDENCE_BROKEN' });
  });
});

describe('E7 evidence is disposed of by order of a person', () => {
  const closed = { orders: ORDERS, closed: true, now: later('2026-11-21T00:00:00.000Z') };

  test('the collected bytes are gone; what proves that they were there stays, and verifies', async () => {
    const { close, order, events } = await evidenceOf(world, closed);
    await close();
    const chain = await readFile(join(bag(), 'evidence/chain.jsonl'));
    await order('d1');
    expect([1, 2, 3].map((number) => existsSync(join(bag(number), 'data')))).toEqual([false, false, true]);
    expect(existsSync(join(world.forensics, '.work', `${INCIDENT}.disposed`))).toBe(false);
    expect(await readFile(join(bag(), 'evidence/chain.jsonl'))).toEqual(chain);

    // The last bag tells of it, and stands by itself for everybody.
    expect(await askBoth(python, bag(3), world.signer.vkey, `${INCIDENT}.3`)).toEqual({
      verdict: 'SIGNED',
      faults: [],
    });
    const records = await readRecords(bag(3));
    expect(records.filter(({ type }) => type === 'disposal').map(({ fields }) => fields)).toMatchObject([
      { bag: INCIDENT, verdict: 'SIGNED', faults: 0, artefacts: 3, root: (await world.store.sealed(INCIDENT))?.root },
      { bag: `${INCIDENT}.2`, verdict: 'SIGNED', faults: 0 },
    ]);
    expect(records.find(({ type }) => type === 'disposed')).toMatchObject({
      fields: { bags: [INCIDENT, `${INCIDENT}.2`], by: 'sato', reason: 'retention rule 7' },
    });
    // Who knows of it verifies what is left; who does not sees that something is missing.
    const { first, supplements } = await verify();
    expect(first).toMatchObject({ verdict: 'SIGNED', faults: [], disposed: { by: 'sato' } });
    expect(first.notProven[0]).toContain('The collected bytes are disposed');
    expect(supplements).toMatchObject([{ verdict: 'SIGNED', disposed: { by: 'sato' } }, { verdict: 'SIGNED' }]);
    expect((await askBoth(python, bag(), world.signer.vkey, INCIDENT)).verdict).toBe('BROKEN');
    expect(events.filter(({ action }) => action === 'evidence.disposed')).toMatchObject([
      { stage: 'intent', actor: 'sato', reason: 'retention rule 7' },
      { stage: 'result', subject: INCIDENT, result: 'disposed', detail: { toldBy: `${INCIDENT}.3` } },
      { stage: 'result', subject: `${INCIDENT}.2`, result: 'disposed' },
    ]);
  });

  test('a disposal is no excuse for anything else: a changed chain is a fault, and so is a foreign bag that tells of one', async () => {
    const { order } = await evidenceOf(world, closed);
    await order('d1');
    const chain = join(bag(), 'evidence/chain.jsonl');
    const { writeFile } = await import('node:fs/promises');
    await writeFile(chain, (await readFile(chain, 'utf8')).replace('"db-1"', '"db-2"'));
    expect((await verify()).first.verdict).toBe('BROKEN');
    await rm(join(bag(2), 'evidence/checkpoint'));
    const { first, supplements } = await verify();
    expect(supplements).toMatchObject([{ verdict: 'BROKEN' }]);
    expect(first.disposed).toBeUndefined();
  });

  test('is refused while the incident is open, and while the time to keep it is not over since close and last seal', async () => {
    const open = await evidenceOf(world, { orders: ORDERS });
    await expect(open.order('d1')).rejects.toMatchObject({ type: 'WRONG_STATE' });
    const kept = { ...closed, keptMs: 30 * DAY };
    const early = await evidenceOf(world, { ...kept, now: later('2026-12-20T03:59:59.000Z') });
    await expect(early.order('d1')).rejects.toThrow('is kept until 2026-12-20T04:00:00.000Z');
    expect(existsSync(join(bag(), 'data'))).toBe(true);
    const due = await evidenceOf(world, { ...kept, now: later('2026-12-20T04:00:00.000Z') });
    await due.order('d1');
    expect(existsSync(join(bag(), 'data'))).toBe(false);
  });

  test('goes on where a worker died, and is done once', async () => {
    const dying = await evidenceOf(world, closed);
    const { dispose } = world.store;
    Object.assign(world.store, { dispose: () => Promise.reject(new Error('killed')) });
    await expect(dying.order('d1')).rejects.toThrow();
    Object.assign(world.store, { dispose });
    await dying.order('d1');
    await dying.order('d1');
    expect((await readRecords(bag(2))).filter(({ type }) => type === 'disposal')).toMatchObject([
      { fields: { verdict: 'SIGNED' } },
    ]);
    await expect(verify()).resolves.toMatchObject({
      first: { verdict: 'SIGNED' },
      supplements: [{ verdict: 'SIGNED' }],
    });
    for (const again of ['d2', 's1', 't1'])
      await expect(dying.order(again)).rejects.toThrow('the collected bytes were disposed');
    expect(await world.store.supplements(INCIDENT)).toHaveLength(1);
  });

  test('a bag that does not verify goes too, and the record says so', async () => {
    await rm(join(bag(), 'data', 'web-1'), { recursive: true });
    const { order } = await evidenceOf(world, closed);
    await order('d1');
    const told = (await readRecords(bag(2))).find(({ type }) => type === 'disposal')?.['fields'];
    expect(told).toMatchObject({ bag: INCIDENT, verdict: 'BROKEN', faults: expect.any(Number) as number });
  });
});

test('H1 an order about evidence is carried out by its own workflow only, and by no grant of another kind', async () => {
  const { order, events } = await evidenceOf(world, { orders: { ...ORDERS, x: { action: 'release' } as never } });
  await expect(order('s1', 'forger')).rejects.toMatchObject({ type: 'NOT_AUTHORISED' });
  await expect(order('s1', INCIDENT)).rejects.toMatchObject({ type: 'NOT_AUTHORISED' });
  await expect(order('x')).rejects.toMatchObject({ type: 'NOT_AUTHORISED' });
  expect(events.filter(({ action }) => action.startsWith('evidence.'))).toEqual([]);
  expect(await world.store.supplements(INCIDENT)).toEqual([]);
});
