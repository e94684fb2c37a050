import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EvidenceSigner } from '../../../src/adapters/evidence-bag/signer';
import { makeSigner } from './make-signer';
import { createEvidenceStore } from '../../../src/adapters/evidence-bag/evidence-store';
import { absentBecause, type AbsenceInfo, type ArtefactInfo } from '../../../src/domain/evidence';
import type { IncidentId } from '../../../src/domain/ids';
import { incidentId } from '../../../src/domain/ids';
import type { BagOpening, EvidenceStore, Provenance } from '../../../src/ports/evidence-store';

export const INCIDENT = incidentId('INC-20261120-7F3K');
export const OTHER_INCIDENT = incidentId('INC-20261120-8H4M');
export const KEY_NAME = 'firebreak.example/evidence';

export interface World {
  readonly directory: string;
  readonly forensics: string;
  readonly keyFile: string;
  readonly signer: EvidenceSigner;
  readonly store: EvidenceStore;
  remove(): Promise<void>;
}

/** A forensics directory, a fresh key and a store, all under one temporary directory. */
export async function makeWorld(options: { readonly reserveBytes?: number } = {}): Promise<World> {
  const directory = await mkdtemp(join(tmpdir(), 'firebreak-evidence-'));
  const forensics = join(directory, 'forensics');
  const keyFile = join(directory, 'keys', 'evidence.pem');
  const signer = await makeSigner({ keyFile, name: KEY_NAME });
  const store = createEvidenceStore({ forensicsDir: forensics, signer, now: steadyClock(), ...options });
  return {
    directory,
    forensics,
    keyFile,
    signer,
    store,
    remove: () => rm(directory, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** One second a call, so that times differ and are the same in every run. */
export function steadyClock(): () => Date {
  let seconds = 0;
  return () => new Date(Date.UTC(2026, 10, 20, 3, 0, (seconds += 1)));
}

export function opening(incident: IncidentId = INCIDENT, runId = 'run-1'): BagOpening {
  return {
    incident,
    documentSha256: 'd'.repeat(64),
    operator: 'sato',
    authority: 'grant 42',
    hosts: [{ name: 'web-1', hostKeyFingerprint: 'SHA256:fingerprint' }],
    openedAt: '2026-11-20T03:00:00.000Z',
    workflow: { id: incident, runId },
  };
}

export function provenance(key: string, attempt = 1): Provenance {
  return { key, attempt, actor: 'worker' };
}

export function artefactInfo(host: string, name: string, more: Partial<ArtefactInfo> = {}): ArtefactInfo {
  return {
    host,
    name,
    group: 'logs',
    command: `cat ${name}`,
    exitCode: 0,
    startedAt: '2026-11-20T03:00:01.000Z',
    endedAt: '2026-11-20T03:00:02.000Z',
    ...more,
  };
}

export function absenceInfo(host: string, source: string, rung = 1): AbsenceInfo {
  return {
    host,
    source,
    rung,
    command: 'journalctl -o export',
    exitCode: 0,
    stderr: '',
    ...absentBecause({ fact: 'source-absent', why: 'none' }),
    at: '2026-11-20T03:00:03.000Z',
  };
}

/** Adds one artefact that consists of the given chunks. */
export function addBytes(
  store: EvidenceStore,
  incident: IncidentId,
  host: string,
  name: string,
  ...chunks: readonly (string | Buffer)[]
): ReturnType<EvidenceStore['artefact']> {
  return store.artefact(incident, provenance(`logs:${host}`), name, async (write) => {
    for (const chunk of chunks) await write(Buffer.from(chunk));
    return artefactInfo(host, name);
  });
}

/** A small sealed bag with some of everything. @returns its path */
export async function makeSealedBag(world: World, incident: IncidentId = INCIDENT): Promise<string> {
  const { store } = world;
  await store.open(opening(incident));
  await addBytes(store, incident, 'web-1', 'auth.log', 'Failed password for root\n', 'Accepted password for root\n');
  await addBytes(store, incident, 'web-1', 'noise', randomBytes(300));
  await addBytes(store, incident, 'db-1', 'empty', '');
  await store.absence(incident, provenance('logs:db-1'), absenceInfo('db-1', 'journal'));
  await store.record(incident, provenance('plan'), 'plan', { planHash: 'f'.repeat(64), note: 'ü – 緊急' });
  return (await store.seal(incident)).path;
}
