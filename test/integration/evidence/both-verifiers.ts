import type { EvidenceVerdict } from '../../../src/domain/evidence';
import { verifyBag } from '../../../src/adapters/evidence-bag/verify/verify-bag';
import type { PythonVerifier } from './python-verifier';

export interface CommonVerdict {
  readonly verdict: string;
  /** `layer/CODE file`, sorted by the verifiers themselves. */
  readonly faults: readonly string[];
}

const comparable = ({ verdict, incident, records, faults, notProven }: EvidenceVerdict) => ({
  verdict,
  incident,
  records,
  notProven,
  faults: faults.map(({ layer, code, file }) => `${layer}/${code} ${file}`),
});

/** Asks both verifiers; they must say the same in everything but the wording of the details. */
export async function askBoth(
  python: PythonVerifier,
  bag: string,
  publicKey: string,
  incident: string,
): Promise<CommonVerdict> {
  const [ours, theirs] = await Promise.all([
    verifyBag(bag, { incident, publicKey }),
    python.verify(bag, publicKey, incident),
  ]);
  expect(comparable(theirs)).toEqual(comparable(ours));
  return { verdict: ours.verdict, faults: comparable(ours).faults };
}
