import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ENVIRONMENT } from '../../../src/config/load';
import { configurationKeys } from '../../../src/config/reference/configuration-page';
import { referencePages } from '../../../src/config/reference/pages';

describe('generated pages', () => {
  test.each(Object.entries(referencePages()))(
    'docs/%s is what the code says now; else run `npm run docs`',
    (name, text) => {
      expect(readFileSync(join(__dirname, '../../../docs', name), 'utf8')).toBe(text);
    },
  );

  test('O3 every configuration key is described, once', () => {
    const keys = configurationKeys();
    expect(keys.filter((key) => key.description === '').map((key) => key.key)).toEqual([]);
    expect(new Set(keys.map((key) => key.key)).size).toBe(keys.length);
    expect(keys.length).toBeGreaterThan(60);
  });

  test('every variable that the loader reads stands beside its key', () => {
    const shown = new Set(configurationKeys().map((key) => key.variable));
    expect(Object.keys(ENVIRONMENT).filter((variable) => !shown.has(variable))).toEqual([]);
  });
});
