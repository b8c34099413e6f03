"""What the zoo's animals do. A behaviour gets the connection, the recorded request and the rest of the path; returning
False ends the connection. In each docstring the path that picks it."""
import asyncio
import gzip
import json

BEHAVIOURS = {}  # first part of the path -> (function, whether the request's body is read first)


def animal(name, reads_body=True):
    def register(function):
        BEHAVIOURS[name] = (function, reads_body)
        return function

    return register


# --- plain answers -------------------------------------------------------------------------------------------------


@animal("not-found")
async def not_found(c, request):
    await c.answer(404, b"no such animal")


@animal("ok")
async def ok(c, request, *rest):
    """/ok[/anything]"""
    await c.answer(200, b'{"ok":true}', [("Content-Type", "application/json")])


@animal("status")
async def status(c, request, code, *rest):
    """/status/<100..599>[/anything]: an interim status is followed by 200."""
    if 100 <= int(code) < 200:
        await c.send(f"HTTP/1.1 {code} Interim\r\n\r\n".encode())
        code = 200
    await c.answer(int(code), f"status {code}".encode())


@animal("gone")
async def gone(c, request, *rest):
    await c.answer(410, b"gone")


@animal("echo")
async def echo(c, request, *rest):
    """Answers with the request as it was recorded."""
    await c.answer(200, json.dumps(request).encode(), [("Content-Type", "application/json")])


@animal("with-header")
async def with_header(c, request, code, name, value):
    """/with-header/<status>/<name>/<percent-encoded value>"""
    await c.answer(int(code), b"", [(name, value)])


@animal("retry-after")
async def retry_after(c, request, seconds, *rest):
    """/retry-after/<value>: 429 with that Retry-After, well-formed or not."""
    await c.answer(429, b"slow down", [("Retry-After", seconds)])


@animal("redirect")
async def redirect(c, request, code, *where):
    """/redirect/<status>[/metadata]: points at /ok/visited here, or at a cloud's metadata address."""
    location = "http://169.254.169.254/latest/" if where else f"http://127.0.0.1:{c.zoo.ports['http']}/ok/visited"
    await c.answer(int(code), b"", [("Location", location)])


# --- scripted by token ---------------------------------------------------------------------------------------------


@animal("fail-then-ok")
async def fail_then_ok(c, request, times, token, code="503"):
    """/fail-then-ok/<n>/<token>[/<status>]: fails n times per token, then 200."""
    seen = c.zoo.state[token] = c.zoo.state.get(token, 0) + 1
    await c.answer(int(code) if seen <= int(times) else 200, b"")


@animal("sequence")
async def sequence(c, request, codes, token):
    """/sequence/<500,503,200>/<token>: one after the other; the last one repeats."""
    seen = c.zoo.state[token] = c.zoo.state.get(token, 0) + 1
    codes = codes.split(",")
    await c.answer(int(codes[min(seen, len(codes)) - 1]), b"")


@animal("switch")
async def switch(c, request, token):
    """/switch/<token>: the status last set by /set/<token>/<status>; 200 before."""
    await c.answer(c.zoo.state.get(token, 200), b"")


@animal("set")
async def set_switch(c, request, token, code):
    c.zoo.state[token] = int(code)
    await c.answer(204)


# --- slow ----------------------------------------------------------------------------------------------------------


@animal("slow")
async def slow(c, request, seconds, *rest):
    """/slow/<seconds>: 200 after that time."""
    await asyncio.sleep(float(seconds))
    await c.answer(200, b"at last")


@animal("hang")
async def hang(c, request, *rest):
    await asyncio.Event().wait()


@animal("drip")
async def drip(c, request, size, pause):
    """/drip/<bytes>/<seconds>: a body in single bytes with a pause before each."""
    await c.send(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode())
    for _ in range(int(size)):
        await asyncio.sleep(float(pause))
        await c.send(b"x")


@animal("slow-headers")
async def slow_headers(c, request, pause):
    """/slow-headers/<seconds>: status line and headers byte by byte, without end."""
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"y" * 10_000:
        await c.send(bytes([byte]))
        await asyncio.sleep(float(pause))


@animal("status-then-hang")
async def status_then_hang(c, request, code):
    await c.send(f"HTTP/1.1 {code} Half\r\nX-Half".encode())
    await asyncio.Event().wait()


@animal("headers-then-hang")
async def headers_then_hang(c, request, code):
    await c.send(f"HTTP/1.1 {code} Half\r\nContent-Length: 10\r\n\r\nhalf".encode())
    await asyncio.Event().wait()


# --- bodies --------------------------------------------------------------------------------------------------------


@animal("body")
async def body(c, request, size):
    """/body/<bytes>"""
    await c.answer(200, b"b" * int(size))


@animal("chunked")
async def chunked(c, request, size):
    data = b"c" * int(size)
    await c.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(data), data))


@animal("trailers")
async def trailers(c, request):
    await c.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-End\r\n\r\n"
                 b"2\r\nok\r\n0\r\nX-End: yes\r\n\r\n")


@animal("endless")
async def endless(c, request, how="chunked"):
    """/endless[/plain]: a body that never ends, chunked or delimited by closing."""
    plain = how == "plain"
    await c.send(b"HTTP/1.1 200 OK\r\n" + (b"\r\n" if plain else b"Transfer-Encoding: chunked\r\n\r\n"))
    while not c.reader.at_eof():  # with TLS, writing to a client that has gone raises nothing
        await asyncio.sleep(0)
        await c.send(b"e" * 4096 if plain else b"1000\r\n" + b"e" * 4096 + b"\r\n")


@animal("until-close")
async def until_close(c, request):
    await c.send(b"HTTP/1.1 200 OK\r\n\r\nall there is")
    return False


@animal("http10")
async def http10(c, request):
    await c.send(b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold")
    return False


@animal("gzip-bomb")
async def gzip_bomb(c, request):
    """10 MiB of zeros in 10 KiB; nobody asked for gzip."""
    data = gzip.compress(bytes(1024 * 1024)) * 10  # ten members, as gzip allows: made while the client waits
    await c.answer(200, data, [("Content-Encoding", "gzip")])


@animal("204-with-body")
async def no_content_with_body(c, request):
    await c.send(b"HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\nbody")


@animal("length-too-long")
async def length_too_long(c, request):
    await c.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
    return False


@animal("length-too-short")
async def length_too_short(c, request):
    await c.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmore than four")


@animal("extra-bytes")
async def extra_bytes(c, request):
    """A whole second response nobody asked for, which must not answer the next request."""
    await c.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" b"HTTP/1.1 500 Poison\r\nContent-Length: 0\r\n\r\n")


# --- not quite HTTP ------------------------------------------------------------------------------------------------

RAW = {
    "length-and-chunked": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "two-lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!",
    "negative-length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "giant-length": b"HTTP/1.1 200 OK\r\nContent-Length: 9223372036854775807\r\n\r\nx",
    "overflowing-length": b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999\r\n\r\nx",
    "bad-chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n",
    "huge-chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nok",
    "no-reason": b"HTTP/1.1 200 \r\nContent-Length: 2\r\n\r\nok",
    "no-reason-no-space": b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok",
    "status-099": b"HTTP/1.1 099 Low\r\nContent-Length: 2\r\n\r\nok",
    "status-letters": b"HTTP/1.1 abc Letters\r\nContent-Length: 2\r\n\r\nok",
    "http2": b"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "bare-lf": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    "nul-in-header": b"HTTP/1.1 200 OK\r\nX-Nul: a\0b\r\nContent-Length: 2\r\n\r\nok",
    "folded-header": b"HTTP/1.1 200 OK\r\nX-Fold: a\r\n b\r\nContent-Length: 2\r\n\r\nok",
    "garbage": b"\x16\x03\x01 this is no HTTP\r\n\r\n",
    "101": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
}


def raw(data):
    async def send_raw(c, request):
        await c.send(data)
        return False

    return send_raw


for _name, _data in RAW.items():
    BEHAVIOURS[_name] = (raw(_data), True)


@animal("interim")
async def interim(c, request, count):
    """/interim/<n>: n times 103 with a header, then 200."""
    await c.send(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * int(count))
    await c.answer(200, b"final")


@animal("many-headers")
async def many_headers(c, request, count):
    await c.answer(200, b"ok", [(f"X-{i}", "v") for i in range(int(count))])


@animal("big-header")
async def big_header(c, request, size):
    await c.answer(200, b"ok", [("X-Big", "v" * int(size))])


# --- ends of connections -------------------------------------------------------------------------------------------


@animal("close")
async def close(c, request):
    """Reads the request, answers nothing, FIN."""
    return False


@animal("reset")
async def reset(c, request):
    """Reads the request, answers nothing, RST."""
    c.reset()
    return False


@animal("reset-in-body")
async def reset_in_body(c, request):
    await c.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    await asyncio.sleep(0.05)  # a RST right behind the bytes would make the kernel drop them
    c.reset()
    return False


@animal("ok-then-reset")
async def ok_then_reset(c, request):
    await c.answer(200, b"ok")
    await asyncio.sleep(0.02)
    c.reset()
    return False


@animal("ok-then-close")
async def ok_then_close(c, request):
    """200 with keep-alive, and FIN without a word right behind it."""
    await c.answer(200, b"ok")
    return False


@animal("connection-close")
async def connection_close(c, request):
    await c.answer(200, b"ok", [("Connection", "close")])
    return False


@animal("keep")
async def keep(c, request, count):
    """/keep/<n>: the connection serves n requests and says so at the last one."""
    last = c.served >= int(count)
    await c.answer(200, b"ok", [("Connection", "close")] if last else [])
    return not last


@animal("stale")
async def stale(c, request):
    """200; the next request on this connection is read and then dropped with FIN, as by a server that closed it
    while the request was on its way."""
    await c.answer(200, b"ok")
    c.drop_next = True


@animal("early-413", reads_body=False)
async def early_413(c, request):
    """Answers after the headers and closes with the body unread."""
    await c.answer(413, b"too large", [("Connection", "close")])
    return False
