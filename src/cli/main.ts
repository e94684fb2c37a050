#!/usr/bin/env node
import { Command, Option } from 'commander';
import { packageVersion } from './context';
import { registerOrders } from './register-orders';
import { registerOperation } from './register-operation';
import { registerRespond } from './register-respond';
import { registerViews } from './register-views';

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 bad input, 3 not authorised, 4 finished but people must act, 5 a needed service is unreachable.
Data goes to stdout, talk to stderr; every command takes --json.`;

function main(): void {
  const program = new Command('firebreak')
    .description('Durable incident response: warn, contain, prove, report.')
    .version(packageVersion())
    .addOption(new Option('--config <file>', 'configuration file').env('FIREBREAK_CONFIG'))
    .option('--json', 'print data as JSON')
    .showHelpAfterError('(try --help)')
    .addHelpText('after', EXIT_CODES)
    .enablePositionalOptions(false)
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : 2);
    });
  registerRespond(program);
  registerViews(program);
  registerOrders(program);
  registerOperation(program);
  void program.parseAsync(process.argv);
}

main();
