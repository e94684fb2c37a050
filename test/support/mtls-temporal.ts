import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SEARCH_ATTRIBUTES } from '../../src/domain/queues';
import { freePorts, LOOPBACK } from '../../src/supervision/free-ports';
import { supervise } from '../../src/supervision/supervised';
import { connectTemporal, connectWire } from '../../temporal/connect';
import type { TemporalEndpoint } from '../../temporal/dev-server';
import { findServerPrograms } from '../../temporal/server-programs';

const DYNAMIC_CONFIG = join(__dirname, '../../deploy/compose/dynamic-config.yaml');
const log = { info: () => undefined, warn: () => undefined };

interface MtlsTemporalOptions {
  /** Made if missing; receives `temporal.db`, the configuration and the logs. */
  readonly directory: string;
  /** Of `make-certificates.sh`. */
  readonly certificates: string;
  readonly namespace: string;
  /** Codec server that the UI's page asks. */
  readonly codecEndpoint: string;
}

/**
 * Temporal's server and UI with the certificates and the TLS settings of docker-compose.yml, natively, on a SQLite file. The front end and
 * the server's own parts take only those who show a certificate of the CA.
 */
export async function mtlsTemporal(options: MtlsTemporalOptions): Promise<TemporalEndpoint> {
  const { directory, certificates, namespace } = options;
  const programs = await findServerPrograms({ log });
  const ports = await freePorts(9);
  const [port = 0, uiPort = 0] = ports;
  const address = `${LOOPBACK}:${port}`;
  const own = (name: string): string => join(certificates, 'temporal', name);
  const [crt, key, ca] = await Promise.all(['cert.pem', 'key.pem', 'ca.pem'].map((name) => readFile(own(name))));
  if (crt === undefined || key === undefined || ca === undefined) throw new TypeError('three files were asked for');
  const wire = {
    address,
    tls: { serverNameOverride: 'temporal', serverRootCACertificate: ca, clientCertPair: { crt, key } },
  };

  const start = async (name: string, command: string, config: object, isReady: () => Promise<unknown>) => {
    await mkdir(join(directory, name), { recursive: true });
    // JSON is YAML, too. `development` is the name of the file that both programs read by default.
    await writeFile(join(directory, name, 'development.yaml'), JSON.stringify(config));
    const args = ['--config', name, 'start'];
    return supervise({
      name,
      command: { command, args, cwd: directory, logFile: join(directory, `${name}.log`) },
      isReady: async () => Boolean(await isReady()),
      readyWithinMs: 120_000,
      stopSignals: [['SIGTERM', 10_000]],
      failure: (detail) => new Error(detail),
    });
  };
  const server = await start('temporal', programs.server, serverConfig(options, ports), async () => {
    const connection = await connectWire(wire);
    await connection.close();
    return true;
  });
  const ui = await start('temporal-ui', programs.ui, uiConfig(options, address, uiPort), async () =>
    fetch(`http://${LOOPBACK}:${uiPort}/healthz`),
  ).catch(async (error: unknown) => {
    await server.stop();
    throw error;
  });
  const stop = async (): Promise<void> => {
    await ui.stop();
    await server.stop();
  };
  const wanted = { log, dataDir: directory, namespace, searchAttributes: SEARCH_ATTRIBUTES, wire };
  const endpoint = await connectTemporal(wanted).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { ...endpoint, uiUrl: `http://${LOOPBACK}:${uiPort}`, stop };
}

/** The server's own configuration: the words of its image's template, with SQLite in PostgreSQL's place. */
function serverConfig({ directory, certificates }: MtlsTemporalOptions, ports: readonly number[]): object {
  const [grpcPort, , ...more] = ports;
  const rpc = (port: number | undefined, membershipPort: number | undefined) => ({
    rpc: { grpcPort: port, membershipPort, bindOnIP: LOOPBACK },
  });
  const file = (name: string): string => join(certificates, 'temporal', name);
  const ca = [file('ca.pem')];
  const side = {
    server: { requireClientAuth: true, certFile: file('cert.pem'), keyFile: file('key.pem'), clientCaFiles: ca },
    client: { serverName: 'temporal', rootCaFiles: ca },
  };
  const sql = {
    pluginName: 'sqlite',
    databaseName: join(directory, 'temporal.db'),
    // Not used for a file, but wanted.
    connectAddr: 'localhost',
    connectProtocol: 'tcp',
    connectAttributes: { mode: 'rwc', setup: 'true', journal_mode: 'WAL', synchronous: 'NORMAL' },
  };
  const address = `${LOOPBACK}:${grpcPort}`;
  return {
    log: { stdout: true, level: 'warn' },
    persistence: {
      numHistoryShards: 1,
      defaultStore: 'sqlite',
      visibilityStore: 'sqlite',
      datastores: { sqlite: { sql } },
    },
    global: {
      membership: { maxJoinDuration: '30s', broadcastAddress: LOOPBACK },
      tls: { internode: side, frontend: side },
    },
    services: {
      frontend: rpc(grpcPort, more[0]),
      matching: rpc(more[1], more[2]),
      history: rpc(more[3], more[4]),
      worker: rpc(more[5], more[6]),
    },
    clusterMetadata: {
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: { enabled: true, initialFailoverVersion: 1, rpcName: 'frontend', rpcAddress: address },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    publicClient: { hostPort: address },
    dynamicConfigClient: { filepath: DYNAMIC_CONFIG, pollInterval: '60s' },
  };
}

/** As the UI's image makes it from the settings of docker-compose.yml. */
function uiConfig({ certificates, codecEndpoint, namespace }: MtlsTemporalOptions, address: string, port: number) {
  const file = (name: string): string => join(certificates, 'temporal-ui', name);
  return {
    temporalGrpcAddress: address,
    host: LOOPBACK,
    port,
    enableUi: true,
    defaultNamespace: namespace,
    disableWriteActions: true,
    tls: {
      caFile: file('ca.pem'),
      certFile: file('cert.pem'),
      keyFile: file('key.pem'),
      enableHostVerification: true,
      serverName: 'temporal',
    },
    codec: { endpoint: codecEndpoint },
  };
}
