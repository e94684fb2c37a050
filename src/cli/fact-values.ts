import type { Assessment } from '../domain/assessment';
import { conflictFacts } from '../domain/assessment';
import type { Recorded } from '../domain/fact';
import { factOf } from '../domain/fact';
import { inEnglish } from '../domain/fact-words';
import type { ActionResult, ResponsePlan } from '../domain/plan';
import type { DryRun } from '../operations/dry-run';

type Value = Readonly<Record<string, unknown>>;

/** A fact for programs, with its English sentence. */
export function factValue(recorded: Recorded): Value {
  return { ...factOf(recorded), text: inEnglish(recorded) };
}

/** What a plan refuses and where it deviates, for programs. */
export function planFacts({ refused, deviations }: Pick<ResponsePlan, 'refused' | 'deviations'>): Value {
  return {
    refused: refused.map(({ detail, ...target }) => ({ ...target, detail: inEnglish(detail), why: factOf(detail) })),
    deviations: deviations.map(factValue),
  };
}

/** A result with what is remarked of the act and of its targets, for programs. */
export function resultValue({ remarks, exceptions, ...result }: ActionResult): Value {
  return {
    ...result,
    exceptions: exceptions.map(({ also, ...target }) => ({
      ...target,
      ...(also === undefined ? {} : { also: also.map(factValue) }),
    })),
    ...(remarks === undefined ? {} : { remarks: remarks.map(factValue) }),
  };
}

export function contradictionFacts(assessment: Assessment | null): readonly Value[] {
  return (assessment === null ? [] : conflictFacts(assessment)).map(factValue);
}

/** The documented JSON of a dry run. */
export function dryRunValue({ assessment, plan, ...rest }: DryRun): Value {
  const found = {
    ...assessment,
    contradictions: contradictionFacts(assessment),
    reasons: assessment.reasons.map(factValue),
  };
  return { assessment: found, plan: { ...plan, ...planFacts(plan) }, ...rest };
}
