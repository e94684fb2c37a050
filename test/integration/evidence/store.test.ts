import { verifyBag } from '../../../src/adapters/evidence-bag/verify/verify-bag';
import { startPythonVerifier } from './python-verifier';
import { INCIDENT, makeSealedBag, makeWorld } from './world';

test('smoke', async () => {
  const world = await makeWorld();
  const t = Date.now();
  const bag = await makeSealedBag(world);
  const t2 = Date.now();
  const verdict = await verifyBag(bag, { incident: INCIDENT, publicKey: world.signer.vkey });
  const t3 = Date.now();
  expect(verdict).toMatchObject({ verdict: 'SIGNED', faults: [] });
  const python = startPythonVerifier();
  await python.verify(bag, world.signer.vkey, INCIDENT);
  const t4 = Date.now();
  expect(await python.verify(bag, world.signer.vkey, INCIDENT)).toEqual(verdict);
  const t5 = Date.now();
  python.end();
  console.log(bag, world.signer.vkey, t2 - t, t3 - t2, t4 - t3, t5 - t4);
});
