import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { updateConfigFile } from '../../../src/composition/config-file';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'firebreak-config-'))));
afterEach(() => rmSync(directory, { recursive: true }));

test('O3 a host whose name holds dots is one key; comments and other settings of the host stay', async () => {
  const file = join(directory, 'firebreak.yaml');
  writeFileSync(file, '# ours\nhosts:\n  web.example.com: {address: 192.0.2.1, user: fb} # shop\n', {
    mode: 0o600,
  });
  await updateConfigFile(file, [[['hosts', 'web.example.com', 'address'], '192.0.2.2']]);
  const text = readFileSync(file, 'utf8');
  expect(parse(text)).toEqual({ hosts: { 'web.example.com': { address: '192.0.2.2', user: 'fb' } } });
  expect(text).toContain('# ours');
  expect(text).toContain('# shop');
  expect(statSync(file).mode & 0o777).toBe(0o600);
});
