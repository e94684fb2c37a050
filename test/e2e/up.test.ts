import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLI, jsonOf, runCli } from '../support/run-cli';

/** `firebreak up` as the README has it: servers and workers in the foreground until Ctrl-C. */
const directory = mkdtempSync(join(tmpdir(), 'firebreak-up-'));
// PostgreSQL runs under an account of its own, and must come in.
chmodSync(directory, 0o755);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('O1 firebreak up: the command line works while it runs, an edit restarts the workers, Ctrl-C takes everything down', async () => {
  const config = join(directory, 'firebreak.yaml');
  const child = spawn(process.execPath, [CLI, 'up', '--directory', directory], {
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const closed = once(child, 'close') as Promise<[number | null]>;
  const until = async (words: string): Promise<void> => {
    while (!said.includes(words)) {
      if (child.exitCode !== null) throw new Error(`it ended: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  try {
    await until('Firebreak is up.');
    expect(said).toMatch(/Temporal UI +http:\/\/127\.0\.0\.1:\d+/);
    const listed = await runCli(['list', '--json', '--config', config]);
    expect({ code: listed.code, list: jsonOf<unknown>(listed) }).toEqual({ code: 0, list: [] });
    const doctor = await runCli(['doctor', '--json', '--config', config]);
    const checks = jsonOf<{ what: string; ok: boolean }[]>(doctor);
    for (const what of [/PostgreSQL/, /Temporal/])
      expect(checks.filter((check) => what.test(check.what)).map(({ ok }) => ok)).not.toContain(false);
    appendFileSync(config, 'timeZone: Asia/Tokyo\n');
    await until('the configuration has changed: restarting the workers');
  } finally {
    child.kill('SIGINT');
  }
  const [code] = await closed;
  expect({ code, said }).toEqual({ code: 0, said: expect.stringContaining('stopping') as string });
  expect((await runCli(['list', '--config', config])).code).toBe(5);
}, 600_000);
