import { DUE } from './ends';
import { hostScript, shellPart } from './host-script';

/** What the gate of a host asks before it runs a program that can let somebody in (H6); lies beside the gate and is no program of an act. */
export const CHECK_ORDER = hostScript('check-order', DUE, shellPart(__dirname, 'check-order.sh'));
