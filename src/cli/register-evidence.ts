import type { Command } from 'commander';
import type { EvidenceOrder } from '../domain/order';
import type { GlobalOptions, PersonOptions } from './context';
import { asIncidentId, runCommand } from './context';
import { withIdentity } from './register-orders';

type EvidenceOrderFlags = PersonOptions & { readonly reason: string; readonly to?: string };

/** Commands about sealed evidence: those that look, and orders of people, which a worker carries out (E7). */
export function registerEvidence(program: Command): void {
  const evidence = program.command('evidence').description('The sealed evidence of an incident.');
  evidence
    .command('verify <incident>')
    .description('Check the bag against a pinned key and this incident; every fault is listed.')
    .option('--bag <directory>', 'a copy elsewhere')
    .option('--key <vkey>', 'the pinned verification key; default: this installation’s')
    .action(async (id: string, options: { bag?: string; key?: string }, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { verifyCommand } = await import('./commands/evidence.js');
        return verifyCommand(context, asIncidentId(id), options);
      }),
    );
  evidence
    .command('show <incident>')
    .description('What is in the bag.')
    .action(async (id: string, _options: unknown, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { showCommand } = await import('./commands/evidence.js');
        return showCommand(context, asIncidentId(id));
      }),
    );
  evidence
    .command('export <incident>')
    .description(
      'Hand the sealed bag out as one tar file; verified first, and written to the ledger before it is there.',
    )
    .requiredOption('--to <file>', 'a new file')
    .requiredOption('--reason <text>', 'what for, and for whom; kept in the ledger')
    .option('--supplement <number>', 'this supplement bag instead of the first bag, from 2')
    .action(async (id: string, options: { to: string; reason: string; supplement?: string }, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { exportCommand } = await import('./commands/evidence.js');
        return exportCommand(context, asIncidentId(id), options);
      }),
    );

  evidence
    .command('verifier')
    .description('The genuine verify.py for strangers: its SHA-256, or with --print its text.')
    .option('--print', 'the text itself')
    .action(async (options: { print?: boolean }, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { verifierCommand } = await import('./commands/evidence.js');
        return verifierCommand(context, options.print === true);
      }),
    );

  evidence
    .command('custody <incident>')
    .description('Who had the evidence, when and what for, as the ledger tells it.')
    .action(async (id: string, _options: unknown, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { custodyCommand } = await import('./commands/evidence-orders.js');
        return custodyCommand(context, asIncidentId(id));
      }),
    );

  evidenceOrder(
    evidence,
    'supplement',
    'Collect what came after the last seal, and seal it in a supplement bag.',
    'what is added and why; kept in bag and ledger',
    (incident, { reason }) => ({ action: 'evidence-supplement', incident, reason }),
  );
  evidenceOrder(
    evidence,
    'transfer',
    'Record who has custody of the evidence from now on; every bag is verified first. Hand it out with `evidence export`.',
    'what for; kept in the ledger',
    (incident, { reason, to = '' }) => ({ action: 'evidence-transfer', incident, to, reason }),
    (command) => command.requiredOption('--to <receiver>', 'person and organisation'),
  );
  evidenceOrder(
    evidence,
    'dispose',
    'Delete the collected bytes for good, when the time to keep them is over. What proves that they were there stays.',
    'why, and by which rule; kept in bag and ledger',
    (incident, { reason }) => ({ action: 'evidence-dispose', incident, reason }),
  );
}

function evidenceOrder(
  evidence: Command,
  name: string,
  description: string,
  why: string,
  order: (incident: ReturnType<typeof asIncidentId>, flags: EvidenceOrderFlags) => EvidenceOrder,
  extra: (command: Command) => Command = (command) => command,
): void {
  const command = extra(evidence.command(`${name} <incident>`).description(description));
  withIdentity(command.requiredOption('--reason <text>', why)).action(
    async (id: string, flags: EvidenceOrderFlags, ran: Command) =>
      runCommand(ran.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { evidenceOrderCommand } = await import('./commands/evidence-orders.js');
        return evidenceOrderCommand(context, order(asIncidentId(id), flags), flags);
      }),
  );
}
