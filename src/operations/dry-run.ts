import { assess } from '../domain/assessment';
import type { IncidentId } from '../domain/ids';
import type { Assessment } from '../domain/assessment';
import type { ResponsePlan } from '../domain/plan';
import { planResponse } from '../domain/planning';
import { protectedSet } from '../domain/protection';
import type { HostFacts } from '../ports/containment';
import type { OperationsDeps } from './deps';
import type { RawTrigger } from './intake';
import { acceptTrigger } from './intake';

export interface DryRun {
  readonly assessment: Assessment;
  readonly plan: ResponsePlan;
  readonly hosts: readonly {
    readonly host: string;
    readonly facts: HostFacts | null;
    readonly error: string | null;
    readonly already: number;
  }[];
}

/**
 * What a response would do, without doing or storing anything (C12): the same validation, assessment and planning, and one look at
 * each host. Needs no authority, because nothing changes.
 */
export async function dryRun(
  deps: Pick<OperationsDeps, 'site' | 'inspector' | 'now'>,
  raw: RawTrigger,
  operator: { readonly name: string; readonly address?: string },
): Promise<DryRun> {
  const trigger = acceptTrigger(raw);
  const { site } = deps;
  const type = trigger.types[0] ?? 'unknown';
  const assessment = assess({ type, severity: trigger.severity }, trigger.document);
  const incident = 'INC-00000000-2222' as IncidentId;
  const hosts = await Promise.all(
    trigger.document.hosts.map(async (name) => {
      const host = site.hosts.get(name);
      if (host === undefined) return { host: name, facts: null, error: 'not in the inventory', already: 0 };
      try {
        const facts = await deps.inspector.facts(host, {
          incident,
          signal: AbortSignal.timeout(20_000),
          attempt: 1,
          onProgress: () => undefined,
        });
        const wanted = new Set(trigger.document.sources);
        return {
          host: name,
          facts,
          error: null,
          already: facts.blocks.filter((block) => wanted.has(block.target)).length,
        };
      } catch (thrown) {
        return {
          host: name,
          facts: null,
          error: thrown instanceof Error ? thrown.message : String(thrown),
          already: 0,
        };
      }
    }),
  );
  const plan = planResponse({
    order: {
      incident,
      type,
      severity: trigger.severity,
      mode: trigger.mode,
      trigger: 'operator',
      operator: operator.name,
      ...(trigger.reason === undefined ? {} : { reason: trigger.reason }),
      drill: false,
      documentSha256: trigger.documentSha256,
      hosts: trigger.document.hosts,
      limits: trigger.limits,
      declaredAt: deps.now().toISOString(),
    },
    document: trigger.document,
    assessment,
    inventory: site.hosts,
    segments: site.segments,
    protectedRanges: protectedSet([
      ...site.protectedAddresses,
      ...(operator.address === undefined ? [] : [{ address: operator.address, label: 'the operator’s own address' }]),
      ...[...site.hosts.values()].map((host) => ({ address: host.address, label: `inventory host ${host.name}` })),
    ]),
    widths: site.widths,
    policy: site.policy,
    detectorMaximum: site.detectorMaximum,
    emergency: site.emergency,
    ownAccounts: site.ownAccounts,
    drift: [],
  });
  return { assessment, plan, hosts };
}
