import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CliOptions, CliRun } from './run-cli';
import { runCli } from './run-cli';

export const NOBODY_LISTENS = 'postgres://firebreak:hunter2@127.0.0.1:1/firebreak';

/** What a refused command prints with `--json`. */
export interface Failure {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
    readonly problems: unknown[];
  };
}

export interface OfflineCli {
  /** Everything that the configuration names lies here. */
  readonly directory: string;
  readonly config: string;
  readonly run: (args: readonly string[], options?: CliOptions) => Promise<CliRun>;
}

/** A configuration with one host and no service that answers. Call it at the top of the file. */
export function useOfflineCli(): OfflineCli {
  const directory = mkdtempSync(join(tmpdir(), 'firebreak-cli-'));
  const config = join(directory, 'firebreak.yaml');
  const key = (name: string): string => JSON.stringify(join(directory, name));
  writeFileSync(
    config,
    [
      `database: {url: "${NOBODY_LISTENS}"}`,
      `paths: {forensics: ${key('f')}, reports: ${key('r')}, signingKey: ${key('sign.pem')}, totpKey: ${key('totp')}}`,
      'hosts: {web-1: {address: 192.0.2.1, management: [192.0.2.9]}}',
      '',
    ].join('\n'),
    { mode: 0o600 },
  );
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return { directory, config, run: (args, options) => runCli(['--config', config, ...args], options) };
}
