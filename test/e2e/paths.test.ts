import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { SEGMENT } from '../../demo/lab/address-plan';
import type { IncidentId } from '../../src/domain/ids';
import { CLI, jsonOf } from '../support/run-cli';
import { WholeWorld } from '../support/whole-world';

/** Ways through the whole of it that other tests do not go: a segment, a detector that proposes, somebody who stops watching. */
let world: WholeWorld;
let source: string;

beforeAll(async () => {
  world = await WholeWorld.up({
    hosts: [
      { name: 'gw-1', role: 'gateway' },
      { name: 'db-1', role: 'host' },
    ],
    config: {
      segments: { floor: { gateway: 'gw-1', prefixes: [SEGMENT.prefix4, SEGMENT.prefix6] } },
      'hosts.db-1.segments': ['floor'],
    },
  });
  source = world.world.lab.attacker.addresses4(1)[0] ?? '';
}, 300_000);

afterAll(() => world?.down(), 60_000);

const parameters = (type: string, severity: string, mode: string) => [
  ...['--incident-type', type, '--severity-level', severity, '--response-mode', mode, '--host', 'db-1'],
];
const ruleset = (name: string): Promise<string> => world.on(name, 'nft list ruleset');

describe('C8 a segment', () => {
  test('is cut off at its gateway by the response, and a release opens it exactly', async () => {
    const before = await world.fingerprint('gw-1');
    const [incident] = await world.declare([
      ...parameters('intrusion', 'critical', 'isolate'),
      ...['--segment', 'floor', '--source', source],
    ]);
    const { results, row } = await world.ended(incident!);
    expect(results.filter(({ kind }) => kind === 'isolate-segment')).toEqual([
      expect.objectContaining({ host: 'gw-1', verified: true }),
    ]);
    expect(row.outcome).toBe('contained');
    expect(await ruleset('gw-1')).toMatch(new RegExp(`table inet firebreak_fwd_[^]*${incident!}:isolate-segment`));
    expect((await world.order(['release', incident!, '--wait'])).code).toBe(0);
    expect(await world.fingerprint('gw-1')).toBe(before);
  }, 600_000);
});

describe('B15 a detector that may only propose', () => {
  test('changes nothing on the host before a person has agreed by the printed command', async () => {
    const detector = await world.enrol('ids-1', ['detector']);
    const report = {
      title: 'logins from one address',
      confidence: 0.95,
      hosts: ['db-1'],
      sources: [source],
      indicators: [
        { kind: 'failed-logins', value: 'sshd', count: 500 },
        { kind: 'login-success-after-failures', value: 'deploy', count: 1 },
      ],
    };
    const declared = await world.cli(
      [
        ...['respond', ...parameters('intrusion', 'high', 'block'), '--incident', '-', '--detector', '--json'],
        ...['--operator', detector.name, '--identity', detector.identity],
      ],
      { stdin: JSON.stringify(report) },
    );
    const { incident } = jsonOf<{ incident: IncidentId }>(declared);
    const [approve = ''] = await world.commandsOf(incident, 'approval');
    expect(await ruleset('db-1')).not.toContain(`${incident}:block-sources`);
    expect((await world.asPrinted(approve)).code).toBe(0);
    const { controls } = await world.ended(incident);
    expect(controls).toContainEqual(expect.objectContaining({ host: 'db-1', target: source, state: 'active' }));
    expect(await ruleset('db-1')).toContain(`${incident}:block-sources`);
    expect((await world.order(['release', incident, '--wait'])).code).toBe(0);
  }, 600_000);
});

describe('U1 Ctrl-C at --wait', () => {
  test('leaves the response alone, says where it stands, and is no failure', async () => {
    const person = world.someone();
    const child = spawn(
      process.execPath,
      [
        ...[CLI, 'respond', ...parameters('unknown', 'medium', 'monitor'), '--source', source, '--new', '--wait'],
        ...['--operator', person.name, '--identity', person.identity, '--otp', await person.code()],
        ...['--config', join(world.world.directory, 'firebreak.yaml')],
      ],
      { env: { PATH: process.env['PATH'], HOME: process.env['HOME'] }, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let said = '';
    const heard = (chunk: Buffer): void => {
      const waits = said.includes('waits for the type');
      said += chunk.toString();
      if (!waits && said.includes('waits for the type')) child.kill('SIGINT');
    };
    child.stdout.on('data', heard);
    child.stderr.on('data', heard);
    const forgotten = setTimeout(() => child.kill('SIGKILL'), 240_000);
    const [code] = (await once(child, 'close')) as [number | null];
    clearTimeout(forgotten);
    const [incident = ''] = /INC-\d{8}-[2-9A-Z]{4}/.exec(said) ?? [];
    expect({ code, said }).toEqual({
      code: 0,
      said: expect.stringContaining('detached; the response goes on') as string,
    });
    const { row } = await world.status(incident as IncidentId);
    expect(row).toMatchObject({ responseEndedAt: null, closedAt: null });
    expect((await world.order(['stand-down', incident, '--reason', 'a test', '--wait'])).code).toBe(0);
  }, 600_000);
});
