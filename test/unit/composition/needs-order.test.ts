import { limitsOf } from '../../../src/adapters/host-script/limits';
import { HOST_PROGRAMS } from '../../../src/composition/host-programs';

describe('H6 which programs let somebody in', () => {
  test('exactly these need a signed order', () => {
    const needing = HOST_PROGRAMS.map(({ name }) => [name, limitsOf(name).needsOrder]).filter(
      ([, need]) => need !== 'none',
    );
    expect(Object.fromEntries(needing)).toEqual({
      'block-sources-nftables': 'blocks',
      'block-sources-ipset': 'blocks',
      'block-sources-iptables': 'blocks',
      'feed-jail': 'jail',
      'restore-account': 'undo',
      'grant-emergency-access': 'emergency',
      'lift-isolation': 'undo',
      'interfaces-up': 'undo',
    });
  });
});
