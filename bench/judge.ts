import type { LabHost } from '../demo/lab/types';
import { RESPONDER_PORT } from '../demo/lab/types';
import type { World } from '../demo/world';
import type { IncidentId } from '../src/domain/ids';
import type { ActionKind, ResponsePlan } from '../src/domain/plan';
import type { IncidentStatus } from '../src/operations/status';
import type { Fault } from './faults';

/** Asks the host itself, past its network: every address that some packet filter of Firebreak drops for the incident. */
const LIST_BLOCKS = `
if command -v nft >/dev/null; then nft list ruleset; fi
ipset save 2>/dev/null
iptables-save 2>/dev/null | grep -i firebreak
exit 0`;

/** What a release must bring back; left out is what a host changes by itself. */
const SNAPSHOT = `
nft -s list tables 2>/dev/null | grep firebreak
ipset list -n 2>/dev/null | grep '^fb'
iptables-save 2>/dev/null | grep -i firebreak
ip6tables-save 2>/dev/null | grep -i firebreak
sshd -T 2>/dev/null | grep -i '^loglevel'
fail2ban-client get sshd maxretry 2>/dev/null
fail2ban-client get sshd findtime 2>/dev/null
ls /etc/ssh/sshd_config.d /etc/systemd/journald.conf.d /etc/fail2ban/jail.d 2>/dev/null
sha256sum /etc/passwd /etc/group /etc/shadow /etc/sudoers /etc/sudoers.d/* 2>/dev/null
systemctl is-active ssh.service systemd-journald.service fail2ban.service
ip -o link show up | awk '{ print $2 }' | sed 's/[@:].*//' | sort
exit 0`;

const EXEC_MS = 30_000;

interface Unfulfilled {
  readonly kind: ActionKind | 'plan';
  readonly words: string;
}

/** @returns what is wrong with the kernel of the host, against the plan; nothing when they are equal */
export async function kernelAgainstPlan(host: LabHost, plan: ResponsePlan | null): Promise<readonly Unfulfilled[]> {
  if (plan === null) return [{ kind: 'plan', words: 'there is no plan' }];
  const { stdout } = await host.exec(LIST_BLOCKS, { timeoutMs: EXEC_MS });
  const present = new Set(stdout.split(/[\s,{}]+/));
  return plan.actions
    .filter((action) => action.host === host.name)
    .flatMap((action): Unfulfilled[] => {
      switch (action.kind) {
        case 'block-sources': {
          const absent = action.sources.filter((source) => !present.has(source));
          const words = `${absent.length} of ${action.sources.length} sources are not blocked`;
          return absent.length === 0 ? [] : [{ kind: action.kind, words }];
        }
        case 'isolate-host':
          return stdout.includes('table inet firebreak_iso') && stdout.includes(action.id)
            ? []
            : [{ kind: action.kind, words: 'it is not isolated' }];
        default:
          return [];
      }
    });
}

/** How many of the sources still reach the host’s service, tried from every one of them. */
export async function reaching(world: World, host: LabHost, sources: readonly string[]): Promise<number> {
  const { reached } = await world.lab.attacker.probe({
    sources,
    target: host.serviceAddress,
    targetPort: RESPONDER_PORT,
    timeoutMs: 1_000,
  });
  return reached.length;
}

export async function snapshot(host: LabHost): Promise<string> {
  return (await host.exec(SNAPSHOT, { timeoutMs: EXEC_MS })).stdout;
}

/** Lines that are on one side only. */
export function differences(before: string, after: string): string[] {
  const [was, is] = [before.split('\n'), after.split('\n')];
  return [
    ...was.filter((line) => !is.includes(line)).map((line) => `- ${line}`),
    ...is.filter((line) => !was.includes(line)).map((line) => `+ ${line}`),
  ];
}

/** @returns what is wrong with the bag: it must be sealed, signed and free of faults */
async function bagFaults(world: World, fault: Fault, status: IncidentStatus): Promise<string[]> {
  const { bag, needsHuman } = status.row;
  if (bag === null) return fault.mayLackSeal === true && needsHuman ? [] : ['the bag is not sealed'];
  const seen = await (
    await world.firebreak.operations.evidence()
  ).verify(bag.path, {
    incident: bag.incident,
    publicKey: bag.publicKey,
  });
  const signed = ['SIGNED', 'TIMED', 'WITNESSED'].includes(seen.verdict);
  return signed && seen.faults.length === 0
    ? []
    : [`the bag is ${seen.verdict}: ${seen.faults.map((one) => one.code).join(', ')}`];
}

/**
 * B16: kernel equals plan, or the stage of the abnormal end that the fault calls for; and a sealed bag. A run that says
 * `contained` while its kernel does not is a failure whatever the fault was, and so is one that says `contained-by-force` while
 * sources get through.
 *
 * @param reachedBeforeMend how many sources reached the host when the response had ended and the fault still was there
 * @returns what is wrong; nothing for a success
 */
export async function judge(
  world: World,
  host: LabHost,
  fault: Fault,
  status: IncidentStatus,
  sources: readonly string[],
  reachedBeforeMend: number,
): Promise<string[]> {
  const { row, plan } = status;
  if (row.responseEndedAt === null) return [`the response has not ended: ${row.phase}, ${row.abnormal}`];
  const wrong = await bagFaults(world, fault, status);
  if (row.deadlineMet !== true) wrong.push('the deadline was missed');
  const says = row.outcome ?? 'no outcome';
  if ((says === 'contained' || says === 'contained-by-force') && reachedBeforeMend > 0)
    wrong.push(`said to be ${says}, but ${reachedBeforeMend} sources reached ${host.name}`);
  const kernel = await kernelAgainstPlan(host, plan);
  const words = kernel.map((one) => one.words).join(', ');
  if (kernel.length === 0) {
    const through = await reaching(world, host, sources);
    if (through > 0) wrong.push(`${through} sources still reach ${host.name}`);
  } else if (says === 'contained') {
    wrong.push(`said to be contained, but ${words}`);
  } else if (!fault.stages.includes(row.abnormal)) {
    wrong.push(`${words}; ${says}, stage ${row.abnormal}`);
  } else {
    const spared = kernel.filter(({ kind }) => kind === 'plan' || fault.spares?.includes(kind) === true);
    wrong.push(...spared.map((one) => `${one.words}, though another means was there`));
  }
  return wrong;
}

/** Incidents are told apart in messages by id and host. */
export function named(incident: IncidentId, host: LabHost, words: string): string {
  return `${incident} on ${host.name}: ${words}`;
}
