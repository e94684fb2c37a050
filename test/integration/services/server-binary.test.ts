import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { buildTemporalCli } from '../../../temporal/server-build';
import { findTemporalCli, TEMPORAL_CLI_VERSION } from '../../../temporal/server-binary';
import { keptLog, quiet } from './support/quiet-log';

const environment = { ...process.env };
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'firebreak-cli-'));
});

afterEach(async () => {
  process.env = { ...environment };
  await rm(directory, { recursive: true, force: true });
});

async function pretendCli(server: string): Promise<string> {
  const path = join(directory, 'temporal');
  await writeFile(path, `#!/bin/sh\necho "temporal version 9 (Server ${server}, UI 9)"\n`);
  await chmod(path, 0o755);
  process.env.PATH = [directory, environment.PATH].join(delimiter);
  return path;
}

test('TEMPORAL_CLI_PATH comes first and must be a program', async () => {
  const path = await pretendCli('1.0.0');
  process.env.TEMPORAL_CLI_PATH = path;
  expect(await findTemporalCli({ log: quiet })).toEqual({ path, origin: 'TEMPORAL_CLI_PATH' });
  process.env.TEMPORAL_CLI_PATH = join(directory, 'missing');
  await expect(findTemporalCli({ log: quiet })).rejects.toMatchObject({ code: 'TEMPORAL_UNREACHABLE' });
});

test('a recent CLI on PATH is used', async () => {
  const path = await pretendCli('1.31.0');
  expect(await findTemporalCli({ log: quiet })).toEqual({ path, origin: 'PATH' });
});

test('a CLI on PATH with an old server is passed over, and said so', async () => {
  const path = await pretendCli('1.24.0');
  const log = keptLog();
  const found = await findTemporalCli({ log });
  expect(found.path).not.toBe(path);
  expect(log.messages).toContain('not used: its server is older than 1.29');
});

test('without Go the build says which version is needed', async () => {
  process.env.PATH = directory;
  const building = buildTemporalCli({ folder: directory, version: TEMPORAL_CLI_VERSION, log: quiet });
  await expect(building).rejects.toThrow('Go 1.25 or newer is needed, but there is no usable "go" on PATH');
});
