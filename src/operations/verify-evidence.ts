import type { DisposedBag, EvidenceVerdict } from '../domain/evidence';
import { standsByItself } from '../domain/evidence';
import type { IncidentId } from '../domain/ids';
import type { EvidenceStore } from '../ports/evidence-store';

/** A verdict on one bag of an incident. */
export interface BagVerdict extends EvidenceVerdict {
  /** Absolute path. */
  readonly bag: string;
  /** Its collected bytes are gone, as a supplement bag behind it tells that verifies. Everything else of it was checked. */
  readonly disposed?: DisposedBag;
}

export interface SupplementVerdict extends BagVerdict {
  readonly citesTheOneBefore: boolean;
}

/** Good enough to be shown to others (E6), and bound to the bag before it. */
export function isGoodSupplement({ verdict, citesTheOneBefore }: SupplementVerdict): boolean {
  return standsByItself(verdict) && citesTheOneBefore;
}

/** Verifies every bag of an incident (E6, E7). The last one comes first: it may tell that the bytes of those before it are disposed. */
export async function verifyBags(
  store: EvidenceStore,
  incident: IncidentId,
  path: string,
  publicKey: string,
): Promise<{ readonly first: BagVerdict; readonly supplements: readonly SupplementVerdict[] }> {
  const gone = new Map<string, DisposedBag>();
  const verify = async (id: string, bag: string): Promise<BagVerdict> => {
    const disposed = gone.get(id);
    const verdict = await store.verify(bag, { incident: id, publicKey, disposed: disposed !== undefined });
    return { bag, ...verdict, ...(disposed === undefined ? {} : { disposed }) };
  };
  const supplements: SupplementVerdict[] = [];
  // One that is still being filled proves nothing, and breaks nothing.
  for (const one of (await store.supplements(incident)).filter(({ sealed }) => sealed).reverse()) {
    const verdict = { ...(await verify(one.id, one.path)), citesTheOneBefore: one.citesTheOneBefore };
    supplements.unshift(verdict);
    // Whoever puts a bag of their own behind the others can say in it what they like.
    if (isGoodSupplement(verdict)) for (const id of one.disposed?.bags ?? []) gone.set(id, one.disposed as DisposedBag);
  }
  return { first: await verify(incident, path), supplements };
}
