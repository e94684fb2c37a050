import type { PlanSummary } from '../../activities';
import { inEnglish } from '../../src/domain/fact-words';
import { questionInWords } from '../../src/domain/waiting';
import type { Progress, StepState } from '../messages';

const MARKS: Readonly<Record<StepState['state'], string>> = {
  waiting: '…',
  running: '▶',
  done: '✔',
  late: '⏰',
  failed: '✘',
  skipped: '–',
};

/** What the Temporal UI shows as current details: where the run stands, in the words of the flow chart, and the plan. */
export function progressMarkdown(progress: Progress, plan: PlanSummary | null): string {
  const lines = [
    `**${progress.phase}**${outcomeOf(progress)} · abnormal: ${progress.abnormal} · deadline ${progress.deadlineAt}`,
    ...(progress.needsHuman ? ['', '**A person must act.**'] : []),
    ...waitsMarkdown(progress, plan),
    '',
    ...progress.steps.map(
      (step) => `- ${MARKS[step.state]} ${step.name}${step.note === undefined ? '' : `: ${inEnglish(step.note)}`}`,
    ),
    ...(plan === null ? [] : ['', planMarkdown(plan)]),
    ...(progress.failures.length > 0
      ? ['', '**Failures**', ...progress.failures.slice(-10).map((failure) => `- ${inEnglish(failure)}`)]
      : []),
  ];
  return lines.join('\n');
}

/** What people are asked, who may answer, by which command and until when. */
function waitsMarkdown({ incident, questions = [] }: Progress, plan: PlanSummary | null): string[] {
  const about = {
    incident,
    planHash: plan?.planHash ?? null,
    needApproval: (plan?.steps ?? []).filter(({ approval }) => approval === 'required').map(({ words }) => words),
  };
  return questions.flatMap((question) => {
    const { what, who, commands, until } = questionInWords(question, about);
    return [
      '',
      `**Waits until ${(until ?? '').slice(11, 19)} UTC for ${what}.** Who may answer: ${who}.`,
      '',
      ...commands.map((command) => `- \`${command}\``),
    ];
  });
}

/** What the response came to, and what has become of it since. */
function outcomeOf({ outcome, ended }: Progress): string {
  return [outcome, ended].map((word) => (word === null || word === undefined ? '' : ` · ${word}`)).join('');
}

/** The plan in words. */
function planMarkdown(plan: PlanSummary): string {
  return [
    `Plan \`${plan.planHash.slice(0, 12)}\`, mode **${plan.mode}**`,
    '',
    ...plan.steps.map((step) => `- ${step.words}${step.approval === 'required' ? ' (needs approval)' : ''}`),
    ...(plan.refused > 0
      ? ['', `${plan.refused} targets refused:`, ...plan.refusedWords.map((words) => `- ${words}`)]
      : []),
    ...(plan.deviations.length > 0
      ? ['', 'Deviations:', ...plan.deviations.map((deviation) => `- ${inEnglish(deviation)}`)]
      : []),
  ].join('\n');
}
