import { Connection } from '@temporalio/client';
import type { TemporalWire } from '../src/config/wire';
import { FirebreakError } from '../src/domain/errors';
import { startTemporal, type StartTemporalOptions, type TemporalEndpoint } from './dev-server';
import { ensureNamespace } from './namespace';

/**
 * Connects a client.
 *
 * @throws FirebreakError `TEMPORAL_UNREACHABLE` when the server does not answer within 5 s, or its certificate is not the one.
 */
export async function connectWire(wire: TemporalWire): Promise<Connection> {
  return Connection.connect({ ...wire, connectTimeout: '5s' }).catch((cause: unknown) => {
    throw new FirebreakError('TEMPORAL_UNREACHABLE', `${wire.address}.`, { cause });
  });
}

export interface ConnectTemporalOptions extends StartTemporalOptions {
  /** A server that is there already. */
  readonly wire?: TemporalWire | undefined;
  /** For a namespace that has to be made; days. Default 30. */
  readonly retentionDays?: number;
}

/**
 * Uses the server that is given (UI at `TEMPORAL_UI_URL`, if set) and starts nothing; without one it starts a server of our own.
 * Either way the namespace is ready.
 *
 * @throws FirebreakError `TEMPORAL_UNREACHABLE` when the server does not answer or the namespace cannot be made.
 */
export async function connectTemporal(options: ConnectTemporalOptions): Promise<TemporalEndpoint> {
  const { log, namespace = 'firebreak', searchAttributes, wire, retentionDays = 30 } = options;
  if (wire === undefined) return startTemporal(options);

  const connection = await connectWire(wire);
  try {
    await ensureNamespace(connection, { log, namespace, searchAttributes, retentionDays });
  } finally {
    await connection.close();
  }
  return { address: wire.address, uiUrl: process.env.TEMPORAL_UI_URL || undefined, namespace, stop: async () => {} };
}
