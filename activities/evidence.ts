import { ensureFirebreakError } from '../src/domain/errors';
import { absentBecause, type SealedBag } from '../src/domain/evidence';
import { onRecord, type Fact } from '../src/domain/fact';
import { faultOfError } from '../src/domain/fault';
import type { Host } from '../src/domain/host';
import type { IncidentId } from '../src/domain/ids';
import { recordable } from '../src/domain/notice-words';
import type { SecurityReading } from '../src/domain/security-state';
import type { ArtefactSink, CollectionContext, CollectionSummary } from '../src/ports/collection';
import type { Authority, Caller } from './caller';
import { authorities } from './authority';
import { bagHosts } from './bag-hosts';
import type { Place } from './collection-places';
import { CollectionPlaces } from './collection-places';
import { activity } from './failure';
import type { Confirmed, Effects, GuardedDeps, RespondOrder } from './guarded';
import { hostOf } from './host-of';
import { loadDocument, loadIncident } from './incident-record';
import { openPlanOrWhy } from './sealed-plan';
import { missingBlocks, readSecurity } from './reading';

export interface CollectInput {
  readonly incident: IncidentId;
  readonly host: string;
  readonly budgetMs: number;
  readonly authority: Authority;
  /** Beside the question to a person: what may be gone when it is answered. The ordinary collection comes all the same. */
  readonly early?: boolean;
}

/** What a collection brought. */
export interface Collected extends CollectionSummary {
  /** Load of the worker's own machine, divided by its processors, when that was above the limit (B13). */
  readonly workerLoad?: number;
  readonly worker?: string;
}

/** A collection gets no less and no more time than this, whatever a caller says; milliseconds. */
const LEAST_BUDGET_MS = 5_000;
const MOST_BUDGET_MS = 600_000;

/** Characters of a reason that the bag keeps. */
const MOST_OF_A_REASON = 300;

/** Collection and the bag; the queue `evidence`. What was collected before a failure stays in the bag. */
export function evidenceActivities(deps: GuardedDeps) {
  const authority = authorities(deps);
  const places = new CollectionPlaces({ load: () => deps.machine.load() });

  /** Logs are collected in a place of this worker's; waiting for it is taken from the budget. */
  async function inPlace(
    { budgetMs }: CollectInput,
    signal: AbortSignal,
    collect: (context: CollectionContext) => Promise<CollectionSummary>,
  ): Promise<Collected> {
    const { budgetMs: most } = contextOf(signal, budgetMs);
    return places.within(signal, most / 2, async ({ waitedMs, load }: Place) => {
      const collected = await collect(contextOf(signal, most - waitedMs));
      return load === undefined ? collected : { ...collected, workerLoad: load, worker: deps.machine.name };
    });
  }

  /** The host, and what may be done about it, when the order names it. */
  async function collecting(
    input: Caller & { readonly host: string },
    what: string,
  ): Promise<{ readonly host: Host; readonly effects: Effects; readonly confirmed: Confirmed<RespondOrder> }> {
    const host = hostOf(deps, input.host);
    const confirmed = await authority.toCollect(input, what, host);
    return { host, confirmed, effects: deps.effects(confirmed) };
  }

  function sinkFor({ evidence }: Effects, incident: IncidentId, key: string, attempt: number): ArtefactSink {
    const provenance = { key, attempt, actor: 'firebreak' };
    return {
      artefact: async (name, produce) => {
        await evidence.artefact(incident, provenance, name, produce);
      },
      absence: (info) => evidence.absence(incident, provenance, info),
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
    budgetMs: Math.min(Math.max(Number(budgetMs) || 0, LEAST_BUDGET_MS), MOST_BUDGET_MS),
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

  /** A plan that no worker has derived is evidence of an attack, not of what was planned. */
  async function planFields(incident: IncidentId, planHash: string): Promise<Readonly<Record<string, unknown>>> {
    const found = await openPlanOrWhy(deps, incident, planHash);
    return 'plan' in found ? { ...found.plan } : { planHash, ...found };
  }

  async function seal({ evidence }: Effects, incident: IncidentId, attempt: number): Promise<SealedBag> {
    const provenance = { key: 'seal', attempt, actor: 'firebreak' };
    // Which plan counts is on record; who calls for the seal has no say in it.
    const { planHash } = await loadIncident(deps, incident);
    if (planHash !== null) {
      await evidence.record(incident, { ...provenance, key: 'plan' }, 'plan', await planFields(incident, planHash));
    }
    for (const result of await deps.responses.results(incident)) {
      await evidence.record(incident, { ...provenance, key: `act:${result.action}` }, 'act', { ...result });
    }
    return evidence.seal(incident);
  }

  /** A gateway that gives nothing is on record as such, and takes nothing from its host (E3). */
  async function collectGateway(
    { effects, confirmed }: { readonly effects: Effects; readonly confirmed: Confirmed<RespondOrder> },
    input: CollectInput,
    context: CollectionContext,
    attempt: number,
  ): Promise<void> {
    const gateway = gatewayWith(input.host, confirmed.order.hosts);
    if (gateway === undefined) return;
    const key = `${input.early === true ? 'early-' : ''}logs:${gateway.name}`;
    const sink = sinkFor(effects, input.incident, key, attempt);
    const options = { ...(await logOptions(input.incident)), paths: [] };
    try {
      await effects.collector.logs(gateway, sink, options, context);
    } catch (thrown) {
      if (context.signal.aborted) throw thrown;
      await sink.absence({
        host: gateway.name,
        source: 'gateway logs',
        rung: 1,
        command: '',
        exitCode: null,
        stderr: '',
        ...absentBecause({ fact: 'went-wrong', fault: faultOfError(ensureFirebreakError(thrown)) }),
        at: deps.now().toISOString(),
      });
    }
  }

  return {
    /** Opens the evidence bag, from what was signed: volatile state cannot wait for the tables (E1). A bag that is open stays as it is. */
    openBag: (input: {
      readonly incident: IncidentId;
      readonly workflow: { readonly id: string; readonly runId: string };
      readonly authority: Authority;
    }): Promise<void> =>
      activity(async () => {
        const confirmed = await authority.toRespond(input, 'open-bag');
        const { order, operator } = confirmed;
        const gateways = order.hosts.flatMap((name) => gatewayWith(name, order.hosts)?.name ?? []);
        await deps.effects(confirmed).evidence.open({
          incident: input.incident,
          documentSha256: order.documentSha256,
          operator,
          authority: order.reason === '' ? 'emergency response ordered by the operator' : order.reason,
          hosts: bagHosts(deps, [...order.hosts, ...gateways]),
          openedAt: order.declaredAt,
          workflow: input.workflow,
        });
      }),

    /** Volatile state, before containment changes it (E1). */
    captureVolatile: (input: CollectInput): Promise<CollectionSummary> =>
      activity(async ({ signal, attempt }) => {
        const { host, effects } = await collecting(input, 'volatile');
        return effects.collector.volatile(
          host,
          sinkFor(effects, input.incident, `volatile:${input.host}`, attempt),
          contextOf(signal, input.budgetMs),
        );
      }),

    /** The ordinary way of log collection, the gateway's beside it (E2). Throws LOGS_UNAVAILABLE and the codes of HostShell. */
    collectLogs: (input: CollectInput): Promise<Collected> =>
      activity(async ({ signal, attempt }) => {
        const allowed = await collecting(input, 'logs');
        const { host, effects } = allowed;
        return inPlace(input, signal, async (context) => {
          const key = `${input.early === true ? 'early-' : ''}logs:${input.host}`;
          const sink = sinkFor(effects, input.incident, key, attempt);
          const [own, gateway] = await Promise.allSettled([
            logOptions(input.incident).then((options) => effects.collector.logs(host, sink, options, context)),
            collectGateway(allowed, input, context, attempt),
          ]);
          if (own.status === 'rejected') throw own.reason;
          if (gateway.status === 'rejected') throw gateway.reason;
          return own.value;
        });
      }),

    /** Down the ladder when the ordinary way failed (E3). */
    collectAlternative: (input: CollectInput): Promise<Collected> =>
      activity(async ({ signal, attempt }) => {
        const { host, effects } = await collecting(input, 'alternative');
        const sink = sinkFor(effects, input.incident, `alternative:${input.host}`, attempt);
        const options = await logOptions(input.incident);
        return inPlace(input, signal, (context) => effects.collector.alternative(host, sink, options, context));
      }),

    /** A host that gave nothing at all is on record as such (E3). */
    recordAbsence: (input: {
      readonly incident: IncidentId;
      readonly host: string;
      readonly source: 'volatile' | 'logs';
      readonly why?: Fact;
      /** Of a workflow of an earlier version. */
      readonly reason?: string;
      readonly authority: Authority;
    }): Promise<void> =>
      activity(async ({ attempt }) => {
        const { host, effects } = await collecting(input, 'absence');
        const source = input.source === 'volatile' ? 'volatile' : 'logs';
        await effects.evidence.absence(
          input.incident,
          { key: `absence:${host.name}:${source}`, attempt, actor: 'firebreak' },
          {
            host: host.name,
            source,
            rung: 9,
            command: '',
            exitCode: null,
            stderr: '',
            ...absentBecause(
              recordable(input.why ?? onRecord(String(input.reason).slice(0, MOST_OF_A_REASON)), input.incident),
            ),
            at: deps.now().toISOString(),
          },
        );
      }),

    takeReading: (input: {
      readonly incident: IncidentId;
      readonly host: string;
      readonly stage: 'before' | 'after' | 'watch';
      readonly authority: Authority;
    }): Promise<SecurityReading> =>
      activity(async ({ signal }) => {
        const { incident, stage } = input;
        const { host, effects } = await collecting(input, 'reading');
        const drift = await missingBlocks(deps, effects, incident, host, signal, stage === 'after');
        return readSecurity(deps, effects, { incident, host, stage, drift }, signal);
      }),

    /**
     * Puts plan and results into the chain, then seals; a second call gives the first one's bag, and writes it into tables and
     * ledger in case the first one came no further than the seal (E4, E8, B10).
     */
    sealBag: (input: { readonly incident: IncidentId; readonly authority: Authority }): Promise<SealedBag> =>
      activity(async ({ attempt }) => {
        const effects = deps.effects(await authority.toSeal(input));
        const bag = (await deps.evidence.sealed(input.incident)) ?? (await seal(effects, input.incident, attempt));
        await effects.incidents.update(input.incident, { bag });
        await deps.ledger.append([
          {
            key: `evidence:seal:${input.incident}`,
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
