import type { Authorisation, ConfirmedOrder } from '../ports/authorisation';
import { Latest } from './latest';

const KEPT = 256;

/**
 * Keeps what was confirmed in memory: a grant that was found good and used up stays so, and containment goes on from memory
 * while PostgreSQL is away (L1: fail towards containment). A refusal is never remembered.
 */
export function rememberGrants(authorisation: Authorisation): Authorisation {
  const kept = new Latest<ConfirmedOrder>(KEPT);
  return {
    deposit: (request) => authorisation.deposit(request),
    verify: async (grantId, expected, use) => {
      const signed = await authorisation.verify(grantId, expected, use);
      // What was found good is read back at once: the acts that follow may come when PostgreSQL is away.
      await authorisation.confirm(grantId, use).then(
        (confirmed) => kept.keep(keyOf(grantId, use), confirmed),
        () => undefined,
      );
      return signed;
    },
    confirm: async (grantId, use) =>
      kept.get(keyOf(grantId, use)) ?? kept.keep(keyOf(grantId, use), await authorisation.confirm(grantId, use)),
  };
}

function keyOf(grantId: string, use: string): string {
  return `${grantId} ${use}`;
}
