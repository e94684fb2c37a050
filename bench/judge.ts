import type { LabHost } from '../demo/lab/types';
import { RESPONDER_PORT } from '../demo/lab/types';
import type { World } from '../demo/world';
import type { IncidentId } from '../src/domain/ids';
import type { PlannedAction } from '../src/domain/plan';
import { leftOutOf } from '../src/domain/plan';
import type { IncidentStatus } from '../src/operations/status';
import type { Fault } from './faults';
import { NO_FAULT } from './faults';
import { isSaidToHold, notInForce } from './in-force';

/** How many of the sources still reach the host’s service, tried from every one of them. */
export async function reaching(world: World, host: LabHost, sources: readonly string[]): Promise<number> {
  const { reached } = await world.lab.attacker.probe({
    sources,
    target: host.serviceAddress,
    targetPort: RESPONDER_PORT,
    timeoutMs: 1_000,
  });
  return reached.length;
}

/** @returns what is wrong with the bag: it must be sealed, signed and free of faults */
async function bagFaults(world: World, fault: Fault, status: IncidentStatus): Promise<string[]> {
  const { bag, needsHuman } = status.row;
  if (bag === null) return fault.mayLackSeal === true && needsHuman ? [] : ['the bag is not sealed'];
  const seen = await (
    await world.firebreak.operations.evidence()
  ).verify(bag.path, {
    incident: bag.incident,
    publicKey: bag.publicKey,
  });
  const signed = ['SIGNED', 'TIMED', 'WITNESSED'].includes(seen.verdict);
  return signed && seen.faults.length === 0
    ? []
    : [`the bag is ${seen.verdict}: ${seen.faults.map((one) => one.code).join(', ')}`];
}

/** Acts that keep somebody out; the others watch, or let responders in. */
const CONTAINS: ReadonlySet<PlannedAction['kind']> = new Set([
  'block-sources',
  'disable-account',
  'isolate-host',
  'isolate-segment',
]);

/**
 * B16: every act of the plan is in force, by what the hosts themselves show, or the run ended in the stage of the abnormal end that
 * the fault calls for and says of none of the others that it is; and a sealed bag. A run that says `contained` while its hosts show
 * otherwise is a failure whatever the fault was, and so is one that says `contained-by-force` while sources get through.
 *
 * @param reachedBeforeMend how many sources reached the host when the response had ended and the fault still was there
 * @returns what is wrong; nothing for a success
 */
export async function judge(
  world: World,
  host: LabHost,
  fault: Fault,
  status: IncidentStatus,
  sources: readonly string[],
  reachedBeforeMend: number,
): Promise<string[]> {
  const { row, plan, results } = status;
  if (row.responseEndedAt === null) return [`the response has not ended: ${row.phase}, ${row.abnormal}`];
  const wrong = await bagFaults(world, fault, status);
  if (row.deadlineMet !== true) wrong.push('the deadline was missed');
  // What nobody has broken must not fail: then it is the product, or what a run before has left behind.
  if (fault === NO_FAULT && row.abnormal !== 'none')
    wrong.push(`nothing was broken, but the run ended ${row.abnormal}`);
  if (plan === null) return [...wrong, 'there is no plan'];
  const says = row.outcome ?? 'no outcome';
  if ((says === 'contained' || says === 'contained-by-force') && reachedBeforeMend > 0)
    wrong.push(`said to be ${says}, but ${reachedBeforeMend} sources reached ${host.name}`);
  if (says === 'contained' && leftOutOf(plan) > 0)
    wrong.push(`said to be contained, but ${leftOutOf(plan)} of what was named is left out`);
  const absent = await notInForce(world.lab.hosts, plan.actions);
  const failed = absent.filter(({ action }) => CONTAINS.has(action.kind));
  for (const { action, words } of absent) {
    if (isSaidToHold(action, results)) wrong.push(`said to be in force, but ${words}`);
    if (fault.spares?.includes(action.kind) === true) wrong.push(`${words}, though another means was there`);
    // A run that was to watch only, and cannot, leaves the normal path no further than that.
    const saysSo = action.kind === 'heighten-monitoring' && fault.stages.length > 0 && row.abnormal !== 'none';
    const mayLack = saysSo || fault.lacks?.includes(action.kind) === true || fault.stages.includes(row.abnormal);
    if (!mayLack) wrong.push(`${words}; ${says}, stage ${row.abnormal}`);
  }
  if (says === 'contained' && failed.length > 0)
    wrong.push(`said to be contained, but ${failed.map(({ words }) => words).join(', ')}`);
  const holds = (kind: PlannedAction['kind']): boolean =>
    plan.actions.some((action) => action.kind === kind && action.host === host.name) &&
    !absent.some(({ action }) => action.kind === kind && action.host === host.name);
  if (holds('block-sources') || holds('isolate-host')) {
    const through = await reaching(world, host, sources);
    if (through > 0) wrong.push(`${through} sources still reach ${host.name}`);
  }
  return wrong;
}

/** Incidents are told apart in messages by id and host. */
export function named(incident: IncidentId, host: LabHost, words: string): string {
  return `${incident} on ${host.name}: ${words}`;
}
