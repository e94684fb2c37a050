import { ensureFirebreakError } from '../src/domain/errors';
import type { SealKind } from '../src/ports/worker-seal';
import type { GuardedDeps } from './guarded';

/** Whether a worker has put this seal on exactly this. @throws FirebreakError whatever keeps the seal from being looked at */
export async function holdsSeal(
  { seals }: Pick<GuardedDeps, 'seals'>,
  kind: SealKind,
  binding: Readonly<Record<string, string>>,
  seal: unknown,
): Promise<boolean> {
  if (typeof seal !== 'string') return false;
  try {
    await seals.open(kind, binding, seal);
    return true;
  } catch (thrown) {
    if (ensureFirebreakError(thrown).code !== 'NOT_AUTHORISED') throw thrown;
    return false;
  }
}
