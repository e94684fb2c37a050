import { join } from 'node:path';
import { signWith } from '../src/composition/sign';
import { makeSshIdentity } from '../src/composition/ssh-identity';
import type { Credentials } from '../src/operations/deps';
import type { World } from '../demo/world';

/** A detector’s service identity: signs, needs no code, and policy holds it to a maximum mode (B15). */
export async function detectorCredentials(world: World, name = 'bench-detector'): Promise<Credentials> {
  const identity = join(world.directory, 'keys', name);
  const publicKey = await makeSshIdentity(identity, name);
  await world.enrol({ name, publicKey, roles: ['detector'] });
  return { operator: name, sign: signWith(identity), otp: undefined };
}
