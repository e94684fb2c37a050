import type { ActionResult } from '../../src/domain/plan';
import { holds } from '../../src/domain/plan';

/** What people have to do about hosts that are cut off by force, while they are. */
export function forcedSteps(results: readonly ActionResult[]): readonly string[] {
  const inForce = ({ counts }: ActionResult): boolean => holds(counts) && counts.applied + counts.already > 0;
  return results
    .filter((result) => result.kind === 'forced-isolation' && inForce(result))
    .map(({ host, rung }) => {
      const access = results.some((act) => act.kind === 'emergency-access' && act.host === host && inForce(act));
      const how = access
        ? 'look at it through emergency access'
        : 'look at it at its console or from a management address';
      return `${host} is cut off by force (${rung}): ${how}, then release.`;
    });
}
