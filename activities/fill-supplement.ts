import { ensureFirebreakError, FirebreakError } from '../src/domain/errors';
import { absentBecause, type SealedBag } from '../src/domain/evidence';
import type { Fact } from '../src/domain/fact';
import { faultOfError } from '../src/domain/fault';
import type { IncidentId } from '../src/domain/ids';
import { SUPPLEMENT_FILLED_WITHIN_MS } from '../src/domain/numbers';
import type { ArtefactSink } from '../src/ports/collection';
import type { EvidenceStore, SupplementBag } from '../src/ports/evidence-store';
import { bagHosts } from './bag-hosts';
import { custodyOf } from './custody';
import { actsOnRecord } from './ending-on-record';
import type { Scope } from './failure';
import type { Effects, GuardedDeps, RespondOrder } from './guarded';
import { hostOf } from './host-of';
import { loadDocument, loadIncident } from './incident-record';

/** For whom and why a supplement bag is filled. */
export interface SupplementJob {
  readonly incident: IncidentId;
  /** The order that the incident was started with. */
  readonly started: RespondOrder;
  readonly operator: string;
  readonly authority: string;
  /** It has one bag, however often it asks. */
  readonly workflow: { readonly id: string; readonly runId: string };
}

/** A supplement bag that is being filled. */
export interface OpenSupplement {
  readonly store: EvidenceStore;
  readonly id: string;
  /** ISO 8601 UTC: when the bag before was sealed. */
  readonly since: string;
}

/** Nobody waits longer for the logs of a host; milliseconds. */
const LOGS_MS = 30_000;

const COMES_AGAIN_MS = 30_000;

/**
 * Opens the supplement bag of a workflow, the next one of its incident (E7).
 * @returns the bag when it is sealed already
 * @throws FirebreakError WRONG_STATE when the first bag is not sealed or its collected bytes are disposed, EVIDENCE_BUSY while another
 *   supplement is being filled
 */
export async function openSupplement(
  deps: GuardedDeps,
  { evidence }: Pick<Effects, 'evidence'>,
  job: SupplementJob,
): Promise<OpenSupplement | { readonly sealed: SealedBag; readonly id: string }> {
  const { incident } = job;
  const first = await evidence.sealed(incident);
  if (first === undefined) throw new FirebreakError('WRONG_STATE', { cause: 'bag-unsealed', bag: incident });
  const known = await evidence.supplements(incident);
  const number = numberFor(known, job, deps.now());
  const store = evidence.supplement(number);
  const id = `${incident}.${number}`;
  const sealed = await store.sealed(incident);
  if (sealed !== undefined) return { sealed, id };
  // Its own may tell of the disposal already, and wait for its seal.
  demandUndisposed(known.filter((one) => one.number !== number));
  await store.open({
    incident,
    documentSha256: job.started.documentSha256,
    operator: job.operator,
    authority: job.authority,
    hosts: bagHosts(deps, job.started.hosts),
    openedAt: deps.now().toISOString(),
    workflow: job.workflow,
  });
  const before = number === 2 ? first : await evidence.supplement(number - 1).sealed(incident);
  return { store, id, since: (before ?? first).sealedAt };
}

/** @throws FirebreakError WRONG_STATE */
export function demandUndisposed(supplements: readonly SupplementBag[]): void {
  const disposed = supplements.find((one) => one.disposed !== undefined)?.disposed;
  if (disposed !== undefined)
    throw new FirebreakError('WRONG_STATE', { cause: 'evidence-disposed', at: disposed.at, by: disposed.by });
}

function numberFor(known: readonly SupplementBag[], { workflow }: SupplementJob, now: Date): number {
  const own = known.find(({ workflows }) => workflows.includes(workflow.id));
  if (own !== undefined) return own.number;
  const last = known.at(-1);
  if (last === undefined || last.sealed) return (last?.number ?? 1) + 1;
  // Nobody fills one for so long: whoever began it is gone, and it is filled to its end.
  if (now.getTime() - Date.parse(last.openedAt) >= SUPPLEMENT_FILLED_WITHIN_MS) return last.number;
  throw new FirebreakError(
    'EVIDENCE_BUSY',
    { cause: 'bag-being-filled', bag: last.id },
    { retryAfterMs: COMES_AGAIN_MS },
  );
}

/** Logs of the hosts since the bag before, the end of each act, the last reading of each host, and who had the evidence. */
export async function fillSupplement(
  deps: GuardedDeps,
  effects: Pick<Effects, 'collector'>,
  { incident, started }: SupplementJob,
  { store, since }: OpenSupplement,
  scope: Pick<Scope, 'signal' | 'attempt'>,
): Promise<void> {
  const { attempt } = scope;
  const from = (key: string) => ({ key, attempt, actor: 'firebreak' });
  await Promise.all(started.hosts.map((name) => collectLater(deps, effects, { incident, name, store, since }, scope)));
  for (const act of await actsOnRecord(deps, incident, await deps.responses.results(incident)))
    await store.record(incident, from(`act-end:${act.action}`), 'act-end', { ...act });
  for (const reading of await deps.responses.latestReadings(incident))
    await store.record(incident, from(`reading:${reading.host}`), 'reading', { ...reading });
  await recordCustody(deps, store, incident, attempt);
}

/** Who had the evidence so far (E7), as the ledger tells it. */
export async function recordCustody(
  deps: GuardedDeps,
  store: EvidenceStore,
  incident: IncidentId,
  attempt: number,
): Promise<void> {
  for (const event of await custodyOf(deps, incident)) {
    const { key, actor, stage, action, subject, reason, result, at, detail } = event;
    const provenance = { key: `custody:${key}`, attempt, actor: 'firebreak' };
    await store.record(incident, provenance, 'custody', {
      key,
      actor,
      stage,
      action,
      subject,
      reason,
      result,
      at,
      detail,
    });
  }
}

/** Logs of a host since the bag before. One that gives nothing is on record as such (E3). */
async function collectLater(
  deps: GuardedDeps,
  { collector }: Pick<Effects, 'collector'>,
  {
    incident,
    name,
    store,
    since,
  }: Pick<OpenSupplement, 'store' | 'since'> & { readonly incident: IncidentId; readonly name: string },
  { signal, attempt }: Pick<Scope, 'signal' | 'attempt'>,
): Promise<void> {
  const provenance = { key: `late-logs:${name}`, attempt, actor: 'firebreak' };
  const sink: ArtefactSink = {
    artefact: async (file, produce) => {
      await store.artefact(incident, provenance, file, produce);
    },
    absence: (info) => store.absence(incident, provenance, info),
  };
  try {
    const host = hostOf(deps, name);
    const { logSources } = await loadDocument(deps, incident);
    const paths = logSources.filter((source) => source.startsWith('/'));
    const options = { since, maxBytes: deps.site.logs.maxBytesPerSource, paths };
    await collector.logs(host, sink, options, { signal, budgetMs: LOGS_MS, onProgress: () => undefined });
  } catch (thrown) {
    if (signal.aborted) throw thrown;
    const nothing = { host: name, rung: 1, command: '', exitCode: null, stderr: '', at: deps.now().toISOString() };
    const why: Fact = { fact: 'went-wrong', fault: faultOfError(ensureFirebreakError(thrown)) };
    await sink.absence({ ...nothing, source: 'later logs', ...absentBecause(why) });
  }
}

/** Puts a sealed supplement bag into tables and ledger; harmless when repeated. */
export async function recordSealed(
  deps: GuardedDeps,
  effects: Pick<Effects, 'incidents'>,
  incident: IncidentId,
  id: string,
  bag: SealedBag,
): Promise<void> {
  const { supplements } = await loadIncident(deps, incident);
  const others = supplements.filter(({ path }) => path !== bag.path);
  await effects.incidents.update(incident, { supplements: [...others, bag] });
  await deps.ledger.append([
    {
      key: `evidence:seal:${id}`,
      level: 'AUDIT',
      incident,
      actor: 'firebreak',
      stage: 'event',
      action: 'evidence.seal',
      subject: `${id}/evidence/checkpoint`,
      result: bag.root,
      at: bag.sealedAt,
    },
  ]);
}
