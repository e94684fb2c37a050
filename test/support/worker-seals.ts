import { sealingKey } from '../../src/adapters/authorisation/sealing-key';
import { KeyedWorkerSeal } from '../../src/adapters/authorisation/worker-seal';
import type { IncidentId } from '../../src/domain/ids';
import type { ResponsePlan } from '../../src/domain/plan';
import type { StoredPlan } from '../../src/ports/repositories';
import type { WorkerSeal } from '../../src/ports/worker-seal';

/** Seals as workers with a key of their own make them. */
export function workerSeals(key = 1): WorkerSeal {
  const made = sealingKey(Buffer.alloc(32, key));
  return new KeyedWorkerSeal(() => Promise.resolve(made));
}

/** A stored plan with the seal that a worker has put on it. */
export async function sealedPlan(
  seals: WorkerSeal,
  plan: object,
  from: {
    readonly incident: IncidentId;
    readonly planHash: string;
    readonly grantId: string;
    readonly documentSha256: string;
  },
): Promise<StoredPlan> {
  const { incident, planHash, grantId, documentSha256 } = from;
  const seal = await seals.seal('plan', { incident, planHash }, { grantId, documentSha256 });
  return { plan: { incident, planHash, ...plan } as unknown as ResponsePlan, seal };
}
