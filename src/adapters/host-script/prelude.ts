import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Shell functions: where the journal of a host lies (home.sh). */
export const HOME = readFileSync(join(__dirname, 'home.sh'), 'utf8');

/**
 * What every host script starts with: POSIX sh, works under dash, shipped as `prelude.sh`.
 *
 * A script that only looks: `fb_header; fb_need …; fb_say …; fb_end`.
 * A script that acts:
 *
 * ```sh
 * fb_header                     # reads `key value` lines up to the empty line into $h_key; the rest of stdin is data; says the mark of
 *                               # the request (ProgramVoice), so nothing may be printed before it
 * fb_need action plan           # exit 64 when one is missing; fb_need_number: … or is not 1 to 11 digits
 * fb_lock 20                    # one Firebreak act at a time on this host; exit 75 after so many seconds
 * fb_open "$h_action" isolate-host  # exit 64 unless the act is of this kind (or of one of several); $fb_dir =
 *                               # $FB_HOME/<action, ':' as '+'>; a lost link no longer stops us
 * fb_same_plan "$h_plan"        # exit 66 when the id was used for something else before
 * case $(fb_state) in           # none | prepared | applied | confirmed | undone
 *   applied | confirmed) fb_say replayed 1; fb_say_kept result; fb_end ;;
 * esac
 * before | fb_keep before || exit $?   # pre-image: before the change, never overwritten, mode 0600, on disk
 * fb_become prepared
 * change || fb_fail 70 'why'
 * after | fb_keep result || exit $?    # reply lines, said again on replay
 * fb_become applied             # `confirmed` is set by a second exec over a fresh connection
 * fb_say_file preimage "$fb_dir/before"   # `preimage PATH SHA256 BYTES`
 * fb_say count 3                # `key words…`: words only from a closed set; anything else through fb_say_text
 * who | fb_say_text sessions    # `sessions BASE64` of stdin
 * fb_end                        # `end`: a reply without it was cut off (readReply)
 * ```
 *
 * A program that needs an order to undo (limits.ts) may run without one: `fb_ordered ||` answer before the first change, and
 * `fb_need_order` where there is something to undo.
 *
 * What an undo takes from the journal goes by `fb_remove PATH…` (home.sh): a full disk may have the journal in memory.
 *
 * Also: `fb_action_dir ID KIND…` prints a journal directory; `fb_write PATH` replaces a file by stdin, fsync before and after the rename;
 * `fb_roots_own PATH`: a file that only root can have written; `fb_fail CODE TEXT` (codes: HOST_EXIT); `$FIREBREAK_PEER` is the address
 * the SSH session comes from, or empty.
 *
 * Traps: descriptor 9 holds the lock, so a program that stays behind needs `9>&-`; descriptor 3 is the script’s own text,
 * 4 its place in /run (gate.sh), so `4<&-` as well;
 * functions run in `$(…)` or in a pipe are subshells, where `exit` does not reach the
 * script: hence `|| exit $?` after a pipe. Scripts do not end with 1: sudo's own refusal does.
 */
export const PRELUDE = readFileSync(join(__dirname, 'prelude.sh'), 'utf8').replace(
  '# home.sh stands here.\n',
  () => HOME,
);
