"""A small service to be reached or not: greets every TCP connection and answers every UDP datagram.

Usage: responder.py PORT ACCESS_LOG. Listens on all IPv4 and IPv6 addresses and writes one line for each contact:
time, protocol, source address, source port.
"""

import asyncio
import contextlib
import datetime
import os
import socket
import sys

GREETING = f"responder on {socket.gethostname()}\n".encode()
BACKLOG = 4096


class AccessLog:
    def __init__(self, path):
        self.file = open(path, "a", buffering=1, encoding="utf-8")

    def write(self, protocol, peer):
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
        # A socket for both families shows IPv4 peers as ::ffff:a.b.c.d.
        line = f"{now} {protocol} {peer[0].removeprefix('::ffff:')} {peer[1]}\n"
        # A full disk must not look like a service that cannot be reached.
        with contextlib.suppress(OSError):
            self.file.write(line)


class Greeter(asyncio.Protocol):
    def __init__(self, log):
        self.log = log

    def connection_made(self, transport):
        peer = transport.get_extra_info("peername")
        if peer:
            self.log.write("tcp", peer)
        self.transport = transport
        transport.write(GREETING)

    def data_received(self, data):
        self.transport.write(data)


class Echo(asyncio.DatagramProtocol):
    def __init__(self, log):
        self.log = log

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, peer):
        self.log.write("udp", peer)
        self.transport.sendto(GREETING, peer)


def dual_stack_socket(kind, port):
    sock = socket.socket(socket.AF_INET6, kind)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if kind == socket.SOCK_DGRAM:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    sock.bind(("::", port))
    sock.setblocking(False)
    return sock


def tell_systemd_ready():
    address = os.environ.get("NOTIFY_SOCKET")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"READY=1", "\0" + address[1:] if address.startswith("@") else address)


async def main(port, log):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Greeter(log), sock=dual_stack_socket(socket.SOCK_STREAM, port), backlog=BACKLOG
    )
    await loop.create_datagram_endpoint(lambda: Echo(log), sock=dual_stack_socket(socket.SOCK_DGRAM, port))
    tell_systemd_ready()
    await server.serve_forever()


asyncio.run(main(int(sys.argv[1]), AccessLog(sys.argv[2])))
