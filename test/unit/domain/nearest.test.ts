import { nearest } from '../../../src/domain/nearest';
import { INCIDENT_TYPES, RESPONSE_MODES, SEVERITIES } from '../../../src/domain/words';

describe('B1 nearest valid value', () => {
  test.each([
    ['intrsuion', INCIDENT_TYPES, 'intrusion'],
    ['DDOS', INCIDENT_TYPES, 'ddos'],
    ['dos', INCIDENT_TYPES, 'ddos'],
    ['Malwear', INCIDENT_TYPES, 'malware'],
    ['critcal', SEVERITIES, 'critical'],
    ['hihg', SEVERITIES, 'high'],
    ['isolated', RESPONSE_MODES, 'isolate'],
    ['', RESPONSE_MODES, 'block'],
  ] as const)('%j → %s', (written, valid, found) => {
    expect(nearest(written, valid)).toBe(found);
  });

  test('a word of a megabyte costs nothing', () => {
    const before = process.cpuUsage();
    nearest('x'.repeat(1_000_000), INCIDENT_TYPES);
    // Microseconds of the processor, not of the clock.
    expect(process.cpuUsage(before).user).toBeLessThan(200_000);
  });
});
