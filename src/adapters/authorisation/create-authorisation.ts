import type { Authorisation, OperatorEnrolment } from '../../ports/authorisation';
import type { GrantRows, OperatorRows } from '../../ports/grant-rows';
import type { WorkerSeal } from '../../ports/worker-seal';
import { SshTotpAuthorisation } from './authorisation';
import { SealedOperatorEnrolment } from './operator-enrolment';
import { readSealingKey, type SealingKey } from './sealing-key';
import { KeyedWorkerSeal } from './worker-seal';

/** The side that only deposits: there is no key, so `verify` and `confirm` throw CONFIG_INVALID. */
export function createDepositing(grants: GrantRows): Authorisation {
  return new SshTotpAuthorisation(grants, undefined);
}

/**
 * Wires authority over rows, for a worker.
 * @param options.keyFile path of the worker-only key (see makeSealingKeyFile), read at the first need
 */
export function createAuthorisation(options: {
  readonly grants: GrantRows;
  readonly operators: OperatorRows;
  readonly keyFile: string;
}): { readonly authorisation: Authorisation; readonly enrolment: OperatorEnrolment; readonly seals: WorkerSeal } {
  const key = rememberedKey(options.keyFile);
  return {
    authorisation: new SshTotpAuthorisation(options.grants, key),
    enrolment: new SealedOperatorEnrolment(options.operators, key),
    seals: new KeyedWorkerSeal(key),
  };
}

/** Read once; a failure is not remembered, so that a file put right works without a restart. */
function rememberedKey(path: string): () => Promise<SealingKey> {
  let known: Promise<SealingKey> | undefined;
  return () => {
    known ??= readSealingKey(path).catch((thrown: unknown) => {
      known = undefined;
      throw thrown;
    });
    return known;
  };
}
