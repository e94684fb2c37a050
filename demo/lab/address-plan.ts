/**
 * Who has which address. Only the management network is seen outside the lab's own network namespaces, so only
 * it differs from lab to lab; everything else is documentation and benchmark space (RFC 5737, 2544, 3849), the
 * same in every lab, so that reports of two drills can be compared.
 */
export interface AddressPair {
  readonly v4: string;
  readonly v6: string;
}

/** One side of the outside world. */
export interface OutsidePrefix {
  readonly prefix4: string;
  readonly prefix6: string;
  /** First two octets and first three groups of the prefixes. */
  readonly stem4: string;
  readonly stem6: string;
}

export const ATTACKER_PREFIX: OutsidePrefix = {
  prefix4: '198.18.0.0/16',
  prefix6: '2001:db8:a::/48',
  stem4: '198.18',
  stem6: '2001:db8:a',
};

export const BYSTANDER_PREFIX: OutsidePrefix = {
  prefix4: '198.19.0.0/16',
  prefix6: '2001:db8:b::/48',
  stem4: '198.19',
  stem6: '2001:db8:b',
};

/** The hosts' network behind the gateway. */
export const SEGMENT = {
  prefix4: '203.0.113.0/24',
  prefix6: '2001:db8:f1:1::/64',
  router: { v4: '203.0.113.1', v6: '2001:db8:f1:1::1' },
} as const;

/** The link between the gateway and the outside router. */
export const TRANSIT = {
  bits4: 30,
  bits6: 64,
  gateway: { v4: '198.51.100.2', v6: '2001:db8:f1:ff::2' },
  outside: { v4: '198.51.100.1', v6: '2001:db8:f1:ff::1' },
} as const;

/** Management networks there are: 10.213.N.0/24 and fdf1:4eb4:eac0:1NN::/64 (RFC 1918, RFC 4193). */
export const MANAGEMENT_NETWORKS = 256;

/** Hosts a lab can have: each takes five inotify instances, of which Linux grants root 128 (`fs.inotify.max_user_instances`). */
export const MAX_HOSTS = 24;

const FIRST_HOST_NUMBER = 10;
const LAST_OCTETS = 254;
const OUTSIDE_LIMIT_4 = 256 * LAST_OCTETS;
const OUTSIDE_LIMIT_6 = 0xffff;

/** What every management network begins with. */
const MANAGEMENT_STEMS = { v4: '10.213.', v6: 'fdf1:4eb4:eac0:' } as const;

/** Prefixes of management network `network` (0–255). */
export function managementPrefixes(network: number): AddressPair {
  return { v4: `${MANAGEMENT_STEMS.v4}${network}.0/24`, v6: `${managementStem6(network)}::/64` };
}

/** Whether hosts of some lab have this management address. */
export function isLabAddress(address: string): boolean {
  return Object.values(MANAGEMENT_STEMS).some((stem) => address.startsWith(stem));
}

/** Our own side of management network `network`. */
export function operatorAddresses(network: number): AddressPair {
  return { v4: `${MANAGEMENT_STEMS.v4}${network}.1`, v6: `${managementStem6(network)}::1` };
}

/** Management addresses of the host with index `index` (from 0). */
export function managementAddresses(network: number, index: number): AddressPair {
  const number = FIRST_HOST_NUMBER + index;
  return { v4: `${MANAGEMENT_STEMS.v4}${network}.${number}`, v6: `${managementStem6(network)}::${number}` };
}

/** Segment addresses of the host with index `index` (from 0). */
export function segmentAddresses(index: number): AddressPair {
  const number = FIRST_HOST_NUMBER + index;
  return { v4: `203.0.113.${number}`, v6: `2001:db8:f1:1::${number}` };
}

/** The first `count` IPv4 addresses of an outside prefix, without those ending in .0 and .255. */
export function outsideAddresses4(prefix: OutsidePrefix, count: number): string[] {
  requireCount(count, OUTSIDE_LIMIT_4);
  return Array.from(
    { length: count },
    (_, index) => `${prefix.stem4}.${Math.floor(index / LAST_OCTETS)}.${(index % LAST_OCTETS) + 1}`,
  );
}

/** The first `count` IPv6 addresses of an outside prefix: one in each /64, as separate customers of a provider have. */
export function outsideAddresses6(prefix: OutsidePrefix, count: number): string[] {
  requireCount(count, OUTSIDE_LIMIT_6);
  return Array.from({ length: count }, (_, index) => `${prefix.stem6}:${(index + 1).toString(16)}::1`);
}

function managementStem6(network: number): string {
  // Network 0 would need another spelling of the address (`::` next to a zero group), hence the offset.
  return `${MANAGEMENT_STEMS.v6}${(0x100 + network).toString(16)}`;
}

function requireCount(count: number, limit: number): void {
  if (!Number.isInteger(count) || count < 0 || count > limit) {
    throw new RangeError(`There are ${limit} addresses; ${count} were asked for.`);
  }
}
