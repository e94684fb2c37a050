import { ensureFirebreakError, FirebreakError } from '../src/domain/errors';
import { absentBecause, type SealedBag } from '../src/domain/evidence';
import type { Fact } from '../src/domain/fact';
import { faultOfError } from '../src/domain/fault';
import type { IncidentId } from '../src/domain/ids';
import type { ArtefactSink } from '../src/ports/collection';
import type { EvidenceStore } from '../src/ports/evidence-store';
import type { Authority } from './caller';
import { authorities } from './authority';
import { actsOnRecord } from './ending-on-record';
import { activity } from './failure';
import type { Confirmed, GuardedDeps, RespondOrder } from './guarded';
import { loadDocument, loadIncident } from './incident-record';

export interface SupplementInput {
  readonly incident: IncidentId;
  readonly authority: Authority;
  readonly workflow: { readonly id: string; readonly runId: string };
}

/** The close writes one; it is the first. */
const NUMBER = 2;
/** Closing does not wait longer for the logs of a host; milliseconds. */
const LOGS_MS = 30_000;

/** What came after the seal; the queue `evidence`. */
export function supplementActivities(deps: GuardedDeps) {
  const authority = authorities(deps);

  async function open(
    store: EvidenceStore,
    { order, operator }: Confirmed<RespondOrder>,
    { incident, workflow }: SupplementInput,
  ): Promise<void> {
    await store.open({
      incident,
      documentSha256: order.documentSha256,
      operator,
      authority: 'what came after the seal, at the end of the incident',
      hosts: order.hosts.flatMap((name) =>
        deps.site.hosts.has(name) ? [{ name, hostKeyFingerprint: deps.hostKeyFingerprint(name) }] : [],
      ),
      openedAt: deps.now().toISOString(),
      workflow,
    });
  }

  /** Logs of a host since the seal. One that gives nothing is on record as such (E3). */
  async function collectLater(
    store: EvidenceStore,
    input: SupplementInput,
    name: string,
    since: string,
    { signal, attempt }: { readonly signal: AbortSignal; readonly attempt: number },
  ): Promise<void> {
    const host = deps.site.hosts.get(name);
    if (host === undefined) return;
    const { incident } = input;
    const provenance = { key: `late-logs:${name}`, attempt, actor: 'firebreak' };
    const sink: ArtefactSink = {
      artefact: async (file, produce) => {
        await store.artefact(incident, provenance, file, produce);
      },
      absence: (info) => store.absence(incident, provenance, info),
    };
    try {
      const { collector } = deps.effects(await authority.toCollect(input, 'late-logs', host));
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

  /** How each act has ended, and the last look at each host. */
  async function recordEnds(store: EvidenceStore, incident: IncidentId, attempt: number): Promise<void> {
    const from = (key: string) => ({ key, attempt, actor: 'firebreak' });
    for (const act of await actsOnRecord(deps, incident, await deps.responses.results(incident)))
      await store.record(incident, from(`act-end:${act.action}`), 'act-end', { ...act });
    for (const reading of await deps.responses.latestReadings(incident))
      await store.record(incident, from(`reading:${reading.host}`), 'reading', { ...reading });
  }

  return {
    /**
     * A sealed bag `<incident>.2` with what came after the seal (E7): later logs, the end of each act, the last readings, and the programs
     * that undid. A second call gives the first one's bag.
     * @throws FirebreakError WRONG_STATE when the first bag is not sealed
     */
    supplementBag: (input: SupplementInput): Promise<SealedBag> =>
      activity(async (scope) => {
        const { incident } = input;
        const confirmed = await authority.toRecord(input, 'supplement');
        const effects = deps.effects(confirmed);
        const first = await deps.evidence.sealed(incident);
        if (first === undefined) throw new FirebreakError('WRONG_STATE', { cause: 'bag-unsealed', bag: incident });
        const store = effects.evidence.supplement(NUMBER);
        let bag = await store.sealed(incident);
        if (bag === undefined) {
          await open(store, confirmed, input);
          const { hosts } = confirmed.order;
          await Promise.all(hosts.map((name) => collectLater(store, input, name, first.sealedAt, scope)));
          await recordEnds(store, incident, scope.attempt);
          bag = await store.seal(incident);
        }
        const { supplements } = await loadIncident(deps, incident);
        const { path } = bag;
        const others = supplements.filter((known) => known.path !== path);
        await effects.incidents.update(incident, { supplements: [...others, bag] });
        await deps.ledger.append([
          {
            key: `evidence:seal:${incident}.${NUMBER}`,
            level: 'AUDIT',
            incident,
            actor: 'firebreak',
            stage: 'event',
            action: 'evidence.seal',
            subject: `${incident}.${NUMBER}/evidence/checkpoint`,
            result: bag.root,
            at: bag.sealedAt,
          },
        ]);
        return bag;
      }),
  };
}
