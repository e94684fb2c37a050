import { shellPart } from './host-script';

/**
 * Shell functions for states that several incidents may want at once (C4): the state is entered by the first owner
 * and left by the last one. Needs `fb_lock` and `fb_open` before.
 *
 * ```sh
 * fb_hold_open account-mallory   # $hold is the directory of the thing held
 * printf 'until 0\n' | fb_hold_take
 * fb_hold_first                  # the journal directory whose pre-image an undo restores
 * fb_hold_others                 # action ids of the other owners, one a line
 * fb_hold_drop                   # the last one takes the directory along
 * fb_copy_to_disk                # once the claim is there, and at the end, where the change outlasts a boot
 * ```
 */
export const HOLDS = shellPart(__dirname, 'holds.sh');
