import type { Command } from 'commander';
import type { GlobalOptions } from './context';
import { runCommand } from './context';
import type { RespondFlags } from './commands/respond';

const collect = (value: string, before: readonly string[]): string[] => [...before, value];

/** `respond`: the trigger (B1, U1). */
export function registerRespond(program: Command): void {
  program
    .command('respond')
    .description('Declare an incident and respond to it.')
    .option(
      '--incident-type <type>',
      'intrusion, malware, ddos or unknown; repeat for a compound incident',
      collect,
      [],
    )
    .option('--severity-level <level>', 'critical, high or medium')
    .option('--response-mode <mode>', 'isolate, monitor or block')
    .option('--incident <file>', 'incident document (JSON, at most 4 MB); - for stdin')
    .option('--title <text>', 'one line, when the document has none')
    .option('--host <name>', 'host of the inventory; repeatable', collect, [])
    .option('--source <address>', 'address or prefix to cut off; repeatable', collect, [])
    .option('--sources-file <file>', 'one address or prefix a line; - for stdin')
    .option('--account <name>', 'account to disable, or host/name; repeatable', collect, [])
    .option('--segment <name>', 'segment to isolate; repeatable', collect, [])
    .option('--reason <text>', 'why; demanded for critical × monitor')
    .option('--deadline <duration>', 'shorter than 30m')
    .option(
      '--limit <name=duration>',
      'shorter time share: humanClassification, accessControl, forcedIsolation, logs, alternativeLogs',
      collect,
      [],
    )
    .option('--operator <name>', 'who gives the order (or FIREBREAK_OPERATOR)')
    .option('--identity <file>', 'SSH key that signs; a public key means ssh-agent (or FIREBREAK_IDENTITY)')
    .option('--otp <code>', 'TOTP code; asked for on a terminal')
    .option('--detector', 'the order comes from a detector’s service identity, not a person')
    .option('--allow-unknown', 'declare although hosts or segments are not in the inventory')
    .option('--dry-run', 'show the plan, change nothing')
    .option('--drill', 'exercise: every message is marked DRILL/訓練, hosts are only checked')
    .option('--new', 'declare although an incident of this type is open on the host')
    .option('--wait', 'follow until the response has ended; Ctrl-C detaches, the response goes on')
    .action(async (options: RespondFlags, command: Command) => {
      await runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { respondCommand } = await import('./commands/respond.js');
        return respondCommand(context, options);
      });
    });
}
