import { join } from 'node:path';
import type { IncidentId } from '../../domain/ids';
import type { ReportModel, WrittenOverview, WrittenReport } from '../../domain/report';
import type { Locale } from '../../domain/words';
import type { ReportWriter } from '../../ports/report-writer';
import type { IncidentRow } from '../../ports/repositories';
import { loadFonts } from './layout/fonts';
import type { ReportFonts } from './layout/sheet';
import { mostUrgentFirst, renderOverview } from './overview-document';
import type { ReportLanguage } from './report-document';
import { renderReport } from './report-document';
import type { StoredFile } from './report-files';
import { readIfThere, storeFile } from './report-files';
import { reportJson, reportModelOf } from './report-json';
import { DRAFTS_EN } from './texts/drafts-en';
import { DRAFTS_JA } from './texts/drafts-ja';
import { REPORT_EN } from './texts/report-en';
import { REPORT_JA } from './texts/report-ja';

const LANGUAGES: Readonly<Record<Locale, ReportLanguage>> = {
  en: { texts: REPORT_EN, drafts: DRAFTS_EN },
  ja: { texts: REPORT_JA, drafts: DRAFTS_JA },
};

export interface ReportWriterOptions {
  /** Reports lie in a folder per incident below it; made when missing. */
  readonly reportsDir: string;
  /** SHA-256 of the genuine verify.py, printed in every report (H7). */
  readonly verifierSha256: string;
  /** IANA name of the zone of the joint overview, whose rows do not say; reports carry their own. Default UTC. */
  readonly timeZone?: string;
  /** Told when a revision is written with other bytes than before; the earlier file is kept at `superseded`. */
  readonly log?: { warn(fields: Readonly<Record<string, unknown>>, message: string): void };
}

/**
 * Writes `<reportsDir>/<incident>/<incident>.r<revision>.<locale>.pdf` in every locale and `….r<revision>.json` beside them
 * (P1, P2); the JSON first, from which a retry goes on. The same model gives the same bytes, and then nothing is written; files of one revision with other bytes
 * are replaced, the earlier ones kept under `….superseded-<digest>`, and `log` is told.
 */
export function createReportWriter({
  reportsDir,
  verifierSha256,
  timeZone = 'UTC',
  log,
}: ReportWriterOptions): ReportWriter {
  let loading: Promise<ReportFonts> | undefined;
  const fonts = (): Promise<ReportFonts> => (loading ??= loadFonts());

  async function store(path: string, content: Buffer): Promise<Pick<StoredFile, 'path' | 'sha256' | 'bytes'>> {
    const { superseded, ...stored } = await storeFile(path, content);
    if (superseded !== undefined) {
      log?.warn({ path, superseded, sha256: stored.sha256 }, 'a report was written anew with other contents');
    }
    return stored;
  }

  const baseOf = (incident: IncidentId, revision: number): string =>
    join(reportsDir, incident, `${incident}.r${revision}`);

  return {
    async begun(incident: IncidentId, revision: number): Promise<ReportModel | undefined> {
      const json = await readIfThere(`${baseOf(incident, revision)}.json`);
      return json === undefined ? undefined : reportModelOf(json);
    },

    async write(model: ReportModel): Promise<WrittenReport> {
      const base = baseOf(model.order.incident, model.revision);
      const json = reportJson(model, verifierSha256);
      const storedJson = await store(`${base}.json`, json);
      const written = async (locale: Locale) =>
        store(
          `${base}.${locale}.pdf`,
          await renderReport(model, { json, verifierSha256 }, LANGUAGES[locale], await fonts()),
        );
      const pdf = { en: await written('en'), ja: await written('ja') };
      return { revision: model.revision, pdf, json: storedJson };
    },

    async writeOverview(group: IncidentId, members: readonly IncidentRow[]): Promise<WrittenOverview> {
      const base = join(reportsDir, group, `${group}.overview`);
      const written = async (locale: Locale) =>
        store(
          `${base}.${locale}.pdf`,
          await renderOverview(group, members, LANGUAGES[locale].texts, await fonts(), timeZone),
        );
      const pdf = { en: await written('en'), ja: await written('ja') };
      return { group, incidents: mostUrgentFirst(members).map(({ order }) => order.incident), pdf };
    },
  };
}
