import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createReportWriter } from '../../../src/adapters/pdf/report-writer';
import { LOCALES } from '../../../src/domain/words';
import { onRecord, type Fact } from '../../../src/domain/fact';
import type { ReportModel, WrittenReport } from '../../../src/domain/report';
import { hostileReportModel } from '../../support/hostile-report-model';
import { emptyReportModel, overviewRows, reportModel } from '../../support/report-model';
import { fetchVeraPdf, validatePdfs } from '../../support/verapdf';

const NAMES = ['Łukasz Żółć', 'Dvořák', 'Şahin Yıldırım', 'Nguyễn Thị Hương', 'і Ї ώ', 'Ђорђе', 'Ἀθηνᾶ', '佐藤 Łucja'];

function withNames(model: ReportModel): ReportModel {
  const all = NAMES.join(', ');
  return { ...model, document: { ...model.document, title: `Reported by ${all}`, description: all } };
}

/** SHA-256 that stands for the genuine verify.py's. */
const VERIFIER = '0f'.repeat(32);

const run = promisify(execFile);

const MODELS = {
  small: reportModel({ incident: 'INC-20261120-SMAA' }),
  large: reportModel({
    incident: 'INC-20261120-BARG',
    hosts: 2,
    sources: 1_000,
    artefacts: 200,
    people: 12,
    seconds: 1_790,
    troubled: true,
  }),
  empty: emptyReportModel(),
  drill: reportModel({ incident: 'INC-20261120-DRAA', drill: true, seconds: 3, timeZone: 'UTC' }),
  hostile: hostileReportModel('INC-20261120-HSTE'),
  names: withNames(reportModel({ incident: 'INC-20261120-NMES' })),
};

describe('the report as people and their tools read it', () => {
  let directory: string;
  const written = new Map<keyof typeof MODELS, WrittenReport>();

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'firebreak-report-'));
    const writer = createReportWriter({ verifierSha256: VERIFIER, reportsDir: directory, timeZone: 'Asia/Tokyo' });
    for (const [name, model] of Object.entries(MODELS)) {
      written.set(name as keyof typeof MODELS, await writer.write(model));
    }
    await writer.writeOverview(MODELS.small.order.incident, overviewRows([MODELS.large, MODELS.small, MODELS.hostile]));
  });

  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  const pdf = (name: keyof typeof MODELS, locale: 'en' | 'ja'): string => written.get(name)!.pdf[locale].path;

  async function textOf(path: string, ...options: string[]): Promise<string> {
    const { stdout } = await run('pdftotext', [...options, path, '-'], { maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  }

  async function pdfs(): Promise<string[]> {
    const names = await readdir(directory, { recursive: true });
    return names
      .filter((name) => name.endsWith('.pdf'))
      .sort()
      .map((name) => join(directory, name));
  }

  it('B13 a part of the security state that no host told is not known, with the reason, and never a number', async () => {
    const model = reportModel({ incident: 'INC-20261120-NKNW' });
    const [listeners, failedLoginsPerMinute] = [onRecord('ss: not found'), onRecord('no entry')];
    const unknown = { listeners, failedLoginsPerMinute, attackerSessions: onRecord('ps: exit 3') };
    const exit: Fact = { fact: 'answer-broken', exit: 3 };
    const whyUnknown = { attackerSessions: [{ fact: 'source-unread', source: 'processes', why: exit } as const] };
    const seen = { attackerSessions: 3, failedLoginsPerMinute: null, listeners: null, unexpectedListeners: null };
    const after = model.readings.after.map((reading) => ({ ...reading, ...seen, unknown, whyUnknown }));
    const elsewhere = await mkdtemp(join(tmpdir(), 'firebreak-report-'));
    const writer = createReportWriter({ verifierSha256: VERIFIER, reportsDir: elsewhere, timeZone: 'Asia/Tokyo' });
    const report = await writer.write({ ...model, readings: { ...model.readings, after } });
    const english = await textOf(report.pdf.en.path, '-layout');
    expect(english).toMatch(/≥ ?3\s+not known\s+not known/);
    expect(english.replace(/\s+/g, ' ')).toContain('Unexpected listeners: “ss: not found”');
    expect(english.replace(/\s+/g, ' ')).toContain('processes: exit 3');
    const japanese = (await textOf(report.pdf.ja.path)).replace(/\s+/g, '');
    expect(japanese).toContain('不明');
    expect(japanese).toContain('processes：終了コード3');
    await rm(elsewhere, { recursive: true });
  });

  it('P1 veraPDF finds no failed rule of PDF/A-3b in any report or overview', async () => {
    const files = await pdfs();
    expect(files).toHaveLength(2 * Object.keys(MODELS).length + 2);
    const verdicts = await validatePdfs(await fetchVeraPdf(), '3b', files);
    expect(verdicts.filter((verdict) => !verdict.compliant)).toEqual([]);
  });

  it('P1 the tags satisfy PDF/UA-1 but for the identifier, which PDF/A-3b leaves no plain place for', async () => {
    const files = LOCALES.map((locale) => pdf('large', locale));
    const verdicts = await validatePdfs(await fetchVeraPdf(), 'ua1', files);
    expect(verdicts.map((verdict) => verdict.failedRules)).toEqual([['5-1'], ['5-1']]);
  });

  it('P1 the validator of these tests is awake: it refuses a PDF that is not PDF/A', async () => {
    const path = join(directory, 'not-pdf-a.pdf');
    const text = (await readFile(pdf('small', 'en'))).toString('latin1');
    await writeFile(path, Buffer.from(text.replace('<pdfaid:part>3<', '<pdfaid:part>1<'), 'latin1'));
    const [verdict] = await validatePdfs(await fetchVeraPdf(), '3b', [path]);
    expect(verdict?.compliant).toBe(false);
    expect(verdict?.failedRules).not.toEqual([]);
  });

  it('P1 pdftotext finds incident id, title and every heading in both languages', async () => {
    const en = await textOf(pdf('small', 'en'));
    const ja = await textOf(pdf('small', 'ja'));
    for (const text of [en, ja]) expect(text).toContain('INC-20261120-SMAA');
    for (const heading of [
      ...['Security emergency response report', 'What happened', 'What was done', 'What is needed now', 'Timeline'],
      ...['Assessment and plan', 'Actions', 'Refused targets and drift', 'Blocked sources', 'Accounts'],
      ...['Security state before and after', 'Notifications', 'Approvals and orders', 'Deviations and failures'],
      ...['Evidence', 'Checkpoint and verification', 'Next steps', 'Drafts for external agencies', 'DRAFT – NOT SENT'],
    ]) {
      expect(en).toContain(heading);
    }
    for (const heading of [
      ...['セキュリティ緊急対応レポート', '発生した事象', '実施した対応', '今すぐ必要な対応', 'タイムライン'],
      ...['判定と計画', '実施した対策', '拒否した対象と差異', '遮断した攻撃元', 'アカウント'],
      ...['対応前後のセキュリティ状態', '通知', '承認と指示', '逸脱と失敗'],
      ...['証拠', 'チェックポイントと検証', '次の対応', '外部機関への報告（下書き）', '下書き・未送信'],
    ]) {
      expect(ja).toContain(heading);
    }
  });

  it('P1 page one alone says what happened, what was done and what is needed, also for the largest report', async () => {
    for (const name of ['small', 'large', 'hostile'] as const) {
      const first = await textOf(pdf(name, 'en'), '-l', '1');
      for (const part of ['What happened', 'What was done', 'What is needed now']) expect(first).toContain(part);
      expect(first).not.toContain('Drawn to scale');
      expect(await textOf(pdf(name, 'en'), '-f', '2', '-l', '2')).toContain('Timeline');
    }
  });

  it('P2 the attached checkpoint is the bag’s, byte for byte, and the attached JSON is the file beside', async () => {
    const model = MODELS.small;
    for (const locale of LOCALES) {
      const out = join(directory, `detached-${locale}`);
      for (const name of ['checkpoint', 'report.json']) {
        await run('pdfdetach', ['-savefile', name, '-o', `${out}-${name}`, pdf('small', locale)]);
      }
      expect(await readFile(`${out}-checkpoint`, 'utf8')).toBe(model.bag!.checkpoint);
      expect(await readFile(`${out}-report.json`)).toEqual(await readFile(written.get('small')!.json.path));
    }
  });

  it('P2 checkpoint, key and the command that verifies the bag are printed', async () => {
    const { bag } = MODELS.small;
    for (const locale of LOCALES) {
      const text = await textOf(pdf('small', locale), '-layout');
      for (const line of bag!.checkpoint.split('\n')) expect(text).toContain(line);
      expect(text).toContain(`echo '${VERIFIER} *verify.py' |`);
      expect(text).toContain('sha256sum --check && python3 -I verify.py \\');
      expect(text).toContain(`--key ${bag!.publicKey} \\`);
      expect(text).toContain(`--incident ${bag!.incident}`);
    }
  });

  it('P1 every source, every digest and every page number of a large report is there', async () => {
    const model = MODELS.large;
    const text = await textOf(pdf('large', 'en'), '-layout');
    for (const source of model.document.sources) expect(text).toContain(source);
    for (const entry of model.evidence) expect(text).toContain(entry.sha256);
    const pages = Number(/Page 1 of (\d+)/.exec(text)?.[1]);
    for (let page = 1; page <= pages; page += 1) expect(text).toContain(`Page ${page} of ${pages}`);
  });

  it('U3 times stand in the configured zone and in UTC', async () => {
    const text = await textOf(pdf('small', 'en'), '-layout');
    expect(text).toContain('2026-11-21 03:03:07 Asia/Tokyo (2026-11-20 18:03:07 UTC)');
  });

  it('U1 a drill says so on every page, in both languages', async () => {
    for (const locale of LOCALES) {
      const text = await textOf(pdf('drill', locale), '-layout');
      const pages = text.split('\f').filter((page) => page.trim() !== '');
      for (const page of pages) expect(page).toMatch(/DRILL 訓練|訓練 DRILL/);
    }
    expect(await textOf(pdf('small', 'en'))).not.toContain('DRILL');
  });

  it('U1 of a drill no account counts as disabled, and nothing as not verified', async () => {
    const text = await textOf(pdf('drill', 'en'), '-layout');
    expect(text).toMatch(/Disable account +1 would be in force/);
    expect(text).not.toContain('NOT verified');
    expect(await textOf(pdf('drill', 'ja'), '-layout')).toMatch(/アカウントの無効化 +1件が有効になる見込み/);
    // Nor do the drafts for others say that anything was done.
    const drafts = text.slice(text.indexOf('Drafts for external agencies'));
    expect(drafts).toMatch(/Measures: Nothing was cut off/);
    expect(drafts.replaceAll(/\s+/g, ' ')).toContain('Nothing was changed');
    expect(drafts).not.toMatch(/planned control is in force/);
  });

  it('P1 names in Latin, Greek and Cyrillic letters are readable, also those that Noto Sans JP lacks', async () => {
    for (const locale of LOCALES) {
      const text = (await textOf(pdf('names', locale))).replace(/\s+/g, ' ');
      for (const name of NAMES) expect(text).toContain(name);
      expect(text).not.toContain('‹U+');
    }
    const { stdout } = await run('pdffonts', [pdf('names', 'en')]);
    expect(stdout.match(/\+NotoSans-(Regular|Bold) .*\byes yes yes\b/g)).not.toBeNull();
  });

  it('P1 only the two weights of Noto Sans JP are in the file, embedded and subset', async () => {
    const { stdout } = await run('pdffonts', [pdf('large', 'ja')]);
    const fonts = stdout.trim().split('\n').slice(2);
    expect(fonts).toHaveLength(2);
    for (const font of fonts) expect(font).toMatch(/^[A-Z]{6}\+NotoSansJP-(Regular|Bold) .*\byes yes yes\b/);
  });

  it('P1 text from outside neither hides nor reorders: no control or direction character reaches the page', async () => {
    const text = await textOf(pdf('hostile', 'en'));
    expect(text).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b-\u200f\u0000-\u0008\u001b]/);
    expect(text).toContain('‹U+1F600›');
  });
});
