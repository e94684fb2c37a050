import { readVerifier } from '../src/composition/verifier';
import type { IncidentStatus } from '../src/operations/status';
import type { HammerCounts } from './lab/types';
import { RESPONDER_PORT } from './lab/types';
import { ATTACKED, BYSTANDER_ADDRESSES, STOLEN_ACCOUNT, attackSources } from './scenario';
import type { World } from './world';
import { run } from '../src/supervision/child-process';

/** One thing that was looked at, where it happened. */
export interface Check {
  readonly what: string;
  readonly ok: boolean;
  /** What was seen. */
  readonly seen: string;
}

export interface Reachability {
  readonly attackers: { readonly reached: number; readonly of: number };
  readonly bystanders: { readonly reached: number; readonly of: number };
}

/** Who reaches the attacked host's service, tried from every single address, both families. */
export async function reachability(world: World): Promise<Reachability> {
  const host = hostOf(world);
  const attack = attackSources(world.lab.attacker);
  const calm = {
    v4: world.lab.bystander.addresses4(BYSTANDER_ADDRESSES / 2),
    v6: world.lab.bystander.addresses6(BYSTANDER_ADDRESSES / 2),
  };
  const probe = async (
    source: World['lab']['attacker'],
    { v4, v6 }: { v4: string[]; v6: string[] },
  ): Promise<{ reached: number; of: number }> => {
    const four = await source.probe({ sources: v4, target: host.serviceAddress, targetPort: RESPONDER_PORT });
    const six = await source.probe({ sources: v6, target: host.serviceAddress6, targetPort: RESPONDER_PORT });
    return { reached: four.reached.length + six.reached.length, of: v4.length + v6.length };
  };
  return { attackers: await probe(world.lab.attacker, attack), bystanders: await probe(world.lab.bystander, calm) };
}

function hostOf(world: World) {
  const host = world.lab.hosts.get(ATTACKED);
  if (host === undefined) throw new TypeError(`the lab has no ${ATTACKED}`);
  return host;
}

/**
 * What is left of the attacker on the host itself: processes of the stolen account, and established connections from his address.
 * His own end may not know yet: dropped packets say nothing.
 */
export async function leftOfAttacker(
  world: World,
  source: string,
): Promise<{ readonly processes: number; readonly connections: number }> {
  const host = hostOf(world);
  const [processes, sockets] = await Promise.all([
    host.exec(`pgrep -c -u ${STOLEN_ACCOUNT} || true`),
    host.exec('ss -Htn state established'),
  ]);
  return {
    processes: Number(processes.stdout.trim()),
    connections: sockets.stdout.split('\n').filter((line) => line.includes(`${source}:`)).length,
  };
}

/** The bag, checked in plain python3 by the genuine verifier: a copy in a bag could have been exchanged with it. */
export async function verifyByStranger(status: IncidentStatus): Promise<Check> {
  const { bag } = status.row;
  const what = 'the evidence bag passes verify.py, run by plain python3';
  if (bag === null) return { what, ok: false, seen: 'no sealed bag' };
  try {
    const { stdout } = await run('python3', [
      '-I',
      (await readVerifier()).path,
      '--bag',
      bag.path,
      '--key',
      bag.publicKey,
      '--incident',
      bag.incident,
    ]);
    return { what, ok: true, seen: stdout.trim().split('\n')[0] ?? '' };
  } catch (thrown) {
    const failed = thrown as { stdout?: string; message: string };
    return { what, ok: false, seen: (failed.stdout ?? failed.message).trim().slice(0, 500) };
  }
}

/** The PDFs are opened by poppler and searched for what must be in them. */
export async function readReports(status: IncidentStatus): Promise<Check> {
  const { report } = status.row;
  const what = 'the PDF reports open: incident id in both, Japanese heading in ja';
  if (report === null) return { what, ok: false, seen: 'no report' };
  const [en, ja] = await Promise.all(
    [report.pdf.en.path, report.pdf.ja.path].map(async (path) => (await run('pdftotext', [path, '-'])).stdout),
  );
  const { incident } = status.row.order;
  const ok =
    (en ?? '').includes(incident) &&
    (ja ?? '').includes(incident) &&
    (ja ?? '').replace(/\s/g, '').includes('対応レポート');
  return { what, ok, seen: `${report.pdf.en.bytes} and ${report.pdf.ja.bytes} bytes` };
}

/** Everything that must hold after the response, each read back from where it happened. */
export async function collectProof(
  world: World,
  status: IncidentStatus,
  before: Reachability,
  attack: { readonly source: string; readonly trafficSince: HammerCounts },
): Promise<{ readonly after: Reachability; readonly checks: readonly Check[] }> {
  const after = await reachability(world);
  const left = await leftOfAttacker(world, attack.source);
  const rows = await world.firebreak.tableCounts(status.row.order.incident);
  const arrived = {
    mail: world.receivers.smtp.messages().length,
    slack: world.receivers.slack.messages().length,
    voice: world.receivers.twilio.calls().filter((call) => call.status === 'completed').length,
  };
  const reaches = (one: { readonly reached: number; readonly of: number }): string => `${one.reached} of ${one.of}`;
  return {
    after,
    checks: [
      {
        what: 'attackers reached the host before',
        ok: before.attackers.reached === before.attackers.of,
        seen: reaches(before.attackers),
      },
      { what: 'no attacker reaches it now', ok: after.attackers.reached === 0, seen: reaches(after.attackers) },
      {
        what: 'bystanders reached it before',
        ok: before.bystanders.reached === before.bystanders.of,
        seen: reaches(before.bystanders),
      },
      {
        what: 'bystanders still reach it',
        ok: after.bystanders.reached === after.bystanders.of,
        seen: reaches(after.bystanders),
      },
      {
        what: 'none of the attack’s connections is answered since the response ended',
        ok: attack.trafficSince.sent > 0 && attack.trafficSince.answered === 0,
        seen: `${attack.trafficSince.sent} sent, ${attack.trafficSince.answered} answered`,
      },
      {
        what: 'the attacker’s live session is gone',
        ok: left.processes === 0 && left.connections === 0,
        seen: `${left.processes} processes and ${left.connections} connections left on the host`,
      },
      await verifyByStranger(status),
      await readReports(status),
      {
        what: 'rows are in all four tables',
        ok: Object.values(rows).every((count) => count > 0),
        seen: JSON.stringify(rows),
      },
      {
        what: 'mail, Slack and a phone call arrived',
        ok: Object.values(arrived).every((count) => count > 0),
        seen: JSON.stringify(arrived),
      },
      {
        what: 'the response ended before its deadline',
        ok: status.row.deadlineMet === true,
        seen: `${status.row.order.declaredAt} to ${status.row.responseEndedAt ?? '-'}`,
      },
      {
        what: 'the outcome is “contained”',
        ok: status.row.outcome === 'contained',
        seen: `outcome ${status.row.outcome ?? '-'}, abnormal ${status.row.abnormal}`,
      },
    ],
  };
}
