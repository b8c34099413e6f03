#!/usr/bin/python3
"""The receiver zoo: one process that plays every kind of webhook receiver, good, odd and hostile.

The path of a request picks the behaviour (see behaviours.py); some need a port of their own because they act before a
request is read. Every request is recorded as one JSON line in the --log file before it is answered.

Started by tests/support/receiver_zoo.hpp; by hand:
    receiver_zoo.py --log /tmp/requests.jsonl [--tls DIR] [--ready-file FILE]
It prints its ports as one JSON object on stdout (and into --ready-file) when all of them listen.
"""
import argparse
import asyncio
import base64
import json
import os
import socket
import ssl
import struct
import sys
import time
import warnings
from urllib.parse import unquote

sys.dont_write_bytecode = True  # the source tree stays clean
warnings.simplefilter("ignore", DeprecationWarning)  # TLS 1.0 is meant

from behaviours import BEHAVIOURS
from certificates import make_certificates


class Connection:
    """One accepted connection: reads requests, lets a behaviour answer, keeps what behaviours want to remember."""

    def __init__(self, zoo, port_name, number, reader, writer):
        self.zoo, self.port_name, self.number = zoo, port_name, number
        self.reader, self.writer = reader, writer
        self.served = 0
        self.drop_next = False  # set by /stale

    async def send(self, data):
        if self.writer.transport.is_closing():  # with TLS, drain() would never tell
            raise ConnectionResetError
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, status, body=b"", headers=(), reason="Because"):
        lines = [f"HTTP/1.1 {status} {reason}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers]
        if status in (204, 304):
            del lines[1]
            body = b""
        await self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def reset(self):
        """Ends the connection with RST instead of FIN."""
        linger = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.writer.transport.abort()

    async def head(self):
        """Request line and headers, or None when the client has gone."""
        try:
            raw = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return None
        lines = raw.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        headers = [[part.strip() for part in line.partition(":")[::2]] for line in lines[1:] if line]
        return method, target, headers

    async def serve(self):
        while True:
            head = await self.head()
            if head is None:
                return
            if self.drop_next:
                return
            method, target, headers = head
            self.served += 1
            length = int(next((v for n, v in headers if n.lower() == "content-length"), "0"))
            parts = [unquote(p) for p in target.split("?", 1)[0].split("/")[1:]]
            behaviour, reads_body = BEHAVIOURS.get(parts[0], BEHAVIOURS["not-found"])
            body = await self.reader.readexactly(length) if reads_body else b""
            request = self.zoo.record(self, method, target, headers, body)
            if await behaviour(self, request, *parts[1:]) is False:
                return


class Zoo:
    def __init__(self, log):
        self.log = log
        self.connections = 0
        self.state = {}  # what scripted behaviours remember, by token
        self.ports = {}
        self.tasks = set()

    def record(self, connection, method, target, headers, body):
        time_us = time.time_ns() // 1000
        request = {
            "time_ms": time_us // 1000,
            "time_us": time_us,
            "port": connection.port_name,
            "connection": connection.number,
            "number": connection.served,
            "method": method,
            "target": target,
            "headers": headers,
            "body": body.decode("utf-8", "replace"),
        }
        if body != request["body"].encode():
            request["body_base64"] = base64.b64encode(body).decode()
        tls = connection.writer.get_extra_info("ssl_object")
        if tls:
            request["tls"] = tls.version()
            request["tls_resumed"] = bool(tls.session_reused)
        os.write(self.log, json.dumps(request).encode() + b"\n")
        return request

    def serve_http(self, port_name):
        async def handle(reader, writer):
            self.tasks.add(asyncio.current_task())
            self.connections += 1
            try:
                await Connection(self, port_name, self.connections, reader, writer).serve()
            except (ConnectionError, asyncio.IncompleteReadError, ssl.SSLError, TimeoutError):
                pass
            finally:
                self.tasks.discard(asyncio.current_task())
                writer.close()

        return handle

    async def listen(self, name, handler, tls=None, host="127.0.0.1"):
        server = await asyncio.start_server(handler, host, 0, ssl=tls, backlog=1024)
        self.ports[name] = server.sockets[0].getsockname()[1]


def reset_now(reader, writer):
    """Accepts, then RST before anything is read."""
    linger = struct.pack("ii", 1, 0)
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()


async def reset_after_first_bytes(reader, writer):
    await reader.read(1)
    reset_now(reader, writer)


async def never_read(reader, writer):
    """Accepts and never reads: the client's window closes."""
    writer.transport.pause_reading()
    await asyncio.Event().wait()


async def speak_garbage(reader, writer):
    await reader.read(1)
    writer.write(b"220 mail.example.com ESMTP\r\n")
    await writer.drain()
    writer.close()


def server_context(files, name):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files[name][0], files[name][1])
    context.set_alpn_protocols(["http/1.1"])
    return context


async def listen_tls(zoo, folder):
    files = make_certificates(folder)
    for name in ("good", "expired", "wrong_name", "self_signed", "unknown_ca"):
        await zoo.listen("tls_" + name, zoo.serve_http("tls_" + name), server_context(files, name))
    for name, version in (("tls_12", ssl.TLSVersion.TLSv1_2), ("tls_10", ssl.TLSVersion.TLSv1)):
        context = server_context(files, "good")
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = min(version, ssl.TLSVersion.TLSv1_2)
        context.maximum_version = version
        await zoo.listen(name, zoo.serve_http(name), context)
    await zoo.listen("tls_reset", reset_after_first_bytes)
    await zoo.listen("tls_silent", never_read)
    await zoo.listen("tls_garbage", speak_garbage)


async def main():
    parser = argparse.ArgumentParser(description="Plays every kind of webhook receiver on loopback.")
    parser.add_argument("--log", required=True, help="file that gets one JSON line per request")
    parser.add_argument("--ready-file", help="gets the ports as JSON when everything listens")
    parser.add_argument("--tls", metavar="DIR", help="also listen with TLS; certificates are made in DIR")
    arguments = parser.parse_args()

    log = os.open(arguments.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    zoo = Zoo(log)
    await zoo.listen("http", zoo.serve_http("http"))
    await zoo.listen("reset", reset_now)
    await zoo.listen("silent", never_read)
    if arguments.tls:
        await listen_tls(zoo, arguments.tls)
    ready = json.dumps(zoo.ports)
    if arguments.ready_file:
        with open(arguments.ready_file + ".new", "w", encoding="ascii") as file:
            file.write(ready)
        os.rename(arguments.ready_file + ".new", arguments.ready_file)
    print(ready, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        sys.exit(0)
