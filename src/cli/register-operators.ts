import type { Command } from 'commander';
import type { CommandContext, GlobalOptions, PersonOptions } from './context';
import { runCommand } from './context';
import type { OperatorAddFlags } from './commands/operator';

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

type Reason = PersonOptions & { readonly reason: string };

/**
 * A command on one operator that a person orders with both factors.
 * @param who gives the order, in the help
 * @param run loads what it needs only when it runs
 */
function ordered<Flags extends PersonOptions>(
  command: Command,
  who: string,
  run: (context: CommandContext, name: string, flags: Flags) => Promise<number>,
): void {
  command
    .option('--operator <name>', `${who} (or FIREBREAK_OPERATOR)`)
    .option('--identity <file>', 'SSH key that signs (or FIREBREAK_IDENTITY)')
    .option('--otp <code>', 'TOTP code of that person')
    .action(async () => {
      const [name = ''] = command.args;
      await runCommand(command.optsWithGlobals<GlobalOptions>(), (context) =>
        run(context, name, command.opts<Flags>()),
      );
    });
}

const adding = () => import('./commands/operator.js');
const changing = () => import('./commands/operator-changes.js');

/** Who may give orders: enrol, change, remove. */
export function registerOperators(program: Command): void {
  const operator = program.command('operator').description('Who may give orders.');
  ordered<OperatorAddFlags & PersonOptions>(
    operator
      .command('add <name>')
      .description('Let a worker enrol an operator; shows the TOTP secret once.')
      .requiredOption('--key <file>', 'public SSH key')
      .option('--role <role>', 'respond, approve, admin or detector; repeatable', collect, [])
      .option('--bootstrap', 'the first operator, on an empty table only; needs to read the workers’ key file'),
    'the admin who enrols',
    async (...given) => (await adding()).operatorAddCommand(...given),
  );
  ordered<Reason>(
    operator
      .command('remove <name>')
      .description('End an enrolment: no order of that person counts any more, under running incidents either.')
      .requiredOption('--reason <text>', 'why'),
    'the admin who removes',
    async (...given) => (await adding()).operatorRemoveCommand(...given),
  );
  registerChanges(operator);
  operator
    .command('list')
    .description('Enrolled operators with state and key.')
    .action(async (_options: unknown, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) =>
        (await adding()).operatorListCommand(context),
      ),
    );
}

function registerChanges(operator: Command): void {
  ordered<Reason>(
    operator
      .command('disable <name>')
      .description('Let no order of that person count until they are enabled, under running incidents either.')
      .requiredOption('--reason <text>', 'why'),
    'the admin who disables',
    async (...given) => (await changing()).operatorDisableCommand(...given),
  );
  ordered<Reason>(
    operator
      .command('enable <name>')
      .description('Let the orders of a disabled operator count again.')
      .requiredOption('--reason <text>', 'why'),
    'the admin who enables',
    async (...given) => (await changing()).operatorEnableCommand(...given),
  );
  ordered<Reason & { readonly recovery?: boolean }>(
    operator
      .command('unlock <name>')
      .description('Unlock an operator after five wrong codes.')
      .requiredOption('--reason <text>', 'why')
      .option('--recovery', 'unlock yourself with a recovery code, which is asked for; makes a new TOTP secret'),
    'the admin who unlocks',
    async (...given) => (await changing()).operatorUnlockCommand(...given),
  );
  ordered<Reason & { readonly role: readonly string[] }>(
    operator
      .command('roles <name>')
      .description('Give an operator other roles, in the place of those they have.')
      .requiredOption('--role <role>', 'respond, approve, admin; repeatable', collect, [])
      .requiredOption('--reason <text>', 'why'),
    'the admin who changes them',
    async (...given) => (await changing()).operatorRolesCommand(...given),
  );
  ordered<Reason & { readonly key?: string }>(
    operator
      .command('rotate <name>')
      .description('Make a new TOTP secret, shown once, and take a new SSH key; unlocks, and ends recovery codes.')
      .option('--key <file>', 'new public SSH key')
      .requiredOption('--reason <text>', 'why'),
    'the admin who rotates',
    async (...given) => (await changing()).operatorRotateCommand(...given),
  );
  ordered<PersonOptions>(
    operator
      .command('recovery-codes')
      .description('Make recovery codes for yourself, an admin, shown once; earlier ones end.'),
    'you',
    async (context, _name, flags) => (await changing()).operatorRecoveryCodesCommand(context, flags),
  );
}
