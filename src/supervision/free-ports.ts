import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** The address every local service listens on. */
export const LOOPBACK = '127.0.0.1';

/**
 * Gives `count` different TCP ports that are free on loopback now. They are probed together, so that no
 * port comes twice; another process may still take one before it is used.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const probes = Array.from({ length: count }, () => createServer().listen(0, LOOPBACK));
  await Promise.all(probes.map((probe) => once(probe, 'listening')));
  const ports = probes.map(listeningPort);
  await Promise.all(probes.map((probe) => once(probe.close(), 'close')));
  return ports;
}

/** Gives one free loopback port; see {@link freePorts}. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error('No free port on loopback.');
  return port;
}

function listeningPort(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The probe has no TCP port.');
  return address.port;
}
