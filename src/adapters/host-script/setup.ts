import { parseRange } from '../../domain/addresses';
import { FirebreakError } from '../../domain/errors';
import type { HostScript } from '../../ports/host-shell';
import { limitColumns, limitsOf, type ProgramLimits } from './limits';
import { GATE_COMMAND, scriptSha256, shellPart } from './host-script';
import { RESTORE_PROGRAM, RESTORE_UNIT } from './restore-unit';

export interface HostSetup {
  /** OpenSSH public key line of Firebreak; the comment is dropped. */
  readonly publicKey: string;
  /** Every program the host shall run for Firebreak; nothing else will. */
  readonly scripts: readonly HostScript[];
  /** Programs that put confirmed controls back after a boot or a firewall restart, in this order (C10). */
  readonly restorers?: readonly HostScript[];
  /** Addresses and prefixes the key is good from; any when left out. */
  readonly from?: readonly string[];
  /** What a program may take; default: the row of its name (limitsOf). */
  readonly limits?: (program: string) => ProgramLimits;
  /** Account name; default `firebreak`. */
  readonly user?: string;
}

const PUBLIC_KEY =
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-[a-z0-9-]+@openssh\.com) ([A-Za-z0-9+/]+={0,2})(?: .*)?$/;
const USER = /^[a-z_][a-z0-9_-]{0,30}$/;
const END_OF_FILE = 'END_OF_FIREBREAK_FILE';

function authorizedKey(setup: HostSetup): string {
  const key = PUBLIC_KEY.exec(setup.publicKey.trim());
  if (key === null) throw new FirebreakError('BAD_INPUT', 'not an OpenSSH public key line');
  const from = (setup.from ?? []).map((text) => {
    const range = parseRange(text);
    if (range === undefined) throw new FirebreakError('BAD_INPUT', `not an address or prefix: ${JSON.stringify(text)}`);
    return range.text;
  });
  const options = ['restrict', `command="${GATE_COMMAND}"`, ...(from.length > 0 ? [`from="${from.join(',')}"`] : [])];
  return `${options.join(',')} ${key[1]} ${key[2]}`;
}

/** A quoted here-document: the shell expands nothing in it. */
function place(mode: string, path: string, content: string): string {
  if (content.split('\n').includes(END_OF_FILE)) throw new FirebreakError('UNEXPECTED', `${path} holds the end mark`);
  return `place ${mode} ${path} <<'${END_OF_FILE}'\n${content.trimEnd()}\n${END_OF_FILE}\n`;
}

/**
 * The root shell script that prepares a host, for `firebreak host setup`, the lab and the documentation. It makes the account
 * (no password, root-owned key file, the key good for the gate only), one sudoers line checked by `visudo -cf`, the gate, the
 * allow list and the restore unit. Running it again changes only what differs; it replaces the allow list, so it is run again
 * after every upgrade.
 *
 * @throws FirebreakError BAD_INPUT for a key, prefix or account name that is not one
 */
export function setupScript(setup: HostSetup): string {
  const user = setup.user ?? 'firebreak';
  if (!USER.test(user) || user === 'root')
    throw new FirebreakError('BAD_INPUT', `not an account name: ${JSON.stringify(user)}`);
  const restorers = setup.restorers ?? [];
  const limits = setup.limits ?? limitsOf;
  const allowed = setup.scripts
    .map((script) => `${scriptSha256(script)} ${script.name} ${limitColumns(limits(script.name))}`)
    .sort();
  const sudoers = '/etc/sudoers.d/firebreak';
  return [
    '#!/bin/sh',
    `user=${user}`,
    `authorized_key='${authorizedKey(setup)}'`,
    shellPart(__dirname, 'setup.sh'),
    // An older gate reads a list with limits, a newer one none without.
    place('644', '/etc/firebreak/scripts.sha256', allowed.join('\n')),
    place('755', '/usr/local/sbin/firebreak-gate', shellPart(__dirname, 'gate.sh')),
    `printf '%s ALL=(root) NOPASSWD: /usr/local/sbin/firebreak-gate ""\\n' "$user" >${sudoers}.tmp`,
    `visudo -cqf ${sudoers}.tmp || fail 'visudo refuses the rule'`,
    `place 440 ${sudoers} <${sudoers}.tmp`,
    `rm -f ${sudoers}.tmp`,
    `sudo -n -l -U "$user" | grep -q firebreak-gate || fail 'sudo does not read /etc/sudoers.d'`,
    '',
    'rm -rf /usr/local/lib/firebreak/restore',
    ...restorers.map((script, index) =>
      place('700', `/usr/local/lib/firebreak/restore/${String(index).padStart(2, '0')}-${script.name}.sh`, script.text),
    ),
    place('700', '/usr/local/sbin/firebreak-restore', RESTORE_PROGRAM),
    'if command -v systemctl >/dev/null && [ -d /etc/systemd/system ]; then',
    place('644', '/etc/systemd/system/firebreak-restore.service', RESTORE_UNIT),
    '  systemctl enable firebreak-restore.service >/dev/null 2>&1 || fail "the restore unit cannot be enabled"',
    '  if [ -d /run/systemd/system ]; then systemctl daemon-reload; systemctl start --no-block firebreak-restore.service; fi',
    'fi',
    `printf 'firebreak setup: done\\n'`,
    '',
  ].join('\n');
}
