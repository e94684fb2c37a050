import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readVerifier } from '../../../src/adapters/evidence-bag/verifier';
import { formatReadme } from '../../../src/adapters/evidence-bag/readme';

const ROOT = join(__dirname, '../../..');

describe('H7 the verifier is known outside of bags', () => {
  test('docs/evidence.md has its SHA-256; else run `npm run docs`', async () => {
    const { path, text, sha256 } = await readVerifier();
    expect(sha256).toBe(createHash('sha256').update(readFileSync(path)).digest('hex'));
    expect(text).toEqual(readFileSync(path));
    expect(readFileSync(join(ROOT, 'docs/evidence.md'), 'utf8')).toContain(`\n${sha256}  verify.py\n`);
  });

  test('no text tells anybody to run it without -I', () => {
    const texts = [
      formatReadme('INC-20261120-7F3K', 'firebreak.example/evidence'),
      ...['docs/evidence.md', 'docs/operations.md', 'docs/cli.md', 'README.md'].map((page) =>
        readFileSync(join(ROOT, page), 'utf8'),
      ),
      ...['evidence-bag/verify.py', 'pdf/sections/verification.ts'].map((file) =>
        readFileSync(join(ROOT, 'src/adapters', file), 'utf8'),
      ),
      readFileSync(join(ROOT, 'src/cli/commands/evidence.ts'), 'utf8'),
    ];
    const commands = texts.flatMap((text) => text.match(/python3[^\n`]*verify\.py/g) ?? []);
    expect(commands.length).toBeGreaterThan(4);
    for (const command of commands) expect(command).toMatch(/^python3 -I /);
  });
});
