import { SMALL, badge, facts, factsHeight, nothingRecorded } from '../layout/blocks';
import type { Fact } from '../layout/blocks';
import { MUTED, RULE, TONES } from '../layout/palette';
import type { Tone } from '../layout/palette';
import { clip } from '../layout/plain-text';
import { PAGE, lineHeight } from '../layout/sheet';
import { between } from '../layout/times';
import type { ActNow } from '../../../domain/ending';
import { isSettled } from '../../../domain/ending';
import type { ActionResult, PlannedAction, TargetResult } from '../../../domain/plan';
import { UNDO_OF, holds, namedTarget, remarksOf } from '../../../domain/plan';
import { isTargetReason } from '../../../domain/target-reason';
import { TARGET_OUTCOMES } from '../../../domain/words';
import type { TargetOutcome } from '../../../domain/words';
import type { ReportTexts } from '../texts/report-en';
import { actAtEnd, standingText, toneOfStanding } from './ending';
import type { ReportPage } from './section';
import { asked, inForce } from './tally';

const WIDTH = PAGE.right - PAGE.left;
const BAR = { height: 6, y: 3 } as const;
const LABEL_WIDTH = 96;
const TITLE_ROOM = 22;
const BAR_ROOM = 26;
/** A heading and a card. */
const SECTION_ROOM = 190;
const MOST_EXCEPTIONS = 6;

const OUTCOME_COLOURS: Readonly<Record<TargetOutcome, string>> = {
  applied: TONES.good.strong,
  already: '#6aa88c',
  refused: '#9aa5b1',
  missing: '#c98a1b',
  unknown: '#c98a1b',
  failed: TONES.bad.strong,
};

/** Every act with its state before and after, what holds it, and what undoes it (P1, C2, C5, C6). */
export function actions(page: ReportPage): void {
  const { sheet, model, texts } = page;
  const done = new Set(model.results.map((result) => result.action));
  const open = model.plan.actions.filter((action) => !done.has(action.id));
  sheet.section(
    texts.actions.heading,
    () => {
      if (model.results.length === 0 && open.length === 0) nothingRecorded(sheet, texts.none);
      for (const result of model.results) card(page, result);
      for (const action of open) openCard(page, action);
    },
    SECTION_ROOM,
  );
}

function title(page: ReportPage, kind: ActionResult['kind'], host: string, target: string): void {
  const { sheet, texts } = page;
  const style = { size: 9.6, bold: true };
  const text = `${texts.words.act[kind]}  ${host}${target === '' ? '' : `  ${target}`}`;
  const top = sheet.y;
  sheet.artifact(() => sheet.doc.moveTo(PAGE.left, top).lineTo(PAGE.right, top).lineWidth(0.5).stroke(RULE));
  sheet.y += 4;
  sheet.tag('H3', () => sheet.line(sheet.fit(clip(text, 200), WIDTH - 120, style), PAGE.left, sheet.y, style));
}

/** At the right edge of the title's line. */
function status(page: ReportPage, text: string, tone: Tone): void {
  const { sheet } = page;
  const style = { size: 7.2, bold: true };
  sheet.tag('Span', () => badge(sheet, text, PAGE.right - sheet.widthOf(text, style) - 10, sheet.y + 0.5, tone));
  sheet.y += lineHeight({ size: 9.6 }) + 2;
}

function card(page: ReportPage, result: ActionResult): void {
  const { sheet, model, texts } = page;
  const planned = model.plan.actions.find((action) => action.id === result.action);
  const total = asked(result.counts);
  const good = holds(result.counts) && result.verified;
  const tone = model.order.drill ? 'neutral' : good ? 'good' : 'bad';
  const ended = actAtEnd(model, result.action);
  const items = resultFacts(page, result, planned, { good, ended });
  const placement = { labelWidth: LABEL_WIDTH, style: SMALL, most: 6 };
  sheet.need(TITLE_ROOM + (total > 1 ? BAR_ROOM : 0) + factsHeight(sheet, items, placement));
  title(page, result.kind, result.host, planned === undefined ? '' : (namedTarget(planned) ?? ''));
  const single = total === 1 ? TARGET_OUTCOMES.find((outcome) => result.counts[outcome] === 1) : undefined;
  const counts = `${texts.amount(inForce(result.counts))} / ${texts.amount(total)}`;
  const was = single === undefined || model.order.drill ? counts : `${texts.words.target[single]}  ${counts}`;
  if (ended === undefined) status(page, was, tone);
  else status(page, texts.words.standing[ended.standing], toneOfStanding(ended));
  if (total > 1) countsBar(page, result, total);
  facts(sheet, items, placement);
  sheet.y += 6;
}

function resultFacts(
  page: ReportPage,
  result: ActionResult,
  planned: PlannedAction | undefined,
  { good, ended }: { readonly good: boolean; readonly ended: ActNow | undefined },
): readonly Fact[] {
  const { model, texts, clock } = page;
  const words = texts.actions;
  const { preImage } = result;
  const isUndone = model.acts.some((act) => act.action === result.action && isSettled(act));
  const undo = result.kind === 'forced-isolation' ? 'lift-isolation' : UNDO_OF[result.kind];
  const took = texts.duration(between(result.startedAt, result.endedAt));
  const notes = [
    ...remarksOf(result).map((remark) => texts.fact(remark)),
    ...(result.replayed ? [words.replayed] : []),
  ];
  const before = words.beforeText(result.counts.already);
  return [
    { label: words.before, value: preImage === undefined ? before : `${before}; ${clip(preImage.path, 160)}` },
    ...(preImage === undefined ? [] : [{ label: `${words.preImage} SHA-256`, value: preImage.sha256, mono: true }]),
    {
      label: words.after,
      value: model.order.drill
        ? words.wouldText(inForce(result.counts))
        : [
            words.afterText(inForce(result.counts)),
            `${words.rung}${texts.colon}${clip(result.rung, 60)}`,
            result.verified ? words.verifiedYes : words.verifiedNo,
          ].join('; '),
      ...(good || model.order.drill ? {} : { tone: 'bad' as const }),
    },
    ...(ended === undefined
      ? []
      : [
          {
            label: words.now,
            value: standingText(page, ended),
            ...(toneOfStanding(ended) === 'bad' ? { tone: 'bad' as const } : {}),
          },
        ]),
    { label: words.time, value: `${clock.show(result.startedAt).full}${texts.comma}${took}` },
    ...(planned === undefined ? [] : [{ label: words.until, value: clock.show(planned.expiresAt).full }]),
    ...(model.order.drill || isUndone
      ? []
      : [
          {
            label: words.undo,
            value: `${texts.code(`firebreak release ${model.order.incident}`)}${texts.brackets(undo)}`,
          },
        ]),
    ...(result.exceptions.length === 0
      ? []
      : [{ label: words.exceptions, value: exceptionsText(texts, result), tone: 'bad' as const }]),
    ...(notes.length === 0 ? [] : [{ label: words.notes, value: clip(notes.join('; '), 500) }]),
  ];
}

function openCard(page: ReportPage, action: PlannedAction): void {
  const { sheet, texts, clock } = page;
  sheet.need(48);
  title(page, action.kind, action.host, namedTarget(action) ?? '');
  status(page, texts.actions.noResult, 'bad');
  facts(
    sheet,
    [
      { label: texts.actions.after, value: texts.actions.noResultLine, tone: 'bad' },
      { label: texts.actions.until, value: clock.show(action.expiresAt).full },
    ],
    { labelWidth: LABEL_WIDTH },
  );
  sheet.y += 6;
}

/** Counts per outcome as one bar and in words; they add up to what was asked for (C2). */
function countsBar({ sheet, texts }: ReportPage, result: ActionResult, total: number): void {
  const present = TARGET_OUTCOMES.filter((outcome) => result.counts[outcome] > 0);
  const style = { size: 7.4, color: MUTED };
  const top = sheet.y + BAR.y;
  sheet.artifact(() => {
    let x: number = PAGE.left;
    for (const outcome of present) {
      const width = (WIDTH * result.counts[outcome]) / Math.max(1, total);
      sheet.doc.rect(x, top, width, BAR.height).fill(OUTCOME_COLOURS[outcome]);
      x += width;
    }
    if (present.length === 0) sheet.doc.rect(PAGE.left, top, WIDTH, BAR.height).lineWidth(0.5).stroke(RULE);
  });
  sheet.y = top + BAR.height + 1;
  sheet.tag('P', () => {
    let x: number = PAGE.left;
    for (const outcome of TARGET_OUTCOMES) {
      const text = `${texts.words.target[outcome]} ${texts.amount(result.counts[outcome])}`;
      const counts = result.counts[outcome] > 0;
      const shown = counts ? { ...style, color: colourOfText(outcome), bold: true } : style;
      if (counts) sheet.doc.rect(x, sheet.y + 3, 5, 5).fill(OUTCOME_COLOURS[outcome]);
      sheet.line(text, x + (counts ? 8 : 0), sheet.y, shown);
      x += sheet.widthOf(text, shown) + (counts ? 22 : 14);
    }
  });
  sheet.y += lineHeight(style) + 3;
}

function colourOfText(outcome: TargetOutcome): string {
  if (outcome === 'applied' || outcome === 'already') return TONES.good.strong;
  return outcome === 'refused' ? TONES.neutral.strong : TONES.bad.strong;
}

/** By code in the report's language, else what an earlier version said. */
function whyText({ words, brackets, fact, quote }: ReportTexts, { why = [], also = [], detail }: TargetResult): string {
  const known = [...why.filter(isTargetReason).map((reason) => words.reason[reason]), ...also.map(fact)];
  if (known.length > 0) return brackets(clip(known.join('; '), 240));
  return detail === undefined ? '' : brackets(quote(clip(detail, 80)));
}

function exceptionsText(texts: ReportTexts, result: ActionResult): string {
  const shown = result.exceptions
    .slice(0, MOST_EXCEPTIONS)
    .map(
      (failed) =>
        `${clip(failed.target, 60)}${texts.colon}${texts.words.target[failed.outcome]}${whyText(texts, failed)}`,
    );
  const { counts } = result;
  const all = counts.refused + counts.missing + counts.unknown + counts.failed;
  const rest = Math.max(all, result.exceptions.length) - shown.length;
  return [...shown, ...(rest > 0 ? [texts.actions.moreExceptions(rest)] : [])].join('; ');
}
