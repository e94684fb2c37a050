import { contains, parseRange } from '../../domain/addresses';
import { FirebreakError } from '../../domain/errors';
import { faultInEnglish } from '../../domain/fact-words';
import type { IncidentId } from '../../domain/ids';
import { knownIncident, refuseUnknown } from '../../operations/known-names';
import { acceptUnblock, refuseNotBlocked, unblock } from '../../operations/unblock';
import type { HostUnblocked } from '../../../workflows/messages';
import type { CommandContext, PersonOptions } from '../context';
import { credentialsOf } from '../context';
import { blockLines } from '../block-lines';
import type { RespondFlags } from './respond';
import { respondCommand } from './respond';

export async function blockListCommand(
  context: CommandContext,
  filter: { readonly incident?: IncidentId; readonly host?: string; readonly all?: boolean },
): Promise<number> {
  const { operations } = await context.firebreak();
  const { incident, host } = filter;
  if (incident !== undefined) await knownIncident(operations, incident);
  const rows = await operations.controls.active(filter);
  // A host that left the inventory may still hold controls.
  if (host !== undefined && rows.length === 0)
    refuseUnknown('host', [{ path: '--host', name: host }], operations.site.hosts.keys());
  context.output.result(rows, blockLines(rows, operations.now(), filter.all === true));
  return 0;
}

/** What an address is blocked by: by its own, and by every prefix that holds it. Asks the tables, not the hosts. */
export async function blockCheckCommand(context: CommandContext, address: string): Promise<number> {
  const range = parseRange(address);
  if (range === undefined)
    throw new FirebreakError('BAD_INPUT', `${JSON.stringify(address)} is no address and no prefix.`);
  const { operations } = await context.firebreak();
  const rows = (await operations.controls.active({})).filter(({ kind, target }) => {
    const held = kind === 'block-sources' ? parseRange(target) : undefined;
    return held !== undefined && contains(held, range);
  });
  const lines = blockLines(rows, operations.now(), true);
  context.output.result({ address: range.text, blocked: rows.length > 0, by: rows }, [
    rows.length === 0 ? `${range.text} is not blocked` : `${range.text} is blocked`,
    ...(rows.length === 0 ? [] : lines),
  ]);
  return 0;
}

export type BlockRemoveFlags = PersonOptions & { readonly reason: string; readonly host: readonly string[] };

/** Unblocks addresses and says, host by host, what came of it; asks for a code only when one of them is blocked. */
export async function blockRemoveCommand(
  context: CommandContext,
  incident: IncidentId,
  addresses: readonly string[],
  flags: BlockRemoveFlags,
): Promise<number> {
  const request = acceptUnblock({ incident, addresses, hosts: flags.host, reason: flags.reason });
  const { operations } = await context.firebreak();
  const credentials = await credentialsOf(context, flags, () => refuseNotBlocked(operations, request));
  const reply = await unblock(operations, credentials, request);
  if (reply === undefined) {
    context.output.say(`it is taken but not over yet: firebreak status ${incident}`);
    return 1;
  }
  const { hosts } = reply;
  context.output.result(
    { incident, targets: request.addresses, hosts },
    hosts.length === 0 ? ['nothing of it is in force any more'] : hosts.flatMap(hostLines),
  );
  return hosts.every(({ fault }) => fault === null) ? 0 : 1;
}

function hostLines({ host, unblocked, notInForce, notInForceTargets, notes, fault }: HostUnblocked): string[] {
  if (fault !== null) return [`${host}: NOT unblocked: ${faultInEnglish(fault)}`];
  const more = notInForce > notInForceTargets.length ? ', …' : '';
  return [
    `${host}: ${unblocked} unblocked`,
    ...(notInForce === 0 ? [] : [`  was not in force: ${notInForceTargets.join(', ')}${more}`]),
    ...notes.map((note) => `  ${note}`),
  ];
}

export type BlockAddFlags = Pick<
  RespondFlags,
  'host' | 'severityLevel' | 'title' | 'allowUnknown' | 'dryRun' | 'drill' | 'new' | 'wait'
> &
  PersonOptions & { readonly incidentType: string; readonly reason?: string };

/** `respond` in mode block with these addresses: a block needs an incident that owns it, its end and its evidence. */
export function blockAddCommand(
  context: CommandContext,
  addresses: readonly string[],
  flags: BlockAddFlags,
): Promise<number> {
  const { incidentType, ...rest } = flags;
  return respondCommand(context, {
    ...rest,
    incidentType: [incidentType],
    responseMode: 'block',
    source: addresses,
    account: [],
    segment: [],
    limit: [],
  });
}
