import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { reportModelOf } from '../../../../src/adapters/pdf/report-json';
import { createReportWriter } from '../../../../src/adapters/pdf/report-writer';
import { onRecord } from '../../../../src/domain/fact';
import { sha256Hex } from '../../../../src/domain/hash';
import type { ReportModel } from '../../../../src/domain/report';
import { LOCALES } from '../../../../src/domain/words';
import { hostileReportModel } from '../../../support/hostile-report-model';
import { emptyReportModel, overviewRows, reportModel } from '../../../support/report-model';

/** SHA-256 that stands for the genuine verify.py's. */
const VERIFIER = '0f'.repeat(32);

describe('the report writer', () => {
  let reportsDir: string;

  beforeEach(async () => {
    reportsDir = await mkdtemp(join(tmpdir(), 'firebreak-writer-'));
  });

  afterEach(async () => {
    await rm(reportsDir, { recursive: true });
  });

  it('P1 writes a PDF a language and the JSON, and says what it wrote', async () => {
    const model = reportModel();
    const report = await createReportWriter({ verifierSha256: VERIFIER, reportsDir }).write(model);
    const { incident } = model.order;
    const folder = join(reportsDir, incident);
    expect((await readdir(folder)).sort()).toEqual(
      [`${incident}.r1.en.pdf`, `${incident}.r1.ja.pdf`, `${incident}.r1.json`].sort(),
    );
    for (const file of [report.pdf.en, report.pdf.ja, report.json]) {
      const bytes = await readFile(file.path);
      expect(dirname(file.path)).toBe(folder);
      expect(file).toEqual({ path: file.path, sha256: sha256Hex(bytes), bytes: bytes.length });
      expect((await stat(file.path)).mode & 0o007).toBe(0);
    }
  });

  it('P2 the JSON holds the whole model', async () => {
    const model = reportModel({ troubled: true });
    const report = await createReportWriter({ verifierSha256: VERIFIER, reportsDir }).write(model);
    const json: unknown = JSON.parse(await readFile(report.json.path, 'utf8'));
    expect(json).toMatchObject({
      format: 'firebreak-report/2',
      verifier: { file: 'verify.py', sha256: VERIFIER },
      ...model,
    });
    const { failures, timeline } = json as ReportModel & { failures: readonly { text: string }[] };
    expect(failures[0]?.text).toBe('access control failed on web-2: The host did not answer in time.');
    expect(JSON.stringify(timeline[0])).toContain('respond by alice: “stolen key in use”');
    expect(reportModelOf(await readFile(report.json.path))).toEqual(model);
  });

  it('P1 the same model gives the same bytes: from another writer, after other reports, with other key order', async () => {
    const model = reportModel({ troubled: true, hosts: 3 });
    const first = await createReportWriter({ verifierSha256: VERIFIER, reportsDir }).write(model);
    const elsewhere = join(reportsDir, 'elsewhere');
    const other = createReportWriter({ verifierSha256: VERIFIER, reportsDir: elsewhere });
    await other.write(hostileReportModel('INC-20261120-HSTE'));
    const shuffled = Object.fromEntries(Object.entries(model).reverse()) as unknown as typeof model;
    const second = await other.write(shuffled);
    for (const locale of LOCALES) expect(second.pdf[locale].sha256).toBe(first.pdf[locale].sha256);
    expect(second.json.sha256).toBe(first.json.sha256);
  });

  it('P1 leaves a revision alone that is there with the same bytes', async () => {
    const warnings: string[] = [];
    const writer = createReportWriter({
      verifierSha256: VERIFIER,
      reportsDir,
      log: { warn: (_, message) => warnings.push(message) },
    });
    const first = await writer.write(reportModel());
    const before = await stat(first.pdf.en.path);
    expect(await writer.write(reportModel())).toEqual(first);
    const after = await stat(first.pdf.en.path);
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
    expect(warnings).toEqual([]);
  });

  it('P1 never replaces a revision silently: the earlier bytes stay beside, and it is told', async () => {
    const told: Readonly<Record<string, unknown>>[] = [];
    const writer = createReportWriter({
      verifierSha256: VERIFIER,
      reportsDir,
      log: { warn: (fields) => told.push(fields) },
    });
    const first = await writer.write(reportModel());
    const second = await writer.write({ ...reportModel(), failures: [onRecord('something more')] });
    expect(second.pdf.en.path).toBe(first.pdf.en.path);
    expect(sha256Hex(await readFile(second.pdf.en.path))).toBe(second.pdf.en.sha256);
    const kept = (await readdir(dirname(first.pdf.en.path))).filter((name) => name.includes('superseded'));
    expect(kept).toContain(
      basename(first.pdf.en.path).replace('.pdf', `.superseded-${first.pdf.en.sha256.slice(0, 12)}.pdf`),
    );
    expect(kept).toHaveLength(3);
    expect(told.map((fields) => fields.path)).toEqual([first.json.path, first.pdf.en.path, first.pdf.ja.path]);
  });

  it('P1 knows what a revision was begun with, so that a retry can go on with it', async () => {
    const writer = createReportWriter({ verifierSha256: VERIFIER, reportsDir });
    const model = reportModel({ troubled: true });
    const { incident } = model.order;
    expect(await writer.begun(incident, 1)).toBeUndefined();
    const first = await writer.write(model);
    const begun = await writer.begun(incident, 1);
    expect(begun).toEqual(model);
    await rm(first.pdf.ja.path);
    expect(await writer.write(begun!)).toEqual(first);
    await writeFile(first.json.path, '{"format":"something else"');
    expect(await writer.begun(incident, 1)).toBeUndefined();
  });

  it('P1 a new revision stands beside the old one', async () => {
    const writer = createReportWriter({ verifierSha256: VERIFIER, reportsDir });
    const first = await writer.write(reportModel());
    const second = await writer.write({ ...reportModel(), revision: 2 });
    expect(second.pdf.ja.path).toBe(first.pdf.ja.path.replace('.r1.', '.r2.'));
    expect(sha256Hex(await readFile(first.pdf.ja.path))).toBe(first.pdf.ja.sha256);
  });

  it('P1 writes a report of nothing, and one whose every text is hostile', async () => {
    const writer = createReportWriter({ verifierSha256: VERIFIER, reportsDir });
    for (const model of [emptyReportModel(), hostileReportModel('INC-20261120-HSTE')]) {
      const report = await writer.write(model);
      expect((await readFile(report.pdf.en.path)).subarray(-6).toString()).toBe('%%EOF\n');
    }
  });

  it('P1 a folder in the place of a report is an error, not a loss', async () => {
    const writer = createReportWriter({ verifierSha256: VERIFIER, reportsDir: '/dev/null/reports' });
    await expect(writer.write(reportModel())).rejects.toThrow(/ENOTDIR/);
  });

  it('B9 the joint overview is written in both languages and is the same for the same members', async () => {
    const rows = overviewRows([
      reportModel({ incident: 'INC-20261120-SMAA' }),
      reportModel({ incident: 'INC-20261120-BARG', troubled: true }),
    ]);
    const group = rows[0]!.order.incident;
    const writer = createReportWriter({ verifierSha256: VERIFIER, reportsDir });
    const written = await writer.writeOverview(group, rows);
    const { path } = written.pdf.en;
    expect(written.incidents).toHaveLength(2);
    expect(path).toBe(join(reportsDir, group, `${group}.overview.en.pdf`));
    const bytes = await readFile(path);
    await createReportWriter({ verifierSha256: VERIFIER, reportsDir }).writeOverview(group, [...rows].reverse());
    expect(await readFile(path)).toEqual(bytes);
    expect((await readdir(dirname(path))).sort()).toEqual([`${group}.overview.en.pdf`, `${group}.overview.ja.pdf`]);
  });
});
