import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { FirebreakError } from '../domain/errors';
import type { IncidentId } from '../domain/ids';

/** Larger than any report that is written. */
const MOST_BYTES = 256 * 1024 * 1024;

/** The file that an incident's row names as its report. */
export interface NamedFile {
  readonly path: string;
  readonly sha256: string;
}

/**
 * Reads the report that a row of the database names. Rows can be changed by who has the database's password, so the row alone opens
 * no file: it must really lie in the incident's own folder of reports, and be the bytes whose hash stands beside it.
 *
 * @param reportsDir `paths.reports` of the configuration
 * @throws FirebreakError REPORT_CHANGED
 */
export async function readReport(reportsDir: string, incident: IncidentId, named: NamedFile): Promise<Buffer> {
  const refuse = (detail: string, cause?: unknown): FirebreakError =>
    new FirebreakError('REPORT_CHANGED', `${named.path}: ${detail}.`, { cause });
  const [folder, path] = await Promise.all([realpath(join(reportsDir, incident)), realpath(named.path)]).catch(
    (cause: unknown) => {
      throw refuse('it is not there', cause);
    },
  );
  if (!path.startsWith(`${folder}${sep}`)) throw refuse(`it does not lie in ${folder}`);
  // Not blocking: a pipe in its place would be waited for without end.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (cause: unknown) => {
      throw refuse('it cannot be read', cause);
    },
  );
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > MOST_BYTES) throw refuse('it is no report');
    const content = await file.readFile();
    if (createHash('sha256').update(content).digest('hex') !== named.sha256) {
      throw refuse('it is not the file that was written');
    }
    return content;
  } finally {
    await file.close();
  }
}
