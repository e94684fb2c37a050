import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { updateConfigFile } from '../../../src/composition/config-file';

let directory = '';
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'firebreak-composition-'))));
afterEach(() => rmSync(directory, { recursive: true }));

describe('C11 pinning a host in the configuration file', () => {
  test('keeps comments and everything else; names may hold dots', async () => {
    const file = join(directory, 'firebreak.yaml');
    writeFileSync(file, '# ours\ntimeZone: Asia/Tokyo # local\nhosts:\n  db-1: { address: 192.0.2.11 }\n');
    await updateConfigFile(file, [[['hosts', 'web.example.org', 'port'], 2222]]);
    const text = readFileSync(file, 'utf8');
    expect(text).toContain('# ours\ntimeZone: Asia/Tokyo # local\n');
    expect(text).toContain('db-1: { address: 192.0.2.11 }');
    expect(text).toMatch(/web\.example\.org:\s+port: 2222/);
    expect(readdirSync(directory)).toEqual(['firebreak.yaml']);
  });

  test('makes a file that only its owner reads; undefined removes a key', async () => {
    const file = join(directory, 'new', 'firebreak.yaml');
    await updateConfigFile(file, { 'temporal.address': '127.0.0.1:1', 'temporal.ui': 'http://x/' });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await updateConfigFile(file, { 'temporal.ui': undefined });
    expect(readFileSync(file, 'utf8')).toBe('temporal:\n  address: 127.0.0.1:1\n');
  });

  test.each(['key: [', '- a\n- b\n'])('leaves %j, which is no configuration, as it is', async (text) => {
    const file = join(directory, 'firebreak.yaml');
    writeFileSync(file, text);
    await expect(updateConfigFile(file, { timeZone: 'UTC' })).rejects.toBeInstanceOf(Error);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});
