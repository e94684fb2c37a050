import type { IncidentId } from '../../src/domain/ids';
import { jsonOf } from '../support/run-cli';
import { WholeWorld } from '../support/whole-world';

/** A detector that reports again and again, and more than it may; and incidents that come at once. */
let world: WholeWorld;
let source: string;

beforeAll(async () => {
  world = await WholeWorld.up({ hosts: [{ name: 'web-1', role: 'host' }] });
  source = world.world.lab.attacker.addresses4(1)[0] ?? '';
}, 120_000);

afterAll(() => world?.down(), 60_000);

describe('H8 a detector at the command line', () => {
  test('H8 what it repeats joins the open incident; what is new begins one; beyond its bound it is refused, people are not', async () => {
    const detector = await world.enrol('ids-1', ['detector']);
    const report = (address: string) =>
      world.cli([
        'respond',
        ...['--incident-type', 'ddos', '--severity-level', 'medium', '--response-mode', 'monitor', '--host', 'web-1'],
        ...['--source', address, '--detector', '--operator', detector.name, '--identity', detector.identity, '--json'],
      ]);
    const first = await report(source);
    const { incident } = jsonOf<{ incident: IncidentId }>(first);
    for (const repeats of [1, 2]) {
      const again = await report(source);
      expect({ code: again.code, joined: jsonOf(again)['joined'] }).toEqual({ code: 0, joined: { incident, repeats } });
      const repeat = jsonOf<{ incident: IncidentId }>(again).incident;
      expect((await world.status(repeat)).row).toMatchObject({ phase: 'closed', outcome: 'joined' });
      expect((await world.cli(['status', repeat])).code).toBe(0);
    }
    expect((await world.cli(['status', incident, '--json'])).stdout).toContain(
      'reported again by ids-1: 2 repeats, the last one INC-',
    );
    const others: string[] = [];
    for (const n of [1, 2]) others.push(jsonOf<{ incident: string }>(await report(`192.0.2.${n}`)).incident);
    expect(new Set([incident, ...others]).size).toBe(3);
    const beyond = await report('192.0.2.5');
    expect(beyond.code).toBe(2);
    for (const word of ['TOO_MANY_OPEN', `3 of ids-1: ${incident}`, 'firebreak list'])
      expect(beyond.stdout).toContain(word);
    const person = await world.order([
      'respond',
      ...['--incident-type', 'intrusion', '--severity-level', 'high', '--response-mode', 'block', '--host', 'web-1'],
      '--source',
      source,
      '--new',
      '--drill',
      '--json',
    ]);
    expect(person.code).toBe(0);
  }, 200_000);
});

describe('B9 several incidents at once', () => {
  test('B9 of two triggers that are handled at once, both complete, and one joint overview tells of both', async () => {
    const declare = (severity: string) =>
      world.declare([
        ...['--incident-type', 'intrusion', '--severity-level', severity, '--response-mode', 'monitor', '--new'],
        ...['--host', 'web-1', '--source', source],
      ]);
    const ids = [...(await declare('medium')), ...(await declare('high'))];
    const ended = await Promise.all(ids.map((id) => world.ended(id)));
    expect(ended.map(({ row }) => row.outcome)).toEqual(['monitored', 'monitored']);
    const rows = [];
    for (const id of ids) rows.push((await world.until(id, ({ row }) => row.overview !== null)).row);
    const [first, second] = rows.map(({ overview }) => overview);
    expect(first).toEqual(second);
    expect(first?.incidents).toEqual(expect.arrayContaining([...ids]));
    // The most urgent first.
    const [medium, high] = ids.map((id) => first?.incidents.indexOf(id) ?? -1);
    expect(high).toBeLessThan(medium ?? -1);
    const report = await world.cli(['report', ids[1] ?? '']);
    expect(report.stdout).toContain('joint overview of ');
    expect(report.stdout).toContain(ids[0]);
  }, 200_000);
});
