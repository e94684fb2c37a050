import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { signRequest } from '../../../src/adapters/authorisation/sign-request';
import { packBag } from '../../../src/adapters/evidence-bag/pack-bag';
import type { BagLayout } from '../../../src/adapters/evidence-bag/files/bag-layout';
import { spawnBound } from '../../../src/supervision/bound-child';
import { DOWNLOADS, childEnvironment } from '../../../src/supervision/child-environment';
import { run, spawn } from '../../../src/supervision/child-process';

const SECRETS = {
  DATABASE_URL: 'postgres://firebreak:hunter2@db/firebreak',
  FIREBREAK_ADMIN_DATABASE_URL: 'postgres://admin:hunter2@db/postgres',
  FIREBREAK_APP_DATABASE_PASSWORD: 'hunter2',
  FIREBREAK_SLACK_TOKEN: 'xoxb-hunter2',
  FIREBREAK_TWILIO_TOKEN: 'hunter2',
  TEMPORAL_API_KEY: 'hunter2',
  TAR_OPTIONS: '--hunter2',
  LD_PRELOAD: '',
  NODE_OPTIONS: '',
};

let directory: string;
const before = { ...process.env };

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'firebreak-children-'));
  Object.assign(process.env, SECRETS);
});

afterEach(async () => {
  for (const name of Object.keys(process.env)) if (!(name in before)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, before);
  await rm(directory, { recursive: true, force: true });
});

/** A program of this name, first on PATH, that writes down its environment. */
async function spy(name: string): Promise<() => Promise<string>> {
  const bin = join(directory, 'bin');
  const seen = join(directory, `${name}.env`);
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, name), `#!/bin/sh\nenv > ${seen}\necho done\n`);
  await chmod(join(bin, name), 0o755);
  process.env['PATH'] = `${bin}:${before['PATH'] ?? ''}`;
  return () => readFile(seen, 'utf8');
}

function expectNoSecret(environment: string): void {
  expect(environment).toContain('PATH=');
  expect(environment).not.toContain('hunter2');
  for (const name of Object.keys(SECRETS)) expect(environment).not.toMatch(new RegExp(`^${name}=`, 'm'));
}

describe('H4 a child gets no secret of ours', () => {
  test('run, spawn and a bound child', async () => {
    expectNoSecret((await run('env')).stdout);
    expectNoSecret((await run('env', [], { timeout: 60_000 })).stdout);
    const child = spawn('env', [], { stdio: ['ignore', 'pipe', 'ignore'] });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await once(child, 'close');
    expectNoSecret(said);
    const logFile = join(directory, 'log');
    const bound = await spawnBound({ command: 'env', args: [], cwd: '/', logFile });
    await bound.ended;
    expectNoSecret(await readFile(logFile, 'utf8'));
  });

  test('ssh-keygen, which keeps the agent', async () => {
    process.env['SSH_AUTH_SOCK'] = '/run/agent';
    const seen = await spy('ssh-keygen');
    await signRequest('text', { identityFile: '/nowhere' });
    expectNoSecret(await seen());
    expect(await seen()).toContain('SSH_AUTH_SOCK=/run/agent');
  });

  test('tar, which takes no options from the environment', async () => {
    const seen = await spy('tar');
    await packBag({ forensics: directory, bagId: 'bag' } as BagLayout, () => Promise.resolve());
    expectNoSecret(await seen());
    expect(await seen()).toContain('LC_ALL=C');
  });

  test('programs that download keep proxies and caches only', () => {
    Object.assign(process.env, {
      HTTPS_PROXY: 'http://proxy:3128',
      GOPROXY: 'https://goproxy.example',
      GOOGLE_KEY: 'x',
    });
    const environment = childEnvironment(DOWNLOADS, { CGO_ENABLED: '0' });
    expect(environment).toMatchObject({
      HTTPS_PROXY: 'http://proxy:3128',
      GOPROXY: 'https://goproxy.example',
      CGO_ENABLED: '0',
    });
    for (const name of [...Object.keys(SECRETS), 'GOOGLE_KEY']) expect(environment).not.toHaveProperty(name);
  });
});

describe('H4 a server of ours leaves no copy of its memory', () => {
  test('its limit for core dumps is 0, and cannot be raised again', async () => {
    const logFile = join(directory, 'log');
    const bound = await spawnBound({
      command: 'sh',
      args: ['-c', 'ulimit -Hc; ulimit -Sc'],
      cwd: '/',
      logFile,
    });
    await bound.ended;
    expect(await readFile(logFile, 'utf8')).toBe('0\n0\n');
  });
});
