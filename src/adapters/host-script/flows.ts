import { shellPart } from './host-script';
import { RANGES } from './ranges';

/**
 * Forgets flows that connection tracking knows, and tells whether any may still pass beside the rules:
 *
 * ```sh
 * fb_forget_flows FILE any        # FILE: `block RANGE` and `spare RANGE` lines; prints how many
 * fb_flows_pass FILE && …         # one that a flow table carries is left, or cannot be ruled out
 * ```
 */
export const FLOWS = [RANGES, shellPart(__dirname, 'flows.sh')].join('\n');
