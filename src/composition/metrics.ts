import type { MetricsServer } from '../adapters/prometheus/metrics-server';
import { startMetricsServer } from '../adapters/prometheus/metrics-server';
import type { Config } from '../config/schema';
import { FirebreakError } from '../domain/errors';
import type { Logger } from '../observability/logger';
import { openPostgres } from './open-postgres';

/**
 * Serves the figures of the tables to Prometheus; a role that only reads is enough.
 * @param address `HOST:PORT`; an IPv6 address stands in brackets
 * @throws FirebreakError BAD_INPUT, CONFIG_INVALID when the address cannot be had
 */
export async function composeMetricsServer(config: Config, address: string, logger: Logger): Promise<MetricsServer> {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-f:.]+)\]|([^:\s]+)):(\d{1,5})$/i.exec(address) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) > 65_535)
    throw new FirebreakError('BAD_INPUT', `--bind takes HOST:PORT, as 127.0.0.1:9465, and got ${address}.`);
  const postgres = openPostgres(config, 'firebreak metrics', logger);
  const warn = (message: string): void => logger.warn({}, message);
  const options = { source: postgres.metrics, host, port: Number(port), warn };
  const server = await startMetricsServer(options).catch(async (cause: unknown) => {
    await postgres.close();
    throw new FirebreakError('CONFIG_INVALID', `${address} cannot be had.`, { cause });
  });
  return {
    port: server.port,
    stop: async () => {
      await server.stop();
      await postgres.close();
    },
  };
}
