import { ATTRIBUTES } from '../host-script/attributes';
import { FAIL2BAN } from '../host-script/fail2ban';
import { HOLDS } from '../host-script/holds';
import { hostScript, shellPart } from '../host-script/host-script';

const part = (file: string): string => shellPart(__dirname, file);
const MONITORING = [ATTRIBUTES, FAIL2BAN, part('monitoring.sh')].join('\n');

/** The programs that hosts must allow for heightened monitoring (C11). */
export const HEIGHTEN_MONITORING = hostScript('heighten-monitoring', HOLDS, MONITORING, part('heighten-monitoring.sh'));
export const CHECK_MONITORING = hostScript('check-monitoring', HOLDS, MONITORING, part('check-monitoring.sh'));
export const RESTORE_MONITORING = hostScript('restore-monitoring', HOLDS, MONITORING, part('restore-monitoring.sh'));

export const MONITORING_PROGRAMS = [HEIGHTEN_MONITORING, CHECK_MONITORING, RESTORE_MONITORING] as const;

/** Run by the host itself after a boot or a firewall restart, behind the restorers of what it mirrors (H10). */
export const DROP_LOGGING_RESTORER = hostScript(
  'restore-drop-logging',
  HOLDS,
  MONITORING,
  part('restore-drop-logging.sh'),
);
