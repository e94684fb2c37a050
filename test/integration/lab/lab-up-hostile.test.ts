import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attachLab } from '../../../demo/lab/lab';
import { labDown } from '../../../demo/lab/lab-down';
import { jsonOf, runCli } from '../../support/run-cli';

describe('firebreak lab up --hostile', () => {
  const directory = mkdtempSync(join(tmpdir(), 'firebreak-lab-up-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  const up = (...args: readonly string[]) =>
    runCli(['lab', 'up', '--host', 'owned', ...args, '--directory', directory, '--json'], { timeoutMs: 300_000 });

  it('hands the named host to an attacker; the lab takes everything along', async () => {
    const run = await up('--hostile', 'owned');
    const { lab: id } = jsonOf<{ lab: string }>(run);
    try {
      const lab = await attachLab(id);
      const owned = lab.hosts.get('owned');
      const seen = await owned?.exec('df --output=avail / | tail -n 1; ls /usr/local/sbin; pgrep -c -u nobody');
      expect(seen?.stdout).toMatch(/^ *0\n(?:.*\n)*firebreak-gate\.honest\n(?:.*\n)*\d{4}\n$/);
    } finally {
      expect((await labDown({ id, log: () => undefined })).remaining).toEqual([]);
    }
  }, 400_000);

  it('refuses a host that the lab does not have, before anything is booted', async () => {
    const run = await up('--hostile', 'other');
    expect(jsonOf(run)).toMatchObject({ error: { code: 'BAD_INPUT' } });
    expect(run.stderr + run.stdout).not.toContain('Booting');
  });
});
