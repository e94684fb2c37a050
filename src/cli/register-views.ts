import type { Command } from 'commander';
import type { StatusFlags } from './commands/status';
import type { GlobalOptions } from './context';
import { asIncidentId, runCommand } from './context';

/** Commands that only look: they need no authority and no Temporal. */
export function registerViews(program: Command): void {
  program
    .command('status [incident...]')
    .description('Where an incident stands; without an id, the open ones.')
    .option('--watch', 'follow until the response has ended')
    .option('--timeline', 'what happened, in the order of time')
    .option('--notifications', 'every message: to whom, by what, what came of it')
    .action(async (ids: string[], flags: StatusFlags, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { statusCommand, listCommand } = await import('./commands/status.js');
        if (ids.length === 0) return listCommand(context, { all: false, limit: 20 });
        return statusCommand(context, ids.map(asIncidentId), flags);
      }),
    );

  program
    .command('list')
    .description('Incidents, newest first.')
    .option('--all', 'closed ones too')
    .option('--limit <n>', 'at most this many', '20')
    .action(async (options: { all?: boolean; limit: string }, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { listCommand } = await import('./commands/status.js');
        return listCommand(context, { all: options.all === true, limit: Number(options.limit) });
      }),
    );

  program
    .command('report <incident>')
    .description('Where the report lies; --print writes its JSON to stdout.')
    .option('--print', 'the JSON itself')
    .action(async (id: string, options: { print?: boolean }, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { reportCommand } = await import('./commands/report.js');
        return reportCommand(context, asIncidentId(id), options.print === true);
      }),
    );

  const audit = program.command('audit').description('The append-only audit ledger.');
  audit
    .command('verify')
    .description('Walk the whole chain over the stored bytes.')
    .action(async (_options: unknown, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { auditVerifyCommand } = await import('./commands/audit.js');
        return auditVerifyCommand(context);
      }),
    );
  audit
    .command('export')
    .description('The stored lines, one JSON object a line; they verify offline.')
    .action(async (_options: unknown, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { auditExportCommand } = await import('./commands/audit.js');
        return auditExportCommand(context);
      }),
    );

  const config = program.command('config').description('The configuration.');
  config
    .command('check')
    .description('Effective values with their origin; every problem at once.')
    .action(async (_options: unknown, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { configCheckCommand } = await import('./commands/config.js');
        return configCheckCommand(context);
      }),
    );
}
