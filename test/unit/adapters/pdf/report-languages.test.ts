import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TextStyle } from '../../../../src/adapters/pdf/layout/sheet';
import { Sheet } from '../../../../src/adapters/pdf/layout/sheet';
import { loadFonts } from '../../../../src/adapters/pdf/layout/fonts';
import { renderReport } from '../../../../src/adapters/pdf/report-document';
import { createReportWriter } from '../../../../src/adapters/pdf/report-writer';
import { DRAFTS_EN } from '../../../../src/adapters/pdf/texts/drafts-en';
import { DRAFTS_JA } from '../../../../src/adapters/pdf/texts/drafts-ja';
import { REPORT_EN } from '../../../../src/adapters/pdf/texts/report-en';
import { REPORT_JA } from '../../../../src/adapters/pdf/texts/report-ja';
import { onRecord, type Fact } from '../../../../src/domain/fact';
import { inEnglish } from '../../../../src/domain/fact-words';
import { actionId, incidentId } from '../../../../src/domain/ids';
import { reasonToldByCall } from '../../../../src/domain/notice';
import { remarked, targetBecause, type ActionResult } from '../../../../src/domain/plan';
import type { ReportModel, TimelineEntry } from '../../../../src/domain/report';
import type { Locale } from '../../../../src/domain/words';
import { JAPANESE, englishIn } from '../../../support/languages';
import { emptyReportModel, reportModel } from '../../../support/report-model';
import { SAMPLE_REMARKS } from '../../../support/sample-remarks';
import { SAMPLE_FACTS, WRITTEN } from '../../../support/sample-facts';

const FACTS: readonly Fact[] = Object.values(SAMPLE_FACTS).flat();
/** As many as the sections print. */
const AT_ONCE = 100;

/** What acts, targets, sources and readings are told with. */
const isRemark = ({ fact }: Fact): boolean =>
  Object.hasOwn(SAMPLE_REMARKS, fact) || ['given-up', 'left-out'].includes(fact);
const NO_BYTES = { seq: 9, host: 'web-1', name: 'auth-log', bytes: 0, sha256: '' };
/** Why no part of a reading is known. */
const UNREAD = {
  listeners: null,
  unknown: { listeners: onRecord(WRITTEN) },
  whyUnknown: { listeners: [...SAMPLE_FACTS['source-unread'], ...SAMPLE_FACTS['tables-unread']] },
};

/** A model with some of all facts in every place that has facts, and English of hosts, libraries and people in every other. */
function withFacts(facts: readonly Fact[], more: Partial<ReportModel> = {}): ReportModel {
  const model = reportModel({ troubled: true, ...(more.ending === undefined ? {} : { end: 'half-undone' as const }) });
  const { incident } = model.order;
  const [first] = model.results;
  if (first === undefined) throw new Error('the model has results');
  return {
    ...model,
    document: { ...model.document, title: '不正ログイン', description: WRITTEN },
    order: { ...model.order, reason: WRITTEN },
    approvals: model.approvals.map((approval) => ({ ...approval, reason: WRITTEN })),
    timeline: [
      ...model.timeline,
      ...facts.map((fact): TimelineEntry => ({ at: model.endedAt, phase: 'watching', kind: 'failure', fact })),
    ],
    deviations: facts,
    failures: facts,
    nextSteps: facts,
    assessment: { ...model.assessment, reasons: facts },
    plan: { ...model.plan, refused: facts.map((detail) => ({ target: '192.0.2.9', reason: 'protected', detail })) },
    results: [
      ...model.results,
      {
        ...first,
        action: actionId(incident, 'isolate-host', 'web-1'),
        notes: [onRecord(WRITTEN)],
        exceptions: [{ target: '192.0.2.9', outcome: 'failed', detail: onRecord(WRITTEN) }],
      },
      ...facts.filter(isRemark).map((fact): ActionResult => ({
        ...first,
        action: actionId(incident, 'isolate-host', 'web-1'),
        ...remarked([fact]),
        exceptions: [targetBecause('192.0.2.9', 'failed', [], [fact])],
      })),
    ],
    deliveries: model.deliveries.map((delivery) => ({ ...delivery, state: 'skipped', reason: WRITTEN })),
    evidence: [
      ...model.evidence.map((entry) => ({ ...entry, absence: onRecord(WRITTEN) })),
      ...facts.filter(isRemark).map((why) => ({ ...NO_BYTES, absence: inEnglish(why), why })),
    ],
    readings: {
      before: model.readings.before.map((reading) => ({ ...reading, unknown: { load: onRecord(WRITTEN) } })),
      after: model.readings.after.map((reading) => ({ ...reading, ...UNREAD })),
    },
    ...more,
  };
}

/** Every text that the report in this language draws in running type, as it was before it was broken into lines. */
async function textsOf(model: ReportModel, locale: Locale): Promise<readonly string[]> {
  const whole: string[] = [];
  const broken = new Set<string>();
  const single: string[] = [];
  const { lines, line } = Sheet.prototype;
  const mono = (style: TextStyle): boolean => style.mono === true;
  const breaks = jest.spyOn(Sheet.prototype, 'lines').mockImplementation(function (
    this: Sheet,
    text,
    width,
    style,
    most,
  ) {
    const result = lines.call(this, text, width, style, most);
    for (const part of result) broken.add(part);
    if (!mono(style)) whole.push(text);
    return result;
  });
  const draws = jest.spyOn(Sheet.prototype, 'line').mockImplementation(function (
    this: Sheet,
    text,
    x,
    top,
    style,
    align,
  ) {
    if (!mono(style) && !broken.has(text)) single.push(text);
    line.call(this, text, x, top, style, align);
  });
  try {
    const language =
      locale === 'en' ? { texts: REPORT_EN, drafts: DRAFTS_EN } : { texts: REPORT_JA, drafts: DRAFTS_JA };
    await renderReport(
      model,
      { json: Buffer.from('{}'), verifierSha256: '0f'.repeat(32) },
      language,
      await loadFonts(),
    );
  } finally {
    breaks.mockRestore();
    draws.mockRestore();
  }
  return [...new Set([...whole, ...single])];
}

const BATCHES = Array.from({ length: Math.ceil(FACTS.length / AT_ONCE) }, (_, n) =>
  FACTS.slice(n * AT_ONCE, (n + 1) * AT_ONCE),
);

describe('P1 a reader gets one language', () => {
  it('the Japanese report of everything that can happen has no English but quotations, commands and names', async () => {
    const found: string[] = [];
    for (const facts of BATCHES)
      for (const text of await textsOf(withFacts(facts), 'ja')) if (englishIn(text).length > 0) found.push(text);
    expect(found).toEqual([]);
  });

  it('nor has one with nothing in it, one of a drill, or one after the end', async () => {
    const models = [
      emptyReportModel(),
      reportModel({ drill: true }),
      ...(['released', 'stood-down', 'expired', 'half-undone'] as const).map((end) => reportModel({ end })),
    ].map((model) => ({ ...model, document: { ...model.document, title: '不正ログイン' } }));
    for (const model of models) for (const text of await textsOf(model, 'ja')) expect(englishIn(text)).toEqual([]);
  });

  it('the English report has no Japanese but what a drill is called', async () => {
    const [facts = []] = BATCHES;
    const model = withFacts(facts);
    const texts = await textsOf({ ...model, document: { ...model.document, title: 'A stolen key' } }, 'en');
    expect(texts.filter((text) => JAPANESE.test(text))).toEqual([]);
  });

  it('a call that another one told of is worded in both', async () => {
    const model = withFacts([]);
    const [first] = model.deliveries;
    if (first === undefined) throw new Error('the model has deliveries');
    const deliveries = [{ ...first, state: 'skipped' as const, reason: reasonToldByCall('emergency') }];
    expect((await textsOf({ ...model, deliveries }, 'en')).join('\n')).toContain('told by the call about emergency');
    expect((await textsOf({ ...model, deliveries }, 'ja')).join('\n')).toContain('の電話で連絡済み');
  });

  it('the check sees an English sentence in a Japanese report', async () => {
    const model = withFacts([]);
    const title = 'the host is not contained';
    const texts = await textsOf({ ...model, document: { ...model.document, title } }, 'ja');
    expect(texts.flatMap(englishIn)).toContain(title);
  });
});

describe('P1 reports of earlier versions', () => {
  it('sentences that were recorded stand as quotations in both languages', async () => {
    const reportsDir = await mkdtemp(join(tmpdir(), 'firebreak-earlier-'));
    const model: ReportModel = {
      ...reportModel({ incident: incidentId('INC-20261120-EARA') }),
      deviations: [onRecord('no emergency access on web-2: none is configured')],
      failures: [onRecord('access control failed on web-2 (HOST_TIMEOUT)')],
      nextSteps: [onRecord('Decide on: web-1: block 12 sources (not approved).')],
    };
    expect(await textsOf(model, 'ja')).toContain('「access control failed on web-2 (HOST_TIMEOUT)」');
    expect(await textsOf(model, 'en')).toContain('“Decide on: web-1: block 12 sources (not approved).”');
    const written = await createReportWriter({ verifierSha256: '0f'.repeat(32), reportsDir }).write(model);
    expect(written.pdf.ja.bytes).toBeGreaterThan(1_000);
    await rm(reportsDir, { recursive: true });
  });
});
