import { shellPart } from './host-script';

/**
 * Asks and orders fail2ban in one conversation:
 *
 * ```sh
 * printf 'status\nget sshd banip\n' | f2b 5     # `NUMBER LINE` for each line of an answer
 * ```
 */
export const FAIL2BAN = shellPart(__dirname, 'fail2ban.sh');
