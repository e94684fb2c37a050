import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { createServer } from 'node:tls';

/** TLS in front of a server that speaks none, for clients that show a certificate of the CA only. */
export interface MtlsFrontEnd {
  readonly address: string;
  /** Common names of the clients that were let in. */
  readonly clients: ReadonlySet<string>;
  stop(): Promise<void>;
}

/** @param folder holds `cert.pem`, `key.pem` and `ca.pem` @param behind port on loopback */
export async function mtlsFrontEnd(folder: string, behind: number): Promise<MtlsFrontEnd> {
  const read = (name: string): Buffer => readFileSync(join(folder, name));
  const clients = new Set<string>();
  const open = new Set<TLSSocket>();
  const server = createServer(
    {
      cert: read('cert.pem'),
      key: read('key.pem'),
      ca: read('ca.pem'),
      requestCert: true,
      rejectUnauthorized: true,
      ALPNProtocols: ['h2'],
    },
    (socket) => {
      clients.add(String(socket.getPeerCertificate().subject.CN));
      open.add(socket);
      const inner = connect(behind, '127.0.0.1');
      const end = (): void => {
        open.delete(socket);
        socket.destroy();
        inner.destroy();
      };
      for (const side of [socket, inner]) side.on('error', end).on('close', end);
      socket.pipe(inner).pipe(socket);
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    clients,
    stop: async () => {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, 'close');
    },
  };
}
