import type { SignedRequest } from '../domain/order';
import type { Authorisation } from '../ports/authorisation';
import { Latest } from './latest';

const KEPT = 256;

/**
 * Keeps what was confirmed in memory: a grant that was found good and used up stays so, and containment goes on from memory
 * while PostgreSQL is away (L1: fail towards containment). A refusal is never remembered.
 */
export function rememberGrants(authorisation: Authorisation): Authorisation {
  const kept = new Latest<SignedRequest>(KEPT);
  return {
    deposit: (request) => authorisation.deposit(request),
    verify: async (grantId, expected, use) =>
      kept.keep(keyOf(grantId, use), await authorisation.verify(grantId, expected, use)),
    confirm: async (grantId, use) =>
      kept.get(keyOf(grantId, use)) ?? kept.keep(keyOf(grantId, use), await authorisation.confirm(grantId, use)),
  };
}

function keyOf(grantId: string, use: string): string {
  return `${grantId} ${use}`;
}
