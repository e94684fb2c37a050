import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FirebreakError } from '../../../src/domain/errors';
import type { AuditEvent } from '../../../src/domain/ledger';
import type { OperationsDeps } from '../../../src/operations/deps';
import { exportEvidence } from '../../../src/operations/export-evidence';
import { askBoth } from './both-verifiers';
import type { PythonVerifier } from './python-verifier';
import { startPythonVerifier } from './python-verifier';
import type { World } from './world';
import { INCIDENT, makeSealedBag, makeWorld, opening } from './world';

let world: World;
let python: PythonVerifier;
let handedOut: string;

beforeAll(() => {
  python = startPythonVerifier();
});
afterAll(() => python.end());

beforeEach(async () => {
  world = await makeWorld();
  handedOut = join(world.directory, 'handed-out');
  await mkdir(handedOut);
});
afterEach(() => world.remove());

/** @param away which append fails, from 0; `onAppend` looks at the world at that moment */
function deps(away?: number, onAppend: (event: AuditEvent) => Promise<void> = () => Promise.resolve()) {
  const events: AuditEvent[] = [];
  const append = async (more: readonly AuditEvent[]): Promise<void> => {
    if (events.length === away) throw new FirebreakError('LEDGER_UNREACHABLE');
    for (const event of more) await onAppend(event);
    events.push(...more);
  };
  const made = {
    now: () => new Date(),
    incidents: { find: () => Promise.resolve({}) },
    evidence: () => Promise.resolve(world.store),
    ledger: { append },
  } as unknown as Pick<OperationsDeps, 'evidence' | 'incidents' | 'ledger' | 'now'>;
  return { made, events };
}

const request = (file = 'bag.tar') => ({
  incident: INCIDENT,
  to: join(handedOut, file),
  actor: 'os:mori',
  reason: 'for the police, case 4711',
});

describe('E7 evidence is handed out', () => {
  test('E7 the file unpacks to a bag that both verifiers call SIGNED; the ledger has its hash, purpose and authority', async () => {
    await makeSealedBag(world);
    const { made, events } = deps();
    const exported = await exportEvidence(made, request());
    const bytes = await readFile(exported.file);
    expect(exported).toMatchObject({
      bytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      verdict: 'SIGNED',
    });
    expect(events).toEqual([
      expect.objectContaining({
        action: 'evidence.exported',
        stage: 'intent',
        actor: 'os:mori',
        incident: INCIDENT,
        reason: 'for the police, case 4711',
      }),
      expect.objectContaining({
        stage: 'result',
        result: 'SIGNED',
        detail: expect.objectContaining({ sha256: exported.sha256, to: exported.file }) as unknown,
      }),
    ]);
    const unpacked = join(world.directory, 'unpacked');
    await mkdir(unpacked);
    execFileSync('tar', ['-x', '-f', exported.file, '-C', unpacked]);
    expect(await readdir(unpacked)).toEqual([INCIDENT]);
    expect(await askBoth(python, join(unpacked, INCIDENT), exported.publicKey, INCIDENT)).toEqual({
      verdict: 'SIGNED',
      faults: [],
    });
  });

  test('E7 the same bag gives the same bytes', async () => {
    await makeSealedBag(world);
    const { made } = deps();
    const [first, second] = [
      await exportEvidence(made, request('a.tar')),
      await exportEvidence(made, request('b.tar')),
    ];
    expect(first.sha256).toBe(second.sha256);
  });

  test('L1 the event is written before the file has its name; without the ledger there is no file', async () => {
    await makeSealedBag(world);
    const { made } = deps(undefined, async () => expect(await readdir(handedOut)).not.toContain('bag.tar'));
    await exportEvidence(made, request());
    for (const away of [0, 1]) {
      const name = `away-${away}.tar`;
      await expect(exportEvidence(deps(away).made, request(name))).rejects.toMatchObject({
        code: 'LEDGER_UNREACHABLE',
      });
    }
    expect(await readdir(handedOut)).toEqual(['bag.tar']);
  });

  test('E6 a bag that does not verify is not handed out, and nothing stays behind', async () => {
    await makeSealedBag(world);
    await appendFile(join(world.forensics, INCIDENT, 'bag-info.txt'), 'x');
    const { made, events } = deps();
    await expect(exportEvidence(made, request())).rejects.toMatchObject({ code: 'EVIDENCE_BROKEN' });
    expect(events[1]).toMatchObject({ stage: 'result', result: 'EVIDENCE_BROKEN', level: 'ERROR' });
    expect(await readdir(handedOut)).toEqual([]);
  });

  test('E7 an open bag, a file that is there and a place that cannot be written to are refused', async () => {
    await world.store.open(opening());
    await expect(exportEvidence(deps().made, request())).rejects.toMatchObject({ code: 'WRONG_STATE' });
    await expect(world.store.pack(INCIDENT, () => Promise.resolve())).rejects.toMatchObject({ code: 'WRONG_STATE' });
    await world.store.seal(INCIDENT);
    await writeFile(join(handedOut, 'bag.tar'), 'mine');
    await expect(exportEvidence(deps().made, request())).rejects.toMatchObject({ code: 'BAD_INPUT' });
    expect(await readFile(join(handedOut, 'bag.tar'), 'utf8')).toBe('mine');
    await expect(exportEvidence(deps().made, request('no/such/bag.tar'))).rejects.toMatchObject({ code: 'BAD_INPUT' });
    await expect(exportEvidence(deps().made, { ...request('c.tar'), reason: ' ' })).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
    expect(await readdir(handedOut)).toEqual(['bag.tar']);
  });
});
