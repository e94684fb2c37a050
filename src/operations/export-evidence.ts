import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { lstat, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FirebreakError } from '../domain/errors';
import type { Verdict } from '../domain/evidence';
import { standsByItself } from '../domain/evidence';
import type { IncidentId } from '../domain/ids';
import type { EvidenceStore } from '../ports/evidence-store';
import { announced } from './announce';
import type { OperationsDeps } from './deps';
import { knownIncident } from './known-names';
import { reasonProblem } from './plain-text';

export interface ExportedEvidence {
  readonly incident: IncidentId;
  /** `INC-…`, or `INC-….2` for a supplement: what to expect when it is verified. */
  readonly bag: string;
  /** Absolute path of the tar file. */
  readonly file: string;
  /** Lowercase hex, of the tar file. */
  readonly sha256: string;
  readonly bytes: number;
  readonly verdict: Verdict;
  /** The verification key to check the bag with. */
  readonly publicKey: string;
}

/**
 * Hands a sealed bag out as one tar file (E7: re-hash, purpose, authority). The bag is verified first; the file gets its name only when
 * the ledger holds the custody event with its hash, so nothing leaves unrecorded (L1). A file that is there already is never replaced.
 * @param request.to absolute path
 * @throws FirebreakError BAD_INPUT, UNKNOWN_INCIDENT, WRONG_STATE when there is no sealed bag, EVIDENCE_BROKEN, LEDGER_UNREACHABLE
 */
export async function exportEvidence(
  deps: Pick<OperationsDeps, 'evidence' | 'incidents' | 'ledger' | 'now'>,
  request: {
    readonly incident: IncidentId;
    readonly to: string;
    readonly actor: string;
    readonly reason: string;
    /** Of a supplement bag, from 2; left out for the first bag. */
    readonly supplement?: number;
  },
): Promise<ExportedEvidence> {
  const { incident, to, actor } = request;
  const reason = request.reason.trim();
  const wrong = reason === '' ? 'say what it is handed out for' : reasonProblem(reason);
  if (wrong !== undefined)
    throw new FirebreakError('BAD_INPUT', undefined, { problems: [{ path: '--reason', message: wrong }] });
  await knownIncident(deps, incident);
  const evidence = await deps.evidence();
  const store = request.supplement === undefined ? evidence : evidence.supplement(request.supplement);
  const bag = request.supplement === undefined ? incident : `${incident}.${request.supplement}`;
  await refuseDisposed(evidence, incident, bag);
  const sealed = await store.sealed(incident);
  if (sealed === undefined) throw new FirebreakError('WRONG_STATE', 'the evidence is not sealed yet');
  await refuseToReplace(to);
  const draft = `${to}.${process.pid}.part`;
  try {
    const packed = await announced(
      deps,
      { action: 'evidence.exported', subject: bag, incident, actor, reason, detail: { to, root: sealed.root } },
      async () => {
        const { verdict, faults } = await store.verify(sealed.path, { incident: bag, publicKey: store.publicKey });
        if (!standsByItself(verdict))
          throw new FirebreakError('EVIDENCE_BROKEN', `${verdict}, ${faults.length} faults: nothing is handed out.`);
        return { verdict, ...(await packInto(store, incident, draft)) };
      },
      ({ verdict, sha256, bytes }) => ({ result: verdict, detail: { sha256, bytes } }),
    );
    // Renamed, not linked: what goes to the police goes on a stick whose file system knows no links.
    await refuseToReplace(to);
    await atFile(to, () => rename(draft, to));
    await atFile(to, () => syncFolder(dirname(to)));
    return { incident, bag, file: to, ...packed, publicKey: store.publicKey };
  } finally {
    await rm(draft, { force: true });
  }
}

/** @throws FirebreakError WRONG_STATE */
async function refuseDisposed(evidence: EvidenceStore, incident: IncidentId, bag: string): Promise<void> {
  const supplements = await evidence.supplements(incident);
  const disposed = supplements.find((one) => one.disposed?.bags.includes(bag) === true)?.disposed;
  if (disposed === undefined) return;
  throw new FirebreakError(
    'WRONG_STATE',
    `the collected bytes of ${bag} were disposed at ${disposed.at} by ${disposed.by}: ${disposed.reason}`,
  );
}

async function packInto(
  store: EvidenceStore,
  incident: IncidentId,
  path: string,
): Promise<{ readonly sha256: string; readonly bytes: number }> {
  const file = await atFile(path, () => open(path, 'wx', 0o600));
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    await store.pack(incident, async (chunk) => {
      await atFile(path, () => file.appendFile(chunk));
      hash.update(chunk);
      bytes += chunk.length;
    });
    await atFile(path, () => file.sync());
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), bytes };
}

async function refuseToReplace(path: string): Promise<void> {
  const there = await lstat(path).catch(() => undefined);
  if (there !== undefined) throw new FirebreakError('BAD_INPUT', `${path} is there already; name a new file.`);
}

async function syncFolder(path: string): Promise<void> {
  const folder: FileHandle = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** What goes wrong at the place that the caller named is the caller's to correct. */
async function atFile<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    const { message } = thrown as NodeJS.ErrnoException;
    throw new FirebreakError('BAD_INPUT', `${path} cannot be written: ${message.slice(0, 120)}`, {
      cause: thrown,
    });
  }
}
