#!/usr/bin/env node
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { composeWorker } from '../composition/compose-worker';
import { composeDataConverter } from '../composition/data-converter';
import { loadConfig } from '../config/load';
import { temporalWireOf } from '../config/wire';
import { FirebreakError, ensureFirebreakError } from '../domain/errors';
import { printableJson } from '../domain/printable';
import { createLogger, temporalLogger } from '../observability/logger';
import { DEPLOYMENT_NAME, currentBuildId } from '../../temporal/build-id';
import { createWorkers } from './run-workers';

/** One worker process: polls its queues until SIGTERM or SIGINT; what is under way gets 30 s to end. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { config: { type: 'string' }, queues: { type: 'string' } } });
  const loaded = loadConfig({
    file: values.config,
    flags: { 'temporal.queues': values.queues?.split(',').map((name) => name.trim()) },
  });
  const { config } = loaded;
  const logger = createLogger({ level: config.logLevel });
  Runtime.install({
    logger: temporalLogger(logger),
    shutdownSignals: [],
    telemetryOptions: {
      ...(config.metrics.bindAddress === undefined
        ? {}
        : { metrics: { prometheus: { bindAddress: config.metrics.bindAddress } } }),
    },
  });
  const firebreak = composeWorker(loaded, logger);
  const wire = temporalWireOf(config);
  const connection = await NativeConnection.connect(wire).catch((cause: unknown) => {
    throw new FirebreakError('TEMPORAL_UNREACHABLE', `${wire.address}.`, { cause });
  });
  const workers = await createWorkers({
    connection,
    namespace: config.temporal.namespace,
    queues: config.temporal.queues,
    dataConverter: await composeDataConverter(config),
    deps: await firebreak.activityDeps(),
    scope: firebreak.scope,
    root: join(__dirname, '..', '..'),
    deployment: { deploymentName: DEPLOYMENT_NAME, buildId: currentBuildId() },
  });
  // Nothing waits for it: containment goes on without the ledger.
  void firebreak.recordConfiguration();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => workers.shutdown());
  logger.info(
    {
      namespace: config.temporal.namespace,
      address: config.temporal.address,
      tls: wire.tls !== undefined,
      queues: config.temporal.queues,
      encrypted: config.temporal.codec !== undefined,
      buildId: currentBuildId(),
    },
    'worker is polling',
  );
  try {
    await workers.run();
  } finally {
    await connection.close();
    await firebreak.close();
  }
}

main().catch((thrown: unknown) => {
  const { code, message, problems } = ensureFirebreakError(thrown);
  const line = JSON.stringify({ level: 60, service: 'firebreak', code, msg: message, problems });
  process.stderr.write(`${printableJson(line)}\n`);
  process.exitCode = 1;
});
