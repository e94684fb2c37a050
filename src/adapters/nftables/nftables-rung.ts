import { shellPart } from '../host-script/host-script';
import type { BlockRung } from '../host-script/source-blocks/block-scripts';

/** The first rung (C1): table `inet firebreak`, prerouting and output at priority -310, time-outs kept by the kernel. */
export const NFTABLES_RUNG: BlockRung = { name: 'nftables', functions: shellPart(__dirname, 'nftables.sh') };
