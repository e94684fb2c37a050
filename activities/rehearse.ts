import type { Fact } from '../src/domain/fact';
import type { Host } from '../src/domain/host';
import type { ActionResult, OutcomeCounts, PlannedAction, TargetResult } from '../src/domain/plan';
import { countOutcomes, NO_OUTCOMES, remarked, targetBecause } from '../src/domain/plan';
import type { ActContext } from '../src/ports/containment';
import type { Effects } from './guarded';

/** What came of looking ahead; `applied` is what would be put in force. */
interface Foreseen {
  readonly counts: OutcomeCounts;
  readonly exceptions?: readonly TargetResult[];
  readonly rung?: string;
  readonly said?: Pick<ActionResult, 'notes' | 'remarks'>;
}

/**
 * What an act of a drill would come to, as the host itself says: its rules are checked there, its accounts and its monitoring are
 * looked at, and nothing is changed.
 *
 * @throws FirebreakError as the act itself does
 */
export async function rehearse(
  effects: Pick<Effects, 'containment' | 'previewer'>,
  host: Host,
  action: PlannedAction,
  context: ActContext,
  now: () => Date,
): Promise<ActionResult> {
  const startedAt = now().toISOString();
  const { counts, exceptions = [], rung = '', said = remarked([]) } = await foresee(effects, host, action, context);
  const { id, kind } = action;
  return {
    action: id,
    kind,
    host: host.name,
    counts,
    exceptions,
    // There is nothing that could be read back.
    verified: false,
    rung,
    replayed: false,
    startedAt,
    endedAt: now().toISOString(),
    ...said,
  };
}

async function foresee(
  { containment, previewer }: Pick<Effects, 'containment' | 'previewer'>,
  host: Host,
  action: PlannedAction,
  context: ActContext,
): Promise<Foreseen> {
  switch (action.kind) {
    case 'block-sources': {
      const { rung, wouldApply, already, refused } = await previewer.preview(host, action, context);
      return {
        counts: { ...countOutcomes(refused), applied: wouldApply, already },
        exceptions: refused,
        rung,
      };
    }
    case 'isolate-host':
    case 'isolate-segment': {
      const { keepsFirebreak, firebreakFrom } = await previewer.isolation(host, action, context);
      if (keepsFirebreak) return { counts: { ...NO_OUTCOMES, applied: 1 } };
      const target = action.kind === 'isolate-host' ? action.host : action.segment;
      const lacks: Fact = { fact: 'management-lacks', ...(firebreakFrom === null ? {} : { address: firebreakFrom }) };
      return { counts: { ...NO_OUTCOMES, failed: 1 }, exceptions: [targetBecause(target, 'failed', [], [lacks])] };
    }
    case 'disable-account': {
      const { there, disabled, sameUid = [] } = await previewer.account(host, action, context);
      const said = remarked(sameUid.length === 0 ? [] : [{ fact: 'same-uid', others: sameUid, drill: true }]);
      if (there) return { counts: { ...NO_OUTCOMES, [disabled ? 'already' : 'applied']: 1 }, said };
      const exceptions = [{ target: action.account, outcome: 'missing' as const }];
      return { counts: { ...NO_OUTCOMES, missing: 1 }, exceptions };
    }
    case 'emergency-access':
    case 'heighten-monitoring': {
      // What is not there yet is what would be put in force.
      const { counts, exceptions, rung, notes, remarks } = await containment.verify(host, action, context);
      return {
        counts: { ...counts, applied: counts.applied + counts.missing, missing: 0 },
        exceptions: exceptions.filter(({ outcome }) => outcome !== 'missing'),
        rung,
        said: { notes, ...(remarks === undefined ? {} : { remarks }) },
      };
    }
  }
}
