import type { Command } from 'commander';
import type { GlobalOptions, PersonOptions } from './context';
import { runCommand } from './context';
import type { OperatorAddFlags } from './commands/operator';

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

type Reason = PersonOptions & { readonly reason: string };

/** Both factors of the person who gives the order. */
function withPerson(command: Command, who: string): Command {
  return command
    .option('--operator <name>', `${who} (or FIREBREAK_OPERATOR)`)
    .option('--identity <file>', 'SSH key that signs (or FIREBREAK_IDENTITY)')
    .option('--otp <code>', 'TOTP code of that person');
}

/** Who may give orders: enrol, change, remove. */
export function registerOperators(program: Command): void {
  const operator = program.command('operator').description('Who may give orders.');
  withPerson(
    operator
      .command('add <name>')
      .description('Let a worker enrol an operator; shows the TOTP secret once.')
      .requiredOption('--key <file>', 'public SSH key')
      .option('--role <role>', 'respond, approve, admin or detector; repeatable', collect, [])
      .option('--bootstrap', 'the first operator, on an empty table only; needs to read the workers’ key file'),
    'the admin who enrols',
  ).action(async (name: string, options: OperatorAddFlags & PersonOptions, command: Command) =>
    runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
      const { operatorAddCommand } = await import('./commands/operator.js');
      return operatorAddCommand(context, name, options);
    }),
  );
  withPerson(
    operator
      .command('remove <name>')
      .description('End an enrolment: no order of that person counts any more, under running incidents either.')
      .requiredOption('--reason <text>', 'why'),
    'the admin who removes',
  ).action(async (name: string, options: Reason, command: Command) =>
    runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
      const { operatorRemoveCommand } = await import('./commands/operator.js');
      return operatorRemoveCommand(context, name, options);
    }),
  );
  registerChanges(operator);
  operator
    .command('list')
    .description('Enrolled operators with state and key.')
    .action(async (_options: unknown, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { operatorListCommand } = await import('./commands/operator.js');
        return operatorListCommand(context);
      }),
    );
}

function registerChanges(operator: Command): void {
  withPerson(
    operator
      .command('disable <name>')
      .description('Let no order of that person count until they are enabled, under running incidents either.')
      .requiredOption('--reason <text>', 'why'),
    'the admin who disables',
  ).action(async (name: string, options: Reason, command: Command) =>
    runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
      const { operatorDisableCommand } = await import('./commands/operator-changes.js');
      return operatorDisableCommand(context, name, options);
    }),
  );
  withPerson(
    operator
      .command('enable <name>')
      .description('Let the orders of a disabled operator count again.')
      .requiredOption('--reason <text>', 'why'),
    'the admin who enables',
  ).action(async (name: string, options: Reason, command: Command) =>
    runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
      const { operatorEnableCommand } = await import('./commands/operator-changes.js');
      return operatorEnableCommand(context, name, options);
    }),
  );
  withPerson(
    operator
      .command('unlock <name>')
      .description('Unlock an operator after five wrong codes.')
      .requiredOption('--reason <text>', 'why')
      .option('--recovery', 'unlock yourself with a recovery code, which is asked for; makes a new TOTP secret'),
    'the admin who unlocks',
  ).action(async (name: string, options: Reason & { readonly recovery?: boolean }, command: Command) =>
    runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
      const { operatorUnlockCommand } = await import('./commands/operator-changes.js');
      return operatorUnlockCommand(context, name, options);
    }),
  );
  withPerson(
    operator
      .command('roles <name>')
      .description('Give an operator other roles, in the place of those they have.')
      .requiredOption('--role <role>', 'respond, approve, admin; repeatable', collect, [])
      .requiredOption('--reason <text>', 'why'),
    'the admin who changes them',
  ).action(async (name: string, options: Reason & { readonly role: readonly string[] }, command: Command) =>
    runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
      const { operatorRolesCommand } = await import('./commands/operator-changes.js');
      return operatorRolesCommand(context, name, options);
    }),
  );
  withPerson(
    operator
      .command('rotate <name>')
      .description('Make a new TOTP secret, shown once, and take a new SSH key; unlocks, and ends recovery codes.')
      .option('--key <file>', 'new public SSH key')
      .requiredOption('--reason <text>', 'why'),
    'the admin who rotates',
  ).action(async (name: string, options: Reason & { readonly key?: string }, command: Command) =>
    runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
      const { operatorRotateCommand } = await import('./commands/operator-changes.js');
      return operatorRotateCommand(context, name, options);
    }),
  );
  withPerson(
    operator
      .command('recovery-codes')
      .description('Make recovery codes for yourself, an admin, shown once; earlier ones end.'),
    'you',
  ).action(async (options: PersonOptions, command: Command) =>
    runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
      const { operatorRecoveryCodesCommand } = await import('./commands/operator-changes.js');
      return operatorRecoveryCodesCommand(context, options);
    }),
  );
}
