import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Firebreak } from '../composition/compose';
import type { LoadedConfig } from '../config/load';
import { loadConfig } from '../config/load';
import { FirebreakError } from '../domain/errors';
import type { IncidentId } from '../domain/ids';
import { isIncidentId } from '../domain/ids';
import { createLogger } from '../observability/logger';
import type { Credentials } from '../operations/deps';
import { Cancelled, ask } from './ask';
import { refuseUnknownOperator } from '../operations/known-names';
import type { Output } from './output';
import { createOutput, showError } from './output';

/** Options that every command takes. */
export interface GlobalOptions {
  readonly config?: string;
  readonly json?: boolean;
}

export interface PersonOptions {
  readonly operator?: string;
  readonly identity?: string;
  readonly otp?: string;
}

export interface CommandContext {
  readonly output: Output;
  readonly loaded: () => LoadedConfig;
  /** Composes on first use; closed when the command ends. */
  readonly firebreak: () => Promise<Firebreak>;
}

/** Runs a command; its number is the exit code, what it throws becomes the catalogue's (U3). */
export async function runCommand(
  globals: GlobalOptions,
  command: (context: CommandContext) => Promise<number>,
): Promise<void> {
  const output = createOutput(globals.json === true);
  let loaded: LoadedConfig | undefined;
  let firebreak: Promise<Firebreak> | undefined;
  const load = (): LoadedConfig => (loaded ??= loadConfig({ file: globals.config }));
  try {
    process.exitCode = await command({
      output,
      loaded: load,
      firebreak: () =>
        (firebreak ??= (async () => {
          const { compose } = await import('../composition/compose.js');
          const { config } = load();
          return compose(
            load(),
            createLogger({ level: process.env['FIREBREAK_LOG_LEVEL'] === undefined ? 'warn' : config.logLevel }),
          );
        })()),
    });
  } catch (thrown) {
    if (thrown instanceof Cancelled) output.say('cancelled; nothing was sent');
    process.exitCode = thrown instanceof Cancelled ? Cancelled.EXIT_CODE : showError(output, thrown);
  } finally {
    await firebreak?.then((made) => made.close()).catch(() => undefined);
  }
}

/** @throws FirebreakError BAD_INPUT */
export function asIncidentId(text: string): IncidentId {
  const upper = text.toUpperCase();
  if (isIncidentId(upper)) return upper;
  throw new FirebreakError(
    'BAD_INPUT',
    `${JSON.stringify(text.slice(0, 40))} is not an incident id such as INC-20261120-7F3K.`,
  );
}

/** Says which configuration decides what happens next: an order goes to its servers (H4). */
export function sayConfiguration(context: CommandContext): string {
  const file = context.loaded().file ?? 'environment and defaults';
  context.output.say(`configuration: ${file}`);
  return file;
}

/**
 * Who gives the order: name, SSH key and TOTP code; asked for on a terminal when not given (B15).
 * @param lookFirst refuses what can be refused without a code, so that nobody types one in vain
 * @throws FirebreakError BAD_INPUT: without a code nothing is declared or ordered
 */
export async function credentialsOf(
  context: CommandContext,
  options: PersonOptions & { readonly detector?: boolean },
  lookFirst: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Credentials> {
  const operator = options.operator ?? process.env['FIREBREAK_OPERATOR'];
  if (operator === undefined || operator === '') {
    throw new FirebreakError('BAD_INPUT', 'Say who you are: --operator NAME, or set FIREBREAK_OPERATOR.');
  }
  const identity = options.identity ?? process.env['FIREBREAK_IDENTITY'] ?? join(homedir(), '.ssh', 'id_ed25519');
  const { readableIdentity, signWith } = await import('../composition/sign.js');
  sayConfiguration(context);
  // Before anybody is asked for a code, and before any service is.
  await readableIdentity(identity);
  await lookFirst();
  const { operations } = await context.firebreak();
  await refuseUnknownOperator(operations, { path: '--operator', name: operator });
  // A detector has no second factor.
  const asks = options.otp === undefined && options.detector !== true;
  if (asks && !(process.stdin.isTTY && process.stderr.isTTY))
    throw new FirebreakError('BAD_INPUT', 'There is no terminal to ask for the code on: give --otp CODE.');
  return {
    operator,
    sign: signWith(identity),
    otp: asks ? await ask(`TOTP code of ${operator}: `) : options.otp,
  };
}

/** Reads at most `limit` bytes of a file or, with `-`, of stdin; more is refused without reading it whole. */
export async function readBounded(path: string, limit: number): Promise<Buffer> {
  if (path !== '-') {
    const { open } = await import('node:fs/promises');
    const file = await open(path, 'r').catch((thrown: NodeJS.ErrnoException) => {
      throw new FirebreakError('BAD_INPUT', `${path} cannot be read: ${thrown.code ?? thrown.message}.`);
    });
    try {
      const stat = await file.stat();
      if (stat.isDirectory()) throw new FirebreakError('BAD_INPUT', `${path} is a directory.`);
      if (stat.isFile() && stat.size > limit)
        throw new FirebreakError('INPUT_TOO_LARGE', `${path} has ${stat.size} bytes.`);
      return await collect(file.createReadStream({ autoClose: false }), limit);
    } finally {
      await file.close();
    }
  }
  return collect(process.stdin, limit);
}

async function collect(stream: AsyncIterable<Buffer | string>, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > limit) throw new FirebreakError('INPUT_TOO_LARGE', `More than ${limit} bytes.`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** Version of the package, for `--version`. */
export function packageVersion(): string {
  for (const up of ['../../package.json', '../../../package.json']) {
    try {
      const manifest = JSON.parse(readFileSync(join(__dirname, up), 'utf8')) as { name?: string; version: string };
      if (manifest.name === 'firebreak') return manifest.version;
    } catch {
      continue;
    }
  }
  return 'unknown';
}
