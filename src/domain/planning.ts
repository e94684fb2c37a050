import type { Assessment } from './assessment';
import { doubtsOf } from './assessment';
import { parseRange, splitCovered } from './addresses';
import type { Fact, LeftOut, NotByPolicy } from './fact';
import { hashOf } from './hash';
import type { Host, Segment } from './host';
import { actionId } from './ids';
import type { IncidentDocument, IncidentOrder } from './incident';
import type { CoveredSource, Drift, PlannedAction, RefusedTarget, ResponsePlan } from './plan';
import type { PolicyRow, PolicyTable } from './policy';
import { MODE_RANK, modeUnderDoubt } from './policy';
import type { ProtectedRange, WidthBounds } from './protection';
import { refusal } from './protection';
import type { ResponseMode } from './words';

/** Everything a plan is computed from; the same input gives the same plan and hash. */
export interface PlanningInput {
  readonly order: IncidentOrder;
  readonly document: IncidentDocument;
  readonly assessment: Assessment;
  readonly inventory: ReadonlyMap<string, Host>;
  readonly segments: ReadonlyMap<string, Segment>;
  readonly protectedRanges: readonly ProtectedRange[];
  readonly widths: WidthBounds;
  readonly policy: PolicyTable;
  /** What a detector may do without a person; `propose` asks for approval of every act (B15). */
  readonly detectorMaximum: ResponseMode | 'propose';
  readonly emergency:
    { readonly account: string; readonly publicKeys: readonly string[]; readonly from: readonly string[] } | undefined;
  /** Accounts that are never disabled whatever is asked, e.g. Firebreak's own. */
  readonly ownAccounts: readonly string[];
  readonly drift: readonly Drift[];
}

interface Draft {
  readonly actions: PlannedAction[];
  readonly refused: RefusedTarget[];
  readonly deviations: Fact[];
}

/** Policy table and evidence → ordered, typed acts with targets, TTL, approval and hash (B4, B5). */
export function planResponse(input: PlanningInput): ResponsePlan {
  const draft: Draft = { actions: [], refused: [], deviations: [] };
  const mode = modeFor(input, draft);
  const { type, severity } = input.assessment;
  const row = type === 'unknown' ? undefined : input.policy[type][severity][mode];
  if (severity === 'critical' && mode === 'monitor') {
    const { mode: ordered, reason } = input.order;
    const byOrder = ordered === 'monitor';
    draft.deviations.push({
      fact: 'only-monitored',
      ordered: byOrder,
      ...(byOrder && reason !== undefined ? { reason } : {}),
    });
  }
  if (row === undefined) draft.deviations.push({ fact: 'not-classified' });
  const hosts = knownHosts(input, draft);
  const expiresAt = new Date(Date.parse(input.order.declaredAt) + 1_000 * (row?.ttlSeconds ?? 3_600)).toISOString();
  if (row !== undefined) {
    const cells: Cells = { input, draft, row, expiresAt, ...acceptedSources(input, draft, row) };
    if (mode !== 'monitor') refuseLeftOut(cells, mode, hosts);
    if (row.accounts === 'named') refuseAccountsElsewhere(cells, hosts);
    for (const host of hosts) planHost(cells, host);
    if (row.isolate === 'hosts-and-segments') planSegments(cells);
  }
  for (const host of hosts) {
    draft.actions.push({
      kind: 'heighten-monitoring',
      id: actionId(input.order.incident, 'heighten-monitoring', host.name),
      host: host.name,
      approval: 'none',
      expiresAt,
    });
  }
  const body = {
    incident: input.order.incident,
    type,
    severity,
    mode,
    actions: draft.actions,
    refused: draft.refused,
    drift: input.drift,
    deviations: draft.deviations,
  };
  return { ...body, planHash: hashOf(body) };
}

function modeFor(input: PlanningInput, draft: Draft): ResponseMode {
  const { order, assessment } = input;
  const unattended = order.trigger === 'detector';
  const lowered = modeUnderDoubt(order.mode, {
    unattended,
    confidence: assessment.confidence,
    contradictions: doubtsOf(assessment),
  });
  if (lowered !== order.mode) draft.deviations.push({ fact: 'doubt-lowers', from: order.mode, to: lowered });
  const maximum = input.detectorMaximum;
  if (!unattended || maximum === 'propose' || MODE_RANK[lowered] <= MODE_RANK[maximum]) return lowered;
  draft.deviations.push({ fact: 'detector-bound', maximum, asked: lowered });
  return maximum;
}

function leftOut(why: LeftOut): Fact<'left-out'> {
  return { fact: 'left-out', why };
}

function knownHosts(input: PlanningInput, draft: Draft): Host[] {
  return [...new Set(input.order.hosts)].flatMap((name) => {
    const host = input.inventory.get(name);
    if (host !== undefined) return [host];
    draft.refused.push({ target: name, reason: 'unknown-host', detail: leftOut('not-in-inventory') });
    return [];
  });
}

function acceptedSources(
  input: PlanningInput,
  draft: Draft,
  row: PolicyRow,
): { readonly sources: readonly string[]; readonly covered: readonly CoveredSource[] } {
  if (row.block === 'none') return { sources: [], covered: [] };
  const accepted = input.document.sources.flatMap((source) => {
    const refused = refusal(source, input.protectedRanges, input.widths);
    if (refused !== undefined) draft.refused.push(refused);
    const range = parseRange(source);
    return refused === undefined && range !== undefined ? [range] : [];
  });
  const { kept, covered } = splitCovered(accepted);
  return {
    sources: kept.map((range) => range.text),
    covered: covered.map(({ range, by }) => ({ source: range.text, by: by.text })),
  };
}

interface Cells {
  readonly input: PlanningInput;
  readonly draft: Draft;
  readonly row: PolicyRow;
  readonly expiresAt: string;
  readonly sources: readonly string[];
  readonly covered: readonly CoveredSource[];
}

/** A detector that may only propose needs a person's approval for everything but watching. */
function approvalFor(input: PlanningInput, host: Host | undefined, isolates: boolean): 'none' | 'required' {
  if (input.order.trigger === 'detector' && input.detectorMaximum === 'propose') return 'required';
  return isolates && host?.isolation === 'approval' ? 'required' : 'none';
}

function planHost(cells: Cells, host: Host): void {
  const { input, draft, row, expiresAt } = cells;
  const { incident } = input.order;
  const isolates = row.isolate !== 'none' && host.isolation !== 'never';
  if (row.isolate !== 'none' && !isolates) {
    draft.refused.push({
      target: host.name,
      host: host.name,
      reason: 'isolation-never',
      detail: leftOut('must-stay-up'),
    });
  }
  if (row.emergencyAccess && isolates) planEmergencyAccess(cells, host);
  if (cells.sources.length > 0) {
    draft.actions.push({
      kind: 'block-sources',
      id: actionId(incident, 'block-sources', host.name),
      host: host.name,
      approval: approvalFor(input, host, false),
      expiresAt,
      direction: row.block === 'both' ? 'both' : 'in',
      sources: cells.sources,
      ...(cells.covered.length === 0 ? {} : { covered: cells.covered }),
      protect: input.protectedRanges.map(({ range }) => range.text),
      ...(host.fail2banJail === undefined ? {} : { jail: host.fail2banJail }),
    });
  }
  planAccounts(cells, host);
  if (isolates) {
    draft.actions.push({
      kind: 'isolate-host',
      id: actionId(incident, 'isolate-host', host.name),
      host: host.name,
      approval: approvalFor(input, host, true),
      expiresAt,
      management: host.management,
      onUnconfirmed: host.onUnconfirmed,
    });
  }
}

function planEmergencyAccess({ input, draft, expiresAt }: Cells, host: Host): void {
  if (input.emergency === undefined || input.emergency.publicKeys.length === 0) {
    draft.deviations.push({ fact: 'no-emergency-access', host: host.name, why: 'not-configured' });
    return;
  }
  // A host makes such an account by a person's signature only (H6).
  if (input.order.trigger === 'detector') {
    draft.deviations.push({ fact: 'no-emergency-access', host: host.name, why: 'detector' });
    return;
  }
  draft.actions.push({
    kind: 'emergency-access',
    id: actionId(input.order.incident, 'emergency-access', host.name),
    host: host.name,
    approval: approvalFor(input, host, true),
    expiresAt,
    account: input.emergency.account,
    publicKeys: input.emergency.publicKeys,
    from: input.emergency.from.length > 0 ? input.emergency.from : host.management,
  });
}

/**
 * What was named and the policy leaves out is refused by name, so that nobody believes it contained (B4). Where everything is only
 * watched, the outcome says so.
 */
function refuseLeftOut({ input, draft, row }: Cells, mode: ResponseMode, hosts: readonly Host[]): void {
  const { type, severity } = input.assessment;
  const { sources, accounts, segments } = input.document;
  const leaveOut = (what: NotByPolicy, targets: readonly string[], hostOf?: (target: string) => string): void => {
    const detail = { fact: 'left-out-by-policy', what, type, severity, mode } as const;
    for (const target of new Set(targets))
      draft.refused.push({ target, ...(hostOf && { host: hostOf(target) }), reason: 'out-of-mode', detail });
  };
  if (row.block === 'none') leaveOut('block', sources);
  if (row.accounts === 'none')
    leaveOut(
      'disable',
      accounts.map(({ name }) => name),
    );
  if (row.isolate === 'none' && mode === 'isolate')
    leaveOut(
      'isolate-host',
      hosts.map(({ name }) => name),
      (name) => name,
    );
  if (row.isolate !== 'hosts-and-segments') leaveOut('isolate-segment', segments);
}

/** What hosts take; digits alone would be read as the number of another account. */
const ACCOUNT_NAME = /^(?!\d+$)\w[\w.-]{0,31}$/;

/** An account named on a host that is not part of the response is refused aloud, never dropped. */
function refuseAccountsElsewhere({ input, draft }: Cells, hosts: readonly Host[]): void {
  for (const { name, host } of input.document.accounts) {
    if (host === undefined || hosts.some((known) => known.name === host)) continue;
    draft.refused.push({
      target: name,
      host,
      reason: 'unknown-host',
      detail: leftOut('account-elsewhere'),
    });
  }
}

function planAccounts({ input, draft, row, expiresAt }: Cells, host: Host): void {
  if (row.accounts === 'none') return;
  const named = input.document.accounts.filter((account) =>
    account.host === undefined ? true : row.accounts === 'all' || account.host === host.name,
  );
  for (const name of [...new Set(named.map((account) => account.name))].sort()) {
    if (!ACCOUNT_NAME.test(name))
      draft.refused.push({
        target: name,
        host: host.name,
        reason: 'not-an-account',
        detail: leftOut('account-name'),
      });
    else if (name === 'root')
      draft.refused.push({ target: name, host: host.name, reason: 'root-account', detail: leftOut('root-account') });
    else if (name === host.user || name === input.emergency?.account || input.ownAccounts.includes(name)) {
      draft.refused.push({
        target: name,
        host: host.name,
        reason: 'own-account',
        detail: leftOut('own-account'),
      });
    } else {
      draft.actions.push({
        kind: 'disable-account',
        id: actionId(input.order.incident, 'disable-account', host.name, name),
        host: host.name,
        approval: approvalFor(input, host, false),
        expiresAt,
        account: name,
      });
    }
  }
}

function planSegments({ input, draft, expiresAt }: Cells): void {
  for (const name of new Set(input.document.segments)) {
    const segment = input.segments.get(name);
    const gateway = segment === undefined ? undefined : input.inventory.get(segment.gateway);
    if (segment === undefined || gateway === undefined) {
      draft.refused.push({
        target: name,
        reason: 'unknown-segment',
        detail: leftOut('gateway-not-in-inventory'),
      });
      continue;
    }
    // Whoever cuts off a segment cuts off every host in it, and their guards hold.
    const inside = [...input.inventory.values()].filter((host) => host.segments.includes(name));
    const guarded = inside.find((host) => host.isolation === 'never');
    if (guarded !== undefined) {
      draft.refused.push({
        target: name,
        host: gateway.name,
        reason: 'isolation-never',
        detail: { fact: 'host-inside', host: guarded.name },
      });
      continue;
    }
    const asksFirst = inside.find((host) => host.isolation === 'approval');
    draft.actions.push({
      kind: 'isolate-segment',
      id: actionId(input.order.incident, 'isolate-segment', gateway.name, name),
      host: gateway.name,
      approval: approvalFor(input, asksFirst ?? gateway, true),
      expiresAt,
      segment: name,
      prefixes: segment.prefixes,
      management: gateway.management,
      onUnconfirmed: gateway.onUnconfirmed,
    });
  }
}
