import { totpFromUri } from '../../src/composition/totp';
import { expectNotInHistory } from '../support/enrolment-runs';
import { jsonOf } from '../support/run-cli';
import { WholeWorld } from '../support/whole-world';

/** Changes to operators by the command, a worker and real tables. Nothing is contained, so one host is enough. */
let world: WholeWorld;

beforeAll(async () => {
  world = await WholeWorld.up({ hosts: [{ name: 'web-1', role: 'host' }], operators: 1 });
});

afterAll(() => world?.down());

const why = ['--reason', 'e2e', '--json'];
const secretIn = (otpauth: string): string => new URL(otpauth).searchParams.get('secret') ?? '';

async function listed(name: string): Promise<Record<string, unknown> | undefined> {
  const run = await world.cli(['operator', 'list', '--json']);
  return jsonOf<Record<string, unknown>[]>(run).find((one) => one['name'] === name);
}

describe('B15 who may give orders changes by signed orders only', () => {
  test('B15 disable and enable: exit 3 in between, the list says so, and the ledger holds intent and result', async () => {
    const [boss, deputy] = [await world.enrol('boss', ['admin']), await world.enrol('deputy', ['admin'])];
    expect((await world.order(['operator', 'disable', 'boss', ...why], world.someone())).code).toBe(3);
    expect((await world.order(['operator', 'disable', 'deputy', ...why], boss)).code).toBe(0);
    expect(await listed('deputy')).toMatchObject({ state: 'DISABLED', disabled: true });
    const tried = await world.order(['operator', 'disable', 'boss', ...why], deputy);
    expect({ code: tried.code, said: tried.stdout }).toEqual({
      code: 3,
      said: expect.stringContaining('OPERATOR_DISABLED') as string,
    });
    expect((await world.order(['operator', 'enable', 'deputy', ...why], boss)).code).toBe(0);
    expect(await listed('deputy')).toMatchObject({ state: 'active' });
    const events = await world.world.firebreak.operations.ledger.events({ limit: 50 });
    expect(events.filter(({ action }) => action === 'operator.enable').map(({ stage }) => stage)).toEqual([
      'intent',
      'result',
    ]);
  });

  test('B15 roles and rotate: the old code counts no more, and no history holds the new secret', async () => {
    const [chief, clerk] = [await world.enrol('chief', ['admin']), await world.enrol('clerk', ['respond'])];
    const given = await world.order(['operator', 'roles', 'clerk', '--role', 'admin', ...why], chief);
    expect(given.code).toBe(0);
    expect(await listed('clerk')).toMatchObject({ roles: ['admin'] });
    const rotated = await world.order(['operator', 'rotate', 'clerk', ...why], chief);
    expect(rotated.code).toBe(0);
    expect(rotated.stderr).not.toMatch(/[█▀▄]/);
    const { otpauth } = jsonOf<{ otpauth: string }>(rotated);
    await expectNotInHistory(await world.world.firebreak.operations.temporal(), secretIn(otpauth));
    const unlock = ['operator', 'unlock', 'chief', ...why];
    expect((await world.order(unlock, clerk)).stdout).toContain('OTP_INVALID');
    const anew = { ...clerk, code: () => Promise.resolve(totpFromUri(otpauth)) };
    expect((await world.order(unlock, anew)).stdout).toContain('is not locked');
  });

  test('B15 a locked admin comes back with a recovery code from stdin, once', async () => {
    const lone = await world.enrol('lone', ['admin']);
    const made = await world.order(['operator', 'recovery-codes', '--json'], lone);
    const { codes } = jsonOf<{ codes: string[] }>(made);
    expect(codes).toHaveLength(8);
    const person = ['--operator', 'lone', '--identity', lone.identity];
    for (let miss = 0; miss < 5; miss += 1)
      await world.cli(['operator', 'recovery-codes', '--json', ...person, '--otp', '000000']);
    expect(await listed('lone')).toMatchObject({ state: 'LOCKED' });
    const recover = ['operator', 'unlock', 'lone', '--recovery', ...why, '--identity', lone.identity];
    const done = await world.cli(recover, { stdin: `${codes[0]}\n` });
    expect(done.code).toBe(0);
    expect(secretIn(jsonOf<{ otpauth: string }>(done).otpauth)).toHaveLength(32);
    expect(await listed('lone')).toMatchObject({ state: 'active' });
    const again = await world.cli(recover, { stdin: `${codes[0]}\n` });
    expect({ code: again.code, said: again.stdout.includes('RECOVERY_INVALID') }).toEqual({ code: 3, said: true });
  });
});
