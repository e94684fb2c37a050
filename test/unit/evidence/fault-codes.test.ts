import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FAULT_CODES, FaultList } from '../../../src/adapters/evidence-bag/verify/fault-list';

const ROOT = join(__dirname, '../../..');
const EXPECTED = Object.entries(FAULT_CODES).flatMap(([layer, codes]) => codes.map((code) => `${layer}/${code}`));

describe('E6 fault codes', () => {
  test('are the same in verify.py', () => {
    const source = readFileSync(join(ROOT, 'src/adapters/evidence-bag/verify.py'), 'utf8');
    const used = [...source.matchAll(/"([a-z]+)", "([A-Z][A-Z_]+)"/g)].map(([, layer, code]) => `${layer}/${code}`);
    // These are written with the layer or the code in a variable.
    used.push('bag/SYMLINK', 'bag/SPECIAL_FILE', 'manifest/BAD_ENDING', 'chain/BAD_ENDING');
    used.push(
      ...[...source.matchAll(/\.within\([^"]*"([a-z]+)"/g)].map(([, layer]) => `${layer}/TOO_LARGE`),
      'manifest/TOO_LARGE',
    );
    expect([...new Set(used)].filter((code) => EXPECTED.includes(code)).sort()).toEqual([...EXPECTED].sort());
  });

  test('are all explained in docs/evidence.md, and no others are', () => {
    const page = readFileSync(join(ROOT, 'docs/evidence.md'), 'utf8');
    const rows = page.slice(page.indexOf('## Fault codes'), page.indexOf('## The key')).split('\n');
    const documented = rows.flatMap((row) => {
      const [, layer = '', codes = ''] = row.split('|').map((cell) => cell.trim());
      return [...codes.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => `${layer}/${code}`);
    });
    expect(documented.sort()).toEqual([...EXPECTED].sort());
  });

  test('are listed by layer, file and code', () => {
    const faults = new FaultList();
    faults.add('identity', 'WRONG_ORIGIN', 'a', '');
    faults.add('manifest', 'MISSING_FILE', 'b', '');
    faults.add('manifest', 'HASH_MISMATCH', 'b', '');
    faults.add('manifest', 'MISSING_FILE', 'a', '');
    expect(faults.sorted().map(({ layer, code, file }) => `${layer} ${file} ${code}`)).toEqual([
      'manifest a MISSING_FILE',
      'manifest b HASH_MISMATCH',
      'manifest b MISSING_FILE',
      'identity a WRONG_ORIGIN',
    ]);
  });
});
