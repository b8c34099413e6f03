#!/usr/bin/python3
"""Checks recorded webhooks as their receivers would (Standard Webhooks; docs/kinds/webhook-delivery.md).

    verify_signatures.py REQUESTS.jsonl SECRETS.tsv

A request is genuine if the secret of any hook fits. Exits with 1 if one is not, or if a changed body still passes.
"""
import base64
import hashlib
import hmac
import json
import sys


def key_of(secret):
    prefix = "whsec_"
    return base64.b64decode(secret[len(prefix):]) if secret.startswith(prefix) else secret.encode()


def is_genuine(headers, body, keys):
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}".encode()
    fits = {"v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode() for key in keys}
    return any(one in fits for one in headers.get("webhook-signature", "").split(" "))


def main():
    with open(sys.argv[2], encoding="utf-8") as file:
        keys = [key_of(line.rstrip("\n").split("\t")[1]) for line in file]
    with open(sys.argv[1], encoding="utf-8") as file:
        requests = [json.loads(line) for line in file]
    genuine = forged = 0
    for request in requests:
        headers = {name.lower(): value for name, value in request["headers"]}
        genuine += is_genuine(headers, request["body"], keys)
        forged += is_genuine(headers, request["body"] + " ", keys)
    print(f"  {genuine} of {len(requests)} requests carry a genuine signature; "
          f"with one byte added to the body {forged} would")
    if not requests or genuine != len(requests) or forged:
        sys.exit("demo: a signature is not what it should be")


main()
