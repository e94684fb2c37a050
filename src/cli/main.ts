#!/usr/bin/env node
import { Command, Option } from 'commander';
import { FirebreakError } from '../domain/errors';
import { packageVersion } from './context';
import { createOutput, showError } from './output';
import { registerBlocks } from './register-blocks';
import { registerEvidence } from './register-evidence';
import { registerOrders } from './register-orders';
import { registerOperation } from './register-operation';
import { registerRespond } from './register-respond';
import { registerViews } from './register-views';

const EXIT_CODES = `
Exit codes: 0 done, 1 failed, 2 bad input, 3 not authorised, 4 finished but people must act, 5 a needed service is unreachable.
Data goes to stdout, talk to stderr; every command takes --json.`;

/** What commander finds wrong in the words themselves, in the shape of every other error (U3). */
function showUsageError(text: string): void {
  const json = process.argv.includes('--json');
  if (!json) process.stderr.write(text);
  else if (text.startsWith('error: '))
    showError(createOutput(true), new FirebreakError('BAD_INPUT', text.slice('error: '.length).trim()));
}

/** Whoever reads our output may stop reading (`| head`): that is no failure. */
function endQuietlyWhenNobodyReads(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit(process.exitCode ?? 0);
    });
  }
}

function main(): void {
  endQuietlyWhenNobodyReads();
  const program = new Command('firebreak')
    .description('Durable incident response: warn, contain, prove, report.')
    .version(packageVersion())
    .addOption(new Option('--config <file>', 'configuration file').env('FIREBREAK_CONFIG'))
    .option('--json', 'print data as JSON')
    .showHelpAfterError('(try --help)')
    .addHelpText('after', EXIT_CODES)
    .enablePositionalOptions(false)
    .configureOutput({ writeErr: showUsageError })
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : 2);
    });
  registerRespond(program);
  registerViews(program);
  registerOrders(program);
  registerEvidence(program);
  registerBlocks(program);
  registerOperation(program);
  void program.parseAsync(process.argv);
}

main();
