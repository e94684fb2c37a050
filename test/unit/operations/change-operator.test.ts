import {
  changeOperator,
  makeRecoveryCodes,
  type PlainChange,
  recoverOperator,
  rotateOperator,
} from '../../../src/operations/change-operator';
import { removeOperator } from '../../../src/operations/enrol';
import type { Operator } from '../../../src/ports/authorisation';

const BOB: Operator = {
  ...{ name: 'bob', publicKey: 'ssh-ed25519 AAAA', roles: ['respond'], locked: false, disabled: false },
  ...{ createdAt: '2026-11-20T00:00:00.000Z', createdBy: 'alice', vouchers: [] },
};
const CREDENTIALS = { operator: 'alice', sign: () => Promise.resolve('signature'), otp: '123456' };
const done = { handover: '', recorded: true };

/** Temporal answers “done” whatever was ordered; the tables show `now`. */
function deps(now: Operator | undefined, carriedOut = true) {
  const client = {
    workflow: { start: () => Promise.resolve({ result: () => Promise.resolve(done) }) },
    withDeadline: (_until: number, work: () => Promise<unknown>) => work(),
  };
  return {
    authorisation: { deposit: () => Promise.resolve('grant') },
    operators: { find: () => Promise.resolve(now), wasCarriedOut: () => Promise.resolve(carriedOut) },
    temporal: () => Promise.resolve(client),
    now: () => new Date(0),
  } as unknown as Parameters<typeof changeOperator>[0];
}

describe('H4 an answer that somebody gave in the place of a worker', () => {
  const why = { operator: 'bob', reason: 'stolen key' };
  const cases: readonly (readonly [PlainChange, Operator, Operator])[] = [
    [{ action: 'operator-disable', ...why }, { ...BOB, disabled: true }, BOB],
    [{ action: 'operator-enable', ...why }, BOB, { ...BOB, disabled: true }],
    [{ action: 'operator-unlock', ...why }, BOB, { ...BOB, locked: true }],
    [{ action: 'operator-roles', roles: 'admin,respond', ...why }, { ...BOB, roles: ['respond', 'admin'] }, BOB],
  ];
  test.each(cases)('is believed only when the tables show it: %j', async (order, after, before) => {
    expect(await changeOperator(deps(after), CREDENTIALS, order)).toEqual({ recorded: true });
    for (const now of [before, undefined])
      await expect(changeOperator(deps(now), CREDENTIALS, order)).rejects.toMatchObject({ code: 'OPERATOR_CHANGED' });
  });

  test.each([true, false])(
    'is believed for a new secret only when the tables show that a worker made it: %s',
    async (made) => {
      const rotation = { operator: 'bob', publicKey: 'ssh-ed25519 BBBB', reason: 'stolen key' };
      const handover = { publicKey: 'box', open: () => 'otpauth://', openCodes: () => 'code' };
      const credentials = { ...CREDENTIALS, operator: 'bob' };
      for (const changed of [
        rotateOperator(deps(BOB, made), CREDENTIALS, rotation, handover),
        recoverOperator(deps(BOB, made), credentials, 'lost', handover),
        makeRecoveryCodes(deps(BOB, made), credentials, handover),
      ]) {
        if (made) await expect(changed).resolves.toMatchObject({ recorded: true });
        else await expect(changed).rejects.toMatchObject({ code: 'OPERATOR_CHANGED' });
      }
    },
  );

  test('is not believed for somebody who is still there after a removal', async () => {
    expect(await removeOperator(deps(undefined), CREDENTIALS, 'bob', 'left')).toEqual({ recorded: true });
    await expect(removeOperator(deps(BOB), CREDENTIALS, 'bob', 'left')).rejects.toMatchObject({
      code: 'OPERATOR_CHANGED',
    });
  });
});
