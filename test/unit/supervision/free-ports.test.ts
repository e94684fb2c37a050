import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { freePorts, LOOPBACK } from '../../../src/supervision/free-ports';

test('ports are different, can be had, and are none that an outgoing connection takes meanwhile', async () => {
  const ports = await freePorts(50);
  expect(new Set(ports).size).toBe(50);
  const [from = 0] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split('\t').map(Number);
  // An administrator may have set another range; where it is Linux's own, no port lies in it.
  if (from === 32_768) expect(ports.filter((port) => port >= from)).toEqual([]);
  const servers = ports.map((port) => createServer().listen(port, LOOPBACK));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
});
