import { DUE } from '../host-script/ends';
import { FLOWS } from '../host-script/flows';
import { HOLDS } from '../host-script/holds';
import { hostScript, shellPart } from '../host-script/host-script';

const part = (file: string): string => shellPart(__dirname, file);
const ISOLATION = [DUE, part('isolation.sh')].join('\n');

/** The programs that hosts and gateways must allow for isolation (C11). */
export const ISOLATE = hostScript('isolate', HOLDS, FLOWS, ISOLATION, part('isolate.sh'));
export const CONFIRM_ISOLATION = hostScript('confirm-isolation', HOLDS, ISOLATION, part('confirm-isolation.sh'));
export const CHECK_ISOLATION = hostScript('check-isolation', HOLDS, ISOLATION, part('check-isolation.sh'));
export const LIFT_ISOLATION = hostScript('lift-isolation', HOLDS, ISOLATION, part('lift-isolation.sh'));
export const INTERFACES_DOWN = hostScript('interfaces-down', part('interfaces.sh'), part('interfaces-down.sh'));
export const INTERFACES_UP = hostScript('interfaces-up', part('interfaces-up.sh'));

export const ISOLATION_PROGRAMS = [
  ISOLATE,
  CONFIRM_ISOLATION,
  CHECK_ISOLATION,
  LIFT_ISOLATION,
  INTERFACES_DOWN,
  INTERFACES_UP,
] as const;

/** Run by the host itself after a boot or a firewall restart (C10). */
export const ISOLATION_RESTORER = hostScript('restore-isolation', HOLDS, ISOLATION, part('restore-isolation.sh'));

/** Run by the host's `firebreak-ends` after a boot: interfaces come up when their network does (H10). */
export const INTERFACES_RESTORER = hostScript(
  'restore-interfaces',
  part('interfaces.sh'),
  part('restore-interfaces.sh'),
);
