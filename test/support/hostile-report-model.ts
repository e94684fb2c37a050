import { onRecord, type Fact } from '../../src/domain/fact';
import { remarked, targetBecause } from '../../src/domain/plan';
import type { ReportModel } from '../../src/domain/report';
import { reportModel } from './report-model';

/** Characters that hide, reorder, break lines or are in no font, and Japanese, Arabic and a lone surrogate. */
export const HOSTILE_TEXT =
  'A\u0000B\u001b[31mred\u202Egnp.exe\u202C \u2066x\u2069 zero\u200bwidth\ufeff \r\n\tnew line 😀👨‍👩‍👧 不正アクセス مرحبا 안녕 Łukasz Żółć, Dvořák, Şahin Yıldırım, Nguyễn, і Ї ώ \ud800 e\u0301 ‮ 葛\u{e0100} (unclosed \\) <</Type/Catalog>> &lt;script&gt; %PDF ]]> endstream';

/** A model whose every free text is hostile and long: what an attacker could get into a report. */
export function hostileReportModel(incident: string): ReportModel {
  const model = reportModel({ incident, hosts: 3, sources: 40, artefacts: 12, people: 4, troubled: true });
  const long = `${HOSTILE_TEXT} ${'unbreakable'.repeat(40)} ${'漢字'.repeat(200)}`;
  const many = Array.from({ length: 150 }, (_, index) => onRecord(`${index} ${long}`));
  const said = Array.from({ length: 5 }, (): Fact => ({ fact: 'tool-said', words: long }));
  return {
    ...model,
    order: { ...model.order, operator: long, reason: long },
    document: {
      ...model.document,
      title: long,
      description: long,
      detector: long,
      references: [long, long],
      indicators: model.document.indicators.map((indicator) => ({ ...indicator, value: long })),
    },
    assessment: { ...model.assessment, contradictions: many, reasons: many },
    plan: {
      ...model.plan,
      refused: model.plan.refused.map((target) => ({ ...target, target: long, host: long, detail: onRecord(long) })),
      drift: [{ host: long, target: long, kind: 'wanted-but-missing' }],
    },
    results: model.results.map((result) => ({
      ...result,
      rung: long,
      ...(result.kind === 'block-sources' ? remarked(said) : { notes: many.slice(0, 5) }),
      preImage: { path: long, sha256: 'f'.repeat(64) },
      exceptions: [
        { target: long, outcome: 'failed', detail: onRecord(long) },
        targetBecause(long, 'failed', [], said),
      ],
    })),
    deliveries: model.deliveries.map((delivery) => ({ ...delivery, person: long, reason: long, providerId: long })),
    approvals: model.approvals.map((approval) => ({ ...approval, operator: long, reason: long, action: long })),
    timeline: model.timeline.map((entry) => ({
      ...entry,
      fact: { fact: 'recorded', words: onRecord(long) },
      phase: 'containing',
    })),
    deviations: many,
    failures: many,
    nextSteps: many,
    evidence: model.evidence.map((entry) => ({ ...entry, host: long, name: long })),
    readings: {
      before: model.readings.before,
      after: model.readings.after.map((reading) => ({ ...reading, unexpectedListeners: many.slice(0, 20) })),
    },
  };
}
