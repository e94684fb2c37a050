import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createEvidenceStore } from '../../../src/adapters/evidence-bag/evidence-store';
import { BAG_LIMITS } from '../../../src/adapters/evidence-bag/format/limits';
import { createProgramKeeper } from '../../../src/adapters/evidence-bag/programs';
import { HOST_PROGRAMS } from '../../../src/composition/host-programs';
import { sha256Hex } from '../../../src/domain/hash';
import type { HostScript } from '../../../src/ports/host-shell';
import type { CommonVerdict } from './both-verifiers';
import { askBoth } from './both-verifiers';
import type { LooseRecord } from './forger';
import { readRecords, redoManifests, resign, rewriteChain } from './forger';
import type { PythonVerifier } from './python-verifier';
import { startPythonVerifier } from './python-verifier';
import type { World } from './world';
import { INCIDENT, artefactInfo, makeWorld, opening, provenance, steadyClock } from './world';

const OLD: HostScript = { name: 'block-nftables', text: '#!/bin/sh\n# of the version before\n' };
const [FIRST, SECOND] = HOST_PROGRAMS as readonly [HostScript, HostScript];
const NOBODYS = 'e'.repeat(64);
const SIGNED = { verdict: 'SIGNED', faults: [] };

let world: World;
let python: PythonVerifier;
const bag = (): string => join(world.forensics, INCIDENT);
const ask = (): Promise<CommonVerdict> => askBoth(python, bag(), world.signer.vkey, INCIDENT);
const shaOf = ({ text }: HostScript): string => sha256Hex(text);
const pathOf = (program: HostScript): string => `data/_programs/${shaOf(program)}.sh`;

beforeAll(() => {
  python = startPythonVerifier();
});
afterAll(() => python.end());
beforeEach(async () => {
  world = await makeWorld();
});
afterEach(() => world.remove());

/** One program was kept before the bag was open, one is of this version, one is known to nobody. */
async function sealWithPrograms(): Promise<void> {
  await createProgramKeeper(world.forensics).keep(INCIDENT, OLD);
  const store = createEvidenceStore({
    forensicsDir: world.forensics,
    signer: world.signer,
    now: steadyClock(),
    programs: new Map(HOST_PROGRAMS.map((program) => [shaOf(program), program])),
  });
  await store.open(opening());
  await store.artefact(INCIDENT, provenance('logs:web-1'), 'auth.log', async (write) => {
    await write(Buffer.from('Failed password'));
    return artefactInfo('web-1', 'auth.log', { scriptSha256: shaOf(FIRST) });
  });
  const programs = [shaOf(OLD), shaOf(FIRST), shaOf(SECOND), NOBODYS];
  await store.record(INCIDENT, provenance('act:1'), 'act', { action: 'one', programs });
  await store.record(INCIDENT, provenance('act:2'), 'act', { action: 'two', programs });
  await store.seal(INCIDENT);
}

async function forgeAsInsider(edit: (records: LooseRecord[]) => LooseRecord[]): Promise<void> {
  await rewriteChain(bag(), edit(await readRecords(bag())));
  await resign(bag(), world.signer);
  await redoManifests(bag());
}

describe('the texts of programs that ran on hosts (E4)', () => {
  test('lie in the bag byte by byte, each once, whoever knew them; what nobody knows is recorded as such', async () => {
    await sealWithPrograms();
    expect(await ask()).toEqual(SIGNED);
    for (const program of [OLD, FIRST, SECOND]) {
      expect(await readFile(join(bag(), pathOf(program)), 'utf8')).toBe(program.text);
    }
    expect(await readdir(join(bag(), 'data/_programs'))).toHaveLength(3);
    const records = (await readRecords(bag())).filter(({ type }) => type === 'program');
    expect(records.map(({ program, name, kept }) => [program, name, kept]).sort()).toEqual(
      [
        [shaOf(OLD), OLD.name, undefined],
        [shaOf(FIRST), FIRST.name, undefined],
        [shaOf(SECOND), SECOND.name, undefined],
        [NOBODYS, undefined, false],
      ].sort(),
    );
    expect(await readdir(join(world.forensics, '.work'))).toEqual([`${INCIDENT}.holds`]);
  });

  test('a changed and a missing text is found by both verifiers', async () => {
    await sealWithPrograms();
    await writeFile(join(bag(), pathOf(SECOND)), `${SECOND.text}# nothing to see\n`);
    await rm(join(bag(), pathOf(OLD)));
    const { verdict, faults } = await ask();
    expect(verdict).toBe('BROKEN');
    expect(faults).toContain(`files/HASH_MISMATCH ${pathOf(SECOND)}`);
    expect(faults).toContain(`files/MISSING_FILE ${pathOf(OLD)}`);
  });

  test('a text that a record names and no record holds is found, even by the holder of the key left out', async () => {
    await sealWithPrograms();
    await rm(join(bag(), pathOf(SECOND)));
    await forgeAsInsider((records) => records.filter(({ program }) => program !== shaOf(SECOND)));
    expect(await ask()).toEqual({ verdict: 'BROKEN', faults: ['files/PROGRAM_MISSING evidence/chain.jsonl'] });
  });

  test('another text in the place of one is no text of it', async () => {
    await sealWithPrograms();
    await forgeAsInsider((records) =>
      records.map((record) => (record['program'] === shaOf(SECOND) ? { ...record, program: shaOf(FIRST) } : record)),
    );
    expect(await ask()).toEqual({ verdict: 'BROKEN', faults: ['files/PROGRAM_MISSING evidence/chain.jsonl'] });
  });

  test('a bag of a version that kept no texts still stands', async () => {
    await sealWithPrograms();
    await rm(join(bag(), 'data/_programs'), { recursive: true });
    await forgeAsInsider((records) =>
      records
        .filter(({ type }) => type !== 'program')
        .map((record) => (record['type'] === 'seal' ? { ...record, programs: undefined } : record)),
    );
    expect(await ask()).toEqual(SIGNED);
  });

  test('what was kept under a wrong name does not get in', async () => {
    const keeper = createProgramKeeper(world.forensics);
    await keeper.keep(INCIDENT, OLD);
    const folder = join(world.forensics, '.work', `${INCIDENT}.programs`);
    const [name = ''] = await readdir(folder);
    await writeFile(join(folder, name), 'something else');
    await writeFile(join(folder, `${'a'.repeat(64)}.x`), 'planted');
    await world.store.open(opening());
    await world.store.seal(INCIDENT);
    expect((await readRecords(bag())).map(({ type }) => type)).toEqual(['open', 'seal']);
    expect(await ask()).toEqual(SIGNED);
    await expect(keeper.keep(INCIDENT, { name: 'big', text: 'x'.repeat(1024 * 1024 + 1) })).rejects.toMatchObject({
      code: 'INPUT_TOO_LARGE',
    });
  });

  test('rows that name more programs than a bag holds do not break it', async () => {
    await world.store.open(opening());
    const many = (from: number) => Array.from({ length: 600 }, (_, i) => sha256Hex(`${from + i}`));
    await world.store.record(INCIDENT, provenance('act:1'), 'act', { programs: many(0) });
    await world.store.record(INCIDENT, provenance('act:2'), 'act', { programs: many(600) });
    await world.store.seal(INCIDENT);
    expect(await ask()).toEqual(SIGNED);
    const programs = (await readRecords(bag())).filter(({ type }) => type === 'program');
    expect(programs.length).toBeLessThanOrEqual(BAG_LIMITS.programs);
  });

  test('a chain that names more programs than any sealed bag is not read to its end', async () => {
    await sealWithPrograms();
    const programs = Array.from({ length: BAG_LIMITS.programs + 1 }, (_, i) => sha256Hex(`${i}`));
    await forgeAsInsider((records) =>
      records.map((record) => (record['type'] === 'act' ? { ...record, fields: { programs } } : record)),
    );
    expect(await ask()).toEqual({ verdict: 'BROKEN', faults: ['chain/TOO_LARGE evidence/chain.jsonl'] });
  });
});
