import { contains, parseRange } from '../domain/addresses';
import type { InputProblem } from '../domain/errors';
import { FirebreakError } from '../domain/errors';
import type { IncidentId } from '../domain/ids';
import { unknownWord } from '../domain/nearest';
import { MOST_UNBLOCKED } from '../domain/order';
import type { UnblockReply } from '../../workflows/messages';
import type { Credentials, OperationsDeps } from './deps';
import { openIncident, sendOrder } from './give-order';
import { reasonProblem } from './plain-text';
import { fromTemporal } from './temporal-failure';

/** Which addresses are to be let go, before anything of it is trusted. */
export interface RawUnblock {
  readonly incident: IncidentId;
  readonly addresses: readonly string[];
  readonly hosts: readonly string[];
  readonly reason: string;
}

/** A host has 4 minutes for an act (access control); the rest is for the worker. */
const DONE_WITHIN_MS = 5 * 60_000;

/**
 * Looks at the words of an order to let addresses go, before anything is asked for; every problem at once.
 * @returns the same with canonical addresses, without doubles
 * @throws FirebreakError BAD_INPUT with `problems`
 */
export function acceptUnblock(raw: RawUnblock): RawUnblock {
  const problems: InputProblem[] = [];
  const ranges = raw.addresses.map((text) => parseRange(text)?.text);
  raw.addresses.forEach((text, place) => {
    if (ranges[place] === undefined)
      problems.push({ path: text.slice(0, 80), message: 'not an IPv4 or IPv6 address or prefix' });
  });
  const addresses = [...new Set(ranges.flatMap((text) => text ?? []))];
  if (addresses.length > MOST_UNBLOCKED)
    problems.push({ path: 'address', message: `at most ${MOST_UNBLOCKED} in one order` });
  const wrong = reasonProblem(raw.reason);
  if (wrong !== undefined) problems.push({ path: '--reason', message: wrong });
  refuseIfAny(problems);
  return { ...raw, addresses, hosts: [...new Set(raw.hosts)] };
}

/**
 * Refuses what the incident does not block on these hosts, all of it at once. What was let go before may be ordered again: it may
 * have failed.
 * @throws FirebreakError BAD_INPUT with `problems`, UNKNOWN_INCIDENT, INCIDENT_CLOSED, WRONG_STATE
 */
export async function refuseNotBlocked(
  deps: Pick<OperationsDeps, 'incidents' | 'controls' | 'site' | 'temporal'>,
  { incident, addresses, hosts }: RawUnblock,
): Promise<void> {
  const { responseEndedAt } = await openIncident(deps, incident);
  if (responseEndedAt === null)
    throw new FirebreakError('WRONG_STATE', 'the response may still block the address; order it when it is over');
  const rows = (await Promise.all([deps.controls.active({ incident }), deps.controls.released(incident)])).flat();
  const blocked = rows.filter(
    ({ kind, host }) => kind === 'block-sources' && (hosts.length === 0 || hosts.includes(host)),
  );
  const known = new Set(blocked.map(({ target }) => target));
  const names = hosts.filter((host) => !blocked.some((row) => row.host === host));
  refuseIfAny([
    ...names.map((host) => ({
      path: '--host',
      message: unknownWord('host', host, [...deps.site.hosts.keys()]) ?? `${incident} blocks nothing on ${host}`,
    })),
    ...addresses
      .filter((address) => !known.has(address))
      .map((address) => ({ path: address, message: whyNot(incident, address, known) })),
  ]);
}

function whyNot(incident: IncidentId, address: string, known: ReadonlySet<string>): string {
  const range = parseRange(address);
  const outer = [...known].find((target) => {
    const candidate = parseRange(target);
    return range !== undefined && candidate !== undefined && contains(candidate, range);
  });
  return outer === undefined
    ? `${incident} does not block it`
    : `it lies in ${outer}, which ${incident} blocks as a whole`;
}

/**
 * Signs the order, sends it and waits until every host has been asked.
 * @returns undefined when it is taken but not over after 5 minutes; it goes on
 * @throws FirebreakError as `giveOrder`
 */
export async function unblock(
  deps: OperationsDeps,
  credentials: Credentials,
  { incident, addresses, hosts, reason }: RawUnblock,
): Promise<UnblockReply | undefined> {
  const request = { action: 'unblock', incident, targets: addresses, hosts, reason } as const;
  const taken = await sendOrder(deps, credentials, request, ({ handle, name, args, updateId }) =>
    handle.startUpdate<UnblockReply, [typeof args]>(name, { args: [args], updateId, waitForStage: 'ACCEPTED' }),
  );
  const until = Date.now() + DONE_WITHIN_MS;
  const client = await deps.temporal();
  try {
    return await client.withDeadline(until, () => taken.result());
  } catch (thrown) {
    if (Date.now() >= until) return undefined;
    throw fromTemporal(thrown);
  }
}

function refuseIfAny(problems: readonly InputProblem[]): void {
  if (problems.length === 0) return;
  throw new FirebreakError('BAD_INPUT', `${problems.length} problem${problems.length === 1 ? '' : 's'}.`, { problems });
}
