import { actor } from './act';
import { containActivities } from './contain';
import type { ActivityDeps } from '../src/ports/activity-deps';
import { enrolActivities } from './enrol';
import { evidenceActivities } from './evidence';
import { flowActivities } from './flow';
import { notifyActivities } from './notify';
import { recallActivities } from './recall';
import { reportActivities } from './report';
import { runActivities } from './run';
import { watchActivities } from './watch';

export type { Authority } from './authority';
export type { ActInput, ActOutput, HostInput, UnblockOutput } from './contain';
export type { Enrolled, EnrolmentInput } from './enrol';
export type { CollectInput } from './evidence';
export type { FailureDetail } from './failure';
export type { PlanStep, PlanSummary, PlannedHost, ProgressNote } from './flow';
export type { DeliverInput, Recipient } from './notify';
export type { RecalledResponse } from './recall';
export type { ReportInput } from './report';
export type { WatchRound } from './watch';

export type FlowActivities = ReturnType<typeof flowActivities> &
  ReturnType<typeof recallActivities> &
  ReturnType<typeof reportActivities> &
  ReturnType<typeof runActivities>;
export type EnrolmentActivities = ReturnType<typeof enrolActivities>;
export type ContainActivities = ReturnType<typeof containActivities> & ReturnType<typeof watchActivities>;
export type EvidenceActivities = ReturnType<typeof evidenceActivities>;
export type NotifyActivities = ReturnType<typeof notifyActivities>;

/** All activities, grouped by the task queue that serves them (DESIGN §3). */
export function createActivities(deps: ActivityDeps): {
  readonly flow: FlowActivities & EnrolmentActivities;
  readonly contain: ContainActivities;
  readonly evidence: EvidenceActivities;
  readonly notify: NotifyActivities;
} {
  const act = actor(deps);
  return {
    flow: {
      ...flowActivities(deps),
      ...recallActivities(deps),
      ...reportActivities(deps),
      ...runActivities(),
      ...enrolActivities(deps),
    },
    contain: { ...containActivities(deps, act), ...watchActivities(deps, act) },
    evidence: evidenceActivities(deps),
    notify: notifyActivities(deps),
  };
}
