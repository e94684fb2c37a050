import { lstat, mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { StoredBytes } from '../../domain/evidence';
import { FirebreakError } from '../../domain/errors';
import type { IncidentId } from '../../domain/ids';
import type { BagLocks } from '../../ports/bag-locks';
import type { EvidenceStore, Provenance, SupplementBag } from '../../ports/evidence-store';
import { Bag, RESERVE_BYTES } from './bag';
import { collectArtefact, commitArtefact, doneMeanwhile } from './collect-artefact';
import { disposePayload } from './dispose-bag';
import { entryOf } from './evidence-entry';
import { withCodes } from './evidence-errors';
import type { BagLayout } from './files/bag-layout';
import { bagLayout } from './files/bag-layout';
import { ChainFile, readRecords } from './files/chain-file';
import { DIRECTORY_MODE, ifPresent } from './files/durable-files';
import { isFinished } from './files/is-finished';
import { CHECKPOINT_FILE } from './format/bagit';
import type { ChainRecord, Work } from './format/chain-line';
import { OWN_TYPES, recordedFile } from './format/chain-line';
import type { Supplemented } from './open-bag';
import { openBag } from './open-bag';
import { packBag } from './pack-bag';
import type { KnownPrograms } from './programs';
import { describeSealed, sealBag } from './seal-bag';
import type { EvidenceSigner } from './signer';
import { supplementWork } from './supplement-bags';
import { verifyBag } from './verify/verify-bag';

export interface EvidenceStoreOptions {
  /** Where the bags lie; one file system. Made when missing. */
  readonly forensicsDir: string;
  readonly signer: EvidenceSigner;
  readonly now: () => Date;
  /** Keeps writers on several machines from waiting for each other in vain; left out by who only reads. */
  readonly locks?: BagLocks;
  /** Programs of this version, for those that ran where nobody keeps their texts. */
  readonly programs?: KnownPrograms;
  /** Bytes put aside per open bag so that a full disk can still be sealed; default 8 MiB. */
  readonly reserveBytes?: number;
}

/**
 * Evidence bags in a directory (E4, E8; DESIGN §5). Any number of stores in any number of processes, on any number of machines that
 * share the directory, may fill the same bag at once. Needs a file system with hard links. Who only reads takes no lock.
 */
export function createEvidenceStore(options: EvidenceStoreOptions): EvidenceStore {
  return new BagEvidenceStore(options, 1);
}

/** As many as a bag's id has digits for. */
const MOST_SUPPLEMENTS = 9_999;

class BagEvidenceStore implements EvidenceStore {
  readonly publicKey: string;
  readonly #options: EvidenceStoreOptions;
  readonly #forensics: string;
  readonly #bags = new Map<string, Bag>();
  readonly #supplements = new Map<number, BagEvidenceStore>();
  /** From 2: of supplement bags (E7). */
  readonly #number: number;

  constructor(options: EvidenceStoreOptions, number: number) {
    this.#options = options;
    this.#number = number;
    this.#forensics = resolve(options.forensicsDir);
    this.publicKey = options.signer.vkey;
  }

  readonly open: EvidenceStore['open'] = (opening) =>
    withCodes(async () => {
      await mkdir(this.#forensics, { recursive: true, mode: DIRECTORY_MODE });
      const supplements = await this.#supplemented(opening.incident);
      const bag = this.#bag(opening.incident);
      await bag.lockedForOpening(() => openBag(bag, opening, this.publicKey, supplements));
    });

  readonly artefact: EvidenceStore['artefact'] = async (incident, provenance, name, produce) => {
    const bag = this.#bag(incident);
    const work: Work = ['artefact', provenance.key, name];
    const done = await withCodes(() => bag.locked(() => Promise.resolve(bag.found(work))));
    if (done !== undefined) return stored(bag, done);

    let fromProducer: unknown;
    const watched: typeof produce = async (write) => {
      try {
        return await produce(write);
      } catch (error) {
        fromProducer = error;
        throw error;
      }
    };
    const about = { work, provenance, startedAt: this.#at() };
    return withCodes(async () => {
      const collecting = collectArtefact(bag, about, name, watched, this.#options.now);
      try {
        return stored(bag, await commitArtefact(bag, about, await collecting));
      } catch (error) {
        const byOthers = await doneMeanwhile(bag, about, error);
        if (byOthers === undefined) throw error;
        return stored(bag, byOthers);
      }
    }).catch((error: unknown) => {
      // What the collector throws has its own meaning to its caller.
      throw fromProducer ?? error;
    });
  };

  readonly absence: EvidenceStore['absence'] = (incident, provenance, info) => {
    const work: Work = ['absence', provenance.key, info.host, info.source, String(info.rung)];
    return this.#recordOnce(incident, work, provenance, { info });
  };

  readonly record: EvidenceStore['record'] = async (incident, provenance, type, fields) => {
    if (type === '' || OWN_TYPES.includes(type)) {
      throw new FirebreakError('BAD_INPUT', `Not a type for a record: ${JSON.stringify(type)}.`);
    }
    await this.#recordOnce(incident, [type, provenance.key], provenance, { fields });
  };

  readonly seal: EvidenceStore['seal'] = (incident) =>
    withCodes(async () => {
      const bag = this.#bag(incident);
      const { signer, now, programs } = this.#options;
      const sealed = await bag.locked(() => sealBag(bag, signer, now, programs));
      this.#bags.delete(bag.layout.bagId);
      return sealed;
    });

  readonly sealed: EvidenceStore['sealed'] = (incident) =>
    withCodes(async () => {
      const layout = this.#layout(incident);
      const chain = new ChainFile(layout.chain, layout.bagId);
      if (!(await isFinished(layout)) || !(await chain.catchUp())) return undefined;
      return describeSealed(layout, chain);
    });

  readonly entries: EvidenceStore['entries'] = (incident) =>
    withCodes(async () => (await readRecords(this.#layout(incident).chain)).map(entryOf));

  readonly pack: EvidenceStore['pack'] = async (incident, write) => {
    const layout = this.#layout(incident);
    if (!(await withCodes(() => isFinished(layout))))
      throw new FirebreakError('WRONG_STATE', { cause: 'bag-unsealed', bag: layout.bagId });
    await packBag(layout, write);
  };

  readonly verify: EvidenceStore['verify'] = (bagPath, expected) => withCodes(() => verifyBag(bagPath, expected));

  readonly dispose: EvidenceStore['dispose'] = (incident) => withCodes(() => disposePayload(this.#layout(incident)));

  supplement(number: number): EvidenceStore {
    if (!Number.isInteger(number) || number < 2 || number > MOST_SUPPLEMENTS)
      throw new FirebreakError('BAD_INPUT', `There is no supplement ${String(number)}.`);
    const known = this.#supplements.get(number) ?? new BagEvidenceStore(this.#options, number);
    this.#supplements.set(number, known);
    return known;
  }

  readonly supplements: EvidenceStore['supplements'] = (incident) =>
    withCodes(async () => {
      const found: SupplementBag[] = [];
      for (let number = 2; number <= MOST_SUPPLEMENTS; number += 1) {
        const layout = this.#layout(incident, number);
        const { bag, bagId } = layout;
        if ((await ifPresent(lstat(bag))) === undefined) break;
        const records = await readRecords(layout.chain);
        found.push({
          id: bagId,
          number,
          path: bag,
          sealed: await isFinished(layout),
          citesTheOneBefore: await this.#citesTheOneBefore(incident, number, records),
          ...supplementWork(records),
        });
      }
      return found;
    });

  #layout(incident: IncidentId, number = this.#number): BagLayout {
    return bagLayout(this.#forensics, number === 1 ? incident : `${incident}.${number}`);
  }

  #bag(incident: IncidentId): Bag {
    const layout = this.#layout(incident);
    const bag =
      this.#bags.get(layout.bagId) ?? new Bag(layout, this.#options.reserveBytes ?? RESERVE_BYTES, this.#options.locks);
    this.#bags.set(layout.bagId, bag);
    return bag;
  }

  #at(): string {
    return this.#options.now().toISOString();
  }

  /** The sealed bag that a supplement adds to. @throws FirebreakError BAD_INPUT when that is not sealed */
  async #supplemented(incident: IncidentId): Promise<Supplemented | undefined> {
    if (this.#number === 1) return undefined;
    const before = this.#layout(incident, this.#number - 1);
    if (!(await isFinished(before))) {
      throw new FirebreakError('BAD_INPUT', { cause: 'bag-unsealed', bag: before.bagId });
    }
    return { bag: before.bagId, checkpoint: await readFile(join(before.bag, CHECKPOINT_FILE), 'utf8') };
  }

  /** The bag before is asked, not the record: a supplement that was moved behind another bag cites nothing. */
  async #citesTheOneBefore(incident: IncidentId, number: number, [open]: readonly ChainRecord[]): Promise<boolean> {
    const before = this.#layout(incident, number - 1);
    const checkpoint = await ifPresent(readFile(join(before.bag, CHECKPOINT_FILE), 'utf8'));
    const cited = open?.['supplements'] as Partial<Supplemented> | undefined;
    return checkpoint !== undefined && cited?.bag === before.bagId && cited.checkpoint === checkpoint;
  }

  #recordOnce(
    incident: IncidentId,
    work: Work,
    provenance: Provenance,
    body: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    return withCodes(async () => {
      const bag = this.#bag(incident);
      await bag.locked(async () => {
        const [type] = work;
        if (bag.found(work) === undefined) await bag.append(type, { at: this.#at(), work, provenance, ...body });
      });
    });
  }
}

function stored(bag: Bag, record: ChainRecord): StoredBytes {
  const file = recordedFile(record);
  if (file === undefined)
    throw new FirebreakError('EVIDENCE_BROKEN', { cause: 'record-without-file', seq: record.seq });
  return { uri: pathToFileURL(join(bag.layout.bag, file.path)).href, sha256: file.sha256, bytes: file.bytes };
}
