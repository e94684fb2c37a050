import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ReportModel } from '../../domain/report';
import { furnish, watermark } from './layout/furniture';
import type { ReportFonts } from './layout/sheet';
import { Sheet } from './layout/sheet';
import { ZonedClock } from './layout/times';
import { accounts } from './sections/accounts';
import { actions } from './sections/actions';
import { assessment } from './sections/assessment';
import { drafts } from './sections/drafts';
import { evidence } from './sections/evidence';
import { faults } from './sections/faults';
import { nextSteps } from './sections/next-steps';
import { notifications } from './sections/notifications';
import { orders } from './sections/orders';
import { readings } from './sections/readings';
import { refused } from './sections/refused';
import type { ReportPage, Section } from './sections/section';
import { sources } from './sections/sources';
import { summary } from './sections/summary';
import { timeline } from './sections/timeline';
import { verification } from './sections/verification';
import type { DraftTexts } from './texts/drafts-en';
import type { ReportTexts } from './texts/report-en';

export interface ReportLanguage {
  readonly texts: ReportTexts;
  readonly drafts: DraftTexts;
}

const PARTS: readonly Section[] = [
  timeline,
  assessment,
  actions,
  refused,
  sources,
  accounts,
  readings,
  notifications,
  orders,
  faults,
  evidence,
  verification,
  nextSteps,
];

/**
 * The completion report in one language as PDF/A-3b (P1), with the checkpoint and the JSON attached (P2). A pure function
 * of its arguments: no clock, no randomness. Lets other work run between the parts.
 */
export async function renderReport(
  model: ReportModel,
  { json, verifierSha256 }: { readonly json: Buffer; readonly verifierSha256: string },
  { texts, drafts: draftTexts }: ReportLanguage,
  fonts: ReportFonts,
): Promise<Buffer> {
  const { incident, drill } = model.order;
  const createdAt = new Date(model.generatedAt);
  const sheet = new Sheet({
    fonts,
    lang: texts.lang,
    title: `${texts.title} ${incident}`,
    subject: texts.subject(incident, model.revision),
    createdAt,
    continued: texts.continued,
    ...(drill ? { background: (page: Sheet) => watermark(page, texts.drill.mark) } : {}),
  });
  const page: ReportPage = { sheet, model, texts, verifierSha256, clock: new ZonedClock(model.timeZone) };
  summary(page);
  sheet.newPage();
  for (const part of PARTS) {
    part(page);
    await nextTurn();
  }
  drafts(page, draftTexts);
  attach(sheet, 'report.json', json, 'application/json', 'Source', createdAt);
  if (model.bag !== undefined) {
    attach(sheet, 'checkpoint', Buffer.from(model.bag.checkpoint, 'utf8'), 'text/plain', 'Data', createdAt);
  }
  const { seq, hash } = model.auditPosition;
  return sheet.finish((at, number, pages) =>
    furnish(
      at,
      {
        title: texts.title,
        incident,
        footer: texts.footer(incident, model.revision, seq, hash),
        page: texts.page,
        drill: drill ? texts.drill.banner : undefined,
      },
      number,
      pages,
    ),
  );
}

/** An embedded file with its relationship to the document (ISO 19005-3, 6.8). */
function attach(
  sheet: Sheet,
  name: string,
  bytes: Buffer,
  type: string,
  relationship: 'Data' | 'Source',
  at: Date,
): void {
  const options = { name, type, relationship, creationDate: at, modifiedDate: at };
  sheet.doc.file(bytes, options);
}
