import { readFile, readdir, symlink, writeFile, mkdir, lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sha256Hex } from '../../../src/domain/hash';
import { verifyBag } from '../../../src/adapters/evidence-bag/verify/verify-bag';
import { readRecords } from './forger';
import type { World } from './world';
import {
  INCIDENT,
  KEY_NAME,
  absenceInfo,
  addBytes,
  artefactInfo,
  makeSealedBag,
  makeWorld,
  opening,
  provenance,
} from './world';

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

describe('E4 sealing', () => {
  test('gives a bag that says what is in it', async () => {
    await makeSealedBag(world);
    const sealed = (await world.store.sealed(INCIDENT))!;
    expect(sealed).toMatchObject({
      incident: INCIDENT,
      path: bagPath(),
      records: 7,
      artefacts: 3,
      absences: 1,
      bytes: 352,
      publicKey: world.store.publicKey,
    });
    expect(sealed.checkpoint).toContain(
      `${KEY_NAME}/${INCIDENT}\n7\n${Buffer.from(sealed.root, 'hex').toString('base64')}\n`,
    );
    expect(await verdict()).toEqual(SIGNED);
  });

  test('twice gives the same result and changes nothing', async () => {
    const first = await (await makeSealedBag(world), world.store.sealed(INCIDENT));
    const chain = await readFile(join(bagPath(), 'evidence/chain.jsonl'));
    expect(await world.store.seal(INCIDENT)).toEqual(first);
    expect(await world.store.seal(INCIDENT)).toEqual(first);
    expect(await readFile(join(bagPath(), 'evidence/chain.jsonl'))).toEqual(chain);
  });

  test('leaves nothing of the work behind but the folder of the lock', async () => {
    await makeSealedBag(world);
    expect(await readdir(join(world.forensics, '.work'))).toEqual([`${INCIDENT}.holds`]);
  });

  test('of an empty bag is possible: nothing was there is an answer too', async () => {
    await world.store.open(opening());
    await world.store.absence(INCIDENT, provenance('logs:web-1'), absenceInfo('web-1', 'journal'));
    await world.store.seal(INCIDENT);
    expect(await verdict()).toEqual(SIGNED);
  });

  test('ends the bag: what is known is answered, what is new is refused', async () => {
    await makeSealedBag(world);
    const again = await addBytes(world.store, INCIDENT, 'web-1', 'auth.log', 'other bytes');
    expect(again.bytes).toBe(52);
    await world.store.record(INCIDENT, provenance('plan'), 'plan', {});
    await world.store.open(opening());
    const refused = { code: 'EVIDENCE_SEALED' };
    await expect(addBytes(world.store, INCIDENT, 'web-1', 'late.log', 'x')).rejects.toMatchObject(refused);
    await expect(world.store.record(INCIDENT, provenance('late'), 'act', {})).rejects.toMatchObject(refused);
    await expect(
      world.store.absence(INCIDENT, provenance('late'), absenceInfo('web-1', 'audit')),
    ).rejects.toMatchObject(refused);
    await expect(world.store.open(opening(INCIDENT, 'run-2'))).rejects.toMatchObject(refused);
    expect(await verdict()).toEqual(SIGNED);
  });

  test('while an artefact is still arriving refuses the rest of it, and keeps what had arrived as partial', async () => {
    await world.store.open(opening());
    let arrived: () => void = () => undefined;
    let goOn: () => void = () => undefined;
    const halfWay = new Promise<void>((resolve) => (arrived = resolve));
    const sealedMeanwhile = new Promise<void>((resolve) => (goOn = resolve));
    const late = world.store.artefact(INCIDENT, provenance('logs:web-1'), 'big', async (write) => {
      await write(Buffer.from('first half, '));
      arrived();
      await sealedMeanwhile;
      await write(Buffer.from('second half'));
      return artefactInfo('web-1', 'big');
    });
    late.catch(() => undefined);
    await halfWay;
    await world.store.seal(INCIDENT);
    goOn();
    await expect(late).rejects.toMatchObject({ code: 'EVIDENCE_SEALED' });
    expect(await readFile(join(bagPath(), 'data/_partial/logs=3Aweb-1/big'), 'utf8')).toBe('first half, ');
    expect((await readRecords(bagPath())).map(({ type, reason }) => [type, reason])).toEqual([
      ['open', undefined],
      ['partial', 'interrupted'],
      ['seal', undefined],
    ]);
    expect(await verdict()).toEqual(SIGNED);
  });
});

describe('E8 retries', () => {
  test('add nothing twice: same key and name, whatever the bytes', async () => {
    await world.store.open(opening());
    await world.store.open(opening());
    const first = await addBytes(world.store, INCIDENT, 'web-1', 'auth.log', 'one');
    expect(await addBytes(world.store, INCIDENT, 'web-1', 'auth.log', 'two')).toEqual(first);
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      await world.store.absence(INCIDENT, provenance('logs:web-1', attempt), absenceInfo('web-1', 'journal'));
      await world.store.record(INCIDENT, provenance('plan', attempt), 'plan', { attempt });
    }
    expect((await readRecords(bagPath())).map(({ type }) => type)).toEqual(['open', 'artefact', 'absence', 'plan']);
    expect(await readFile(fileURLToPath(first.uri), 'utf8')).toBe('one');
  });

  test('of the same work at the same time leave one artefact', async () => {
    await world.store.open(opening());
    const results = await Promise.all(
      Array.from({ length: 5 }, (_, i) =>
        addBytes(world.store, INCIDENT, 'web-1', 'auth.log', `bytes of attempt ${i}`),
      ),
    );
    expect(new Set(results.map(({ sha256 }) => sha256)).size).toBe(1);
    expect(await readdir(join(bagPath(), 'data/web-1/logs'))).toEqual(['auth.log']);
    await world.store.seal(INCIDENT);
    expect(await verdict()).toEqual(SIGNED);
  });

  test('of a second run leave a record that the bag was taken up again', async () => {
    await world.store.open(opening());
    await world.store.open(opening(INCIDENT, 'run-2'));
    await world.store.open(opening(INCIDENT, 'run-2'));
    expect((await readRecords(bagPath())).map(({ type }) => type)).toEqual(['open', 'resumed']);
    await expect(world.store.open({ ...opening(), documentSha256: 'e'.repeat(64) })).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
  });

  test('of a failed attempt succeed, and its partial bytes do not stay', async () => {
    await world.store.open(opening());
    const cut = new Error('connection lost');
    await expect(
      world.store.artefact(INCIDENT, provenance('logs:web-1'), 'auth.log', async (write) => {
        await write(Buffer.from('half'));
        throw cut;
      }),
    ).rejects.toBe(cut);
    await addBytes(world.store, INCIDENT, 'web-1', 'auth.log', 'whole');
    await world.store.seal(INCIDENT);
    expect((await readRecords(bagPath())).map(({ type }) => type)).toEqual(['open', 'artefact', 'seal']);
    expect(await verdict()).toEqual(SIGNED);
  });

  test('that never come leave the longest partial bytes in the bag, marked with the reason', async () => {
    await world.store.open(opening());
    for (const bytes of ['half', 'more than half', '']) {
      await expect(
        world.store.artefact(INCIDENT, provenance('logs:web-1'), 'auth.log', async (write) => {
          await write(Buffer.from(bytes));
          throw new Error('connection lost');
        }),
      ).rejects.toThrow('connection lost');
    }
    await world.store.seal(INCIDENT);
    const [, partial] = await readRecords(bagPath());
    expect(partial).toMatchObject({
      type: 'partial',
      reason: 'UNEXPECTED',
      bytes: 14,
      path: 'data/_partial/logs=3Aweb-1/auth.log',
    });
    expect(await verdict()).toEqual(SIGNED);
  });

  test('see an error of the disk although the producer swallowed it', async () => {
    await world.store.open(opening());
    const result = world.store.artefact(INCIDENT, provenance('logs:web-1'), 'auth.log', async (write) => {
      await write(Buffer.from('x'));
      // As a full disk would: the first failed write spoils the artefact.
      await write('not a buffer' as unknown as Buffer).catch(() => undefined);
      await write({ length: 3 } as unknown as Buffer).catch(() => undefined);
      return artefactInfo('web-1', 'auth.log');
    });
    await expect(result).rejects.toThrow();
    expect((await readRecords(bagPath())).map(({ type }) => type)).toEqual(['open']);
  });
});

describe('E3 records', () => {
  test('keep absences of every rung of the ladder', async () => {
    await world.store.open(opening());
    for (const rung of [1, 2, 2, 3]) {
      await world.store.absence(INCIDENT, provenance('logs:web-1'), absenceInfo('web-1', 'journal', rung));
    }
    const entries = await world.store.entries(INCIDENT);
    expect(entries.map(({ type, host, name, absence }) => [type, host, name, absence])).toEqual([
      ['open', '', '', undefined],
      ['absence', 'web-1', 'journal', 'it was looked for, and there is none'],
      ['absence', 'web-1', 'journal', 'it was looked for, and there is none'],
      ['absence', 'web-1', 'journal', 'it was looked for, and there is none'],
    ]);
  });

  test('list artefacts with size and hash', async () => {
    await world.store.open(opening());
    await addBytes(world.store, INCIDENT, 'web-1', 'auth.log', 'one', 'two');
    expect((await world.store.entries(INCIDENT))[1]).toEqual({
      seq: 1,
      type: 'artefact',
      work: 'logs:web-1',
      host: 'web-1',
      name: 'auth.log',
      bytes: 6,
      sha256: sha256Hex('onetwo'),
    });
  });

  test('say whether the host and we have hashed the same bytes', async () => {
    await world.store.open(opening());
    for (const hostSha256 of [sha256Hex('abc'), sha256Hex('other')]) {
      await world.store.artefact(INCIDENT, provenance('logs:web-1'), hostSha256, async (write) => {
        await write(Buffer.from('abc'));
        return artefactInfo('web-1', 'log', { hostSha256 });
      });
    }
    const records = await readRecords(bagPath());
    expect(records.slice(1).map(({ hostSha256Matches }) => hostSha256Matches)).toEqual([true, false]);
  });

  test('store values as given, and never under a type or field of the store itself', async () => {
    await world.store.open(opening());
    const fields = { path: 'data/x', seq: 99, nested: { list: [1, 'ü', null] } };
    await world.store.record(INCIDENT, provenance('act:web-1'), 'act', fields);
    expect((await readRecords(bagPath()))[1]).toMatchObject({ seq: 1, type: 'act', fields });
    for (const type of ['open', 'artefact', 'seal', 'partial', '']) {
      await expect(world.store.record(INCIDENT, provenance('x'), type, {})).rejects.toMatchObject({
        code: 'BAD_INPUT',
      });
    }
    await world.store.seal(INCIDENT);
    expect(await verdict()).toEqual(SIGNED);
  });

  test('need an opened bag', async () => {
    const unknown = { code: 'UNKNOWN_INCIDENT' };
    await expect(addBytes(world.store, INCIDENT, 'web-1', 'x', 'y')).rejects.toMatchObject(unknown);
    await expect(world.store.seal(INCIDENT)).rejects.toMatchObject(unknown);
    expect(await world.store.sealed(INCIDENT)).toBeUndefined();
    expect(await world.store.entries(INCIDENT)).toEqual([]);
  });
});

describe('E8 names from hosts', () => {
  test('cannot leave their folder, hide, or collide', async () => {
    await world.store.open(opening());
    const names = ['../../../escape', '..', '.', '', 'a/b', 'a\nb', '-rf', '.hidden', 'Ünï', 'a%2Fb', 'x'.repeat(500)];
    for (const name of names) {
      await world.store.artefact(INCIDENT, provenance('logs'), name, async (write) => {
        await write(Buffer.from(name));
        return artefactInfo('../../etc', name);
      });
    }
    // The same host, group and name from other work: a file of its own.
    await world.store.artefact(INCIDENT, provenance('alternative'), 'a/b', async (write) => {
      await write(Buffer.from('second'));
      return artefactInfo('../../etc', 'a/b');
    });
    expect(await readdir(join(bagPath(), 'data'))).toEqual(['=2E.=2F..=2Fetc']);
    expect(await readdir(join(bagPath(), 'data', '=2E.=2F..=2Fetc', 'logs'))).toContain('a=2Fb~2');
    await world.store.seal(INCIDENT);
    expect(await verdict()).toEqual(SIGNED);
  });

  test.each(['../INC-20261120-7F3K', 'INC-20261120-7F3K/..', '', 'INC-20261120-7F3K.0'])(
    'an incident id that is none is refused: %j',
    async (text) => {
      await expect(world.store.open(opening(text as typeof INCIDENT))).rejects.toMatchObject({ code: 'BAD_INPUT' });
    },
  );

  test('a symbolic link laid in the way is not followed', async () => {
    const outside = join(world.directory, 'outside');
    await mkdir(outside);
    await world.store.open(opening());
    await symlink(outside, join(bagPath(), 'data', 'web-1'));
    await expect(addBytes(world.store, INCIDENT, 'web-1', 'auth.log', 'x')).rejects.toMatchObject({
      code: 'EVIDENCE_BROKEN',
    });
    expect(await readdir(outside)).toEqual([]);
  });

  test('files that nobody recorded are set aside before the seal, and the bag says so', async () => {
    await world.store.open(opening());
    await addBytes(world.store, INCIDENT, 'web-1', 'auth.log', 'x');
    await writeFile(join(bagPath(), 'data/web-1/logs/alibi'), 'I was at home');
    await symlink('/etc/passwd', join(bagPath(), 'data/link'));
    await mkdir(join(bagPath(), 'data/empty/deeper'), { recursive: true });
    await world.store.seal(INCIDENT);
    expect(await verdict()).toEqual(SIGNED);
    const strays = (await readRecords(bagPath())).filter(({ type }) => type === 'stray');
    expect(strays.map(({ found }) => found).sort()).toEqual(['data/link', 'data/web-1/logs/alibi']);
    for (const { movedTo } of strays) await lstat(join(world.forensics, String(movedTo)));
  });
});

test('E7 later evidence goes into a supplement that cites the first checkpoint', async () => {
  const supplement = world.store.supplement(2);
  await expect(supplement.open(opening())).rejects.toMatchObject({ code: 'BAD_INPUT' });
  const first = await makeSealedBag(world);
  await supplement.open(opening());
  await addBytes(supplement, INCIDENT, 'web-1', 'late.log', 'late');
  const sealed = await supplement.seal(INCIDENT);
  expect(sealed).toMatchObject({ incident: INCIDENT, path: `${first}.2`, artefacts: 1 });
  const id = `${INCIDENT}.2`;
  const expected = { incident: id, publicKey: world.signer.vkey };
  expect(await verifyBag(sealed.path, expected)).toMatchObject({ verdict: 'SIGNED', incident: id, faults: [] });
  const [open] = await readRecords(sealed.path);
  const checkpoint = await readFile(join(first, 'evidence/checkpoint'), 'utf8');
  expect(open).toMatchObject({ incident: id, supplements: { bag: INCIDENT, checkpoint } });
  expect(await verdict()).toEqual(SIGNED);
  const filled = { openedAt: opening().openedAt, workflows: [INCIDENT] };
  expect(await world.store.supplements(INCIDENT)).toEqual([
    { id, number: 2, path: sealed.path, sealed: true, citesTheOneBefore: true, ...filled },
  ]);
  // Another bag in the place of the first.
  await writeFile(join(first, 'evidence/checkpoint'), checkpoint.replace('=', '_'));
  expect(await world.store.supplements(INCIDENT)).toMatchObject([{ citesTheOneBefore: false }]);
});

test('E6 verification without a usable key or incident is refused', async () => {
  const bag = await makeSealedBag(world);
  const bad = { code: 'BAD_INPUT' };
  const { vkey } = world.signer;
  await expect(world.store.verify(bag, { incident: INCIDENT, publicKey: vkey.slice(1) })).rejects.toMatchObject(bad);
  await expect(world.store.verify(bag, { incident: '', publicKey: vkey })).rejects.toMatchObject(bad);
  const { verdict: level, notProven } = await world.store.verify(bag, { incident: INCIDENT, publicKey: vkey });
  expect(level).toBe('SIGNED');
  expect(notProven.join('\n')).toMatch(/TIMED: NOT CHECKED[^]*WITNESSED: NOT CHECKED/);
});
