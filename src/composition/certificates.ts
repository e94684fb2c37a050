import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:tls';
import type { Config } from '../config/schema';
import type { TemporalWire } from '../config/wire';
import { temporalWireOf } from '../config/wire';
import { FirebreakError } from '../domain/errors';
import type { WatchedCertificate } from '../operations/doctor';

const HANDSHAKE_WITHIN_MS = 5_000;
const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Every certificate that a connection of ours rests on, as far as it is configured or shown by the server. */
export function composeCertificates(config: Pick<Config, 'database' | 'temporal'>): readonly WatchedCertificate[] {
  const sections = [
    ['Temporal', config.temporal.tls],
    ['PostgreSQL', config.database.tls],
  ] as const;
  return [
    ...sections.flatMap(([service, tls]) => [
      ...(tls?.cert === undefined ? [] : [ofFile(`client certificate for ${service}`, tls.cert, 'first')]),
      ...(tls?.ca === undefined ? [] : [ofFile(`CA of ${service}`, tls.ca, 'longest')]),
    ]),
    ...(config.temporal.tls === undefined
      ? []
      : [{ what: 'certificate of the Temporal server', validTo: () => shownByServer(temporalWireOf(config)) }]),
  ];
}

/** Of a chain the first certificate is ours; of CAs the one that lasts longest decides. */
function ofFile(what: string, file: string, which: 'first' | 'longest'): WatchedCertificate {
  return {
    what,
    validTo: async () => {
      const blocks = (await readFile(file, 'utf8')).match(PEM) ?? [];
      const ends = blocks.map((block) => new Date(new X509Certificate(block).validTo));
      const [first] = which === 'first' ? ends : ends.sort((a, b) => b.getTime() - a.getTime());
      if (first === undefined) throw new FirebreakError('CONFIG_INVALID', `${file} holds no certificate.`);
      return first;
    },
  };
}

/** As the server shows it in a handshake that is verified like that of every other connection. */
function shownByServer({ address, tls }: TemporalWire): Promise<Date> {
  const { hostname, port } = new URL(`https://${address}`);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port: Number(port === '' ? 7233 : port),
      servername: tls?.serverNameOverride ?? host,
      rejectUnauthorized: true,
      ALPNProtocols: ['h2'],
      ...(tls?.serverRootCACertificate && { ca: tls.serverRootCACertificate }),
      ...(tls?.clientCertPair && { cert: tls.clientCertPair.crt, key: tls.clientCertPair.key }),
    });
    const fail = (cause: Error): void => {
      socket.destroy();
      reject(new FirebreakError('TEMPORAL_UNREACHABLE', `${address}: ${cause.message}.`, { cause }));
    };
    socket.setTimeout(HANDSHAKE_WITHIN_MS, () => fail(new Error('no handshake in 5 s')));
    socket.once('error', fail);
    socket.once('secureConnect', () => {
      resolve(new Date(socket.getPeerCertificate().valid_to));
      socket.destroy();
    });
  });
}
