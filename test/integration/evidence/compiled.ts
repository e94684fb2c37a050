import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { transformFileSync } from '@swc/core';

const ROOT = join(__dirname, '../../..');
const NEEDED = [
  'src/domain',
  'src/ports',
  'src/adapters/evidence-bag',
  'src/adapters/postgres',
  'src/supervision',
  'src/observability',
  'test/integration/evidence',
];

/**
 * Compiles the store into a directory so that plain `node` can run it in processes that may be killed.
 * @returns path of the compiled file of this folder
 */
export function compileFor(directory: string, file: string): string {
  for (const folder of NEEDED) {
    for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })) {
      if (!entry.isFile() || entry.name.endsWith('.test.ts')) continue;
      const source = join(entry.parentPath, entry.name);
      const target = join(directory, relative(ROOT, source));
      mkdirSync(dirname(target), { recursive: true });
      if (!entry.name.endsWith('.ts')) copyFileSync(source, target);
      else {
        const { code } = transformFileSync(source, {
          jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
          module: { type: 'commonjs' },
        });
        writeFileSync(target.replace(/\.ts$/, '.js'), code);
      }
    }
  }
  return join(directory, relative(ROOT, __dirname), file.replace(/\.ts$/, '.js'));
}
