import { ATTRIBUTES } from '../host-script/attributes';
import { HOLDS } from '../host-script/holds';
import { hostScript, shellPart } from '../host-script/host-script';

const part = (file: string): string => shellPart(__dirname, file);
const ACCOUNT = [ATTRIBUTES, ...['account-lines.sh', 'account.sh', 'account-state.sh'].map(part)].join('\n');

/** The programs that hosts must allow for account acts (C11). */
export const DISABLE_ACCOUNT = hostScript('disable-account', HOLDS, ACCOUNT, part('disable-account.sh'));
export const CHECK_ACCOUNT = hostScript('check-account', HOLDS, ACCOUNT, part('check-account.sh'));
export const RESTORE_ACCOUNT = hostScript('restore-account', HOLDS, ACCOUNT, part('restore-account.sh'));
export const GRANT_EMERGENCY_ACCESS = hostScript(
  'grant-emergency-access',
  HOLDS,
  ACCOUNT,
  part('emergency-access.sh'),
  part('grant-emergency-access.sh'),
);
export const CHECK_EMERGENCY_ACCESS = hostScript(
  'check-emergency-access',
  HOLDS,
  ACCOUNT,
  part('emergency-access.sh'),
  part('check-emergency-access.sh'),
);
export const REMOVE_EMERGENCY_ACCESS = hostScript(
  'remove-emergency-access',
  HOLDS,
  ACCOUNT,
  part('emergency-access.sh'),
  part('remove-emergency-access.sh'),
);

export const ACCOUNT_PROGRAMS = [
  DISABLE_ACCOUNT,
  CHECK_ACCOUNT,
  RESTORE_ACCOUNT,
  GRANT_EMERGENCY_ACCESS,
  CHECK_EMERGENCY_ACCESS,
  REMOVE_EMERGENCY_ACCESS,
] as const;
