import { shellPart } from './host-script';

/** `$FB_RANGE_AWK`: what awk programs need to compare addresses and prefixes. */
export const RANGES = shellPart(__dirname, 'source-blocks/ranges.sh');
