import { shellPart } from '../host-script/host-script';
import type { BlockRung } from '../host-script/source-blocks/block-scripts';

const xtables = shellPart(__dirname, 'xtables.sh');

/** The second rung (C1), where nft is missing: ipset and a chain in raw; ends kept by the kernel up to 24.8 days. */
export const IPSET_RUNG: BlockRung = { name: 'ipset', functions: `${xtables}\n${shellPart(__dirname, 'ipset.sh')}` };

/** The last rung: a rule an address; ends kept by a timer on the host. */
export const IPTABLES_RUNG: BlockRung = {
  name: 'iptables',
  functions: `${xtables}\n${shellPart(__dirname, 'iptables.sh')}`,
};
