import { readFileSync } from 'node:fs';
import { FirebreakError } from '../domain/errors';
import type { DatabaseWire, TlsMaterial } from '../domain/wire';
import { isLoopback } from '../domain/wire';
import type { Config } from './schema';
import { secretFrom } from './secrets';

/** How the Temporal server is reached; fits the connections of the SDK's client and of its worker alike. */
export interface TemporalWire {
  readonly address: string;
  readonly tls?: {
    readonly serverNameOverride?: string;
    readonly serverRootCACertificate?: Buffer;
    readonly clientCertPair?: { readonly crt: Buffer; readonly key: Buffer };
  };
  readonly apiKey?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The one way from configuration to a Temporal connection: certificates and API key are read, plaintext is judged.
 * @throws FirebreakError CONFIG_INVALID for plaintext to another machine, an API key without TLS, or a file that cannot be used
 */
export function temporalWireOf({ temporal }: Pick<Config, 'temporal'>, env: Environment = process.env): TemporalWire {
  const { address, allowPlaintext } = temporal;
  const tls = temporal.tls === undefined ? undefined : readTls(temporal.tls);
  const apiKey = secretFrom('FIREBREAK_TEMPORAL_API_KEY', temporal.apiKeyFile, env);
  if (tls === undefined) {
    if (apiKey !== undefined)
      throw new FirebreakError(
        'CONFIG_INVALID',
        'temporal.apiKeyFile needs temporal.tls: a key is not sent in plain text.',
      );
    if (!allowPlaintext && !isLoopback(hostOf(address)))
      throw new FirebreakError(
        'CONFIG_INVALID',
        `temporal.address is ${address}: configure temporal.tls, or temporal.allowPlaintext.`,
      );
    return { address };
  }
  return {
    address,
    tls: {
      ...(tls.serverName === undefined ? {} : { serverNameOverride: tls.serverName }),
      ...(tls.ca === undefined ? {} : { serverRootCACertificate: Buffer.from(tls.ca) }),
      ...(tls.cert === undefined || tls.key === undefined
        ? {}
        : { clientCertPair: { crt: Buffer.from(tls.cert), key: Buffer.from(tls.key) } }),
    },
    ...(apiKey === undefined ? {} : { apiKey }),
  };
}

/**
 * How PostgreSQL is reached; whether its address is another machine's is judged where the address is read.
 * @throws FirebreakError CONFIG_INVALID for a file that cannot be used
 */
export function databaseWireOf({ database }: Pick<Config, 'database'>): DatabaseWire {
  return {
    allowPlaintext: database.allowPlaintext,
    ...(database.tls === undefined ? {} : { tls: readTls(database.tls) }),
  };
}

function readTls(files: NonNullable<Config['temporal']['tls']>): TlsMaterial {
  const { serverName, ca, cert, key } = files;
  return {
    ...(serverName === undefined ? {} : { serverName }),
    ...(ca === undefined ? {} : { ca: readPem(ca) }),
    ...(cert === undefined ? {} : { cert: readPem(cert) }),
    ...(key === undefined ? {} : { key: readKey(key) }),
  };
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    throw new FirebreakError('CONFIG_INVALID', `${file} cannot be read: ${(thrown as Error).message}`);
  }
}

/** A key that others may read is refused, like every other secret. */
function readKey(file: string): string {
  const text = secretFrom('', file, {});
  if (text === undefined || text === '') throw new FirebreakError('CONFIG_INVALID', `${file} is empty.`);
  return `${text}\n`;
}

/** `host:port`, `[v6]:port` or a bare host. */
function hostOf(address: string): string {
  return /^(\[[^\]]*\]|[^:]*)(:\d+)?$/.exec(address)?.[1] ?? address;
}
