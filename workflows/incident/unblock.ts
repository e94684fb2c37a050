import type { PlanStep } from '../../activities';
import type { Order } from '../../src/domain/order';
import { contain, flow } from '../lib/activities';
import { faultOf, unrecordedOf } from '../lib/failure';
import { sideBySide } from '../lib/side-by-side';
import { MOST_CAUSES } from '../lib/stage-note';
import type { GivenOrder, HostUnblocked } from '../messages';
import type { Desk } from './desk';

type UnblockOrder = Extract<Order, { readonly action: 'unblock' }>;

/** Addresses that a command for people spells out; more do not fit into a message. */
const SPELLED_OUT = 5;

/**
 * Lets single sources of this incident's blocks go, hosts side by side; everything else stays, with the time it has left (B5, C4). What
 * fails is told and kept for the release: its rows are released, so nothing else would think of it.
 * @returns one for each host that blocked any of them
 */
export async function unblock(
  desk: Desk,
  order: UnblockOrder,
  { by, grantId, use }: GivenOrder,
): Promise<readonly HostUnblocked[]> {
  const steps = (desk.result?.plan?.steps ?? []).filter(
    ({ kind, host }) => kind === 'block-sources' && (order.hosts.length === 0 || order.hosts.includes(host)),
  );
  const hosts = (await sideBySide(steps, (step) => unblockOn(desk, step, { by, grantId, use }))).flatMap(
    (host) => host ?? [],
  );
  for (const { host, unblocked, notInForce, fault } of hosts) {
    if (fault !== null) continue;
    desk.recorder.note({
      key: `unblocked:${use}:${host}`,
      entry: {
        at: new Date().toISOString(),
        phase: desk.progress.phase,
        kind: 'act',
        // A retry finds what an earlier attempt has lifted not in force.
        fact: { fact: 'unblocked', host, unblocked, notInForce },
      },
    });
  }
  const facts = hosts.flatMap(({ host, fault }) =>
    fault === null ? [] : [{ fact: 'not-undone', host, kind: 'block-sources', fault } as const],
  );
  if (facts.length === 0) return hosts;
  desk.raise('manual', ...facts.slice(0, MOST_CAUSES));
  desk.tell(
    'manual-response',
    `manual-unblock-${grantId.slice(0, 36)}`,
    [...facts.slice(0, 3), { fact: 'order-again', command: commandFor(order) }],
    `firebreak block list --incident ${order.incident}`,
  );
  return hosts;
}

/** @returns undefined when the act blocked none of them */
async function unblockOn(
  desk: Desk,
  step: PlanStep,
  { by, grantId, use }: Pick<GivenOrder, 'by' | 'grantId' | 'use'>,
): Promise<HostUnblocked | undefined> {
  const { incident, severity, type } = desk.order;
  const { host } = step;
  const item = { actionId: step.id, kind: 'block-sources', host, expiresAt: desk.order.declaredAt } as const;
  desk.unblocking = [...desk.unblocking, item];
  try {
    const done = await contain.unblockSources(`${host}: let single addresses go`, {
      incident,
      planHash: desk.result?.plan?.planHash ?? '',
      actionId: step.id,
      severity,
      type,
      operator: by,
      authority: { grantId, use },
    });
    if (done === null) return undefined;
    const { unrecorded, ...rest } = done;
    await record(desk, unrecorded);
    return { host, ...rest, fault: null };
  } catch (thrown) {
    await record(desk, unrecordedOf(thrown));
    desk.notUnblocked = [...desk.notUnblocked.filter(({ actionId }) => actionId !== step.id), item];
    return { host, unblocked: 0, notInForce: 0, notInForceTargets: [], notes: [], fault: faultOf(thrown) };
  } finally {
    desk.unblocking = desk.unblocking.filter((other) => other !== item);
  }
}

/** What cannot be written now goes along with the next that is written late (L1). */
async function record(desk: Desk, records: ReturnType<typeof unrecordedOf>): Promise<void> {
  if (records.length === 0) return;
  try {
    await flow.recordLate(`write ${records.length} records that the ledger missed`, { ...desk.onBehalf, records });
  } catch {
    desk.missed(records);
  }
}

function commandFor({ incident, targets, hosts }: UnblockOrder): string {
  const addresses = targets.length <= SPELLED_OUT ? targets.join(' ') : `${targets.slice(0, SPELLED_OUT).join(' ')} …`;
  return `firebreak block remove ${incident} ${addresses}${hosts.map((host) => ` --host ${host}`).join('')}`;
}
