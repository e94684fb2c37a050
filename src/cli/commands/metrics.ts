import { once } from 'node:events';
import { composeMetricsServer } from '../../composition/metrics';
import { createLogger } from '../../observability/logger';
import type { CommandContext } from '../context';

/** In the foreground until Ctrl-C. */
export async function metricsCommand(context: CommandContext, address: string): Promise<number> {
  const { config } = context.loaded();
  const server = await composeMetricsServer(config, address, createLogger({ level: config.logLevel }));
  const url = `http://${address.replace(/:\d+$/, `:${server.port}`)}/metrics`;
  context.output.result({ url }, [`metrics on ${url}`]);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await server.stop();
  return 0;
}
