import { readFile, readdir, writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createEvidenceStore } from '../../../src/adapters/evidence-bag/evidence-store';
import { sha256Hex } from '../../../src/domain/hash';
import { verifyBag } from '../../../src/adapters/evidence-bag/verify/verify-bag';
import { readRecords } from './forger';
import type { World } from './world';
import { INCIDENT, addBytes, artefactInfo, makeSealedBag, makeWorld, opening, provenance, steadyClock } from './world';

let world: World;

beforeEach(async () => {
  world = await makeWorld();
});

afterEach(() => world.remove());

const bagPath = (): string => join(world.forensics, INCIDENT);
const verdict = async (): Promise<unknown> => {
  const { verdict: level, faults } = await verifyBag(bagPath(), { incident: INCIDENT, publicKey: world.signer.vkey });
  return { level, faults };
};
const SIGNED = { level: 'SIGNED', faults: [] };

describe('E8 what a crash can leave', () => {
  const spool = () => join(world.forensics, '.work', INCIDENT);

  /** Another store, as a worker that has just been started would have. */
  const restarted = () =>
    createEvidenceStore({ forensicsDir: world.forensics, signer: world.signer, now: steadyClock() });

  async function completeButUncommitted(moved: boolean): Promise<void> {
    await world.store.open(opening());
    await addBytes(world.store, INCIDENT, 'web-1', 'first', 'x');
    const attempt = join(spool(), `${'0'.repeat(24)}.00000000`);
    const bytes = Buffer.from('all bytes are here');
    const { createHash } = await import('node:crypto');
    const work = ['artefact', 'logs:web-1', 'auth.log'];
    await mkdir(attempt);
    await writeFile(
      join(attempt, 'about.json'),
      JSON.stringify({ work, provenance: provenance('logs:web-1'), startedAt: 't' }),
    );
    const body = {
      at: 't',
      work,
      provenance: provenance('logs:web-1'),
      name: 'auth.log',
      bytes: bytes.length,
      sha256: sha256Hex(bytes),
      sha512: createHash('sha512').update(bytes).digest('hex'),
      info: artefactInfo('web-1', 'auth.log'),
    };
    await writeFile(join(attempt, 'complete.json'), JSON.stringify({ place: ['web-1', 'logs', 'auth.log'], body }));
    await writeFile(moved ? join(bagPath(), 'data/web-1/logs/auth.log') : join(attempt, 'bytes'), bytes);
  }

  test.each([
    ['before the rename', false, 'goes on at once'],
    ['before the rename', false, 'opens the bag again first'],
    ['between rename and record', true, 'goes on at once'],
    ['between rename and record', true, 'opens the bag again first'],
  ])('%s: the artefact is recorded by whoever comes next (moved: %p) and %s', async (_, moved, how) => {
    await completeButUncommitted(moved);
    const next = restarted();
    if (how !== 'goes on at once') await next.open(opening());
    const stored = await addBytes(next, INCIDENT, 'web-1', 'auth.log', 'other');
    expect(stored.sha256).toBe(sha256Hex('all bytes are here'));
    expect((await readdir(spool())).filter((name) => name.includes('.0'))).toEqual([]);
    await next.seal(INCIDENT);
    expect((await readRecords(bagPath())).map(({ type }) => type)).toEqual(['open', 'artefact', 'artefact', 'seal']);
    expect(await readdir(join(bagPath(), 'data/web-1/logs'))).toEqual(['auth.log', 'first']);
    expect(await verdict()).toEqual(SIGNED);
  });

  test('after the record: the leavings are cleared away', async () => {
    await completeButUncommitted(false);
    await restarted().record(INCIDENT, provenance('x'), 'act', {});
    const [first] = (await readdir(spool())).filter((name) => name.endsWith('.00000000'));
    expect(first).toBeUndefined();
  });

  test('in the middle of a line: the line is cut off and written again', async () => {
    await world.store.open(opening());
    await world.store.record(INCIDENT, provenance('x'), 'act', {});
    const chain = join(bagPath(), 'evidence/chain.jsonl');
    await writeFile(chain, `${await readFile(chain, 'utf8')}{"seq":2,"inci`);
    expect(await restarted().entries(INCIDENT)).toHaveLength(2);
    await restarted().record(INCIDENT, provenance('y'), 'act', {});
    expect((await readRecords(bagPath())).map(({ seq }) => seq)).toEqual([0, 1, 2]);
    await restarted().seal(INCIDENT);
    expect(await verdict()).toEqual(SIGNED);
  });

  test('between the seal record and any of the files behind it: sealing goes on and gives the same bytes', async () => {
    await makeSealedBag(world);
    const files = ['evidence/checkpoint', 'bagit.txt', 'bag-info.txt', 'README.md', 'verify.py'];
    const manifests = [
      'manifest-sha256.txt',
      'manifest-sha512.txt',
      'tagmanifest-sha512.txt',
      'tagmanifest-sha256.txt',
    ];
    const order = [...files, ...manifests];
    const contents = await Promise.all(order.map((file) => readFile(join(bagPath(), file))));
    const sealed = await world.store.sealed(INCIDENT);
    const { rm } = await import('node:fs/promises');
    for (let written = 0; written < order.length; written += 1) {
      for (const file of order.slice(written)) await rm(join(bagPath(), file));
      await mkdir(spool());
      expect(await restarted().sealed(INCIDENT)).toBeUndefined();
      expect(await restarted().seal(INCIDENT)).toEqual(sealed);
      expect(await Promise.all(order.map((file) => readFile(join(bagPath(), file))))).toEqual(contents);
    }
    expect(await verdict()).toEqual(SIGNED);
  });

  test('a chain that was tampered with is reported, not continued', async () => {
    await world.store.open(opening());
    await world.store.record(INCIDENT, provenance('x'), 'act', { host: 'web-1' });
    const chain = join(bagPath(), 'evidence/chain.jsonl');
    await writeFile(chain, (await readFile(chain, 'utf8')).replace('sato', 'mori'));
    const broken = { code: 'EVIDENCE_BROKEN' };
    await expect(restarted().record(INCIDENT, provenance('y'), 'act', {})).rejects.toMatchObject(broken);
    await expect(restarted().seal(INCIDENT)).rejects.toMatchObject(broken);
  });
});
