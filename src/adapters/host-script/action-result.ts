import type { Fact } from '../../domain/fact';
import type { ActionId } from '../../domain/ids';
import { countOutcomes, remarked, type ActionResult, type TargetResult } from '../../domain/plan';

export interface ActFacts {
  readonly action: { readonly id: ActionId; readonly kind: ActionResult['kind']; readonly host: string };
  readonly targets: readonly TargetResult[];
  readonly verified: boolean;
  readonly sameUid?: readonly string[];
  readonly rung: string;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly preImage?: { readonly path: string; readonly sha256: string } | undefined;
  readonly replayed?: boolean;
  readonly remarks?: readonly Fact[] | undefined;
}

/** The result of one act; the counts are those of the targets, so they add up to the number requested (C2). */
export function actionResult(facts: ActFacts): ActionResult {
  const { action, preImage } = facts;
  return {
    action: action.id,
    kind: action.kind,
    host: action.host,
    counts: countOutcomes(facts.targets),
    exceptions: facts.targets.filter(({ outcome }) => outcome !== 'applied' && outcome !== 'already'),
    verified: facts.verified,
    ...(facts.sameUid === undefined || facts.sameUid.length === 0 ? {} : { sameUid: facts.sameUid }),
    rung: facts.rung,
    ...(preImage === undefined ? {} : { preImage: { path: preImage.path, sha256: preImage.sha256 } }),
    replayed: facts.replayed ?? false,
    startedAt: facts.startedAt.toISOString(),
    endedAt: facts.endedAt.toISOString(),
    ...remarked(facts.remarks ?? []),
  };
}
