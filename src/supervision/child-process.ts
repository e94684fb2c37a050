// The one place that starts programs: a lint rule keeps `node:child_process` out of everything else.
import { execFile, spawn as spawnWithAnyEnvironment } from 'node:child_process';
import type { ExecFileOptions, SpawnOptions } from 'node:child_process';
import { promisify } from 'node:util';
import { childEnvironment } from './child-environment';

const execute = promisify(execFile);

/** `spawn` of Node, but a child gets `childEnvironment()` unless `env` is given. */
export const spawn = ((command: string, args: readonly string[], options: SpawnOptions = {}) =>
  spawnWithAnyEnvironment(command, args, {
    ...options,
    env: options.env ?? childEnvironment(),
  })) as typeof spawnWithAnyEnvironment;

export type { ChildProcess, ChildProcessWithoutNullStreams } from 'node:child_process';

/**
 * Runs a program to its end, with `childEnvironment()` unless `env` is given.
 * @returns what it wrote
 * @throws what `execFile` of Node throws: no such program, exit other than 0, too much output, too late
 */
export async function run(
  command: string,
  args: readonly string[] = [],
  options: ExecFileOptions = {},
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const { stdout, stderr } = await execute(command, args, { ...options, env: options.env ?? childEnvironment() });
  return { stdout: stdout.toString(), stderr: stderr.toString() };
}
