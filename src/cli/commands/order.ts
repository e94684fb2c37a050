import type { OrderRequest } from '../../operations/give-order';
import { acceptReason, giveOrder, openIncident, refuseUnknownGone } from '../../operations/give-order';
import { failedUndos, followIncident, incidentStatus } from '../../operations/status';
import type { CommandContext, PersonOptions } from '../context';
import { credentialsOf } from '../context';
import { withSignOfLife } from '../sign-of-life';
import { statusLines, statusValue } from '../status-lines';

/** Gives one order and says what it did. */
export async function orderCommand(
  context: CommandContext,
  request: OrderRequest,
  flags: PersonOptions & { readonly wait?: boolean },
): Promise<number> {
  acceptReason(request);
  const { operations } = await context.firebreak();
  const credentials = await credentialsOf(context, flags, async () => {
    await openIncident(operations, request.incident);
    await refuseUnknownGone(operations, request);
  });
  const failed = flags.wait === true ? await failedUndos(operations, request.incident) : [];
  const told = new Set(failed.map(({ action, at }) => `${action} ${at}`));
  const reply = await giveOrder(operations, credentials, request);
  if (flags.wait !== true) {
    context.output.result(reply, [`${reply.incident}: ${reply.done} taken`]);
    return 0;
  }
  context.output.say(`${reply.incident}: ${reply.done} taken`);
  const closed = followIncident(operations, request.incident, {
    until: 'closed',
    signal: AbortSignal.timeout(600_000),
    onChange: (seen) => context.output.say(`${request.incident}  ${seen.phase}`),
    // What an undo waits for, so that nobody believes that it is stuck.
    onLook: async () => {
      for (const { action, at, code, detail } of await failedUndos(operations, request.incident)) {
        const key = `${action} ${at}`;
        if (told.has(key)) continue;
        told.add(key);
        context.output.say(`${action} is not undone so far: ${detail ?? code ?? 'for a reason that is not on record'}`);
      }
    },
  });
  const row = await withSignOfLife(context, `waiting until ${request.incident} is closed`, closed);
  const status = await incidentStatus(operations, request.incident);
  context.output.result(statusValue(status), statusLines(status, operations.site.timeZone));
  return row.needsHuman || row.closedAt === null ? 4 : 0;
}
