import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { verifyBag } from '../../../src/adapters/evidence-bag/verify/verify-bag';
import { compileFor } from './compiled';
import type { World } from './world';
import { INCIDENT, artefactInfo, makeWorld, opening, provenance } from './world';

let world: World;

beforeEach(async () => {
  world = await makeWorld();
});

afterEach(() => world.remove());

/** 154 bytes a line, as a syslog line has; a chunk holds some thousand, as an SSH channel delivers them. */
function* logLines(count: number): Generator<Buffer> {
  let text = '';
  for (let i = 0; i < count; i += 1) {
    text +=
      `2026-11-20T03:00:00.${String(i).padStart(6, '0')}+00:00 web-1 sshd[4242]: Failed password for root from 203.0.113.${i % 256} port 4${i % 10000} ssh2`
        .padEnd(153, ' ')
        .concat('\n');
    if (text.length > 32 * 1024) {
      yield Buffer.from(text);
      text = '';
    }
  }
  yield Buffer.from(text);
}

test('E2 100,000 lines are stored, chained, sealed and verified', async () => {
  const { store } = world;
  await store.open(opening());
  const stored = await store.artefact(INCIDENT, provenance('logs:web-1'), 'auth.log', async (write) => {
    for (const chunk of logLines(100_000)) await write(chunk);
    return artefactInfo('web-1', 'auth.log');
  });
  const { path } = await store.seal(INCIDENT);
  expect(await verifyBag(path, { incident: INCIDENT, publicKey: store.publicKey })).toMatchObject({
    verdict: 'SIGNED',
  });
  expect(stored.bytes).toBe(15_400_000);
  expect((await stat(fileURLToPath(stored.uri))).size).toBe(15_400_000);
});

test('E8 memory stays flat: 400 MB pass through a process that may use 64 MB for objects', async () => {
  const compiled = await mkdtemp(join(tmpdir(), 'firebreak-compiled-'));
  const script = compileFor(compiled, 'streaming-process.ts');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--max-old-space-size=64', script, world.forensics, world.keyFile, '400'],
    { encoding: 'utf8' },
  );
  await rm(compiled, { recursive: true });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const { growthMiB, verdict } = JSON.parse(stdout) as { growthMiB: number; verdict: string };
  expect(verdict).toBe('SIGNED');
  expect(growthMiB).toBeLessThan(64);
  process.stdout.write(
    `400 MiB through the store and the verifier: resident memory grew by ${growthMiB} MiB at most\n`,
  );
});
