import type { Fact } from '../../src/domain/fact';
import type { ActionResult } from '../../src/domain/plan';
import { isInForce } from '../../src/domain/plan';

/** What people have to do about hosts that are cut off by force, while they are. */
export function forcedSteps(results: readonly ActionResult[]): readonly Fact[] {
  const inForce = results.filter(({ counts }) => isInForce(counts));
  return inForce
    .filter(({ kind }) => kind === 'forced-isolation')
    .map(({ host, rung }): Fact => {
      const access = inForce.some((act) => act.kind === 'emergency-access' && act.host === host);
      return { fact: 'do-look-at-forced', host, rung, access };
    });
}
