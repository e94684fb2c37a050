import { inEnglish } from '../domain/fact-words';
import type { BlockSources, PlannedAction } from '../domain/plan';
import type { DryRun, HostPreview } from '../operations/dry-run';
import { filtersInWords } from '../operations/host-filters';
import { duration } from './times';

function covered({ covered: inside = [] }: BlockSources): string {
  return inside.length === 0 ? '' : `, ${inside.length} more lie inside them`;
}

function fed({ jail }: BlockSources): string {
  return jail === undefined ? '' : `, fed to fail2ban jail ${jail}`;
}

function actionLine(action: PlannedAction): string {
  const approval = action.approval === 'required' ? '  [needs approval]' : '';
  switch (action.kind) {
    case 'block-sources':
      return `${action.host}: block ${action.sources.length} sources, ${action.direction === 'both' ? 'both directions' : 'inbound'}${covered(action)}${fed(action)}${approval}`;
    case 'disable-account':
      return `${action.host}: disable account ${action.account}, end its sessions${approval}`;
    case 'isolate-host':
      return `${action.host}: isolate; SSH stays open for ${action.management.join(', ')}${approval}`;
    case 'isolate-segment':
      return `${action.host}: isolate segment ${action.segment} (${action.prefixes.join(', ')})${approval}`;
    case 'emergency-access':
      return `${action.host}: emergency access ${action.account} from ${action.from.join(', ')}${approval}`;
    case 'heighten-monitoring':
      return `${action.host}: heighten monitoring`;
  }
}

/** The preview of a response, as a tired operator reads it (C12). */
export function planLines(preview: DryRun): string[] {
  const { assessment, plan } = preview;
  const expires = plan.actions[0]?.expiresAt;
  return [
    `DRY RUN — nothing is changed, nobody is told`,
    `assessed:  ${assessment.type}, ${assessment.severity}, confidence ${assessment.confidence}`,
    ...assessment.contradictions.map((contradiction) => `  contradiction: ${inEnglish(contradiction)}`),
    ...(assessment.needsHuman ? ['  a person would be asked to classify'] : []),
    `mode:      ${plan.mode}${expires === undefined ? '' : `, controls end after ${duration(Date.parse(expires) - Date.now())}`}`,
    'acts:',
    ...plan.actions.map((action) => `  ${actionLine(action)}`),
    ...(plan.refused.length === 0
      ? []
      : [
          `refused:   ${plan.refused.length}`,
          ...plan.refused.slice(0, 20).map((refused) => `  ${refused.target}: ${inEnglish(refused.detail)}`),
        ]),
    ...(plan.refused.length > 20 ? [`  … ${plan.refused.length - 20} more (--json)`] : []),
    ...plan.deviations.map((deviation) => `deviation: ${inEnglish(deviation)}`),
    ...driftLines(preview),
    'hosts:',
    ...preview.hosts.flatMap(hostLines),
    `plan:      ${plan.planHash.slice(0, 12)}`,
  ];
}

function driftLines({ plan, driftKnown }: DryRun): string[] {
  if (!driftKnown) return ['drift:     not known, the tables cannot be read'];
  return [
    ...(plan.drift.length === 0 ? [] : [`drift:     tables and kernels disagree about ${plan.drift.length} blocks`]),
    ...plan.drift.slice(0, 5).map(({ host, target, kind }) => `  ${host}: ${target} ${kind}`),
  ];
}

function hostLines({ host, facts, block, isolations, accounts, error }: HostPreview): string[] {
  if (facts === null) return [`  ${host}: NOT REACHED: ${error ?? ''}`];
  const filters = filtersInWords(facts) || 'NO PACKET FILTER';
  return [
    `  ${host}: ${filters}, ${facts.blocks.length} blocks in force, load ${facts.load.toFixed(2)}`,
    ...(error === null ? [] : [`    COULD NOT BE CHECKED: ${error}`]),
    ...(block === null
      ? []
      : [
          `    ${block.rung} accepts the rules: ${block.wouldApply} would be applied, ${block.already} are already, ${block.refused.length} refused by the host, ${block.sessions} sessions would end`,
          ...block.refused.slice(0, 5).map((target) => `    refused ${target.target}: ${target.detail ?? ''}`),
        ]),
    ...isolations.flatMap((isolation) => [
      `    nft accepts the isolation of ${isolation.target}: ${isolation.sessions ?? 'an unknown number of'} sessions would end`,
      ...(isolation.keepsFirebreak
        ? []
        : [`    LOCK-OUT: Firebreak comes from ${isolation.firebreakFrom ?? ''}, which is no management address`]),
      ...(isolation.keepsOperator === false
        ? ['    your own address is no management address: you would reach it through Firebreak only']
        : []),
    ]),
    ...accounts.map(({ account, there, disabled, sessions, processes, sameUid = [] }) =>
      there
        ? `    account ${account}: ${disabled ? 'is disabled already' : `${sessions} sessions and ${processes} processes would end`}${sameUid.length === 0 ? '' : `; ${sameUid.join(', ')} of the same uid would still get in`}`
        : `    account ${account}: not on this host`,
    ),
  ];
}
