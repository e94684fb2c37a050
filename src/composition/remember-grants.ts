import { ensureFirebreakError } from '../domain/errors';
import type { ConfirmedRequest } from '../domain/order';
import type { Authorisation } from '../ports/authorisation';
import { Latest } from './latest';

const KEPT = 256;
/** For so long a confirmed grant is not asked for again: acts on many hosts come together. */
const FRESH_MS = 20_000;

interface Kept {
  readonly confirmed: ConfirmedRequest;
  readonly atMs: number;
}

/**
 * Keeps what was confirmed in memory: containment goes on from it while PostgreSQL is away (L1: fail towards containment). While
 * PostgreSQL answers, its word counts: an operator who was removed gives no orders any more. A refusal is never remembered.
 * @param nowMs a clock that only goes forward
 */
export function rememberGrants(
  authorisation: Authorisation,
  nowMs: () => number = () => performance.now(),
): Authorisation {
  const kept = new Latest<Kept>(KEPT);
  const keep = (key: string, confirmed: ConfirmedRequest): ConfirmedRequest =>
    kept.keep(key, { confirmed, atMs: nowMs() }).confirmed;
  return {
    deposit: (request) => authorisation.deposit(request),
    verify: async (grantId, expected, use) => {
      const request = await authorisation.verify(grantId, expected, use);
      // So that the first act after it needs no tables.
      await authorisation.confirm(grantId, use).then(
        (confirmed) => [`${grantId} ${use}`, `record ${grantId} ${use}`].forEach((key) => keep(key, confirmed)),
        () => undefined,
      );
      return request;
    },
    asksFor: (grantId) => authorisation.asksFor(grantId),
    confirm: async (grantId, use, purpose = 'act') => {
      const key = purpose === 'act' ? `${grantId} ${use}` : `${purpose} ${grantId} ${use}`;
      const known = kept.get(key);
      if (known !== undefined && nowMs() - known.atMs < FRESH_MS) return known.confirmed;
      try {
        return keep(key, await authorisation.confirm(grantId, use, purpose));
      } catch (thrown) {
        if (known === undefined || ensureFirebreakError(thrown).code !== 'DATABASE_UNREACHABLE') throw thrown;
        return keep(key, known.confirmed);
      }
    },
  };
}
