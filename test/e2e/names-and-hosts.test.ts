import { jsonOf } from '../support/run-cli';
import { WholeWorld } from '../support/whole-world';

/** Names that people give, and the inventory, through the compiled command with everything running. */
let world: WholeWorld;
const block = ['--incident-type', 'intrusion', '--severity-level', 'high', '--response-mode', 'block'];

beforeAll(async () => {
  world = await WholeWorld.up({ hosts: ['web-1', 'app-1'].map((name) => ({ name, role: 'host' as const })) });
}, 120_000);

afterAll(() => world?.down(), 60_000);

describe('U2 names and hosts', () => {
  test('B13 names and incidents that nobody knows are bad input with the nearest one, before any code is asked', async () => {
    const identity = world.someone().identity;
    const by = ['--operator', 'op1', '--identity', identity];
    for (const [args, said] of [
      [['block', 'list', '--host', 'web1'], 'unknown host "web1"; did you mean web-1?'],
      [['block', 'list', '--incident', 'INC-20261120-7F3K'], 'unknown incident "INC-20261120-7F3K"'],
      [['status', 'INC-20261120-7F3K'], 'unknown incident "INC-20261120-7F3K"'],
      [['report', 'INC-20261120-7F3K'], 'unknown incident "INC-20261120-7F3K"'],
      [['evidence', 'show', 'INC-20261120-7F3K'], 'unknown incident "INC-20261120-7F3K"'],
      [['evidence', 'verify', 'INC-20261120-7F3K'], 'unknown incident "INC-20261120-7F3K"'],
      [['ack', 'INC-20261120-7F3K', ...by], 'unknown incident "INC-20261120-7F3K"'],
      [['block', 'remove', 'INC-20261120-7F3K', '192.0.2.1', ...by], 'unknown incident "INC-20261120-7F3K"'],
      [['respond', ...block, '--host', 'web-1', ...by], 'unknown operator "op1"; did you mean op-1?'],
      [['operator', 'remove', 'op1', '--reason', 'left', ...by], 'unknown operator "op1"; did you mean op-1?'],
    ] as const) {
      const seen = await world.cli([...args]);
      expect({ args, code: seen.code, stdout: seen.stdout }).toEqual({ args, code: 2, stdout: '' });
      expect(seen.stderr).toContain(said);
    }
    const { stderr } = await world.cli(['respond', ...block, '--host', 'web-1', ...by]);
    expect(stderr).toContain('no source is named: no address will be blocked');
    expect(jsonOf<unknown[]>(await world.cli(['list', '--all', '--json']))).toEqual([]);
  });

  test('O4 doctor and host check find a host whose gate refuses a program of this version', async () => {
    const host = world.host('app-1');
    const list = '/etc/firebreak/scripts.sha256';
    await host.exec(`cp ${list} ${list}.kept; grep -v '  *isolate ' ${list}.kept > ${list}`);
    const [doctor, check] = [
      await world.cli(['doctor', '--json']),
      await world.cli(['host', 'check', 'app-1', '--json']),
    ];
    await host.exec(`mv ${list}.kept ${list}`);
    const refused = expect.stringMatching(
      /gate refuses 1 of the \d+ programs .*isolate.*firebreak host setup app-1/,
    ) as string;
    const checks = jsonOf<{ what: string; ok: boolean; detail: string }[]>(doctor);
    expect(checks).toContainEqual({ what: 'host app-1', needed: true, ok: false, detail: refused });
    expect(doctor.code).toBe(5);
    expect(jsonOf<unknown[]>(check)).toMatchObject([{ ok: false, error: 'HOST_SCRIPT_REFUSED', detail: refused }]);
  });

  test('B6 a host is added, edited, pinned again and removed, each on record', async () => {
    const run = async (...args: string[]) => jsonOf(await world.cli(['host', ...args, '--json']));
    const add = ['add', 'spare-1', '--address', world.host('web-1').address, '--management', '192.0.2.9'];
    const seen = await world.cli(['host', ...add, '--fingerprint', 'SHA256:other']);
    const fingerprint = /shows (SHA256:\S+)/.exec(seen.stderr)?.[1] ?? '';
    expect(await run(...add, '--fingerprint', fingerprint)).toMatchObject({ host: 'spare-1' });
    expect(await run('edit', 'spare-1', '--isolation', 'never')).toEqual({
      host: 'spare-1',
      changes: [{ field: 'isolation', before: 'allowed', now: 'never' }],
    });
    expect(await run('repin', 'spare-1', '--fingerprint', fingerprint)).toMatchObject({ host: 'spare-1', fingerprint });
    expect((await world.cli(['host', 'list'])).stdout).toMatch(/spare-1 .* never /);
    expect(await run('remove', 'spare-1')).toEqual({ host: 'spare-1', removed: true });
    expect((await world.cli(['host', 'list'])).stdout).not.toContain('spare-1');
  });
});
