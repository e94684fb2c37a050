import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = join(__dirname, '../../../deploy/systemd');

/** `Key=value` lines of a unit; a key may come several times. */
function settings(unit: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [, key = '', value = ''] of readFileSync(join(folder, unit), 'utf8').matchAll(/^(\w+)=(.*)$/gm)) {
    found.set(key, [...(found.get(key) ?? []), value]);
  }
  return found;
}

test('O3 the worker runs as security_admin with the promised weights', () => {
  const worker = settings('firebreak-worker@.service');
  const promised = { User: 'security_admin', CPUWeight: '10000', IOWeight: '10000', Nice: '-5', MemoryMax: '2G' };
  for (const [key, value] of Object.entries(promised)) expect([key, worker.get(key)]).toEqual([key, [value]]);
  expect(worker.get('WorkingDirectory')).toEqual(['/opt/security/emergency']);
  expect(worker.get('ExecStart')).toEqual([
    '/usr/bin/node dist/src/worker/main.js --config /etc/security/emergency.conf',
  ]);
});

test('the stop time is longer than the 30 s the worker gives running activities', () => {
  expect(Number(settings('firebreak-worker@.service').get('TimeoutStopSec')?.[0])).toBeGreaterThan(30);
});

test('H4 no service dumps its memory, and a worker is started again for as long as it takes', () => {
  const services = readdirSync(folder).filter((name) => name.endsWith('.service'));
  expect(services.length).toBeGreaterThan(1);
  for (const name of services) expect([name, settings(name).get('LimitCORE')]).toEqual([name, ['0']]);
  const worker = settings('firebreak-worker@.service');
  expect([worker.get('Restart'), worker.get('StartLimitIntervalSec')]).toEqual([['always'], ['0']]);
  expect(Number(worker.get('RestartSec')?.[0])).toBeGreaterThanOrEqual(5);
});

const analyse = available() ? test : test.skip;

analyse('systemd-analyze verify finds nothing (skipped where systemd is not installed)', () => {
  const root = mkdtempSync(join(tmpdir(), 'firebreak-units-'));
  // Programs and units outside this repository that ours mention; verify wants them to exist.
  const units = join(root, 'units');
  cpSync(folder, units, { recursive: true });
  for (const name of readdirSync(units).filter((file) => file.endsWith('.service'))) {
    const path = join(units, name);
    writeFileSync(
      path,
      readFileSync(path, 'utf8')
        .replaceAll('/usr/bin/node', process.execPath)
        .replace(/^Documentation=.*\n/m, ''),
    );
  }
  const wanted = ['firebreak-worker@1.service', 'firebreak.target'].map((name) => join(units, name));
  const verdict = spawnSync('systemd-analyze', ['verify', '--man=no', ...wanted], { encoding: 'utf8' });
  rmSync(root, { recursive: true });
  expect(verdict).toMatchObject({ status: 0, stderr: '' });
});

function available(): boolean {
  return spawnSync('systemd-analyze', ['--version']).status === 0;
}
