import { faultInEnglish } from '../../domain/fact-words';
import type { IncidentId } from '../../domain/ids';
import { knownIncident, refuseUnknown } from '../../operations/known-names';
import { acceptUnblock, refuseNotBlocked, unblock } from '../../operations/unblock';
import type { HostUnblocked } from '../../../workflows/messages';
import type { CommandContext, PersonOptions } from '../context';
import { credentialsOf } from '../context';
import { table } from '../output';
import { duration } from '../times';
import type { RespondFlags } from './respond';
import { respondCommand } from './respond';

export async function blockListCommand(
  context: CommandContext,
  filter: { readonly incident?: IncidentId; readonly host?: string },
): Promise<number> {
  const { operations } = await context.firebreak();
  const { incident, host } = filter;
  if (incident !== undefined) await knownIncident(operations, incident);
  const rows = await operations.controls.active(filter);
  // A host that left the inventory may still hold controls.
  if (host !== undefined && rows.length === 0)
    refuseUnknown('host', [{ path: '--host', name: host }], operations.site.hosts.keys());
  const now = operations.now().getTime();
  context.output.result(
    rows,
    rows.length === 0
      ? ['nothing is in force']
      : table([
          ['HOST', 'KIND', 'TARGET', 'INCIDENT', 'RUNG', 'LEFT'],
          ...rows.map((row) => [
            row.host,
            row.kind,
            row.target,
            row.incident,
            row.rung,
            duration(Date.parse(row.expiresAt) - now),
          ]),
        ]),
  );
  return 0;
}

export type BlockRemoveFlags = PersonOptions & { readonly reason: string; readonly host: readonly string[] };

/** Lets addresses go and says, host by host, what came of it; asks for a code only when there is something to let go. */
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
  if (fault !== null) return [`${host}: NOT let go: ${faultInEnglish(fault)}`];
  const more = notInForce > notInForceTargets.length ? ', …' : '';
  return [
    `${host}: ${unblocked} let go`,
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
