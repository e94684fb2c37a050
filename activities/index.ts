import type { ActivityDeps } from '../src/ports/activity-deps';
import { authoriseActivities } from './authorise';
import { containActivities } from './contain';
import { enrolActivities } from './enrol';
import { evidenceActivities } from './evidence';
import { evidenceOrderActivities } from './evidence-orders';
import { guarded } from './guarded';
import { notifyActivities } from './notify';
import { planActivities } from './plan';
import { progressActivities } from './progress';
import { recallActivities } from './recall';
import { recordLateActivities } from './record-late';
import { reportActivities } from './report';
import { createRunAct } from './run-act';
import { runActivities } from './run';
import { supplementActivities } from './supplement';
import { watchActivities } from './watch';

export type { Authority } from './caller';
export type { ActInput, ActOutput, HostInput, UnblockOutput } from './contain';
export type { Enrolled, EnrolmentInput } from './enrol';
export type { CollectInput, Collected } from './evidence';
export type { EvidenceOrderInput } from './evidence-orders';
export type { UndoItem } from './doubtful-acts';
export type { FailureDetail } from './failure';
export type { LateRecord } from './late-record';
export type { DeliverInput, Recipient } from './notify';
export type { PlanStep, PlanSummary, PlannedHost } from './plan';
export type { ProgressEvent, ProgressNote, ProgressPatch } from './progress';
export type { RecalledResponse } from './recall';
export type { ReportInput } from './report';
export type { WatchRound } from './watch';

export type FlowActivities = ReturnType<typeof authoriseActivities> &
  ReturnType<typeof planActivities> &
  ReturnType<typeof progressActivities> &
  ReturnType<typeof recordLateActivities> &
  ReturnType<typeof recallActivities> &
  ReturnType<typeof reportActivities> &
  ReturnType<typeof runActivities>;
export type EnrolmentActivities = ReturnType<typeof enrolActivities>;
export type ContainActivities = ReturnType<typeof containActivities> & ReturnType<typeof watchActivities>;
export type EvidenceActivities = ReturnType<typeof evidenceActivities> & ReturnType<typeof supplementActivities>;
export type EvidenceOrderActivities = ReturnType<typeof evidenceOrderActivities>;
export type NotifyActivities = ReturnType<typeof notifyActivities>;

/**
 * All activities, grouped by the task queue that serves them (DESIGN §3). They get what reads and checks; what has effects is given to
 * them only with a confirmed order (H1).
 */
export function createActivities(deps: ActivityDeps): {
  readonly flow: FlowActivities & EnrolmentActivities;
  readonly contain: ContainActivities;
  readonly evidence: EvidenceActivities & EvidenceOrderActivities;
  readonly notify: NotifyActivities;
} {
  const behind = guarded(deps);
  const runAct = createRunAct(behind);
  return {
    flow: {
      ...authoriseActivities(behind),
      ...planActivities(behind),
      ...progressActivities(behind),
      ...recordLateActivities(behind),
      ...recallActivities(behind),
      ...reportActivities(behind),
      ...runActivities(behind),
      ...enrolActivities({ ...deps, refusals: behind.refusals }),
    },
    contain: { ...containActivities(behind, runAct), ...watchActivities(behind, runAct) },
    evidence: {
      ...evidenceActivities(behind),
      ...supplementActivities(behind),
      ...evidenceOrderActivities(behind),
    },
    notify: notifyActivities(behind),
  };
}
