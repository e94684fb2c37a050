import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

const ROOT = join(__dirname, '../../..');
const SCRIPTS = (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> })
  .scripts;

/** Rows of the tables of a page: their number, and the tests that the last column names. */
function rowsOf(page: string): { readonly no: string; readonly tests: readonly string[] }[] {
  return readFileSync(join(ROOT, 'docs', page), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (No\.|-)/.test(line))
    .map((line) => {
      const cells = line.split(' | ');
      const named = [...(cells.at(-1) ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
      let folder = '';
      const tests = named.map((name) => {
        // A test beside the one before is named without its folder.
        const path = name.includes('/') && !name.startsWith('…/') ? name : posix.join(folder, name.replace('…/', ''));
        folder = posix.dirname(path);
        return /^(npm run|bench:)/.test(name) ? name : path;
      });
      return { no: (cells[0] ?? '').replace('| ', '').trim(), tests };
    });
}

function isThere(name: string): boolean {
  const [, script] = /^(?:npm run )?([a-z]+:[a-z]+)$/.exec(name) ?? [];
  if (script !== undefined) return SCRIPTS[script] !== undefined;
  if (name.endsWith('/…')) return existsSync(join(ROOT, 'test', name.slice(0, -2)));
  return existsSync(join(ROOT, 'test', `${name}.test.ts`));
}

describe.each(['findings.md', 'security.md'])('docs/%s', (page) => {
  const rows = rowsOf(page);

  test('names a test in every row, and every test that it names is there', () => {
    expect(rows.length).toBeGreaterThan(40);
    expect(rows.filter(({ tests }) => tests.length === 0)).toEqual([]);
    const missing = rows.flatMap(({ no, tests }) => tests.filter((name) => !isThere(name)).map((name) => [no, name]));
    expect(missing).toEqual([]);
  });
});

test('every numbered finding of the three reviews stands in findings.md', () => {
  const numbers = new Set(rowsOf('findings.md').map(({ no }) => no));
  const upTo = (last: number, before = ''): string[] => Array.from({ length: last }, (_, n) => `${before}${n + 1}`);
  for (const no of [...upTo(24), ...upTo(18, 'B'), '26', '27']) expect([no, numbers.has(no)]).toEqual([no, true]);
});
