import { randomInt } from 'node:crypto';
import { WorkflowIdConflictPolicy } from '@temporalio/client';
import { FirebreakError, ensureFirebreakError } from '../domain/errors';
import type { IncidentId } from '../domain/ids';
import { makeIncidentId } from '../domain/ids';
import type { GroupMember, IncidentOrder } from '../domain/incident';
import { respondOrder } from '../domain/order';
import { TASK_QUEUES } from '../domain/queues';
import { temporalUiLink } from '../domain/site';
import { priorityRank } from '../domain/words';
import type { Joined } from '../ports/incident-admissions';
import type { incident as incidentWorkflow } from '../../workflows';
import { workflowIds } from '../../workflows/messages';
import { depositGrant } from './authorise';
import type { Credentials, OperationsDeps } from './deps';
import { refuseBeyondBounds, workersAnswer } from './admission';
import type { RawTrigger, Trigger } from './intake';
import { acceptTrigger } from './intake';
import { fromTemporal } from './temporal-failure';

export interface StartedIncident {
  readonly incident: IncidentId;
  readonly workflowId: string;
  readonly runId: string;
  readonly temporalUi: string | null;
  /** The open incident that a detector's repeat has joined; nothing has begun (H8). */
  readonly joined?: Joined;
}

export interface RespondOptions {
  readonly drill: boolean;
  /** Declare although an incident of the type is open on one of the hosts. */
  readonly evenIfOpen: boolean;
  readonly operatorAddress?: string;
  readonly trigger: 'operator' | 'detector';
}

/**
 * Declares one incident per type and starts it, most urgent first (B1, B9). Everything is stored and signed before anything starts;
 * without PostgreSQL nothing starts (L1: a person's order fails closed).
 * @throws FirebreakError BAD_INPUT, INPUT_TOO_LARGE, INCIDENT_OPEN, TOO_MANY_OPEN, DATABASE_UNREACHABLE, TEMPORAL_UNREACHABLE; for a
 *   detector also the code of a worker's refusal
 */
export async function respond(
  deps: OperationsDeps,
  credentials: Credentials,
  raw: RawTrigger,
  options: RespondOptions,
): Promise<readonly StartedIncident[]> {
  const trigger = acceptTrigger(raw);
  const isDetector = options.trigger === 'detector';
  // A detector's repeat joins the open incident, and what is more than a repeat begins: a worker decides which it is (H8).
  if (!options.evenIfOpen && !isDetector) await refuseDoubles(deps, trigger);
  if (!isDetector) await refuseBeyondBounds(deps, credentials.operator, trigger.types.length);
  const orders = ordersOf(deps, trigger, credentials.operator, options);
  const [first] = orders;
  if (first === undefined) throw new FirebreakError('BAD_INPUT', 'no incident type');
  const client = await deps.temporal();
  // Signed first: a key that is missing or a code that is none leaves no incident behind that nobody works on.
  const grantId = await depositGrant(deps, credentials, respondOrder(first));
  try {
    for (const order of orders) await deps.incidents.declare(order, trigger.documentBytes, trigger.document.title);
  } catch (thrown) {
    // All or none of a compound trigger: what was declared before the one that failed is worked on by nobody.
    const declared = orders.map((order) => order.incident);
    throw await withdrawNotStarted(deps, declared, ensureFirebreakError(thrown));
  }
  const started: StartedIncident[] = [];
  for (const order of orders) {
    const workflowId = workflowIds.incident(order.incident);
    try {
      const handle = await client.workflow.start<typeof incidentWorkflow>('incident', {
        workflowId,
        taskQueue: TASK_QUEUES.flow,
        args: [{ order, grantId, title: trigger.document.title }],
        workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
        priority: { priorityKey: 1 + Math.min(4, Math.floor(priorityRank(order.severity, order.type) / 4)) },
        staticSummary: `${order.severity} ${order.type}, ${order.mode}: ${trigger.document.title}`.slice(0, 120),
        staticDetails: detailsOf(order, trigger),
      });
      await deps.incidents.noteStarted(order.incident, handle.firstExecutionRunId).catch(() => undefined);
      const link = temporalUiLink(deps.site, workflowId);
      started.push({
        incident: order.incident,
        workflowId,
        runId: handle.firstExecutionRunId,
        temporalUi: link ?? null,
      });
    } catch (thrown) {
      const notStarted = orders.slice(started.length).map((left) => left.incident);
      throw await withdrawNotStarted(deps, notStarted, fromTemporal(thrown));
    }
  }
  return isDetector ? Promise.all(started.map((one) => withAnswer(deps, one))) : started;
}

async function withAnswer(deps: OperationsDeps, one: StartedIncident): Promise<StartedIncident> {
  const joined = await workersAnswer(deps, one.incident);
  return joined === undefined ? one : { ...one, joined };
}

/** What was declared but never started must not look open; where Temporal cannot say so, the row stays. */
async function withdrawNotStarted(
  deps: OperationsDeps,
  incidents: readonly IncidentId[],
  why: FirebreakError,
): Promise<FirebreakError> {
  for (const incident of incidents) {
    try {
      const client = await deps.temporal();
      await client.workflow.getHandle(workflowIds.incident(incident)).describe();
    } catch (thrown) {
      if (fromTemporal(thrown).code !== 'INCIDENT_CLOSED') continue;
      await deps.incidents.withdraw(incident).catch(() => undefined);
    }
  }
  return why;
}

async function refuseDoubles(deps: OperationsDeps, trigger: Trigger): Promise<void> {
  for (const type of trigger.types) {
    // One without a run was declared but, as far as is known, never started: it must not keep people from responding.
    const open = (await deps.incidents.openOn(type, trigger.document.hosts)).find(
      (row) => row.runId !== null || row.phase !== 'declared',
    );
    if (open === undefined) continue;
    throw new FirebreakError(
      'INCIDENT_OPEN',
      `${open.order.incident} (${type} on ${open.order.hosts.join(', ')}): firebreak status ${open.order.incident}`,
    );
  }
}

function ordersOf(deps: OperationsDeps, trigger: Trigger, operator: string, options: RespondOptions): IncidentOrder[] {
  const declaredAt = deps.now();
  const members: GroupMember[] = trigger.types.map((type) => ({
    incident: makeIncidentId(declaredAt, [
      randomInt(2 ** 31),
      randomInt(2 ** 31),
      randomInt(2 ** 31),
      randomInt(2 ** 31),
    ]),
    type,
  }));
  const group = [...members].map((member) => member.incident).sort()[0];
  return members.map((member) => ({
    incident: member.incident,
    ...(members.length > 1 && group !== undefined ? { group, groupMembers: members } : {}),
    type: member.type,
    severity: trigger.severity,
    mode: trigger.mode,
    trigger: options.trigger,
    operator,
    ...(trigger.reason === undefined ? {} : { reason: trigger.reason }),
    drill: options.drill,
    documentSha256: trigger.documentSha256,
    hosts: trigger.document.hosts,
    limits: trigger.limits,
    declaredAt: declaredAt.toISOString(),
    ...(options.operatorAddress === undefined ? {} : { operatorAddress: options.operatorAddress }),
  }));
}

function detailsOf(order: IncidentOrder, trigger: Trigger): string {
  return [
    `**${order.incident}** declared ${order.declaredAt} by ${order.operator}${order.drill ? ' — DRILL' : ''}`,
    '',
    `- stated: ${order.type}, ${order.severity}; mode ${order.mode}`,
    `- hosts: ${order.hosts.slice(0, 20).join(', ')}`,
    `- ${trigger.document.sources.length} sources, ${trigger.document.accounts.length} accounts`,
    `- document sha256 \`${order.documentSha256}\``,
  ].join('\n');
}
