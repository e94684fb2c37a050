import { join } from 'node:path';
import { signWith } from '../src/composition/sign';
import { makeSshIdentity } from '../src/composition/ssh-identity';
import { totpFromUri } from '../src/composition/totp';
import type { Credentials } from '../src/operations/deps';
import type { World } from '../demo/world';

const STEP_MS = 30_000;

/**
 * Enrols so many operators and gives their credentials in turn: a code works once (B15), so one operator could give an
 * order every 30 seconds only.
 */
export async function operatorPool(world: World, count: number): Promise<() => Promise<Credentials>> {
  const pool = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const name = `bench-operator-${index + 1}`;
      const identity = join(world.directory, 'keys', name);
      const publicKey = (await makeSshIdentity(identity, name)).trim();
      const uri = await world.enrol({ name, publicKey, roles: ['respond'] });
      return { name, identity, uri, step: 0 };
    }),
  );
  return async () => {
    const one = pool.reduce((rested, next) => (next.step < rested.step ? next : rested));
    one.step = Math.max(Math.floor(Date.now() / STEP_MS), one.step + 1);
    const wait = one.step * STEP_MS - Date.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    return { operator: one.name, sign: signWith(one.identity), otp: totpFromUri(one.uri) };
  };
}
