import { parseArgs } from 'node:util';
import type { Connection } from '@temporalio/client';
import { pino } from 'pino';
import { loadConfig } from '../src/config/load';
import { temporalWireOf } from '../src/config/wire';
import { ensureFirebreakError, ERRORS, FirebreakError } from '../src/domain/errors';
import { SEARCH_ATTRIBUTES } from '../src/domain/queues';
import { currentBuildId, DEPLOYMENT_NAME } from './build-id';
import { connectWire } from './connect';
import { ensureNamespace } from './namespace';
import { makeVersionCurrent } from './worker-deployment';

const RETENTION_DAYS = 30;
const WORKERS_WITHIN_MS = 120_000;

const log = pino({ base: { name: 'set-up' } }, pino.destination(2));

/**
 * The set-up jobs of a production server, run by docker-compose.yml and the systemd units:
 * `namespace` before the workers start, `make-current` after. Repeating them is harmless. The server is that of the configuration.
 */
const JOBS: Readonly<Record<string, (connection: Connection, namespace: string) => Promise<void>>> = {
  namespace: (connection, namespace) =>
    ensureNamespace(connection, { log, namespace, searchAttributes: SEARCH_ATTRIBUTES, retentionDays: RETENTION_DAYS }),

  'make-current': async (connection, namespace) => {
    const buildId = currentBuildId();
    const wanted = { namespace, deploymentName: DEPLOYMENT_NAME, buildId, withinMs: WORKERS_WITHIN_MS };
    const previous = await makeVersionCurrent(connection, wanted);
    log.info({ buildId, previous }, 'this build gets new workflows now');
  },
};

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { config: { type: 'string' } } });
  const job = JOBS[positionals[0] ?? ''];
  if (!job) throw new FirebreakError('BAD_INPUT', `Usage: set-up ${Object.keys(JOBS).join(' | ')} [--config FILE]`);
  const { config } = loadConfig({ file: values.config });
  const connection = await connectWire(temporalWireOf(config));
  try {
    await job(connection, config.temporal.namespace);
  } finally {
    await connection.close();
  }
}

main().catch((thrown: unknown) => {
  const error = ensureFirebreakError(thrown);
  log.error({ code: error.code, hint: ERRORS[error.code].hint }, error.message);
  process.exitCode = ERRORS[error.code].exitCode;
});
