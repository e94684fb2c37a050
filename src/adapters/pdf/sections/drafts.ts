import { SMALL, badge, paragraph } from '../layout/blocks';
import { MUTED, RULE, TONES } from '../layout/palette';
import { clip } from '../layout/plain-text';
import type { TextStyle } from '../layout/sheet';
import { PAGE, lineHeight } from '../layout/sheet';
import type { Draft, DraftFacts, DraftTexts } from '../texts/drafts-en';
import { verdictOf } from './ending';
import type { ReportPage } from './section';
import { tallyActs } from './tally';

const PAD = 10;
const WIDTH = PAGE.right - PAGE.left;
const BODY: TextStyle = { size: 8.4 };
const SAMPLE = 3;
/** A heading, the warning and a draft. */
const SECTION_ROOM = 230;

/** Drafts for CSIRT, police, regulator and customers (N1): prepared here, sent by people or not at all. */
export function drafts(page: ReportPage, texts: DraftTexts): void {
  const { sheet } = page;
  sheet.section(
    texts.heading,
    () => {
      paragraph(sheet, texts.warning, { style: { size: 9.2, bold: true, color: TONES.caution.strong } });
      for (const draft of texts.drafts(factsOf(page, texts))) box(page, texts, draft);
    },
    SECTION_ROOM,
  );
}

function factsOf(page: ReportPage, words: DraftTexts): DraftFacts {
  const { model, texts, clock } = page;
  const { document, order, bag } = model;
  // A drill has changed nothing, whatever the hosts said would come of it.
  const measures = (order.drill ? [] : tallyActs(model))
    .filter((act) => act.inForce > 0)
    .map((act) => texts.words.act[act.kind]);
  const note = bag?.checkpoint.split('\n') ?? [];
  return {
    incident: order.incident,
    drill: order.drill,
    type: texts.words.type[model.assessment.type],
    severity: texts.words.severity[model.assessment.severity],
    detected: document.detectedAt === undefined ? words.notDetected : clock.show(document.detectedAt).full,
    declared: clock.show(order.declaredAt).full,
    ended: clock.show(model.endedAt).full,
    outcome: verdictOf(page).meaning.replace(/[.。]$/u, ''),
    hosts: document.hosts.length,
    sources: document.sources.length,
    sampleSources: document.sources
      .slice(0, SAMPLE)
      .map((source) => clip(source, 50))
      .join(texts.comma),
    accounts: document.accounts.length,
    measures: measures.length === 0 ? texts.summary.nothingCut.replace(/[.。]$/u, '') : measures.join(texts.comma),
    checkpoint: bag === undefined ? words.noCheckpoint : `${note[1] ?? ''} ${note[2] ?? ''}`.trim(),
    bag: bag?.path ?? '',
  };
}

function box({ sheet }: ReportPage, texts: DraftTexts, draft: Draft): void {
  const labels: TextStyle = { ...SMALL, color: MUTED };
  const inner = WIDTH - 2 * PAD;
  const paragraphs = draft.body.map((text) => sheet.lines(text, inner, BODY));
  const lines = paragraphs.reduce((sum, part) => sum + part.length, 0);
  const head = 2 * lineHeight(SMALL) + 10;
  const height = PAD + head + lines * lineHeight(BODY) + paragraphs.length * 4 + PAD - 4;
  sheet.need(height);
  const top = sheet.y;
  sheet.artifact(() =>
    sheet.doc
      .rect(PAGE.left, top, WIDTH, height)
      .lineWidth(0.8)
      .dash(4, { space: 3 })
      .stroke(TONES.caution.strong)
      .undash()
      .rect(PAGE.left, top, 3, height)
      .fill(RULE),
  );
  const markWidth = sheet.widthOf(texts.mark, { size: 7.2, bold: true }) + 10;
  sheet.tag('Span', () => badge(sheet, texts.mark, PAGE.right - PAD - markWidth, top + PAD - 2, 'caution'));
  sheet.y = top + PAD;
  sheet.tag('P', () => {
    for (const [label, value, room] of [
      [texts.to, draft.to, inner - markWidth - 60],
      [texts.subject, draft.subject, inner - 52],
    ] as const) {
      sheet.line(label, PAGE.left + PAD, sheet.y, labels);
      const style = { ...SMALL, bold: true };
      sheet.line(sheet.fit(value, room, style), PAGE.left + PAD + 46, sheet.y, style);
      sheet.y += lineHeight(SMALL);
    }
  });
  sheet.y = top + PAD + head - 4;
  for (const part of paragraphs) {
    sheet.tag('P', () => {
      for (const line of part) {
        sheet.line(line, PAGE.left + PAD, sheet.y, BODY);
        sheet.y += lineHeight(BODY);
      }
    });
    sheet.y += 4;
  }
  sheet.y = top + height + 10;
}
