"""Sends traffic from many source addresses; run inside the lab's outside network namespace.

Usage: traffic.py probe|hammer LABEL. The request is one line of JSON on standard input; answers are lines of JSON on
standard output. LABEL only tells an operator who reads the process list which lab this belongs to.

probe:  {sources, target, targetPort, protocol, timeoutMs, concurrency} -> {reached: [index of source, ...]}
hammer: {sources, target, targetPort, protocol, perSecond} -> {sent, answered} twice a second, until standard input ends
"""

import asyncio
import json
import resource
import socket
import struct
import sys

HAMMER_PATIENCE_S = 1.0
HAMMER_TICK_S = 0.02
REPORT_EVERY_S = 0.5
IN_FLIGHT_LIMIT = 4000
DATAGRAM = b"knock\n"
# A lost datagram is not a refused one: sent again within the patience.
DATAGRAM_TRIES = 3


def open_socket(source, kind):
    sock = socket.socket(socket.AF_INET6 if ":" in source else socket.AF_INET, kind)
    sock.setblocking(False)
    try:
        sock.bind((source, 0))
    except OSError:
        sock.close()
        raise
    return sock


async def knock_tcp(source, target, patience):
    """True when the service speaks: an accepted connection alone may be a kernel in front of a dead process."""
    loop = asyncio.get_running_loop()
    with open_socket(source, socket.SOCK_STREAM) as sock:
        # Reset on close: thousands of sockets in TIME_WAIT would outlive the probe.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        async def converse():
            await loop.sock_connect(sock, target)
            return await loop.sock_recv(sock, 256)

        return bool(await asyncio.wait_for(converse(), patience))


async def knock_udp(source, target, patience, tries=DATAGRAM_TRIES):
    loop = asyncio.get_running_loop()
    with open_socket(source, socket.SOCK_DGRAM) as sock:
        await loop.sock_connect(sock, target)
        for _ in range(tries):
            sock.send(DATAGRAM)
            try:
                return bool(await asyncio.wait_for(loop.sock_recv(sock, 256), patience / tries))
            except asyncio.TimeoutError:
                continue
    return False


async def answered(knock, *args):
    try:
        return await knock(*args)
    except (OSError, asyncio.TimeoutError):
        return False


async def probe(request):
    knock = knock_udp if request["protocol"] == "udp" else knock_tcp
    target = (request["target"], request["targetPort"])
    patience = request["timeoutMs"] / 1000
    free = asyncio.Semaphore(request["concurrency"])

    async def one(source):
        async with free:
            return await answered(knock, source, target, patience)

    results = await asyncio.gather(*(one(source) for source in request["sources"]))
    print(json.dumps({"reached": [index for index, reached in enumerate(results) if reached]}))


async def hammer(request):
    udp = request["protocol"] == "udp"
    target = (request["target"], request["targetPort"])
    sources = request["sources"]
    loop = asyncio.get_running_loop()
    counts = {"sent": 0, "answered": 0}
    in_flight = set()
    stopping = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), lambda: sys.stdin.buffer.raw.read(4096) or stopping.set())

    async def one(source):
        knock = answered(knock_udp, source, target, HAMMER_PATIENCE_S, 1) if udp else answered(
            knock_tcp, source, target, HAMMER_PATIENCE_S
        )
        if await knock:
            counts["answered"] += 1

    def report():
        print(json.dumps(counts), flush=True)

    started = loop.time()
    next_report = started
    while not stopping.is_set():
        now = loop.time()
        due = 1 + int((now - started) * request["perSecond"]) - counts["sent"]
        for _ in range(max(0, min(due, IN_FLIGHT_LIMIT - len(in_flight)))):
            task = asyncio.ensure_future(one(sources[counts["sent"] % len(sources)]))
            counts["sent"] += 1
            in_flight.add(task)
            task.add_done_callback(in_flight.discard)
        if now >= next_report:
            report()
            next_report = now + REPORT_EVERY_S
        try:
            await asyncio.wait_for(stopping.wait(), HAMMER_TICK_S)
        except asyncio.TimeoutError:
            pass
    await asyncio.gather(*in_flight)
    report()


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    request = json.loads(sys.stdin.buffer.raw.readline())
    asyncio.run({"probe": probe, "hammer": hammer}[sys.argv[1]](request))


main()
