import { conflictFacts } from '../../../domain/assessment';
import { facts, list, subheading } from '../layout/blocks';
import { clip } from '../layout/plain-text';
import type { ReportPage } from './section';

const MOST_REASONS = 24;
const MOST_INDICATORS = 24;

/** Stated against derived, what the decision table said, and the plan that followed (B3, B4). */
export function assessment({ sheet, model, texts }: ReportPage): void {
  const words = texts.assessment;
  const { assessment: found, plan, document } = model;
  const named = ({
    type,
    severity,
  }: {
    readonly type: typeof found.type;
    readonly severity: typeof found.severity;
  }): string => `${texts.words.type[type]}${texts.comma}${texts.words.severity[severity]}`;
  const scope = found.scope;
  const limits = Object.entries(model.order.limits).map(([name, ms]) => `${name} ${texts.duration(Number(ms))}`);
  sheet.section(words.heading, () => {
    facts(sheet, [
      { label: words.stated, value: named(found.stated) },
      { label: words.derived, value: named(found.derived) },
      { label: words.used, value: named(found) },
      { label: words.confidence, value: `${Math.round(100 * found.confidence)} %` },
      {
        label: words.scope,
        value: words.scopeText(
          texts.words.extent[scope.extent],
          scope.hosts,
          scope.sources,
          scope.accounts,
          scope.services,
          scope.segments,
        ),
      },
      { label: words.document, value: model.order.documentSha256, mono: true },
      plan.planHash === ''
        ? { label: words.plan, value: words.noPlan, tone: 'bad' }
        : { label: words.plan, value: plan.planHash, mono: true },
      { label: words.actions, value: texts.amount(plan.actions.length) },
      ...(limits.length === 0 ? [] : [{ label: words.limits, value: limits.join(texts.comma) }]),
      ...(document.references.length === 0
        ? []
        : [{ label: words.references, value: clip(document.references.join(texts.comma), 400) }]),
    ]);
    const lists: readonly (readonly [string, readonly string[], number])[] = [
      [words.contradictions, conflictFacts(found).map(texts.fact), MOST_REASONS],
      [
        words.indicators,
        document.indicators.map(
          (indicator) =>
            `${texts.words.indicator[indicator.kind]} × ${texts.amount(indicator.count)}${texts.brackets(texts.quote(indicator.value))}`,
        ),
        MOST_INDICATORS,
      ],
      [words.reasons, found.reasons.map(texts.fact), MOST_REASONS],
    ];
    for (const [title, items, most] of lists) {
      if (items.length === 0) continue;
      subheading(sheet, title);
      const rest = items.length - most;
      list(
        sheet,
        [
          ...items.slice(0, most).map((text) => ({
            text: clip(text, 200),
            ...(title === words.contradictions ? { tone: 'caution' as const } : {}),
          })),
          ...(rest > 0 ? [{ text: texts.andMore(rest) }] : []),
        ],
        { style: { size: 8.2 }, most: 2 },
      );
    }
  });
}
