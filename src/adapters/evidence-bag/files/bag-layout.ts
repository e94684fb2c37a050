import { join } from 'node:path';
import { FirebreakError } from '../../../domain/errors';
import type { IncidentId } from '../../../domain/ids';
import { isIncidentId } from '../../../domain/ids';
import { CHAIN_FILE } from '../format/bagit';

/** Beside the bags: holds, reserves and bytes that are still arriving. A bag itself never holds an unfinished file. */
export const WORK_FOLDER = '.work';

const SUPPLEMENT = /\.([2-9]|[1-9][0-9]{1,3})$/;

/** Where the parts of one bag lie. */
export interface BagLayout {
  /** Incident id; with `.2`, `.3` … behind it for a supplement (E7). */
  readonly bagId: string;
  readonly incident: IncidentId;
  readonly forensics: string;
  readonly bag: string;
  readonly chain: string;
  readonly work: string;
  /** Who may change the bag; see `Hold`. */
  readonly holds: string;
  /** What was found in the bag without a record. */
  readonly strays: string;
  readonly reserve: string;
  /** Texts of programs that ran for the incident, until the seal. */
  readonly programs: string;
}

/** @throws FirebreakError BAD_INPUT when the text is no incident id: it becomes a folder name */
export function bagLayout(forensics: string, bagId: string): BagLayout {
  const incident = bagId.replace(SUPPLEMENT, '');
  if (!isIncidentId(incident)) {
    throw new FirebreakError('BAD_INPUT', { cause: 'unusable', what: 'incident', value: bagId.slice(0, 40) });
  }
  const bag = join(forensics, bagId);
  const work = join(forensics, WORK_FOLDER, bagId);
  return {
    bagId,
    incident,
    forensics,
    bag,
    chain: join(bag, CHAIN_FILE),
    work,
    holds: `${work}.holds`,
    strays: `${work}.strays`,
    reserve: join(work, 'reserve'),
    programs: `${join(forensics, WORK_FOLDER, incident)}.programs`,
  };
}
