"""What the doubles share: an HTTP/1.1 server, a record of every request, and faults on demand.

A double plays a service that cannot be had (wallet, licence server) by its documented contract. Tests steer and watch
it through paths below /_double/:

    POST /_double/faults     one fault: see Fault
    POST /_double/reset      forgets faults and requests, not the service's state
    GET  /_double/requests   every request of the service, in order of arrival
"""
import argparse
import json
import os
import random
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Fault:
    """What goes wrong with the next requests that it matches. Members of the JSON object, all optional:

    path       only requests whose path begins with it
    times      how many requests it spoils (1), or
    share      which part of them (0 to 1), at random by `seed`
    drop       cuts the connection: unread, before_commit, after_commit, mid_answer
    wait_ms    before the effect;  wait_after_ms: after it, before the answer
    status     answers this instead; headers, body: with these. The effect happens only if commit is true
    echo       members that replace those of the honest answer
    keep       only so many bytes of the body, with a Content-Length that fits them
    """

    def __init__(self, wish):
        self.path = wish.get("path", "")
        self.share = wish.get("share")
        self.left = wish.get("times", 1) if self.share is None else None
        self.chance = random.Random(wish.get("seed", 1))
        self.drop = wish.get("drop", "")
        self.wait_ms, self.wait_after_ms = wish.get("wait_ms", 0), wish.get("wait_after_ms", 0)
        self.status, self.headers = wish.get("status"), wish.get("headers", {})
        self.body, self.echo, self.keep = wish.get("body"), wish.get("echo", {}), wish.get("keep")
        self.commits = wish.get("commit", self.status is None and self.drop not in ("unread", "before_commit"))

    def takes(self, path):
        if not path.startswith(self.path) or self.left == 0:
            return False
        if self.left is None:
            return self.chance.random() < self.share
        self.left -= 1
        return True


HONEST = Fault({})


def wait(ms):
    if ms:
        time.sleep(ms / 1000)  # a slow server is what is asked for


class Request:
    def __init__(self, method, target, headers, body):
        parts = urlsplit(target)
        self.method, self.path, self.headers, self.body = method, parts.path, headers, body
        self.query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        try:
            self.json = json.loads(body) if body else {}
        except ValueError:
            self.json = None

    def record(self):
        return {"method": self.method, "path": self.path, "query": self.query, "headers": list(self.headers.items()),
                "body": self.body.decode("utf-8", "replace")}


class Double:
    """A service: `answer(request, before_commit)` returns (status, object) and does what the request asks for;
    it calls before_commit() between taking the request on and its effect. `steer(request)` adds paths of its own."""

    def __init__(self):
        self.lock = threading.Lock()
        self.faults, self.requests = [], []

    def answer(self, request, before_commit):
        raise NotImplementedError

    def steer(self, request):
        return 404, {"error": "no such path of the double"}

    def next_fault(self, path):
        with self.lock:
            return next((f for f in self.faults if f.drop != "unread" and f.takes(path)), HONEST)

    def cuts_before_reading(self, path):
        with self.lock:
            return any(f.drop == "unread" and f.takes(path) for f in self.faults)

    def steered(self, request):
        """Status and JSON text; made while nothing changes."""
        with self.lock:
            status, answer = self.steer_or_watch(request)
            return status, json.dumps(answer).encode()

    def steer_or_watch(self, request):
        what = request.path.removeprefix("/_double/")
        if what == "faults":
            self.faults.append(Fault(request.json))
            return 200, {}
        if what == "reset":
            self.faults, self.requests = [], []
            return 200, {}
        if what == "requests":
            return 200, self.requests
        return self.steer(request)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def handle_one_request(self):
        line = self.connection.recv(1024, socket.MSG_PEEK).split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        path = line[1] if len(line) > 1 else ""
        if path and not path.startswith("/_double/") and self.server.double.cuts_before_reading(path):
            return self.cut()
        super().handle_one_request()

    def do_GET(self):
        self.serve()

    def do_POST(self):
        self.serve()

    def serve(self):
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if len(body) < length:
            self.close_connection = True
            return  # the caller went away within its request
        request = Request(self.command, self.path, self.headers, body)
        double = self.server.double
        if request.path.startswith("/_double/"):
            return self.reply_bytes(*double.steered(request), {}, cut_within=False)
        with double.lock:
            double.requests.append(request.record())
        self.play(double, request, double.next_fault(request.path))

    def play(self, double, request, fault):
        status, answer = 500, {"error": "internal"}
        if fault.commits:
            status, answer = double.answer(request, lambda: wait(fault.wait_ms))
        else:
            wait(fault.wait_ms)
        if fault.drop in ("before_commit", "after_commit"):
            return self.cut()
        wait(fault.wait_after_ms)
        if fault.status is not None:
            status, answer = fault.status, answer if fault.commits and fault.status < 300 else {"error": "fault"}
        body = fault.body.encode() if fault.body is not None else json.dumps({**answer, **fault.echo}).encode()
        self.reply_bytes(status, body[: fault.keep], fault.headers, cut_within=fault.drop == "mid_answer")

    def reply_bytes(self, status, body, headers, cut_within):
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        if self.server.closes:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut_within else body)
        if cut_within:
            self.cut()

    def cut(self):
        """Ends the connection with RST."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.rfile.close()
        self.wfile = _Nowhere()


class _Nowhere:
    """Takes what http.server still wants to flush after the connection is gone."""
    closed = True

    def flush(self):
        pass

    def close(self):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request, client_address):
        pass  # callers that go away are part of the play


def run(description, make, add_options=lambda parser: None):
    """The double's main: listens on --port (0 = a free one), writes the number to --port-file once it does."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--port-file", required=True)
    parser.add_argument("--close", action="store_true", help="one request per connection")
    add_options(parser)
    options = parser.parse_args()
    server = Server(("127.0.0.1", options.port), Handler)
    server.double, server.closes = make(options), options.close
    with open(options.port_file + ".new", "w") as file:
        file.write(str(server.server_address[1]))
    os.replace(options.port_file + ".new", options.port_file)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
