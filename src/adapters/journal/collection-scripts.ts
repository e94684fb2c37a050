import type { HostScript } from '../../ports/host-shell';
import { hostScript, shellPart } from '../host-script/host-script';

const part = (file: string): string => shellPart(__dirname, file);

export const VOLATILE_SCRIPT: HostScript = hostScript('collect-volatile', part('frames.sh'), part('volatile.sh'));
export const LOGS_SCRIPT: HostScript = hostScript(
  'collect-logs',
  part('frames.sh'),
  part('log-files.sh'),
  part('logs.sh'),
);
export const LADDER_SCRIPT: HostScript = hostScript(
  'collect-ladder',
  part('frames.sh'),
  part('log-files.sh'),
  part('ladder.sh'),
);
export const READING_SCRIPT: HostScript = hostScript('read-security', part('frames.sh'), part('reading.sh'));

/** All of them, for the hosts' allow list (C11). */
export const COLLECTION_SCRIPTS: readonly HostScript[] = [VOLATILE_SCRIPT, LOGS_SCRIPT, LADDER_SCRIPT, READING_SCRIPT];
