import { readFileSync, readlinkSync } from 'node:fs';
import { errnoOf } from './durable-files';

/** The machine since its start, and the space in which its process numbers mean something; empty where Linux does not say. */
function spaceOf(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '';
  }
}

/** Which process this is, in one word. */
export const PROCESS_MARK = `${spaceOf()}/${process.pid}`;

/** True only for a process of this machine that has certainly ended; of other machines' processes nothing is known. */
export function hasEnded(mark: string): boolean {
  const [, space = '', pid = ''] = /^(.+)\/([1-9][0-9]*)$/.exec(mark) ?? [];
  if (space === '' || space !== spaceOf()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return errnoOf(error) === 'ESRCH';
  }
}
