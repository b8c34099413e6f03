"""Checks files of Prometheus text exposition (format 0.0.4), line by line, as strictly as the format's description
allows. Prints `file: mistake` lines; exit status 1 if there is any."""

import math
import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\S+)\Z")
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("",), "gauge": ("",)}


def number(text):
    return float({"+Inf": "inf", "-Inf": "-inf", "NaN": "nan"}.get(text, text))


class Checker:
    def __init__(self):
        self.mistakes = []
        self.types = {}
        self.helps = set()
        self.family = None
        self.series = {}

    def bad(self, at, why):
        self.mistakes.append(f"line {at}: {why}")

    def comment(self, at, line):
        found = re.match(rf"# (HELP|TYPE) ({NAME}) (\S.*)\Z", line)
        if not found:
            return self.bad(at, f"not a HELP or TYPE line: {line}")
        what, name, text = found.groups()
        if what == "HELP":
            if name in self.helps:
                self.bad(at, f"second HELP of {name}")
            self.helps.add(name)
            return
        if name in self.types:
            self.bad(at, f"second TYPE of {name}")
        if name not in self.helps:
            self.bad(at, f"{name} has no HELP")
        if text not in SUFFIXES:
            self.bad(at, f"{name} is a {text}")
        if text == "counter" and not name.endswith("_total"):
            self.bad(at, f"counter {name} does not end in _total")
        if text != "counter" and name.endswith("_total"):
            self.bad(at, f"{name} ends in _total and is no counter")
        self.types[name] = text
        self.family = name

    def sample(self, at, line):
        found = SAMPLE.match(line)
        if not found:
            return self.bad(at, f"not a sample: {line}")
        name, labels, value = found.group(1), found.group(2) or "", found.groups()[-1]
        kind = self.types.get(self.family, "")
        if not any(name == str(self.family) + suffix for suffix in SUFFIXES.get(kind, ())):
            return self.bad(at, f"{name} stands below {self.family}")
        pairs = re.findall(LABEL, labels)
        if len({label for label, _ in pairs}) != len(pairs):
            self.bad(at, f"a label twice: {line}")
        key = (name, tuple(sorted(pairs)))
        if key in self.series:
            self.bad(at, f"a series twice: {line}")
        try:
            self.series[key] = number(value)
        except ValueError:
            return self.bad(at, f"not a number: {value}")
        if kind != "gauge" and not self.series[key] >= 0:
            self.bad(at, f"a {kind} below zero: {line}")

    def histograms(self):
        rows = {}
        for (name, pairs), value in self.series.items():
            if name.endswith("_bucket") and self.types.get(name[:-7]) == "histogram":
                rest = tuple(p for p in pairs if p[0] != "le")
                rows.setdefault((name[:-7], rest), []).append((number(dict(pairs)["le"]), value))
        for (name, rest), buckets in rows.items():
            where = f"{name}{dict(rest)}"
            bounds, counts = zip(*buckets)
            if list(bounds) != sorted(set(bounds)) or list(counts) != sorted(counts):
                self.mistakes.append(f"{where}: bounds or counts do not ascend")
            if buckets[-1][0] != math.inf:
                self.mistakes.append(f"{where}: no +Inf bucket")
            if self.series.get((name + "_count", rest)) != buckets[-1][1]:
                self.mistakes.append(f"{where}: _count is not the +Inf bucket")
            if (name + "_sum", rest) not in self.series:
                self.mistakes.append(f"{where}: no _sum")

    def check(self, text):
        if not text.endswith("\n"):
            self.mistakes.append("the last line has no end")
        for at, line in enumerate(text.split("\n")[:-1], 1):
            (self.comment if line.startswith("#") else self.sample)(at, line)
        if not self.series:
            self.mistakes.append("there is no sample")
        self.histograms()
        return self.mistakes


def check_file(path):
    with open(path, encoding="utf-8", newline="") as file:
        return [f"{path}: {mistake}" for mistake in Checker().check(file.read())]


if __name__ == "__main__":
    found = [line for path in sys.argv[1:] for line in check_file(path)]
    print("".join(line + "\n" for line in found), end="")
    sys.exit(1 if found else 0)
