import type { Authorisation, OperatorRegistry } from '../../ports/authorisation';
import type { GrantRows, OperatorRows } from '../../ports/grant-rows';
import type { WorkerSeal } from '../../ports/worker-seal';
import { SshTotpAuthorisation } from './authorisation';
import { SealedOperatorRegistry } from './operator-registry';
import { readSealingKey, type SealingKey } from './sealing-key';
import { KeyedWorkerSeal } from './worker-seal';

/**
 * Wires authority over rows.
 * @param options.keyFile path of the worker-only key (see makeSealingKeyFile), read at the first need; without it
 *   `deposit`, `list` and `find` work, and the rest throws CONFIG_INVALID
 */
export function createAuthorisation(options: {
  readonly grants: GrantRows;
  readonly operators: OperatorRows;
  readonly keyFile?: string;
}): { readonly authorisation: Authorisation; readonly registry: OperatorRegistry; readonly seals: WorkerSeal } {
  const key = options.keyFile === undefined ? undefined : rememberedKey(options.keyFile);
  return {
    authorisation: new SshTotpAuthorisation(options.grants, key),
    registry: new SealedOperatorRegistry(options.operators, key),
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
