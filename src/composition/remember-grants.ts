import type { SignedRequest } from '../domain/order';
import type { Authorisation } from '../ports/authorisation';

const KEPT = 256;

/**
 * Keeps what was confirmed in memory: a grant that was found good and used up stays so, and containment goes on from memory
 * while PostgreSQL is away (L1: fail towards containment). A refusal is never remembered.
 */
export function rememberGrants(authorisation: Authorisation): Authorisation {
  const kept = new Map<string, SignedRequest>();
  const remember = (grantId: string, use: string, request: SignedRequest): SignedRequest => {
    kept.set(keyOf(grantId, use), request);
    const [oldest] = kept.keys();
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
    return request;
  };
  return {
    deposit: (request) => authorisation.deposit(request),
    verify: async (grantId, expected, use) =>
      remember(grantId, use, await authorisation.verify(grantId, expected, use)),
    confirm: async (grantId, use) =>
      kept.get(keyOf(grantId, use)) ?? remember(grantId, use, await authorisation.confirm(grantId, use)),
  };
}

function keyOf(grantId: string, use: string): string {
  return `${grantId} ${use}`;
}
