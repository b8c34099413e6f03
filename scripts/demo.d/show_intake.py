#!/usr/bin/python3
"""Reads envelopes as redis-cli prints a list of them and shows who, what and for which hook."""
import json
import sys

ROW = "  {:<28} {:<18} {:>4}  {:<10}  {}"
print(ROW.format("JOB", "KIND", "HOOK", "SIGNED BY", "IDEMPOTENCY KEY"))
signed_by = "nobody"
# An envelope is "v1.<key id>.<mac>", a line feed, and JSON without line feeds. The newest is first.
rows = []
for line in sys.stdin.read().splitlines():
    if line.startswith("v1."):
        signed_by = line.split(".")[1]
    elif line.startswith("{"):
        job = json.loads(line)
        rows.append(ROW.format(job["id"], job["kind"], job["args"]["hook_id"], signed_by, job.get("key", "")))
        signed_by = "nobody"
print("\n".join(reversed(rows)))
