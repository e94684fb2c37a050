import { ensureFirebreakError, FirebreakError } from '../src/domain/errors';
import type { SealedBag } from '../src/domain/evidence';
import type { Host } from '../src/domain/host';
import type { IncidentId } from '../src/domain/ids';
import { incidentOfUse } from '../src/domain/order';
import type { SecurityReading } from '../src/domain/security-state';
import type { ArtefactSink, CollectionContext, CollectionSummary } from '../src/ports/collection';
import type { ActivityDeps } from '../src/ports/activity-deps';
import type { Authority } from './authority';
import { activity } from './failure';
import { loadDocument, loadIncident } from './flow';
import { watchedOn } from './watched';

export interface CollectInput {
  readonly incident: IncidentId;
  readonly host: string;
  readonly budgetMs: number;
}

/** Collection and the bag; the queue `evidence`. What was collected before a failure stays in the bag. */
export function evidenceActivities(deps: ActivityDeps) {
  function hostOf(name: string): Host {
    const host = deps.site.hosts.get(name);
    if (host === undefined) throw new FirebreakError('UNKNOWN_HOST', name);
    return host;
  }

  function sinkFor(incident: IncidentId, key: string, attempt: number): ArtefactSink {
    const provenance = { key, attempt, actor: 'firebreak' };
    return {
      artefact: async (name, produce) => {
        await deps.evidence.artefact(incident, provenance, name, produce);
      },
      absence: (info) => deps.evidence.absence(incident, provenance, info),
    };
  }

  /**
   * The gateway whose logs come with this host's (E2): what it routed and dropped is evidence of the host's traffic. A gateway of
   * several hosts comes with the first of them; one that is in the incident itself needs nobody.
   */
  function gatewayWith(name: string, hosts: readonly string[]): Host | undefined {
    const gateway = deps.site.hosts.get(name)?.gateway;
    if (gateway === undefined || hosts.includes(gateway)) return undefined;
    const first = hosts.find((other) => deps.site.hosts.get(other)?.gateway === gateway);
    return first === name ? deps.site.hosts.get(gateway) : undefined;
  }

  const contextOf = (signal: AbortSignal, budgetMs: number): CollectionContext => ({
    signal,
    budgetMs,
    onProgress: () => undefined,
  });

  async function logOptions(incident: IncidentId) {
    const document = await loadDocument(deps, incident);
    const { order } = await loadIncident(deps, incident);
    const from = Math.min(Date.parse(document.detectedAt ?? order.declaredAt), Date.parse(order.declaredAt));
    return {
      since: new Date(from - deps.site.logs.lookBackMs).toISOString(),
      maxBytes: deps.site.logs.maxBytesPerSource,
      paths: document.logSources.filter((source) => source.startsWith('/')),
    };
  }

  async function seal(
    { incident, planHash }: { readonly incident: IncidentId; readonly planHash: string | null },
    attempt: number,
  ): Promise<SealedBag> {
    const provenance = { key: 'seal', attempt, actor: 'firebreak' };
    if (planHash !== null) {
      const plan = await deps.plans.load(incident, planHash);
      await deps.evidence.record(incident, { ...provenance, key: 'plan' }, 'plan', { ...plan });
    }
    for (const result of await deps.responses.results(incident)) {
      await deps.evidence.record(incident, { ...provenance, key: `act:${result.action}` }, 'act', { ...result });
    }
    return deps.evidence.seal(incident);
  }

  /** A gateway that gives nothing is on record as such, and takes nothing from its host (E3). */
  async function collectGateway(input: CollectInput, signal: AbortSignal, attempt: number): Promise<void> {
    const { order } = await loadIncident(deps, input.incident);
    const gateway = gatewayWith(input.host, order.hosts);
    if (gateway === undefined) return;
    const sink = sinkFor(input.incident, `logs:${gateway.name}`, attempt);
    const options = { ...(await logOptions(input.incident)), paths: [] };
    try {
      await deps.collector.logs(gateway, sink, options, contextOf(signal, input.budgetMs));
    } catch (thrown) {
      if (signal.aborted) throw thrown;
      await sink.absence({
        host: gateway.name,
        source: 'gateway logs',
        rung: 1,
        command: '',
        exitCode: null,
        stderr: '',
        reason: ensureFirebreakError(thrown).message,
        at: deps.now().toISOString(),
      });
    }
  }

  /** Volatile state cannot wait for the tables: while they are away, what the bag says of its incident is what was signed (E1). */
  async function orderOf({ incident, authority }: { readonly incident: IncidentId; readonly authority?: Authority }) {
    try {
      const { order } = await loadIncident(deps, incident);
      return { ...order, reason: order.reason ?? '' };
    } catch (thrown) {
      if (authority === undefined || ensureFirebreakError(thrown).code !== 'DATABASE_UNREACHABLE') throw thrown;
      const { order, operator } = await deps.authorisation.confirm(authority.grantId, authority.use);
      if (order.action !== 'respond' || incidentOfUse(authority.use) !== incident) throw thrown;
      return { ...order, operator };
    }
  }

  return {
    /** Opens the evidence bag; a bag that is open stays as it is. */
    openBag: (input: {
      readonly incident: IncidentId;
      readonly workflow: { readonly id: string; readonly runId: string };
      readonly authority?: Authority;
    }): Promise<void> =>
      activity(async () => {
        const order = await orderOf(input);
        const gateways = order.hosts.flatMap((name) => gatewayWith(name, order.hosts)?.name ?? []);
        await deps.evidence.open({
          incident: input.incident,
          documentSha256: order.documentSha256,
          operator: order.operator,
          authority: order.reason === '' ? 'emergency response ordered by the operator' : order.reason,
          hosts: [...order.hosts, ...gateways].flatMap((name) =>
            deps.site.hosts.has(name) ? [{ name, hostKeyFingerprint: deps.hostKeyFingerprint(name) }] : [],
          ),
          openedAt: order.declaredAt,
          workflow: input.workflow,
        });
      }),

    /** Volatile state, before containment changes it (E1). */
    captureVolatile: (input: CollectInput): Promise<CollectionSummary> =>
      activity(({ signal, attempt }) =>
        deps.collector.volatile(
          hostOf(input.host),
          sinkFor(input.incident, `volatile:${input.host}`, attempt),
          contextOf(signal, input.budgetMs),
        ),
      ),

    /** The ordinary way of log collection, the gateway's beside it (E2). Throws LOGS_UNAVAILABLE and the codes of HostShell. */
    collectLogs: (input: CollectInput): Promise<CollectionSummary> =>
      activity(async ({ signal, attempt }) => {
        const host = hostOf(input.host);
        const [own, gateway] = await Promise.allSettled([
          logOptions(input.incident).then((options) =>
            deps.collector.logs(
              host,
              sinkFor(input.incident, `logs:${input.host}`, attempt),
              options,
              contextOf(signal, input.budgetMs),
            ),
          ),
          collectGateway(input, signal, attempt),
        ]);
        if (own.status === 'rejected') throw own.reason;
        if (gateway.status === 'rejected') throw gateway.reason;
        return own.value;
      }),

    /** Down the ladder when the ordinary way failed (E3). */
    collectAlternative: (input: CollectInput): Promise<CollectionSummary> =>
      activity(async ({ signal, attempt }) =>
        deps.collector.alternative(
          hostOf(input.host),
          sinkFor(input.incident, `alternative:${input.host}`, attempt),
          await logOptions(input.incident),
          contextOf(signal, input.budgetMs),
        ),
      ),

    /** A host that gave nothing at all is on record as such (E3). */
    recordAbsence: (input: {
      readonly incident: IncidentId;
      readonly host: string;
      readonly source: string;
      readonly reason: string;
    }): Promise<void> =>
      activity(({ attempt }) =>
        deps.evidence.absence(
          input.incident,
          { key: `absence:${input.host}:${input.source}`, attempt, actor: 'firebreak' },
          {
            host: input.host,
            source: input.source,
            rung: 9,
            command: '',
            exitCode: null,
            stderr: '',
            reason: input.reason,
            at: deps.now().toISOString(),
          },
        ),
      ),

    takeReading: (input: {
      readonly incident: IncidentId;
      readonly host: string;
      readonly stage: 'before' | 'after' | 'watch';
    }): Promise<SecurityReading> =>
      activity(async ({ signal }) => {
        const reading = await deps.collector.reading(
          hostOf(input.host),
          await watchedOn(deps, input.incident, input.host),
          contextOf(signal, 10_000),
        );
        await deps.responses.recordReading(input.incident, input.stage, reading);
        return reading;
      }),

    /**
     * Puts plan and results into the chain, then seals; a second call gives the first one's bag, and writes it into tables and
     * ledger in case the first one came no further than the seal (E4, E8, B10).
     */
    sealBag: (input: { readonly incident: IncidentId; readonly planHash: string | null }): Promise<SealedBag> =>
      activity(async ({ attempt }) => {
        const bag = (await deps.evidence.sealed(input.incident)) ?? (await seal(input, attempt));
        await deps.incidents.update(input.incident, { bag });
        await deps.ledger.append([
          {
            key: `seal:${input.incident}`,
            level: 'AUDIT',
            incident: input.incident,
            actor: 'firebreak',
            stage: 'event',
            action: 'evidence.seal',
            subject: `${input.incident}/evidence/checkpoint`,
            result: bag.root,
            at: bag.sealedAt,
          },
        ]);
        return bag;
      }),
  };
}
