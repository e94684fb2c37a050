import { access } from 'node:fs/promises';
import { findTestServer } from '../../../temporal/test-server';
import { startSkippingServer } from '../../support/skipping-server';
import { quiet } from './support/quiet-log';
import { descendantsOf, processesMentioning, survivors } from './support/processes';

afterEach(() => {
  delete process.env.TEMPORAL_TEST_SERVER_PATH;
});

test('the test server skips a month in no time and leaves no process', async () => {
  const path = await findTestServer({ log: quiet });
  await access(path);
  const environment = await startSkippingServer();
  const before = await environment.currentTimeMs();
  await environment.sleep('30 days');
  expect((await environment.currentTimeMs()) - before).toBeGreaterThanOrEqual(30 * 86_400_000);

  // Other test runs have servers of their own on this machine: only what descends from this process is this one's.
  const own = new Set(await descendantsOf(process.pid));
  const family = (await processesMentioning('io.temporal.testserver.TestServer')).filter((pid) => own.has(pid));
  expect(family.length).toBeGreaterThan(0);
  await environment.teardown();
  expect(await survivors(family)).toEqual([]);
});

test('TEMPORAL_TEST_SERVER_PATH comes first', async () => {
  process.env.TEMPORAL_TEST_SERVER_PATH = '/somewhere/else';
  expect(await findTestServer({ log: quiet })).toBe('/somewhere/else');
});
