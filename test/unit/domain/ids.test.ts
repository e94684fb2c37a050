import { randomInt } from 'node:crypto';
import { actionId, incidentId, incidentOf, isIncidentId, makeIncidentId } from '../../../src/domain/ids';

describe('U1 incident ids', () => {
  test('are sayable, and every one made is valid', () => {
    const letters = new Set<string>();
    for (let i = 0; i < 2_000; i += 1) {
      const n = (): number => randomInt(2 ** 32);
      const id = makeIncidentId(new Date('2026-11-20T23:59:59.999Z'), [n(), n(), n(), n()]);
      expect(isIncidentId(id)).toBe(true);
      expect(id.startsWith('INC-20261120-')).toBe(true);
      for (const letter of id.slice(13)) letters.add(letter);
    }
    expect([...letters].sort().join('')).toBe('23456789ABCDEFGHJKMNPQRSTVWXYZ');
  });

  test.each([
    'INC-20261120-7F3',
    'INC-20261120-7F3O',
    'INC-20261120-7F31',
    'inc-20261120-7F3K',
    'INC-20261120-7F3K\n',
    '',
  ])('%j is none', (text) => {
    expect(isIncidentId(text)).toBe(false);
    expect(() => incidentId(text)).toThrow(TypeError);
  });
});

describe('B10 action ids', () => {
  const INCIDENT = incidentId('INC-20261120-7F3K');

  test('are a readable function of incident, step, host and target', () => {
    expect(actionId(INCIDENT, 'block-sources', 'web-1')).toBe('INC-20261120-7F3K:block-sources:web-1');
    const id = actionId(INCIDENT, 'disable-account', 'web-1', 'deploy');
    expect(id).toBe('INC-20261120-7F3K:disable-account:web-1:deploy');
    expect(incidentOf(id)).toBe(INCIDENT);
  });

  test.each(['', 'a b', 'a:b', '../x', "a'b", 'a\nb', 'x'.repeat(97), 'ä'])('take no %j, C11', (part) => {
    expect(() => actionId(INCIDENT, 'block-sources', part)).toThrow(TypeError);
  });
});
