import { Connection, type ConnectionOptions } from '@temporalio/client';
import { FirebreakError } from '../src/domain/errors';
import { startTemporal, type StartTemporalOptions, type TemporalEndpoint } from './dev-server';
import { ensureNamespace } from './namespace';

export interface ConnectTemporalOptions extends StartTemporalOptions {
  /** Credentials and TLS for the server at `TEMPORAL_ADDRESS`. */
  readonly connection?: Omit<ConnectionOptions, 'address'>;
  /** For a namespace that has to be made; days. Default 30. */
  readonly retentionDays?: number;
}

/**
 * Uses the server at `TEMPORAL_ADDRESS` (UI at `TEMPORAL_UI_URL`, if set) and starts nothing;
 * without that variable it starts a server of our own. Either way the namespace is ready.
 *
 * @throws FirebreakError `TEMPORAL_UNREACHABLE` when the server does not answer or the namespace cannot be made.
 */
export async function connectTemporal(options: ConnectTemporalOptions): Promise<TemporalEndpoint> {
  const address = process.env.TEMPORAL_ADDRESS;
  if (!address) return startTemporal(options);

  const { log, namespace = 'firebreak', searchAttributes, retentionDays = 30 } = options;
  const connection = await Connection.connect({ connectTimeout: '5s', ...options.connection, address }).catch(
    (cause: unknown) => {
      throw new FirebreakError('TEMPORAL_UNREACHABLE', `TEMPORAL_ADDRESS is ${address}.`, { cause });
    },
  );
  try {
    await ensureNamespace(connection, { log, namespace, searchAttributes, retentionDays });
  } finally {
    await connection.close();
  }
  return { address, uiUrl: process.env.TEMPORAL_UI_URL || undefined, namespace, stop: async () => {} };
}
