export type { Verifier } from '../adapters/evidence-bag/verifier';
export { readVerifier } from '../adapters/evidence-bag/verifier';
