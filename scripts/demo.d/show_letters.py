#!/usr/bin/python3
"""Shows the letters in the mail server's folder (tests/mail/smtp_server.py): to whom, the subject, the first line.

    show_letters.py MAILS.jsonl           a table
    show_letters.py MAILS.jsonl ADDRESS   how many went to ADDRESS
"""
import base64
import email
import email.policy
import json
import pathlib
import sys

mails = pathlib.Path(sys.argv[1])
letters = [json.loads(line) for line in mails.read_text("ascii").splitlines()] if mails.exists() else []
if len(sys.argv) > 2:
    print(sum(sys.argv[2] in letter["to"] for letter in letters))
    sys.exit()
ROW = "  {:<20} {:<40} {}"
print(ROW.format("TO", "SUBJECT", "TEXT"))
for letter in letters:
    message = email.message_from_bytes(base64.b64decode(letter["content"]), policy=email.policy.default)
    text = message.get_body(("plain",)).get_content().strip().splitlines()
    print(ROW.format(", ".join(letter["to"]), message["subject"], text[0] if text else ""))
