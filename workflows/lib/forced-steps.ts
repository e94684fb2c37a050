import type { ActionResult } from '../../src/domain/plan';
import { isInForce } from '../../src/domain/plan';

/** What people have to do about hosts that are cut off by force, while they are. */
export function forcedSteps(results: readonly ActionResult[]): readonly string[] {
  const inForce = results.filter(({ counts }) => isInForce(counts));
  return inForce
    .filter(({ kind }) => kind === 'forced-isolation')
    .map(({ host, rung }) => {
      const access = inForce.some((act) => act.kind === 'emergency-access' && act.host === host);
      const how = access
        ? 'look at it through emergency access'
        : 'look at it at its console or from a management address';
      return `${host} is cut off by force (${rung}): ${how}, then release.`;
    });
}
