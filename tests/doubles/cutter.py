#!/usr/bin/python3
"""A TCP proxy that cuts a share of its connections (RST to both sides) after a random number of bytes in a random
direction, so that requests and answers break anywhere.

    cutter.py --to PORT --share 0.1 --seed N --port-file FILE --cuts-file FILE

Every cut is one line of the cuts file: connection, direction, bytes.
"""
import argparse
import asyncio
import os
import random
import socket
import struct


def reset(*writers):
    for writer in writers:
        sock = writer.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()


class Cutter:
    def __init__(self, options):
        self.options, self.chance, self.count = options, random.Random(options.seed), 0
        self.cuts = open(options.cuts_file, "w", buffering=1)

    async def serve(self, reader, writer):
        self.count += 1
        limits = {"to": None, "from": None}
        if self.chance.random() < self.options.share:
            limits[self.chance.choice(("to", "from"))] = self.chance.randint(0, self.options.most)
        number = self.count
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.options.to)
        except OSError:
            return reset(writer)
        await asyncio.gather(self.pass_on(number, "to", limits["to"], reader, far_writer, writer),
                             self.pass_on(number, "from", limits["from"], far_reader, writer, far_writer))
        writer.close()
        far_writer.close()

    async def pass_on(self, number, direction, limit, reader, writer, other):
        passed = 0
        try:
            while data := await reader.read(65536):
                if limit is not None and passed + len(data) >= limit:
                    writer.write(data[: limit - passed])
                    await asyncio.sleep(0.001)  # a RST right behind the bytes would make the kernel drop them
                    self.cuts.write(f"{number} {direction} {limit}\n")
                    return reset(writer, other)
                passed += len(data)
                writer.write(data)
                await writer.drain()
            writer.write_eof()
        except OSError:
            reset(writer, other)


async def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=int, required=True)
    parser.add_argument("--share", type=float, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--most", type=int, default=900, help="cuts after 0 to so many bytes")
    parser.add_argument("--port-file", required=True)
    parser.add_argument("--cuts-file", required=True)
    options = parser.parse_args()
    server = await asyncio.start_server(Cutter(options).serve, "127.0.0.1", 0, backlog=512)
    with open(options.port_file + ".new", "w") as file:
        file.write(str(server.sockets[0].getsockname()[1]))
    os.replace(options.port_file + ".new", options.port_file)
    async with server:
        await server.serve_forever()


asyncio.run(main())
