import type { Command } from 'commander';
import { Option } from 'commander';
import type { OrderRequest } from '../operations/give-order';
import type { GlobalOptions, PersonOptions } from './context';
import { asIncidentId, runCommand } from './context';

type OrderFlags = PersonOptions & {
  readonly reason?: string;
  readonly as?: string;
  readonly plan?: string;
  readonly wait?: boolean;
  readonly gone?: readonly string[];
};

const DEFAULT_REASON = 'no reason given';

/** Who gives an order, and why. */
export function withPerson(command: Command): Command {
  return withIdentity(command.option('--reason <text>', 'why; kept in the ledger', DEFAULT_REASON));
}

export function withIdentity(command: Command): Command {
  return command
    .option('--operator <name>', 'who gives the order (or FIREBREAK_OPERATOR)')
    .option('--identity <file>', 'SSH key that signs (or FIREBREAK_IDENTITY)')
    .option('--otp <code>', 'TOTP code; asked for on a terminal');
}

function order(
  program: Command,
  name: string,
  description: string,
  request: (incident: ReturnType<typeof asIncidentId>, flags: OrderFlags) => OrderRequest,
  extra: (command: Command) => Command = (command) => command,
): void {
  extra(withPerson(program.command(`${name} <incident>`).description(description))).action(
    async (id: string, flags: OrderFlags, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { orderCommand } = await import('./commands/order.js');
        return orderCommand(context, request(asIncidentId(id), flags), flags);
      }),
  );
}

/** Orders to a running incident: each carries both factors (B15). */
export function registerOrders(program: Command): void {
  const reasonOf = (flags: OrderFlags): string => flags.reason ?? DEFAULT_REASON;
  order(
    program,
    'classify',
    'Name the type of an incident that was reported as unknown or contradictory.',
    (incident, flags) => ({
      action: 'classify',
      incident,
      type: flags.as as 'intrusion' | 'malware' | 'ddos',
      reason: reasonOf(flags),
    }),
    (command) =>
      command.addOption(
        new Option('--as <type>', 'the type').choices(['intrusion', 'malware', 'ddos']).makeOptionMandatory(),
      ),
  );
  for (const action of ['approve', 'reject'] as const) {
    order(
      program,
      action,
      `${action === 'approve' ? 'Approve' : 'Reject'} the acts that need it; never your own request.`,
      (incident, flags) => ({ action, incident, plan: flags.plan ?? '', reason: reasonOf(flags) }),
      (command) => command.requiredOption('--plan <hash>', 'the plan you decide on: at least 8 characters of its hash'),
    );
  }
  order(program, 'ack', 'Say that you have seen the incident.', (incident, flags) => ({
    action: 'acknowledge',
    incident,
    reason: reasonOf(flags),
  }));
  order(
    program,
    'take-over',
    'Take over by hand: Firebreak stops acting, preserves, seals and reports.',
    (incident, flags) => ({ action: 'take-over', incident, reason: reasonOf(flags) }),
  );
  order(program, 'escalate', 'Call in the next people.', (incident, flags) => ({
    action: 'escalate',
    incident,
    reason: reasonOf(flags),
  }));
  for (const action of ['stand-down', 'release'] as const) {
    order(
      program,
      action,
      action === 'release'
        ? 'Undo this incident’s controls exactly, and close it.'
        : 'End a false alarm: everything is undone.',
      (incident, { gone = [], ...flags }) => ({
        action,
        incident,
        ...(gone.length === 0 ? {} : { gone: [...new Set(gone)].sort() }),
        reason: reasonOf(flags),
      }),
      (command) =>
        command
          .option('--wait', 'wait until everything is undone')
          .option(
            '--gone <host>',
            'its machine, or its journal of an act, is gone: give up what cannot be undone there; repeatable',
            (name: string, before: readonly string[]) => [...before, name],
            [],
          ),
    );
  }
}
