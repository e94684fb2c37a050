import { join } from 'node:path';
import type { Command } from 'commander';
import { Option } from 'commander';
import { CHECKOUT } from '../config/load';
import type { GlobalOptions } from './context';
import { runCommand } from './context';
import type { HostAddFlags } from './commands/host-inventory';
import type { LabDownFlags, LabUpFlags } from './commands/lab';
import { registerOperators } from './register-operators';

/** Where `up` and `lab up` put everything: beside the program, wherever somebody stands. */
const EMBEDDED_DIRECTORY = join(CHECKOUT, 'var/firebreak');
const collect = (value: string, before: readonly string[]): string[] => [...before, value];

/** Commands of those who run Firebreak. */
export function registerOperation(program: Command): void {
  registerHosts(program);
  registerOperators(program);

  program
    .command('doctor')
    .description('Check everything a run needs, before the incident does.')
    .action(async (_options: unknown, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { doctorCommand } = await import('./commands/doctor.js');
        return doctorCommand(context);
      }),
    );

  program
    .command('up')
    .description('Run the embedded stack: PostgreSQL, Temporal with its UI, two workers; Ctrl-C ends it.')
    .option('--directory <path>', 'where its data lies', EMBEDDED_DIRECTORY)
    .action(async (options: { directory: string }, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { upCommand } = await import('./commands/up.js');
        return upCommand(context, {
          directory: options.directory,
          configFile: command.optsWithGlobals<GlobalOptions>().config,
        });
      }),
    );

  program
    .command('demo')
    .description('A lab under attack, the response, and the proof.')
    .option('--once', 'end when the proof is printed')
    .action(async (options: { once?: boolean }, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { demoCommand } = await import('./commands/demo.js');
        return demoCommand(context, options.once === true);
      }),
    );

  const setup = program.command('setup').description('Prepare a production installation.');
  setup
    .command('database')
    .description(
      'Roles, rights and tables; again after every upgrade. Needs FIREBREAK_ADMIN_DATABASE_URL and FIREBREAK_WORKER_, FIREBREAK_CLI_ and FIREBREAK_READER_DATABASE_PASSWORD.',
    )
    .action(async (_options: unknown, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { setupDatabaseCommand } = await import('./commands/setup.js');
        return setupDatabaseCommand(context);
      }),
    );
  setup
    .command('keys')
    .description(
      'Make the keys of the workers that are not there yet: evidence signing, TOTP, SSH, payload codec. Run it as their account.',
    )
    .action(async (_options: unknown, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { setupKeysCommand } = await import('./commands/setup.js');
        return setupKeysCommand(context);
      }),
    );

  registerCodec(program, setup);
  program
    .command('metrics')
    .description('Serve figures of incidents, acts, notices, controls and the ledger to Prometheus; Ctrl-C ends it.')
    .option('--bind <host:port>', 'where it listens', '127.0.0.1:9465')
    .action(async (options: { bind: string }, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { metricsCommand } = await import('./commands/metrics.js');
        return metricsCommand(context, options.bind);
      }),
    );

  const lab = program.command('lab').description('Real Debian hosts on this machine, to practise on.');
  lab
    .command('up')
    .description('Boot the lab and put its hosts into the configuration.')
    .option('--host <name>', 'a host; default web-1 and db-1 behind gw-1', collect, [])
    .option('--hostile <name>', 'one of them that an attacker owns; repeatable', collect, [])
    .option('--signer <name=file>', 'operator and public key whose orders the hosts obey; repeatable', collect, [])
    .option('--directory <path>', 'directory of `firebreak up`', EMBEDDED_DIRECTORY)
    .option(
      '--replace',
      'in the place of the lab that is up, and of hosts, people, SSH key and signers in the configuration that are no lab’s',
    )
    .action(async (options: Omit<LabUpFlags, 'configFile'>, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { labUpCommand } = await import('./commands/lab.js');
        return labUpCommand(context, { ...options, configFile: command.optsWithGlobals<GlobalOptions>().config });
      }),
    );
  lab
    .command('list')
    .description('All labs of this machine, and whose they are.')
    .option('--directory <path>', 'directory of `firebreak up`', EMBEDDED_DIRECTORY)
    .action(async (options: { directory: string }, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { labListCommand } = await import('./commands/lab.js');
        return labListCommand(context, options);
      }),
    );
  lab
    .command('down')
    .argument('[lab]', 'id; default the lab of the directory')
    .description('Remove our lab and what killed runs left; only what was recorded as ours.')
    .option('--directory <path>', 'directory of `firebreak up`', EMBEDDED_DIRECTORY)
    .option('--all', 'also labs of others, and those that a running demo or test is using')
    .action(async (id: string | undefined, options: LabDownFlags, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { labDownCommand } = await import('./commands/lab.js');
        return labDownCommand(context, id, options);
      }),
    );
}

function registerCodec(program: Command, setup: Command): void {
  program
    .command('codec-server')
    .description('Decode payloads on loopback for the Temporal UI; Ctrl-C ends it.')
    .action(async (_options: unknown, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { codecServerCommand } = await import('./commands/codec.js');
        return codecServerCommand(context);
      }),
    );
  setup
    .command('codec-key')
    .description('Add a key to the payload codec that only reads; later make it the one that writes.')
    .option('--activate', 'the key that was added last encrypts from now on')
    .action(async (options: { activate?: boolean }, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { setupCodecKeyCommand } = await import('./commands/codec.js');
        return setupCodecKeyCommand(context, options.activate === true);
      }),
    );
}

function registerHosts(program: Command): void {
  const host = program.command('host').description('The inventory.');
  host
    .command('add <name>')
    .description('Scan a host’s key, show its fingerprint, pin it once confirmed.')
    .requiredOption('--address <address>')
    .option('--port <port>', 'SSH port', '22')
    .option('--management <prefix>', 'prefix that keeps SSH access during isolation; repeatable', collect, [])
    .option('--gateway <name>', 'inventory name of its gateway')
    .addOption(new Option('--role <role>').choices(['host', 'gateway']).default('host'))
    .addOption(new Option('--isolation <rule>').choices(['allowed', 'approval', 'never']).default('allowed'))
    .option('--fingerprint <SHA256:…>', 'the fingerprint you expect; without it you are asked')
    .action(async (name: string, options: HostAddFlags, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { hostAddCommand } = await import('./commands/host-inventory.js');
        return hostAddCommand(context, name, options);
      }),
    );
  host
    .command('edit <name>')
    .description('Change what the inventory says of a host; shows what it was.')
    .option('--address <address>')
    .option('--port <port>', 'SSH port')
    .option('--management <prefix>', 'in place of its prefixes; repeatable', collect, [])
    .option('--gateway <name>', 'inventory name of its gateway')
    .addOption(new Option('--role <role>').choices(['host', 'gateway']))
    .addOption(new Option('--isolation <rule>').choices(['allowed', 'approval', 'never']))
    .action(async (name: string, options: Omit<HostAddFlags, 'fingerprint'>, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { hostEditCommand } = await import('./commands/host-inventory.js');
        return hostEditCommand(context, name, options);
      }),
    );
  host
    .command('repin <name>')
    .description('Scan a re-installed host’s key and pin it once confirmed.')
    .option('--fingerprint <SHA256:…>', 'the fingerprint you expect; without it you are asked')
    .action(async (name: string, options: { fingerprint?: string }, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { hostRepinCommand } = await import('./commands/host-inventory.js');
        return hostRepinCommand(context, name, options);
      }),
    );
  host
    .command('remove <name>')
    .description('Take a host out of the inventory, unless something is in force there.')
    .action(async (name: string, _options: unknown, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { hostRemoveCommand } = await import('./commands/host-inventory.js');
        return hostRemoveCommand(context, name);
      }),
    );
  host
    .command('list')
    .description('The inventory with its guards.')
    .action(async (_options: unknown, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { hostListCommand } = await import('./commands/host.js');
        return hostListCommand(context);
      }),
    );
  host
    .command('check [name...]')
    .description('Connect, check key, gate, sudo, packet filter, clock, load, and whose orders open it.')
    .action(async (names: string[], _options: unknown, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { hostCheckCommand } = await import('./commands/host.js');
        return hostCheckCommand(context, names);
      }),
    );
  host
    .command('setup <name>')
    .description(
      'Print the shell script that root runs on a host: account, key, gate, lists of programs, signers, emergency keys.',
    )
    .option('--from <prefix>', 'addresses the key is good from; repeatable', collect, [])
    .option('--from-anywhere', 'the key is good from any address')
    .action(async (name: string, options: { from: string[]; fromAnywhere?: boolean }, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { hostSetupCommand } = await import('./commands/host.js');
        return hostSetupCommand(context, name, options);
      }),
    );
  host
    .command('programs [program]')
    .description('List the programs that hosts run, or print one by its name or SHA-256.')
    .action(async (program: string | undefined, _: object, command: Command) =>
      runCommand(command.optsWithGlobals<GlobalOptions>(), async (context) => {
        const { hostProgramsCommand } = await import('./commands/host.js');
        return hostProgramsCommand(context, program);
      }),
    );
}
