import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { ERRORS, ensureFirebreakError, FirebreakError } from '../src/domain/errors';
import { standsByItself, type Verdict } from '../src/domain/evidence';
import type { IncidentId } from '../src/domain/ids';
import type { AuditEvent } from '../src/domain/ledger';
import type { EvidenceOrder } from '../src/domain/order';
import { evidenceUse, isEvidenceAction } from '../src/domain/order';
import type { EvidenceStore } from '../src/ports/evidence-store';
import { authorities } from './authority';
import { isClosed } from './closing';
import { activity, type Scope } from './failure';
import {
  demandUndisposed,
  fillSupplement,
  openSupplement,
  recordCustody,
  recordSealed,
  type SupplementJob,
} from './fill-supplement';
import type { Confirmed, Effects, GuardedDeps, RespondOrder } from './guarded';
import { loadIncident } from './incident-record';

/** What the workflow `evidenceOrder` is started with. */
export interface EvidenceOrderInput {
  readonly grantId: string;
  readonly order: EvidenceOrder;
}

/** The custody event (E7) that an order leads to. */
const EVENT = {
  'evidence-supplement': 'evidence.collected',
  'evidence-transfer': 'evidence.transferred',
  'evidence-dispose': 'evidence.disposed',
} as const satisfies Record<EvidenceOrder['action'], string>;

/** One result of an order: what of the evidence, and what came of it. */
interface Done {
  readonly subject: string;
  readonly result: string;
  readonly detail?: AuditEvent['detail'];
}

/** One sealed bag of an incident, the first or a supplement. */
interface OneBag {
  readonly id: string;
  readonly path: string;
  readonly store: EvidenceStore;
}

interface Allowed {
  readonly confirmed: Confirmed<EvidenceOrder>;
  readonly started: Confirmed<RespondOrder>;
}

/** Orders about sealed evidence (E7); the queue `evidence`. They need no run of the incident, which may have been closed for years. */
export function evidenceOrderActivities(deps: GuardedDeps) {
  const authority = authorities(deps);

  /** The intent first: what the ledger does not know of is not done (L1). A retry repeats the keys, so the ledger keeps one of each. */
  async function recorded(
    { confirmed: { grantId, operator, order, incident } }: Allowed,
    work: () => Promise<readonly Done[]>,
  ): Promise<void> {
    const action = EVENT[order.action];
    const event = (stage: 'intent' | 'result', { subject, result, detail }: Partial<Done> = {}): AuditEvent => ({
      key: `wf:${action}:${grantId}:${stage}${subject === undefined ? '' : `:${subject}`}`,
      level: 'AUDIT',
      incident,
      actor: operator,
      stage,
      action,
      subject: subject ?? incident,
      reason: order.reason,
      at: deps.now().toISOString(),
      ...(result === undefined ? {} : { result }),
      detail: { ...('to' in order ? { to: order.to } : {}), ...detail },
    });
    await deps.ledger.append([event('intent')]);
    const done = await work().catch(async (thrown: unknown) => {
      const { code } = ensureFirebreakError(thrown);
      // What is tried again has not come to anything yet.
      if (!ERRORS[code].retryable)
        await deps.ledger.append([{ ...event('result', { result: code }), level: 'ERROR' }]).catch(() => undefined);
      throw thrown;
    });
    await deps.ledger.append(done.map((one) => event('result', one)));
  }

  function jobOf({ confirmed, started }: Allowed): SupplementJob {
    const { incident, grantId, operator, order } = confirmed;
    return {
      incident,
      started: started.order,
      operator,
      authority: order.reason,
      workflow: { id: evidenceUse(grantId), runId: Context.current().info.workflowExecution?.runId ?? '' },
    };
  }

  async function supplement(allowed: Allowed, effects: Effects, scope: Scope): Promise<readonly Done[]> {
    const job = jobOf(allowed);
    const opened = await openSupplement(deps, effects, job);
    if (!('sealed' in opened)) await fillSupplement(deps, effects, job, opened, scope);
    const bag = 'sealed' in opened ? opened.sealed : await opened.store.seal(job.incident);
    await recordSealed(deps, effects, job.incident, opened.id, bag);
    const { records, artefacts, absences } = bag;
    return [{ subject: opened.id, result: bag.root, detail: { records, artefacts, absences } }];
  }

  /** Nothing that does not verify is handed over. The SHA-256 is that of the file which `evidence export` writes of the bag. */
  async function transfer({ confirmed: { incident } }: Allowed, { evidence }: Effects): Promise<readonly Done[]> {
    demandUndisposed(await evidence.supplements(incident));
    const done: Done[] = [];
    for (const { id, path, store } of await sealedBags(evidence, incident)) {
      const verdict = await verified(evidence, { id, path });
      if (!standsByItself(verdict.verdict))
        throw new FirebreakError('EVIDENCE_BROKEN', {
          cause: 'bag-does-not-stand',
          bag: id,
          verdict: verdict.verdict,
          faults: verdict.faults,
        });
      const hash = createHash('sha256');
      await store.pack(incident, (chunk) => Promise.resolve(void hash.update(chunk)));
      done.push({ subject: id, result: verdict.verdict, detail: { sha256: hash.digest('hex') } });
    }
    return done;
  }

  /**
   * A last supplement bag says which bytes go, by whose order and what they proved; it is sealed when they are gone. A bag that does not
   * verify goes too, and the record says so: else people would delete it by hand, without a trace.
   */
  async function dispose(allowed: Allowed, effects: Effects, { attempt }: Scope): Promise<readonly Done[]> {
    const job = jobOf(allowed);
    const { incident, operator } = job;
    const { evidence } = effects;
    await demandDisposable(evidence, incident, job.workflow.id);
    const opened = await openSupplement(deps, effects, job);
    const bags = (await sealedBags(evidence, incident)).filter(({ id }) => id !== opened.id);
    const done: Done[] = [];
    for (const { id, store } of bags) {
      const bag = await store.sealed(incident);
      done.push({
        subject: id,
        result: 'disposed',
        detail: { root: bag?.root ?? '', artefacts: bag?.artefacts ?? 0, bytes: bag?.bytes ?? 0, toldBy: opened.id },
      });
    }
    if ('sealed' in opened) {
      await recordSealed(deps, effects, incident, opened.id, opened.sealed);
      return done;
    }
    const from = (key: string) => ({ key, attempt, actor: 'firebreak' });
    for (const { id, path, store } of bags) {
      const { root, records, artefacts, bytes, sealedAt, checkpoint } = (await store.sealed(incident)) ?? {};
      const fields = {
        bag: id,
        root,
        records,
        artefacts,
        bytes,
        sealedAt,
        checkpoint,
        ...(await verified(evidence, { id, path })),
      };
      // Written once, and before anything is deleted: a retry would find the bytes gone.
      await opened.store.record(incident, from(`disposal:${id}`), 'disposal', fields);
    }
    await recordCustody(deps, opened.store, incident, attempt);
    for (const { store } of bags) await store.dispose(incident);
    await opened.store.record(incident, from('disposed'), 'disposed', {
      bags: bags.map(({ id }) => id),
      by: operator,
      reason: job.authority,
      at: deps.now().toISOString(),
    });
    await recordSealed(deps, effects, incident, opened.id, await opened.store.seal(incident));
    return done;
  }

  /** Evidence is kept while the incident is open, and then for as long as the configuration says, counted from the last seal or the close. */
  async function demandDisposable(evidence: EvidenceStore, incident: IncidentId, own: string): Promise<void> {
    const row = await loadIncident(deps, incident);
    if (!(await isClosed(deps, row)) || row.closedAt === null)
      throw new FirebreakError('WRONG_STATE', { cause: 'evidence-of-open', incident });
    const supplements = await evidence.supplements(incident);
    const others = supplements.filter(({ workflows }) => !workflows.includes(own));
    demandUndisposed(others);
    const bags = await sealedBags(evidence, incident);
    const ours = new Set(supplements.filter((one) => !others.includes(one)).map(({ id }) => id));
    const seals = await Promise.all(
      bags.filter(({ id }) => !ours.has(id)).map(async ({ store }) => (await store.sealed(incident))?.sealedAt ?? ''),
    );
    const last = Math.max(...[row.closedAt, ...seals].map((at) => Date.parse(at)));
    const until = last + deps.site.evidenceKeptMs;
    // Not a time: it counts as kept.
    if (!(deps.now().getTime() >= until))
      throw new FirebreakError('WRONG_STATE', { cause: 'evidence-kept', incident, until: timeOf(until) });
  }

  async function verified(
    evidence: EvidenceStore,
    { id, path }: Pick<OneBag, 'id' | 'path'>,
  ): Promise<{ readonly verdict: Verdict; readonly faults: number }> {
    const { verdict, faults } = await evidence.verify(path, { incident: id, publicKey: evidence.publicKey });
    return { verdict, faults: faults.length };
  }

  return {
    /**
     * Adds to sealed evidence, records who has it from now on, or disposes of it, by a signed order of its own (E7).
     * @throws FirebreakError NOT_AUTHORISED, WRONG_STATE, EVIDENCE_BROKEN, EVIDENCE_BUSY, LEDGER_UNREACHABLE and the codes of a refused grant
     */
    carryOutEvidenceOrder: (input: EvidenceOrderInput): Promise<void> =>
      activity(async (scope) => {
        const { grantId, order } = input;
        demandItsWorkflow(grantId, order);
        await deps.authorisation.verify(grantId, order, evidenceUse(grantId));
        const allowed = await authority.toKeepEvidence(order.incident, grantId);
        const effects = deps.effects(allowed.confirmed);
        await recorded(allowed, () => {
          switch (allowed.confirmed.order.action) {
            case 'evidence-supplement':
              return supplement(allowed, effects, scope);
            case 'evidence-transfer':
              return transfer(allowed, effects);
            case 'evidence-dispose':
              return dispose(allowed, effects, scope);
          }
        });
      }),
  };
}

/** @throws FirebreakError WRONG_STATE when there is none */
async function sealedBags(evidence: EvidenceStore, incident: IncidentId): Promise<readonly OneBag[]> {
  const first = await evidence.sealed(incident);
  if (first === undefined) throw new FirebreakError('WRONG_STATE', { cause: 'bag-unsealed', bag: incident });
  const supplements = (await evidence.supplements(incident)).filter(({ sealed }) => sealed);
  return [
    { id: incident, path: first.path, store: evidence },
    ...supplements.map(({ id, number, path }) => ({ id, path, store: evidence.supplement(number) })),
  ];
}

function timeOf(ms: number): string {
  return Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : 'a time that is not known';
}

/** Another workflow could burn the grant of another order. @throws FirebreakError NOT_AUTHORISED */
function demandItsWorkflow(grantId: string, order: EvidenceOrder): void {
  const own = Context.current().info.workflowExecution?.workflowId === evidenceUse(grantId);
  if (!own || !isEvidenceAction(order?.action))
    throw new FirebreakError('NOT_AUTHORISED', { cause: 'unauthorised', why: 'not-about-evidence' });
}
