import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** The address every local service listens on. */
export const LOOPBACK = '127.0.0.1';

/** Below those that Linux gives to outgoing connections (`net.ipv4.ip_local_port_range` begins at 32768): none of them takes a port meanwhile. */
const FIRST = 20_000;
const LAST = 32_767;
const MOST_TRIES = 100;

/**
 * Gives `count` different TCP ports that are free on loopback now. They are probed together, so that no
 * port comes twice; another process may still take one before it is used.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const probes: Server[] = [];
  for (let probed = 0; probed < count; probed += 1) probes.push(await listening());
  const ports = probes.map(listeningPort);
  await Promise.all(probes.map((probe) => once(probe.close(), 'close')));
  return ports;
}

async function listening(): Promise<Server> {
  for (let tried = 1; ; tried += 1) {
    const probe = createServer().listen(randomInt(FIRST, LAST + 1), LOOPBACK);
    try {
      await once(probe, 'listening');
      return probe;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code !== 'EADDRINUSE' || tried === MOST_TRIES) throw thrown;
    }
  }
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
