import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { expectListedFiles, sha256OfFile } from '../../../temporal/program-trust';
import { findTestServer } from '../../../temporal/test-server';
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

test('a CLI on PATH that somebody else could have put there is passed over, and said so', async () => {
  const path = await pretendCli('1.31.0');
  const log = keptLog();
  await chmod(directory, 0o777);
  expect((await findTemporalCli({ log })).path).not.toBe(path);
  await chmod(directory, 0o755);
  await chmod(path, 0o757);
  expect((await findTemporalCli({ log })).path).not.toBe(path);
  expect(log.messages.filter((message) => message.startsWith('not used: somebody else'))).toHaveLength(2);
});

test('H9 a pinned hash decides, wherever the program comes from', async () => {
  const path = await pretendCli('1.31.0');
  process.env.FIREBREAK_TEMPORAL_CLI_SHA256 = 'f'.repeat(64);
  await expect(findTemporalCli({ log: quiet })).rejects.toMatchObject({ code: 'TEMPORAL_UNREACHABLE' });
  process.env.TEMPORAL_CLI_PATH = path;
  await expect(findTemporalCli({ log: quiet })).rejects.toMatchObject({ code: 'TEMPORAL_UNREACHABLE' });
  process.env.FIREBREAK_TEMPORAL_CLI_SHA256 = await sha256OfFile(path);
  expect(await findTemporalCli({ log: quiet })).toEqual({ path, origin: 'TEMPORAL_CLI_PATH' });
});

test('H9 jars are taken as listed only: none changed, none missing, none besides', async () => {
  const jars = join(directory, 'jars');
  const list = join(directory, 'list');
  await mkdir(jars);
  await writeFile(join(jars, 'a.jar'), 'a');
  await writeFile(join(jars, 'b.jar'), 'b');
  const line = async (name: string): Promise<string> => `${await sha256OfFile(join(jars, name))}  ${name}\n`;
  await writeFile(list, (await line('a.jar')) + (await line('b.jar')));
  await expectListedFiles(jars, list);
  await writeFile(join(jars, 'c.jar'), 'c');
  await expect(expectListedFiles(jars, list)).rejects.toThrow('c.jar is not in');
  await rm(join(jars, 'c.jar'));
  await writeFile(join(jars, 'b.jar'), 'changed');
  await expect(expectListedFiles(jars, list)).rejects.toThrow('b.jar has the SHA-256');
  await rm(join(jars, 'b.jar'));
  await expect(expectListedFiles(jars, list)).rejects.toThrow('b.jar is missing');
});

test('H9 the list is of the jars that are in use here', async () => {
  const jars = join(dirname(await findTestServer({ log: quiet })), 'jars');
  await expectListedFiles(jars, join(__dirname, '../../../temporal/test-server.sha256'));
});

test('without Go the build says which version is needed', async () => {
  process.env.PATH = directory;
  const building = buildTemporalCli({ folder: directory, version: TEMPORAL_CLI_VERSION, log: quiet });
  await expect(building).rejects.toThrow('Go 1.25 or newer is needed, but there is no usable "go" on PATH');
});
