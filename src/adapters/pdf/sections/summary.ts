import type { RefusedTarget } from '../../../domain/plan';
import { facts, list, listHeight, paragraph } from '../layout/blocks';
import type { Fact, ListItem } from '../layout/blocks';
import { clip } from '../layout/plain-text';
import { MUTED, RULE, SEVERITY_TONES, STATE_TONES, TONES, WHITE } from '../layout/palette';
import type { Tone } from '../layout/palette';
import { PAGE, lineHeight } from '../layout/sheet';
import type { Sheet } from '../layout/sheet';
import type { Moment } from '../layout/times';
import { between } from '../layout/times';
import type { ReportPage } from './section';
import { byteSize } from './section';
import { orderOfEnd, verdictOf } from './ending';
import type { ActTally } from './tally';
import { peopleReached, tallyActs } from './tally';

const WIDTH = PAGE.right - PAGE.left;
const BODY = { size: 9.8 };
const NEEDS = { style: BODY, most: 2 };
const MOST_NEEDS = 8;
const LATE_LEDGER_ROOM = 30;
const BANNER_HEIGHT = 58;

/** Page one, for somebody who decides and has one minute (P1): what happened, what was done, what is needed now. */
export function summary(page: ReportPage): void {
  const { sheet, model, texts } = page;
  heading(page);
  outcomeBanner(page);
  tiles(page);
  keyFacts(page);
  part(sheet, texts.summary.happened);
  paragraph(sheet, happened(page), { style: BODY, most: 6 });
  part(sheet, texts.summary.done);
  list(sheet, done(page), { style: BODY, most: 2 });
  part(sheet, texts.summary.needed);
  needs(page);
  if (model.lateLedger) paragraph(sheet, texts.summary.lateLedger, { style: { size: 8, color: MUTED }, most: 2 });
}

function heading({ sheet, model, texts }: ReportPage): void {
  const style = { size: 19, bold: true };
  sheet.doc.outline.addItem(texts.title);
  sheet.tag('H1', () => sheet.line(texts.title, PAGE.left, sheet.y, style));
  sheet.y += lineHeight(style) + 1;
  paragraph(sheet, clip(model.document.title, 160), { style: { size: 11 }, most: 2 });
  sheet.y += 5;
}

function outcomeBanner(page: ReportPage): void {
  const { sheet } = page;
  const verdict = verdictOf(page);
  const tone = TONES[verdict.tone];
  const top = sheet.y;
  const { word } = verdict;
  const style = { size: 21, bold: true, color: WHITE };
  const wordWidth = Math.max(170, sheet.widthOf(word, style) + 28);
  sheet.artifact(() => {
    sheet.doc.rect(PAGE.left, top, WIDTH, BANNER_HEIGHT).fill(tone.soft);
    sheet.doc.rect(PAGE.left, top, wordWidth, BANNER_HEIGHT).fill(tone.strong);
  });
  sheet.tag('P', () => sheet.line(word, PAGE.left + 14, top + (BANNER_HEIGHT - lineHeight(style)) / 2, style));
  const meaning = { size: 9.6, color: tone.strong, bold: true };
  const x = PAGE.left + wordWidth + 12;
  const lines = sheet.lines(verdict.meaning, PAGE.right - x - 10, meaning, 4);
  let y = top + (BANNER_HEIGHT - lines.length * lineHeight(meaning)) / 2;
  sheet.tag('P', () => {
    for (const line of lines) {
      sheet.line(line, x, y, meaning);
      y += lineHeight(meaning);
    }
  });
  sheet.y = top + BANNER_HEIGHT + 8;
}

interface Tile {
  readonly label: string;
  readonly value: string;
  readonly tone: Tone;
}

function tiles({ sheet, model, texts }: ReportPage): void {
  const { summary: words } = texts;
  const all: readonly Tile[] = [
    {
      label: words.severity,
      value: texts.words.severity[model.assessment.severity],
      tone: SEVERITY_TONES[model.assessment.severity],
    },
    { label: words.type, value: texts.words.type[model.assessment.type], tone: 'neutral' },
    { label: words.mode, value: texts.words.mode[model.plan.mode], tone: 'neutral' },
    { label: words.state, value: texts.words.state[model.securityState], tone: STATE_TONES[model.securityState] },
    {
      label: words.deadline,
      value: model.deadlineMet ? words.met : words.missed,
      tone: model.deadlineMet ? 'good' : 'bad',
    },
  ];
  const gap = 6;
  const width = (WIDTH - gap * (all.length - 1)) / all.length;
  const height = 36;
  const top = sheet.y;
  all.forEach((tile, index) => {
    const x = PAGE.left + index * (width + gap);
    const tone = TONES[tile.tone];
    sheet.artifact(() => {
      sheet.doc.rect(x, top, width, height).fill(tone.soft);
      sheet.doc.rect(x, top, width, 2.5).fill(tone.strong);
    });
    const label = { size: 7.2, color: MUTED };
    const value = { size: 11, bold: true, color: tone.strong };
    sheet.tag('P', () => {
      sheet.line(sheet.fit(tile.label, width - 12, label), x + 6, top + 5, label);
      sheet.line(sheet.fit(tile.value, width - 12, value), x + 6, top + 16.5, value);
    });
  });
  sheet.y = top + height + 9;
}

function keyFacts(page: ReportPage): void {
  const { sheet, model, texts, clock } = page;
  const { summary: words } = texts;
  const { order } = model;
  const end = orderOfEnd(page);
  const half = (WIDTH - 18) / 2;
  const top = sheet.y;
  const placement = { labelWidth: 78, style: { size: 8 } };
  facts(
    sheet,
    [
      { label: words.incident, value: order.incident, mono: true },
      ...moment(words.declared, clock.show(model.startedAt)),
      ...moment(model.ending === undefined ? words.ended : words.responseEnded, clock.show(model.responseEndedAt)),
      { label: words.duration, value: texts.duration(between(model.startedAt, model.responseEndedAt)) },
      ...(model.ending === undefined
        ? []
        : [
            ...moment(words.ended, clock.show(model.endedAt)),
            { label: words.untilEnd, value: texts.duration(between(model.startedAt, model.endedAt)) },
          ]),
    ],
    { ...placement, width: half, most: 2 },
  );
  const left = sheet.y;
  sheet.y = top;
  facts(
    sheet,
    [
      {
        label: words.operator,
        value: `${clip(order.operator, 60)}${texts.comma}${texts.words.trigger[order.trigger]}`,
      },
      ...(end === undefined ? [] : [{ label: words.ended, value: end }]),
      {
        label: words.hosts,
        value: order.hosts.length === 0 ? '–' : clip(order.hosts.join(texts.comma), 120),
      },
      {
        label: words.stage,
        value: texts.words.stage[model.abnormal],
        ...(model.abnormal === 'none' ? {} : { tone: 'bad' as const }),
      },
      ...(order.group === undefined ? [] : [{ label: words.group, value: order.group, mono: true }]),
      ...(order.reason === undefined || order.reason === ''
        ? []
        : [{ label: words.reason, value: texts.quote(clip(order.reason, 120)) }]),
    ],
    { ...placement, x: PAGE.left + half + 18, width: half, most: 2 },
  );
  sheet.y = Math.max(sheet.y, left) + 4;
}

/** UTC in a line of its own: both do not fit into half a page's width. */
function moment(label: string, { local, utc, utcFull, timeZone }: Moment): readonly Fact[] {
  return utc === ''
    ? [{ label, value: `${local} UTC` }]
    : [
        { label, value: `${local} ${timeZone}` },
        { label: '', value: utcFull },
      ];
}

function part(sheet: Sheet, title: string): void {
  const style = { size: 11.5, bold: true };
  const top = sheet.y + 4;
  sheet.artifact(() => sheet.doc.moveTo(PAGE.left, top).lineTo(PAGE.right, top).lineWidth(0.5).stroke(RULE));
  sheet.y = top + 6;
  sheet.tag('H2', () => sheet.line(title, PAGE.left, sheet.y, style));
  sheet.y += lineHeight(style) + 2;
}

/** The report's own words first, then the reporter's. */
function happened({ model, texts, clock }: ReportPage): string {
  const { document, assessment } = model;
  const { summary: words } = texts;
  const hosts = clip(document.hosts.join(texts.comma), 160);
  const at = document.detectedAt === undefined ? '' : clock.show(document.detectedAt).full;
  const detected =
    document.detector === undefined
      ? at === ''
        ? ''
        : words.detectedAt(at)
      : words.detectedBy(clip(document.detector, 60), at);
  return [
    words.what(texts.words.type[assessment.type], hosts, document.sources.length, document.accounts.length),
    detected,
    document.description === undefined || document.description === ''
      ? ''
      : texts.quote(clip(document.description, 420)),
  ]
    .filter((text) => text !== '')
    .join(texts.space);
}

function done(page: ReportPage): readonly ListItem[] {
  const { model, texts } = page;
  const { summary: words } = texts;
  const acts = tallyActs(model);
  const cut = acts.some((act) => act.kind !== 'heighten-monitoring' && act.inForce > 0);
  const people = peopleReached(model.deliveries);
  const reached = people.filter((person) => person.first !== undefined).length;
  const failures = model.failures.length;
  const { drill } = model.order;
  const artefacts = model.evidence.filter((entry) => entry.absence === undefined);
  const size = byteSize(artefacts.reduce((sum, entry) => sum + entry.bytes, 0));
  return [
    ...(cut || drill ? [] : [{ text: words.nothingCut }]),
    ...acts.map((act): ListItem => {
      const name = texts.words.act[act.kind];
      if (drill) return { text: words.actDrill(name, act.inForce, act.asked, act.hosts) };
      if (model.ending !== undefined)
        return { text: wasDone(page, act), ...(act.notUndone > 0 ? { tone: 'bad' as const } : {}) };
      const text = words.act(name, act.inForce, act.asked, act.hosts);
      const checked = act.verified ? words.readBack : words.notReadBack;
      const details = [...act.rungs.map((rung) => clip(rung, 24)), checked].join(texts.comma);
      return {
        text: `${text}${texts.brackets(details)}`,
        ...(act.holds && act.verified ? {} : { tone: 'bad' as const }),
      };
    }),
    ...leftOut(page),
    model.bag === undefined
      ? { text: words.notSealed, tone: 'bad' }
      : { text: words.evidence(artefacts.length, size, model.evidence.length - artefacts.length) },
    ...(people.length === 0
      ? []
      : [
          { text: words.reached(reached, people.length), ...(reached < people.length ? { tone: 'bad' as const } : {}) },
        ]),
    ...(failures === 0 ? [] : [{ text: words.failures(failures), tone: 'bad' as const }]),
  ];
}

const NAMED_ON_PAGE_ONE = 5;

/** What was asked for and refused, by reason, where a reader sees it first (B4, B5). */
function leftOut({ model, texts }: ReportPage): readonly ListItem[] {
  const { summary: words } = texts;
  const byReason = new Map<RefusedTarget['reason'], Set<string>>();
  for (const { reason, target } of model.plan.refused)
    byReason.set(reason, (byReason.get(reason) ?? new Set()).add(target));
  return [...byReason].map(([reason, targets]): ListItem => {
    const named = [...targets].slice(0, NAMED_ON_PAGE_ONE).map((target) => clip(target, 60));
    const more = targets.size - named.length;
    const all = more > 0 ? [...named, words.moreTargets(more)] : named;
    return { text: words.leftOut(texts.words.refusal[reason], all.join(texts.comma)), tone: 'bad' };
  });
}

/** After the end: what was in force, and what has become of it. */
function wasDone({ texts, clock }: ReportPage, act: ActTally): string {
  const { summary: words } = texts;
  // Of a part that is left, the times of the others would only confuse; the acts themselves tell them.
  const whole = act.notUndone + act.givenUp + act.stillInForce === 0;
  const now = [
    ...(act.notUndone > 0 ? [words.someNotUndone(act.notUndone)] : []),
    ...(act.givenUp > 0 ? [words.someGivenUp(act.givenUp)] : []),
    ...(act.stillInForce > 0 ? [words.someInForce(act.stillInForce)] : []),
    ...(!whole || act.undoneAt === undefined ? [] : [words.undoneAt(clock.show(act.undoneAt).local)]),
    ...(!whole || act.expiredAt === undefined ? [] : [words.expiredAt(clock.show(act.expiredAt).local)]),
  ];
  const text = words.was(texts.words.act[act.kind], act.inForce, act.asked, act.hosts);
  return now.length === 0 ? text : `${text}${texts.brackets(now.join(texts.comma))}`;
}

/** As many steps as the page still holds; what does not fit is counted and found under “next steps”. */
function needs({ sheet, model, texts }: ReportPage): void {
  if (model.nextSteps.length === 0) {
    paragraph(sheet, texts.summary.nothingNeeded, { style: BODY });
    return;
  }
  const room = sheet.room - 2 * lineHeight(BODY) - (model.lateLedger ? LATE_LEDGER_ROOM : 0);
  const items: ListItem[] = [];
  let height = 0;
  for (const step of model.nextSteps.slice(0, MOST_NEEDS)) {
    const text = clip(texts.fact(step), 240);
    height += listHeight(sheet, text, NEEDS);
    if (height > room) break;
    items.push({ text });
  }
  list(sheet, items, { ...NEEDS, numbered: true });
  const rest = model.nextSteps.length - items.length;
  if (rest > 0)
    paragraph(sheet, `${texts.andMore(rest)}${texts.brackets(texts.next.heading)}`, { style: BODY, most: 1 });
}
