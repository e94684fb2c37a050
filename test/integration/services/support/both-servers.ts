import { startPostgres } from '../../../../src/adapters/embedded-postgres/start-postgres';
import { SEARCH_ATTRIBUTES } from '../../../../src/domain/queues';
import { startTemporal } from '../../../../temporal/dev-server';
import { quiet } from './quiet-log';

/** Starts both servers below the directory given, tells their process ids, and lives on until it is killed. */
async function main(): Promise<void> {
  const dataDir = process.argv[2] ?? '';
  const postgres = await startPostgres({ log: quiet, dataDir: `${dataDir}/postgres`, persistent: false });
  const temporal = await startTemporal({
    log: quiet,
    dataDir: `${dataDir}/temporal`,
    searchAttributes: SEARCH_ATTRIBUTES,
  });
  process.stdout.write(`${JSON.stringify([postgres.pid, temporal.pid])}\n`);
  setInterval(() => undefined, 60_000);
}

void main();
