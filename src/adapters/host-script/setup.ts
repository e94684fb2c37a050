import { parseRange } from '../../domain/addresses';
import { FirebreakError } from '../../domain/errors';
import { HOST_END_MARGIN_S } from '../../domain/numbers';
import { SIGNATURE_NAMESPACE } from '../../domain/order';
import type { HostScript } from '../../ports/host-shell';
import { CHECK_ORDER } from './check-order';
import { limitColumns, limitsOf, type ProgramLimits } from './limits';
import { GATE_COMMAND, scriptSha256, shellPart } from './host-script';
import { CRON_TABLE, ENDS_SERVICE, ENDS_TIMER, endPrograms, endsProgram } from './ends';
import { RESTORE_PROGRAM, RESTORE_UNIT } from './restore-unit';

/** Who root of a host lets in beforehand: an order chooses from it and cannot add to it. */
export interface EmergencyList {
  readonly account: string;
  /** OpenSSH public key lines; comments are dropped. */
  readonly publicKeys: readonly string[];
  /** Addresses and prefixes; at least one. */
  readonly from: readonly string[];
}

/** Who may let somebody in again: an operator's id and OpenSSH public key line. */
export interface HostSigner {
  readonly operator: string;
  readonly publicKey: string;
}

export interface HostSetup {
  /** Name in the inventory, which is what orders call the host. */
  readonly name: string;
  /** OpenSSH public key line of Firebreak; the comment is dropped. */
  readonly publicKey: string;
  /** Every program the host shall run for Firebreak; nothing else will. */
  readonly scripts: readonly HostScript[];
  /** Programs that put confirmed controls back after a boot or a firewall restart, in this order (C10). */
  readonly restorers?: readonly HostScript[];
  /** Addresses and prefixes the key is good from; `anywhere` only for who says so aloud (H6). */
  readonly from: readonly string[] | 'anywhere';
  /** Who manages this host and what it gates: an isolation keeps the way open for these addresses and prefixes at most (H6). */
  readonly management: readonly string[];
  /** The only emergency access that an order can ask for on this host (H6); none when left out. */
  readonly emergency?: EmergencyList | undefined;
  /** Whose signed orders open anything on this host (H6); nobody's when left out: then only time ends what is done there. */
  readonly signers?: readonly HostSigner[];
  /** What a program may take; default: the row of its name (limitsOf). */
  readonly limits?: (program: string) => ProgramLimits;
  /** The host ends a control so long after its time, seconds; default HOST_END_MARGIN_S (H10). */
  readonly endMarginS?: number;
  /** Account name; default `firebreak`. */
  readonly user?: string;
}

const PUBLIC_KEY =
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-[a-z0-9-]+@openssh\.com) ([A-Za-z0-9+/]+={0,2})(?: .*)?$/;
const USER = /^[a-z_][a-z0-9_-]{0,30}$/;
const HOST_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i;
const OPERATOR = /^[a-z][a-z0-9._-]{0,31}$/;
const SIGNERS = '/etc/firebreak/signers';
const EMERGENCY_LIST = '/etc/firebreak/emergency.keys';
const MANAGEMENT = '/etc/firebreak/management';
const SIGNERS_HEAD = '# Whose orders let somebody in again on this host; written by firebreak host setup.';
const END_OF_FILE = 'END_OF_FIREBREAK_FILE';

/** Type and base64. @throws FirebreakError BAD_INPUT for anything but a plain key line */
function plainKey(line: string): string {
  const key = PUBLIC_KEY.exec(line.trim());
  if (key === null) throw new FirebreakError('BAD_INPUT', 'not an OpenSSH public key line');
  return `${key[1]} ${key[2]}`;
}

function ranges(list: readonly string[]): string[] {
  return list.map((text) => {
    const range = parseRange(text);
    if (range === undefined) throw new FirebreakError('BAD_INPUT', `not an address or prefix: ${JSON.stringify(text)}`);
    return range.text;
  });
}

function authorizedKey({ publicKey, from }: HostSetup): string {
  if (from !== 'anywhere' && from.length === 0)
    throw new FirebreakError('BAD_INPUT', 'say where Firebreak’s key is good from');
  const limit = from === 'anywhere' ? [] : [`from="${ranges(from).join(',')}"`];
  return `${['restrict', `command="${GATE_COMMAND}"`, ...limit].join(',')} ${plainKey(publicKey)}`;
}

/** The lines of EMERGENCY_LIST, as grant-emergency-access.sh looks for them. */
function emergencyLines({ account, publicKeys, from }: EmergencyList): string {
  if (!USER.test(account) || account === 'root' || publicKeys.length === 0 || from.length === 0)
    throw new FirebreakError('BAD_INPUT', 'emergency access needs an account, keys and where they are good from');
  return [
    `account ${account}`,
    ...ranges(from).map((range) => `from ${range}`),
    ...publicKeys.map((line) => `key ${plainKey(line)}`),
  ].join('\n');
}

/** A line of SIGNERS (ssh-keygen(1), ALLOWED SIGNERS): good for orders only. @throws FirebreakError BAD_INPUT */
export function signerLine({ operator, publicKey }: HostSigner): string {
  if (!OPERATOR.test(operator))
    throw new FirebreakError('BAD_INPUT', `not an operator: ${JSON.stringify(operator.slice(0, 40))}`);
  return `${operator} namespaces="${SIGNATURE_NAMESPACE}" ${plainKey(publicKey)}`;
}

/** A quoted here-document: the shell expands nothing in it. */
function place(mode: string, path: string, content: string): string {
  if (content.split('\n').includes(END_OF_FILE)) throw new FirebreakError('UNEXPECTED', `${path} holds the end mark`);
  return `place ${mode} ${path} <<'${END_OF_FILE}'\n${content.trimEnd()}\n${END_OF_FILE}\n`;
}

/** The address that stands for all that the key is good from, where sshd is asked what it would do. */
function firstAddress({ from }: HostSetup): string {
  return from === 'anywhere' ? '192.0.2.1' : ((ranges(from)[0] ?? '').split('/')[0] ?? '');
}

/**
 * The one rule. What is said of the command beats what a site says of everybody (sudoers(5), Defaults): Firebreak has no terminal. A sudo
 * that knows no such words gets the rule alone.
 */
function sudoRule(path: string): string {
  const gate = '/usr/local/sbin/firebreak-gate';
  return [
    'sudo_rule() {',
    `  [ "$1" = rule ] || printf 'Defaults!${gate} !requiretty, !noexec\\n'`,
    `  printf '%s ALL=(root) NOPASSWD: ${gate} ""\\n' "$user"`,
    '}',
    `sudo_rule all >${path}.tmp`,
    `visudo -cqf ${path}.tmp 2>/dev/null || sudo_rule rule >${path}.tmp`,
    `words=$(visudo -cf ${path}.tmp 2>&1) || fail "visudo refuses the rule: $words"`,
    `place 440 ${path} <${path}.tmp`,
    `rm -f ${path}.tmp`,
  ].join('\n');
}

/**
 * The root shell script that prepares a host, for `firebreak host setup`, the lab and the documentation. It makes the account
 * (no password, root-owned key file, the key good for the gate only), one sudoers line checked by `visudo -cf`, the gate with its
 * check of orders, the allow list, the lists of signers, of management and of emergency keys, and what puts controls back after a boot and ends them
 * when their time is over. At its end it uses all of it as the account will: through sudo, and by a login of this host to itself with a
 * key that lives for that moment. It mends what is the account's own (home, shell, age of its password); what else keeps the account out
 * it tells in the host's words, and ends with 1. Running it again changes only what differs; it replaces the allow list, so it is run
 * again after every upgrade.
 *
 * @throws FirebreakError BAD_INPUT for a key, prefix or account name that is not one, and without a place the key is good from
 */
export function setupScript(setup: HostSetup): string {
  const user = setup.user ?? 'firebreak';
  if (!USER.test(user) || user === 'root')
    throw new FirebreakError('BAD_INPUT', `not an account name: ${JSON.stringify(user)}`);
  if (!HOST_NAME.test(setup.name))
    throw new FirebreakError('BAD_INPUT', `not a host's name: ${JSON.stringify(setup.name.slice(0, 80))}`);
  const restorers = setup.restorers ?? [];
  const limits = setup.limits ?? limitsOf;
  const allowed = setup.scripts
    .map((script) => `${scriptSha256(script)} ${script.name} ${limitColumns(limits(script.name))}`)
    .sort();
  const sudoers = '/etc/sudoers.d/firebreak';
  return [
    '#!/bin/sh',
    `user=${user}`,
    `host_name=${setup.name}`,
    `from_first=${firstAddress(setup)}`,
    `authorized_key='${authorizedKey(setup)}'`,
    shellPart(__dirname, 'setup.sh'),
    // An older gate reads a list with limits, a newer one none without.
    place('644', '/etc/firebreak/scripts.sha256', allowed.join('\n')),
    place('644', '/etc/firebreak/name', setup.name),
    place('644', SIGNERS, [SIGNERS_HEAD, ...(setup.signers ?? []).map(signerLine)].join('\n')),
    place('644', MANAGEMENT, ranges(setup.management).join('\n')),
    place('700', '/usr/local/lib/firebreak/check-order', CHECK_ORDER.text),
    place('755', '/usr/local/sbin/firebreak-gate', shellPart(__dirname, 'gate.sh')),
    setup.emergency === undefined
      ? `rm -f ${EMERGENCY_LIST}`
      : place('644', EMERGENCY_LIST, emergencyLines(setup.emergency)),
    sudoRule(sudoers),
    '',
    'rm -rf /usr/local/lib/firebreak/restore',
    ...restorers.map((script, index) =>
      place('700', `/usr/local/lib/firebreak/restore/${String(index).padStart(2, '0')}-${script.name}.sh`, script.text),
    ),
    place('700', '/usr/local/sbin/firebreak-restore', RESTORE_PROGRAM),
    'rm -rf /usr/local/lib/firebreak/undo',
    ...endPrograms(setup.scripts).map((script) =>
      place('700', `/usr/local/lib/firebreak/undo/${script.name}.sh`, script.text),
    ),
    place('700', '/usr/local/sbin/firebreak-ends', endsProgram(setup.endMarginS ?? HOST_END_MARGIN_S)),
    'if command -v systemctl >/dev/null && [ -d /etc/systemd/system ]; then',
    `  ${place('644', '/etc/systemd/system/firebreak-restore.service', RESTORE_UNIT).trimEnd()}`,
    `  ${place('644', '/etc/systemd/system/firebreak-ends.service', ENDS_SERVICE).trimEnd()}`,
    `  ${place('644', '/etc/systemd/system/firebreak-ends.timer', ENDS_TIMER).trimEnd()}`,
    '  systemctl enable firebreak-restore.service firebreak-ends.timer >/dev/null 2>&1 || fail "the units cannot be enabled"',
    '  if [ -d /run/systemd/system ]; then',
    '    systemctl daemon-reload',
    '    systemctl start --no-block firebreak-restore.service firebreak-ends.timer',
    '  fi',
    'elif [ -d /etc/cron.d ]; then',
    `  ${place('644', '/etc/cron.d/firebreak', CRON_TABLE).trimEnd()}`,
    'else',
    "  printf 'firebreak setup: neither systemd nor cron: nothing is put back after a boot, and this host ends no control by itself\\n' >&2",
    'fi',
    shellPart(__dirname, 'setup-proof.sh'),
  ].join('\n');
}
