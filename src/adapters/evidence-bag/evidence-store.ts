import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { StoredBytes } from '../../domain/evidence';
import { FirebreakError, ensureFirebreakError } from '../../domain/errors';
import type { IncidentId } from '../../domain/ids';
import type { EvidenceEntry, EvidenceStore, Provenance } from '../../ports/evidence-store';
import { Bag, RESERVE_BYTES, withDiskFull } from './bag';
import { bagLayout } from './files/bag-layout';
import { ChainFile, readRecords } from './files/chain-file';
import { DIRECTORY_MODE, errnoOf, isDiskFull } from './files/durable-files';
import type { AttemptWriter } from './files/attempt-writer';
import { COMPLETE } from './files/attempt-writer';
import type { AttemptAbout } from './files/spool';
import { OWN_TYPES, recordedFile } from './format/chain-line';
import type { ChainRecord, Work } from './format/chain-line';
import { encodePathPart } from './format/path-part';
import { openBag } from './open-bag';
import { describeSealed, isFinished, sealBag } from './seal-bag';
import type { EvidenceSigner } from './signer';
import { verifyBag } from './verify/verify-bag';

export interface EvidenceStoreOptions {
  /** Where the bags lie; one file system. Made when missing. */
  readonly forensicsDir: string;
  readonly signer: EvidenceSigner;
  readonly now: () => Date;
  /** Bytes put aside per open bag so that a full disk can still be sealed; default 8 MiB. */
  readonly reserveBytes?: number;
}

/**
 * Evidence bags in a directory (E4, E8; DESIGN §5). Any number of stores in any number of processes on one machine may fill the
 * same bag at once.
 */
export function createEvidenceStore(options: EvidenceStoreOptions): EvidenceStore {
  return new BagEvidenceStore(options);
}

class BagEvidenceStore implements EvidenceStore {
  readonly publicKey: string;
  readonly #forensics: string;
  readonly #signer: EvidenceSigner;
  readonly #now: () => Date;
  readonly #reserveBytes: number;
  readonly #bags = new Map<string, Bag>();

  constructor(options: EvidenceStoreOptions) {
    this.#forensics = resolve(options.forensicsDir);
    this.#signer = options.signer;
    this.#now = options.now;
    this.#reserveBytes = options.reserveBytes ?? RESERVE_BYTES;
    this.publicKey = options.signer.vkey;
  }

  open: EvidenceStore['open'] = async (opening) => {
    await mkdir(this.#forensics, { recursive: true, mode: DIRECTORY_MODE });
    const bag = this.#bag(opening.incident);
    await bag.lockedForOpening(() => openBag(bag, opening, this.publicKey));
  };

  artefact: EvidenceStore['artefact'] = async (incident, provenance, name, produce) => {
    const bag = this.#bag(incident);
    const work: Work = ['artefact', provenance.key, name];
    const done = await bag.locked(() => Promise.resolve(bag.found(work)));
    if (done !== undefined) return this.#stored(bag, done);

    const directory = await this.#collect(bag, { work, provenance, startedAt: this.#at() }, name, produce);
    const record = await bag.locked(async () => {
      const [attempt] = (await bag.spool.attempts(work)).filter((one) => one.directory === directory);
      // Somebody else, finding it complete, may have committed it meanwhile.
      const committed = attempt === undefined ? bag.found(work) : await bag.commit(attempt);
      if (committed === undefined) throw new FirebreakError('EVIDENCE_BROKEN', 'The spooled bytes have disappeared.');
      return committed;
    });
    return this.#stored(bag, record);
  };

  absence: EvidenceStore['absence'] = (incident, provenance, info) =>
    this.#recordOnce(incident, ['absence', provenance.key, info.host, info.source, String(info.rung)], provenance, {
      info,
    });

  record: EvidenceStore['record'] = async (incident, provenance, type, fields) => {
    if (type === '' || OWN_TYPES.includes(type)) {
      throw new FirebreakError('BAD_INPUT', `Not a type for a record: ${JSON.stringify(type)}.`);
    }
    await this.#recordOnce(incident, [type, provenance.key], provenance, { fields });
  };

  seal: EvidenceStore['seal'] = async (incident) => {
    const bag = this.#bag(incident);
    const sealed = await bag.locked(() => sealBag(bag, this.#signer, this.#now));
    this.#bags.delete(incident);
    return sealed;
  };

  sealed: EvidenceStore['sealed'] = async (incident) => {
    const layout = bagLayout(this.#forensics, incident);
    const chain = new ChainFile(layout.chain, layout.bagId);
    if (!(await isFinished(layout)) || !(await chain.catchUp(false))) return undefined;
    return describeSealed(layout, chain, this.publicKey);
  };

  entries: EvidenceStore['entries'] = async (incident) => {
    const records = await readRecords(bagLayout(this.#forensics, incident).chain);
    return records.map(entryOf);
  };

  verify: EvidenceStore['verify'] = (bagPath, expected) => verifyBag(bagPath, expected);

  #bag(incident: IncidentId): Bag {
    const known = this.#bags.get(incident);
    if (known !== undefined) return known;
    const bag = new Bag(bagLayout(this.#forensics, incident), this.#reserveBytes);
    this.#bags.set(incident, bag);
    return bag;
  }

  #at(): string {
    return this.#now().toISOString();
  }

  /** Streams one artefact into the spool. @returns the attempt's folder */
  async #collect(
    bag: Bag,
    about: AttemptAbout,
    name: string,
    produce: Parameters<EvidenceStore['artefact']>[3],
  ): Promise<string> {
    const { work, provenance } = about;
    let writer: AttemptWriter | undefined;
    try {
      const begun = await bag.drawing(() => bag.spool.begin(about));
      writer = begun;
      const info = await produce((chunk) => withDiskFull(() => begun.write(chunk)));
      const digests = await begun.finish();
      const place = [encodePathPart(info.host), encodePathPart(info.group), encodePathPart(name)];
      const body = { at: this.#at(), work, provenance, name, ...digests, info };
      await bag.drawing(() => begun.note(COMPLETE, { place, body }));
      return begun.directory;
    } catch (error) {
      if (isDiskFull(error)) error = new FirebreakError('DISK_FULL', undefined, { cause: error });
      await writer?.abandon(ensureFirebreakError(error).code);
      // The seal takes the spool away: its absence is worth an answer of its own.
      if (errnoOf(error) === 'ENOENT') await bag.locked(() => Promise.resolve(bag.found(work)));
      throw error;
    }
  }

  async #recordOnce(
    incident: IncidentId,
    work: Work,
    provenance: Provenance,
    body: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const bag = this.#bag(incident);
    await bag.locked(async () => {
      const [type] = work;
      if (bag.found(work) === undefined) await bag.append(type, { at: this.#at(), work, provenance, ...body });
    });
  }

  #stored(bag: Bag, record: ChainRecord): StoredBytes {
    const file = recordedFile(record);
    if (file === undefined) throw new FirebreakError('EVIDENCE_BROKEN', `Record ${record.seq} names no file.`);
    return { uri: pathToFileURL(join(bag.layout.bag, file.path)).href, sha256: file.sha256, bytes: file.bytes };
  }
}

function entryOf(record: ChainRecord): EvidenceEntry {
  const info = isObject(record['info']) ? record['info'] : {};
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  const name = text(record['name']) || text(info['source']) || text(info['name']);
  return {
    seq: record.seq,
    type: record.type,
    host: text(info['host']),
    name,
    bytes: typeof record['bytes'] === 'number' && record.type !== 'seal' ? record['bytes'] : 0,
    sha256: text(record['sha256']),
    ...(record.type === 'absence' ? { absence: text(info['reason']) } : {}),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
