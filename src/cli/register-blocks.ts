import type { Command } from 'commander';
import { Option } from 'commander';
import { INCIDENT_TYPES, SEVERITIES } from '../domain/words';
import type { BlockAddFlags, BlockRemoveFlags } from './commands/block';
import type { GlobalOptions } from './context';
import { asIncidentId, runCommand } from './context';
import { withIdentity, withPerson } from './register-orders';

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

const ADD_HELP = `
A block belongs to an incident: this declares one, in mode block, with all of \`respond\`'s checks, evidence and notices. An incident
of the type that is open on a host is not added to: it is shown, and --new declares another.`;

/** Single blocks (U2): what is in force, and addresses that are blocked or unblocked. */
export function registerBlocks(program: Command): void {
  const block = program.command('block').description('Controls in force; block or unblock single addresses.');
  block
    .command('list')
    .description('What is in force, where, why and until when.')
    .option('--incident <id>')
    .option('--host <name>')
    .option('--all', 'a line for each address')
    .action(async (options: { incident?: string; host?: string; all?: boolean }, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { blockListCommand } = await import('./commands/block.js');
        return blockListCommand(context, {
          ...(options.incident === undefined ? {} : { incident: asIncidentId(options.incident) }),
          ...(options.host === undefined ? {} : { host: options.host }),
          all: options.all === true,
        });
      }),
    );
  block
    .command('check <address>')
    .description('Whether an address or prefix is blocked, where, by which incident and until when.')
    .action(async (address: string, _options: unknown, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { blockCheckCommand } = await import('./commands/block.js');
        return blockCheckCommand(context, address);
      }),
    );
  withPerson(
    block
      .command('remove <incident> <address...>')
      .description('Unblock single addresses of an incident on its hosts; the incident and its other controls stay.')
      .option('--host <name>', 'only on this host; repeatable', collect, []),
  ).action(async (id: string, addresses: string[], flags: BlockRemoveFlags, command: Command) =>
    runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
      const { blockRemoveCommand } = await import('./commands/block.js');
      return blockRemoveCommand(context, asIncidentId(id), addresses, flags);
    }),
  );
  withIdentity(
    block
      .command('add <address...>')
      .description('Block addresses on hosts: declares an incident that owns them.')
      .option('--host <name>', 'host of the inventory; repeatable, at least one', collect, [])
      .addOption(new Option('--incident-type <type>', 'the type').choices(INCIDENT_TYPES).makeOptionMandatory())
      .addOption(new Option('--severity-level <level>', 'the severity').choices(SEVERITIES).default('medium'))
      .option('--title <text>', 'one line')
      .option('--reason <text>', 'why; kept with the incident')
      .option('--allow-unknown', 'declare although a host is not in the inventory')
      .option('--dry-run', 'show the plan, change nothing')
      .option('--drill', 'exercise: every message is marked DRILL/訓練, hosts are only checked')
      .option('--new', 'declare although an incident of this type is open on the host')
      .option('--wait', 'follow until the response has ended; Ctrl-C detaches, the response goes on')
      .addHelpText('after', ADD_HELP),
  ).action(async (addresses: string[], flags: BlockAddFlags, command: Command) =>
    runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
      const { blockAddCommand } = await import('./commands/block.js');
      return blockAddCommand(context, addresses, flags);
    }),
  );
}
