import { execFile } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { SCENARIO_HOSTS, attackSources, incidentDocument } from '../../demo/scenario';
import type { IncidentId } from '../../src/domain/ids';
import { shownBy } from '../support/browser';
import { jsonOf } from '../support/run-cli';
import type { Person } from '../support/whole-world';
import { WholeWorld } from '../support/whole-world';

const run = promisify(execFile);

/** A sound verification key (C2SP vkey) of somebody else. */
function otherKey(): string {
  const name = 'firebreak.local/evidence';
  const { publicKey } = generateKeyPairSync('ed25519');
  const key = Buffer.concat([Buffer.from([1]), publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)]);
  const hash = createHash('sha256').update(`${name}\n`).update(key).digest('hex').slice(0, 8);
  return `${name}+${hash}+${key.toString('base64')}`;
}

/** The day of an operator, through the compiled command only; the tests go on from each other, as a day does. */
type Verifier = Record<'file' | 'sha256', string>;

let world: WholeWorld;
let incident: IncidentId;
const before = new Map<string, string>();
const block = ['--incident-type', 'intrusion', '--severity-level', 'high', '--response-mode', 'block'];
const isolate = ['--incident-type', 'intrusion', '--severity-level', 'critical', '--response-mode', 'isolate'];
let document: string;

beforeAll(async () => {
  world = await WholeWorld.up({
    hosts: [...SCENARIO_HOSTS, { name: 'app-1', role: 'host' }],
    config: { 'hosts.app-1.isolation': 'approval' },
  });
  for (const name of ['web-1', 'db-1', 'app-1']) before.set(name, await world.fingerprint(name));
  const { v4, v6 } = attackSources(world.world.lab.attacker, 40);
  const { management } = world.world.lab;
  document = JSON.stringify({
    ...incidentDocument([...v4, ...v6, '0.0.0.0/0', '2000::/3', management.address, '127.0.0.1'], new Date()),
    hosts: ['web-1', 'db-1', 'printer-9'],
  });
});

afterAll(() => world?.down());

describe('U2 before the incident', () => {
  test('U2 operator list, host list and host check', async () => {
    const [operators, hosts, check] = await Promise.all([
      world.cli(['operator', 'list', '--json']),
      world.cli(['host', 'list']),
      world.cli(['host', 'check', '--json']),
    ]);
    expect(jsonOf<{ name: string }[]>(operators).map(({ name }) => name)).toEqual(
      expect.arrayContaining(['oncall', 'op-1']),
    );
    expect(operators.stdout).not.toMatch(/secret|otpauth/i);
    expect(hosts.stdout).toMatch(/web-1 +\S+:22 +host +never +gw-1 +pinned/);
    expect(check.code).toBe(0);
    expect(jsonOf<{ ok: boolean }[]>(check).map(({ ok }) => ok)).toEqual([true, true, true, true]);
  });

  test('O4, B6 doctor finds everything in order, but warns that one admin is all there is', async () => {
    const doctor = await world.cli(['doctor', '--json']);
    const checks = jsonOf<{ what: string; ok: boolean; detail: string }[]>(doctor);
    // How busy the machine of the test is, is no matter of the configuration.
    const lacks = checks.filter((check) => !check.ok && check.what !== 'load of this machine');
    expect(lacks).toEqual([
      {
        what: 'more than one person',
        needed: false,
        ok: false,
        detail: expect.stringMatching(/^fewer than two admins: .*operator add NAME --role admin/) as string,
      },
    ]);
    expect(checks.length).toBeGreaterThan(12);
    expect(doctor.code).toBe(0);
  });

  test('C12 the dry run shows plan and refusals, needs nobody, and changes nothing', async () => {
    const dry = await world.cli(['respond', ...block, '--incident', '-', '--allow-unknown', '--dry-run'], {
      stdin: document,
      env: { SSH_CONNECTION: '203.0.113.77 5000 10.0.0.1 22' },
    });
    expect(dry.stdout).toContain('DRY RUN');
    expect(dry.stdout).toContain('web-1: block 40 sources, inbound');
    expect(dry.stdout).toMatch(/0\.0\.0\.0\/0: \/0 is wider than the allowed \/16/);
    expect(dry.stdout).toContain('printer-9: NOT REACHED: not in the inventory');
    expect(dry.code).toBe(4);
    const whole = await world.cli(['respond', ...isolate, '--host', 'app-1', '--account', 'deploy', '--dry-run']);
    expect(whole.stdout).toMatch(/nft accepts the isolation of app-1: \d+ sessions would end/);
    expect(whole.stdout).toMatch(/account deploy: \d+ sessions and \d+ processes would end/);
    expect(whole.stdout).not.toMatch(/LOCK-OUT|COULD NOT BE CHECKED|not known/);
    expect(whole.code).toBe(0);
    const add = ['block', 'add', '203.0.113.9', '--host', 'web-1', '--incident-type', 'ddos', '--dry-run'];
    expect(await world.cli(add)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/web-1: block 1 sources/) as string,
    });
    for (const name of ['web-1', 'app-1']) expect(await world.fingerprint(name)).toBe(before.get(name));
    expect(jsonOf<unknown[]>(await world.cli(['list', '--all', '--json']))).toEqual([]);
  });
});

describe('B2 a response', () => {
  test('U1 respond --wait blocks, refuses one by one what may not be blocked, and says where everything lies', async () => {
    const done = await world.order(
      ['respond', ...block, '--incident', '-', '--allow-unknown', '--wait', '--json'],
      undefined,
      {
        stdin: document,
        env: { SSH_CONNECTION: `${attackSources(world.world.lab.attacker, 2).v4[0] ?? ''} 5000 10.0.0.1 22` },
      },
    );
    const status = jsonOf<Record<string, unknown>>(done);
    incident = status['incidentId'] as IncidentId;
    expect(incident).toMatch(/^INC-\d{8}-[2-9A-Z]{4}$/);
    expect(done.stderr).toContain(`${incident} declared`);
    // A host that was named and is not in the inventory cannot be contained: people must act (U3).
    expect({ code: done.code, status }).toMatchObject({
      code: 4,
      status: { outcome: 'contained-in-part', deadlineMet: true },
    });
    expect(status['temporalUi']).toContain(`/workflows/${incident}`);
    expect(JSON.stringify([status['evidence'], status['report']])).toMatch(/records.*\.pdf.*\.json/);
    const refused = (status['plan'] as { refused: { target: string; reason: string }[] }).refused;
    expect(refused.map(({ target, reason }) => `${target} ${reason}`).sort()).toEqual(
      [
        '0.0.0.0/0 too-wide',
        '2000::/3 too-wide',
        `${world.world.lab.management.address} protected`,
        `${attackSources(world.world.lab.attacker, 2).v4[0] ?? ''} protected`,
        '127.0.0.1 protected',
        'deploy out-of-mode',
        'printer-9 unknown-host',
      ].sort(),
    );
    const blocks = (
      status['results'] as { kind: string; host: string; verified: boolean; counts: { applied: number } }[]
    ).filter(({ kind }) => kind === 'block-sources');
    expect(blocks.map(({ host, verified, counts }) => [host, verified, counts.applied]).sort()).toEqual([
      ['db-1', true, 39],
      ['web-1', true, 39],
    ]);
  });

  test('C2 the attackers are out, bystanders and the operator’s own address are in', async () => {
    const { lab } = world.world;
    const target = { target: world.host('web-1').serviceAddress, targetPort: 8080 };
    const { v4 } = attackSources(lab.attacker, 40);
    const attack = await lab.attacker.probe({ sources: v4, ...target });
    expect(attack.reached).toEqual([v4[0]]);
    expect((await lab.bystander.probe({ sources: lab.bystander.addresses4(10), ...target })).unreached).toEqual([]);
  });

  test('U2 status, list and block list agree with the kernel', async () => {
    const [status, list, blocks, one] = await Promise.all([
      world.cli(['status', incident]),
      world.cli(['list', '--json']),
      world.cli(['block', 'list', '--incident', incident, '--host', 'web-1', '--json']),
      world.cli(['block', 'list']),
    ]);
    expect(status.stdout).toContain(incident);
    expect(status.stdout).toContain(`firebreak evidence verify ${incident}`);
    expect(status.stdout).toContain(`firebreak release ${incident}`);
    expect(jsonOf<{ incidentId: string; outcome: string }[]>(list)).toEqual([
      expect.objectContaining({ incidentId: incident, outcome: 'contained-in-part' }),
    ]);
    const targets = jsonOf<{ target: string; kind: string }[]>(blocks)
      .filter(({ kind }) => kind === 'block-sources')
      .map(({ target }) => target);
    expect(targets).toHaveLength(39);
    expect(one.stdout).toMatch(/HOST +KIND +TARGET/);
    const kernel = await world.on('web-1', 'nft list ruleset');
    for (const target of targets) expect(kernel).toContain(target);
  });

  test('U2 block remove lets a false positive go on every host, and nothing else; what is not blocked is refused', async () => {
    const [target = ''] = attackSources(world.world.lab.attacker, 40).v4.slice(5);
    const by = ['--operator', 'op-1', '--identity', world.someone().identity];
    const not = ['203.0.113.200', '203.0.113.201'];
    const wrong = await world.cli(['block', 'remove', incident, target, ...not, ...by, '--json']);
    expect(wrong.code).toBe(2);
    expect(wrong.stdout).toMatch(/203\.0\.113\.200.*203\.0\.113\.201/);
    const done = await world.order(['block', 'remove', incident, target, '--reason', 'a customer', '--json']);
    const reply = jsonOf<{ hosts: { host: string; unblocked: number; fault: unknown }[] }>(done);
    const came = reply.hosts.map(({ host, unblocked, fault }) => `${host} ${unblocked} ${String(fault)}`).sort();
    expect([done.code, ...came]).toEqual([0, 'db-1 1 null', 'web-1 1 null']);
    const [kernel, left] = await Promise.all([
      world.on('web-1', 'nft list ruleset'),
      world.cli(['block', 'list', '--incident', incident, '--host', 'web-1', '--json']),
    ]);
    expect(kernel).not.toContain(`${target} `);
    const targets = jsonOf<{ target: string; kind: string }[]>(left).filter(({ kind }) => kind === 'block-sources');
    expect(targets).toHaveLength(38);
    const { lab } = world.world;
    const probe = { sources: [target], target: world.host('web-1').serviceAddress, targetPort: 8080 };
    expect((await lab.attacker.probe(probe)).reached).toEqual([target]);
  });

  test('U1 a second identical respond is refused with the command to attach; --new declares another', async () => {
    const again = await world.order(['respond', ...block, '--host', 'web-1', '--json']);
    expect(again.code).toBe(2);
    expect(again.stdout).toContain('INCIDENT_OPEN');
    expect(again.stdout).toContain(`firebreak status ${incident}`);
    const other = await world.order(['respond', ...block, '--host', 'web-1', '--new', '--drill', '--wait', '--json']);
    expect(jsonOf(other)).toMatchObject({ drill: true });
    expect(jsonOf(other)['incidentId']).not.toBe(incident);
  });

  test('E6 evidence verify answers SIGNED, also by plain python; show lists artefacts; another key is BROKEN', async () => {
    const [verify, show, stranger] = await Promise.all([
      world.cli(['evidence', 'verify', incident, '--json']),
      world.cli(['evidence', 'show', incident]),
      world.cli(['evidence', 'verify', incident, '--key', otherKey(), '--json']),
    ]);
    expect(jsonOf(verify)).toMatchObject({ verdict: 'SIGNED', faults: [] });
    expect(verify.code).toBe(0);
    expect(show.stdout).toMatch(/sealed .* records/);
    expect(show.stdout).toContain('web-1');
    expect(stranger.code).toBe(1);
    const { bag } = (await world.status(incident)).row;
    if (bag === null) throw new Error('no bag');
    const genuine = jsonOf<Verifier>(await world.cli(['evidence', 'verifier', '--json']));
    expect((await run('sha256sum', [`${bag.path}/verify.py`])).stdout).toContain(genuine.sha256);
    const text = await world.cli(['evidence', 'verifier', '--print']);
    expect(text.stdout).toBe(await readFile(`${bag.path}/verify.py`, 'utf8'));
    const asked = ['--bag', bag.path, '--key', bag.publicKey, '--incident', incident];
    const python = await run('python3', ['-I', genuine.file, ...asked]);
    expect(python.stdout).toContain('SIGNED');
  });

  test('E7 evidence export hands out a bag that unpacks to the same; a second time nothing is replaced', async () => {
    const file = `${world.world.directory}/handed-out.tar`;
    const order = ['evidence', 'export', incident, '--to', file, '--reason', 'for the insurer', '--json'];
    const exported = await world.cli(order);
    expect(exported.code).toBe(0);
    const { sha256 } = jsonOf<{ sha256: string }>(exported);
    const hashed = await run('sha256sum', [file]);
    expect(hashed.stdout).toContain(sha256);
    expect((await run('tar', ['-tf', file])).stdout).toContain(`${incident}/evidence/checkpoint`);
    expect((await world.cli(order)).code).toBe(2);
  });

  test('P1 the report opens in both languages and prints as JSON', async () => {
    const [where, print] = await Promise.all([
      world.cli(['report', incident]),
      world.cli(['report', incident, '--print']),
    ]);
    expect(where.stdout).toMatch(/revision 1/);
    expect(JSON.stringify(JSON.parse(print.stdout))).toContain(incident);
    const { report } = (await world.status(incident)).row;
    const text = await run('pdftotext', [report?.pdf.ja.path ?? '', '-']);
    expect(text.stdout).toContain(incident);
    expect(text.stdout.replace(/\s/g, '')).toContain('対応レポート');
  });

  test('U1 the Temporal UI shows the response in an operator’s words', async () => {
    const { temporalUi } = await world.status(incident);
    // The page of the response, which is over: that of a running workflow never stops loading.
    const words = /block 39 sources|heighten monitoring|seal and sign the evidence bag/;
    const page = await shownBy(`${temporalUi ?? ''}${encodeURIComponent(':response-1')}`, words);
    expect(page).toContain(incident);
    expect(page).toMatch(words);
  });

  test('L1 the audit chain verifies, its export is one JSON object a line, and holds the order', async () => {
    const [verify, exported] = await Promise.all([
      world.cli(['audit', 'verify', '--json']),
      world.cli(['audit', 'export']),
    ]);
    expect(jsonOf(verify)).toMatchObject({ faults: [] });
    expect(verify.code).toBe(0);
    const lines = exported.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.length).toBeGreaterThan(5);
    expect(exported.stdout).toContain(incident);
    // What people read and took with them is in it, with who they are on this machine.
    const events = lines.filter((line) => line['incident'] === incident);
    const custody = events.filter(({ action }) => /^(evidence\.\w+ed|report\.read)$/.test(String(action)));
    expect(new Set(custody.map(({ action, stage }) => `${String(action)} ${String(stage)}`))).toEqual(
      new Set(
        ['evidence.verified', 'evidence.accessed', 'evidence.exported', 'report.read'].flatMap((action) => [
          `${action} intent`,
          `${action} result`,
        ]),
      ),
    );
    for (const { actor } of custody) expect(actor).toMatch(/^os:/);
  });

  test('N4 ack, then release --wait: the kernel is as it was, and the bag still verifies', async () => {
    const ack = await world.order(['ack', incident, '--json']);
    expect(jsonOf(ack)).toEqual({ incident, done: 'acknowledge' });
    expect((await world.status(incident)).row.acknowledgedBy).toHaveLength(1);
    const release = await world.order(['release', incident, '--reason', 'cleaned up', '--wait', '--json']);
    expect(release.code).toBe(0);
    expect(jsonOf(release)).toMatchObject({ phase: 'closed', activeControls: 0 });
    for (const name of ['web-1', 'db-1']) expect(await world.fingerprint(name)).toBe(before.get(name));
    expect((await world.cli(['evidence', 'verify', incident])).code).toBe(0);
    const late = await world.order(['ack', incident, '--json']);
    expect(late.code).toBe(2);
    expect(late.stdout).toContain('INCIDENT_CLOSED');
  });
});

describe('B3, B5, N5 people decide', () => {
  test('B3 an unknown type waits for a person, who classifies; B5 stand-down undoes it', async () => {
    const [id] = await world.declare([
      '--incident-type',
      'unknown',
      '--severity-level',
      'high',
      '--response-mode',
      'block',
      '--host',
      'db-1',
      '--source',
      world.world.lab.attacker.addresses4(1)[0] ?? '',
    ]);
    if (id === undefined) throw new Error('not declared');
    const [classifyAs = ''] = await world.commandsOf(id, 'classification');
    expect((await world.cli(['status', id])).stdout).toMatch(/waits for the type of the incident.* left \(until /);
    const listed = jsonOf<{ incidentId: string; waitsFor: { kind: string }[] }[]>(await world.cli(['list', '--json']));
    expect(listed.find(({ incidentId }) => incidentId === id)?.waitsFor[0]).toMatchObject({ kind: 'classification' });
    const wrong = await world.order(['classify', id, '--as', 'worm']);
    expect(wrong.code).toBe(2);
    const classify = await world.asPrinted(classifyAs, '--reason', 'seen in the log', '--json');
    expect(jsonOf(classify)).toEqual({ incident: id, done: 'classify' });
    const ended = await world.ended(id);
    expect(ended.row.outcome).toBe('contained');
    expect(ended.row.assessment?.type).toBe('intrusion');
    const down = await world.order(['stand-down', id, '--reason', 'a load test', '--wait', '--json']);
    expect(jsonOf(down)).toMatchObject({ phase: 'closed', outcome: 'stood-down', activeControls: 0 });
    expect(await world.fingerprint('db-1')).toBe(before.get('db-1'));
  });

  /** On app-1, which nobody isolates without an approval. */
  async function waitingForApproval(by?: Person) {
    const source = ['--source', world.world.lab.attacker.addresses4(1)[0] ?? ''];
    const [id] = await world.declare([...isolate, '--host', 'app-1', ...source], by);
    if (id === undefined) throw new Error('not declared');
    const [approve = '', reject = ''] = await world.commandsOf(id, 'approval');
    const { plan } = await world.status(id);
    return { id, planHash: plan?.planHash ?? '', approve, reject };
  }

  test('N5 nobody approves their own request; somebody else does, and the host is isolated; release lifts it', async () => {
    const requester = world.someone();
    const { id, planHash: plan, approve: printed } = await waitingForApproval(requester);
    const own = await world.order(['approve', id, '--plan', plan.slice(0, 12), '--json'], requester);
    expect(own.code).toBe(3);
    expect(own.stdout).toContain('OPERATOR_NOT_ALLOWED');
    const other = await world.order(['approve', id, '--plan', 'deadbeef0000', '--json']);
    expect(other.stdout).toContain('PLAN_CHANGED');
    const approve = await world.asPrinted(printed, '--json');
    expect(jsonOf(approve)).toEqual({ incident: id, done: 'approve' });
    const ended = await world.ended(id);
    expect(ended.results.filter(({ kind }) => kind === 'isolate-host')).toEqual([
      expect.objectContaining({ verified: true }),
    ]);
    const target = { target: world.host('app-1').serviceAddress, targetPort: 8080 };
    const { bystander } = world.world.lab;
    expect((await bystander.probe({ sources: bystander.addresses4(3), ...target })).reached).toEqual([]);
    await world.order(['release', id, '--wait']);
    expect((await bystander.probe({ sources: bystander.addresses4(3), ...target })).unreached).toEqual([]);
    expect(await world.fingerprint('app-1')).toBe(before.get('app-1'));
  });

  async function endedWithoutIsolation(id: IncidentId, outcome: string) {
    const ended = await world.ended(id);
    expect(ended.results.some(({ kind }) => kind === 'isolate-host')).toBe(false);
    expect(ended.row.outcome).toBe(outcome);
    expect(ended.row.bag).not.toBeNull();
    expect((await world.cli(['status', id])).code).toBe(4);
    await world.order(['release', id, '--wait']);
    expect(await world.fingerprint('app-1')).toBe(before.get('app-1'));
  }

  test('N5 a rejected act is left out', async () => {
    const { id, reject: printed } = await waitingForApproval();
    const reject = await world.asPrinted(printed, '--json');
    expect(jsonOf(reject)).toEqual({ incident: id, done: 'reject' });
    await endedWithoutIsolation(id, 'contained-in-part');
  });

  // It is given while the run waits: after its end there is nothing to stop.
  test('N5 escalate calls in people; take-over stops acting but seals', async () => {
    const { id } = await waitingForApproval();
    const escalate = await world.order(['escalate', id, '--reason', 'the shop is closed', '--json']);
    expect(jsonOf(escalate)).toEqual({ incident: id, done: 'escalate' });
    const takeOver = await world.order(['take-over', id, '--json']);
    expect(takeOver.code).toBe(0);
    await endedWithoutIsolation(id, 'manual');
  });
});
