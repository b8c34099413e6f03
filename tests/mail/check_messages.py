"""Reads messages as Python's email package does and compares them with what they were made from.

    check_messages.py FILE

FILE has one JSON object a line: subject, name, note, text, html (as given to the builder) and bytes (base64, as built).
Prints each difference with the line's number; exits 1 if there is one.
"""
import base64
import email
import email.header
import email.policy
import email.utils
import json
import sys


def header_text(text):
    return text.replace("\t", " ").strip(" ")


def body_text(text):
    """As the builder's: one kind of line end, also behind the last line, and no blanks before it."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    text = "\n".join(line.rstrip(" \t") for line in lines)
    return text if text.endswith("\n") else text + "\n"


def display_name(raw, field):
    """By the older parser: the newer one puts spaces between encoded words of a name (bpo-35547)."""
    value = email.message_from_bytes(raw, policy=email.policy.compat32)[field].replace("\r\n", "")
    name, _address = email.utils.parseaddr(value)
    return str(email.header.make_header(email.header.decode_header(name)))


def form(raw):
    """What is wrong with the bytes, whatever they mean."""
    bare = raw.replace(b"\r\n", b"")
    if b"\r" in bare or b"\n" in bare:
        yield "a bare CR or LF"
    if any(byte > 127 or byte == 0 for byte in raw):
        yield "not 7-bit"
    head, body = raw.split(b"\r\n\r\n", 1)
    if max(map(len, head.split(b"\r\n"))) > 998:
        yield "a header line over 998"
    for line in body.split(b"\r\n"):
        if len(line) > 76:
            yield f"a body line over 76: {line}"
    for line in head.split(b"\r\n"):
        if b"=?UTF-8?B?" in line and len(line) > 76:
            yield f"a line of encoded words over 76: {line}"
    for word in head.split():
        if word.startswith(b"=?") and len(word) > 75:
            yield f"an encoded word over 75: {word}"


def compare(case):
    raw = base64.b64decode(case["bytes"])
    yield from form(raw)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    for name, value in message.items():
        if getattr(value, "defects", ()):
            yield f"defects of {name}: {value.defects}"
    for part in message.walk():
        if part.defects:
            yield f"defects: {part.defects}"
    wanted = {"Subject": header_text(case["subject"]), "X-Note": header_text(case["note"])}
    for name, want in wanted.items():
        if message[name] != want:
            yield f"{name}: {message[name]!r}, not {want!r}"
    for field in ("From", "To"):
        name = display_name(raw, field)
        if name != header_text(case["name"]):
            yield f"{field}: {name!r}, not {header_text(case['name'])!r}"
    if [a.addr_spec for a in message["To"].addresses] != ["anna@example.org"]:
        yield f"To: {message['To']}"
    kinds = [part.get_content_type() for part in message.iter_parts()]
    if kinds != ["text/plain", "text/html"]:
        yield f"parts: {kinds}"
        return
    for part, want in zip(message.iter_parts(), (case["text"], case["html"])):
        got = body_text(part.get_content())
        if got != body_text(want):
            yield f"{part.get_content_type()}: {got!r}, not {body_text(want)!r}"


def main():
    bad = 0
    with open(sys.argv[1], encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            for difference in compare(json.loads(line)):
                bad += 1
                print(f"message {number}: {difference}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
