"""A real SMTP server (aiosmtpd) that does what a test tells it at every step of the dialogue and keeps what it got.

    smtp_server.py --folder DIR [--tls] [--user NAME --password PASSWORD]

DIR/ready.json   {"plain": PORT, …}, written when it listens. With --tls also "starttls_KIND" (plain until STARTTLS;
                 "plain" offers it with the good certificate) and "tls_KIND" (TLS from the first byte), where KIND is a
                 certificate of tests/zoo/certificates.py; the trust anchor is DIR/tls/ca.pem
DIR/script.json  what shall go wrong, read anew before each step; replace the file in one step:
                 {"hide": ["SIZE", …], "more": ["AUTH LOGIN", …], "size": BYTES, "STEP": {…}}: what EHLO
                 does not offer, offers, takes at most; and what happens at a step. STEP is GREETING, EHLO, STARTTLS, AUTH, MAIL,
                 RCPT, DATA, BODY, DOT or QUIT, and its members, all optional:
                   reply   this instead of the honest answer; \\r\\n in it begins a new line
                   drop    true: the connection is cut instead of an answer; of BODY: after so many of its bytes
                   silent  true: no answer, the connection stays
                   close   true: the connection is closed after the reply
                   keep    true, of DOT: the mail is kept although its sender hears nothing or a refusal
                   hold    true, of BODY: nothing is read until a new script comes
                   kill    PID: that process gets SIGKILL, before the answer; of BODY together with `drop`
                   late    true, of DOT beside `kill`: after the answer
                   after   how often it is honest before (0)
                   times   how often, then honest again (always)
DIR/wire/N       every byte of connection N (from 1) as the client sent it, TLS taken off
DIR/mails.jsonl  one object for each accepted mail: connection, from, to, options, tls, user, content (base64)
"""
import argparse
import asyncio
import base64
import json
import os
import signal
import ssl
import sys
import warnings

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "zoo"))
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword  # noqa: E402
from certificates import make_certificates  # noqa: E402


class Script:
    """The faults of script.json; a new file starts the counting anew."""

    def __init__(self, path):
        self.path, self.stamp, self.wishes, self.left, self.honest = path, None, {}, {}, {}

    def load(self):
        try:
            status = os.stat(self.path)
        except FileNotFoundError:
            return
        if (status.st_ino, status.st_mtime_ns) != self.stamp:
            self.stamp = (status.st_ino, status.st_mtime_ns)
            with open(self.path, encoding="utf-8") as file:
                self.wishes = json.load(file)
            self.left = {k: v["times"] for k, v in self.wishes.items() if isinstance(v, dict) and "times" in v}
            self.honest = {k: v["after"] for k, v in self.wishes.items() if isinstance(v, dict) and "after" in v}

    def take(self, step):
        self.load()
        wish = self.wishes.get(step)
        if wish is None or self.left.get(step, 1) <= 0:
            return {}
        if self.honest.get(step, 0) > 0:
            self.honest[step] -= 1
            return {}
        if step in self.left:
            self.left[step] -= 1
        return wish

    def setting(self, name, default):
        self.load()
        return self.wishes.get(name, default)


class Handler:
    """aiosmtpd's hooks: what EHLO offers, and what becomes of a mail."""

    def __init__(self, script, mails):
        self.script, self.mails, self.accepted = script, mails, 0

    async def handle_EHLO(self, server, session, _envelope, hostname, responses):
        session.host_name = hostname
        hidden, size = self.script.setting("hide", []), self.script.setting("size", None)
        if size:
            server.data_size_limit = size
        shown = [r for r in responses if not any(r[4:].startswith(h) for h in hidden)]
        shown = [f"250-SIZE {size}" if size and r[4:].startswith("SIZE") else r for r in shown]
        return [*shown[:-1], *(f"250-{more}" for more in self.script.setting("more", [])), shown[-1]]

    async def handle_DATA(self, server, session, envelope):
        wish = self.script.take("DOT")
        reply = wish.get("reply", "250 2.0.0 Ok: queued as Q%05d" % (self.accepted + 1))
        unheard = wish.get("drop") or wish.get("silent")
        if wish.get("keep") or (reply.startswith("2") and not unheard):
            self.accepted += 1
            self.keep(server, session, envelope)
        if await server.obey(wish):
            return None
        return reply

    def keep(self, server, session, envelope):
        user = session.auth_data.login.decode() if session.authenticated else ""
        self.mails.write(json.dumps({
            "connection": server.number, "from": envelope.mail_from, "to": envelope.rcpt_tos,
            "options": envelope.mail_options, "tls": server.over_tls(), "user": user,
            "content": base64.b64encode(envelope.original_content).decode()}) + "\n")
        self.mails.flush()


class Server(SMTP):
    """One connection. Every step asks the script first."""
    connections = 0

    def __init__(self, script, handler, folder, **options):
        super().__init__(handler, hostname="relay.test", ident="ready", **options)
        Server.connections += 1
        self.number, self.script = Server.connections, script
        self.wire = open(os.path.join(folder, str(self.number)), "ab", buffering=0)
        self.step, self.body, self.body_limit, self.late = "GREETING", 0, None, {}
        self._smtp_methods = {name: self.scripted(name, method) for name, method in self._smtp_methods.items()}

    def over_tls(self):
        return self.transport is not None and self.transport.get_extra_info("ssl_object") is not None

    def scripted(self, name, method):
        async def run(argument):
            self.step = name
            wish = self.script.take(name)
            if await self.obey(wish):
                return
            if "reply" in wish:
                await self.push(wish["reply"])
                await self.obey({"drop": wish.get("close", False)}, gently=True)
            else:
                await method(argument)
        return run

    async def obey(self, wish, gently=False):
        """True if the wish is that no answer comes."""
        if wish.get("late"):
            self.late = wish
        else:
            kill(wish)
        if wish.get("drop"):
            self.transport.close() if gently else self.transport.abort()
        elif wish.get("silent"):
            await asyncio.get_running_loop().create_future()  # until the client goes
        else:
            return False
        return True

    async def push(self, status):
        if status is None:  # the connection is cut
            return
        if self.step == "GREETING":
            self.step = ""
            wish = self.script.take("GREETING")
            if await self.obey(wish):
                return
            await super().push(wish.get("reply", status))
            await self.obey({"drop": wish.get("close", False)}, gently=True)
            return
        if self.step == "DATA" and status.startswith("354"):
            self.step, self.body = "DOT", 0
            wish = self.script.take("BODY")
            self.body_limit, self.body_wish = wish.get("drop"), wish
            if wish.get("hold"):
                self.transport.pause_reading()
                self.resuming = asyncio.ensure_future(self.resume())
        await super().push(status)
        kill(self.late)
        self.late = {}

    async def resume(self):
        while self.script.setting("BODY", {}).get("hold"):
            await asyncio.sleep(0.005)
        self.transport.resume_reading()

    def data_received(self, data):
        self.wire.write(data)
        if self.step == "DOT" and self.body_limit is not None:
            self.body += len(data)
            if self.body >= self.body_limit:
                kill(self.body_wish)
                self.transport.abort()
                return
        super().data_received(data)

    def connection_lost(self, error):
        self.wire.close()
        super().connection_lost(error)


def kill(wish):
    try:
        if "kill" in wish:
            os.kill(wish["kill"], signal.SIGKILL)
    except ProcessLookupError:  # it was hit before
        pass


def tls_context(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


async def serve(options):
    loop = asyncio.get_running_loop()
    folder = options.folder
    wire = os.path.join(folder, "wire")
    os.makedirs(wire, exist_ok=True)
    script = Script(os.path.join(folder, "script.json"))
    handler = Handler(script, open(os.path.join(folder, "mails.jsonl"), "a", encoding="ascii"))

    def authenticate(_server, _session, _envelope, _mechanism, data):
        good = isinstance(data, LoginPassword) and data == LoginPassword(options.user.encode(),
                                                                       options.password.encode())
        return AuthResult(success=good, handled=False, auth_data=data)

    ports, servers = {}, []

    async def listen(name, implicit=None, **settings):
        def connection():
            return Server(script, handler, wire, authenticator=authenticate, loop=loop, timeout=600,
                          auth_require_tls=implicit is None, **settings)
        servers.append(await loop.create_server(connection, "127.0.0.1", 0, ssl=implicit))
        ports[name] = servers[-1].sockets[0].getsockname()[1]

    certificates = make_certificates(os.path.join(folder, "tls")) if options.tls else {}
    contexts = {kind: tls_context(*files) for kind, files in certificates.items()}
    await listen("plain", tls_context=contexts.get("good"))
    for kind, context in contexts.items():
        await listen("starttls_" + kind, tls_context=context)
        await listen("tls_" + kind, implicit=context)

    ready = os.path.join(folder, "ready.json")
    with open(ready + ".new", "w", encoding="ascii") as file:
        json.dump(ports, file)
    os.rename(ready + ".new", ready)
    await loop.create_future()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default="")
    warnings.simplefilter("ignore")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
