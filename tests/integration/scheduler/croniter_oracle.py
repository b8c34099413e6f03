"""When croniter (which times) and zoneinfo (at which instants) say that expressions are due.

Reads requests `mode<TAB>expression<TAB>zone<TAB>begin<TAB>end`, seconds since the epoch, and answers each with a line of
instants in (begin, end]. Modes: `once` and `always` are the two rules of scheduler/ticks.hpp, put together from naive
times; `aware` is croniter's own answer in a zone, one instant after each hour of a coarse grid.
"""

import functools
import sys
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from croniter import croniter

UTC = timezone.utc
GRID = timedelta(hours=1511)


@functools.lru_cache(maxsize=None)
def named_times(expression, begin, end):
    """Naive times on a wall clock, from two days before `begin` to two days after `end`."""
    last = datetime.fromtimestamp(end, UTC).replace(tzinfo=None) + timedelta(days=2)
    times = croniter(expression, datetime.fromtimestamp(begin, UTC).replace(tzinfo=None) - timedelta(days=2))
    out = []
    while (t := times.get_next(datetime)) <= last:
        out.append(t)
    return out


def offsets(t, zone):
    """The zone's offsets where its clock shows `t`: twice the same, unless it jumped over `t` or shows it twice."""
    return [t.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)]


def passes(t, zone):
    """The instants, in seconds, at which the zone's clock shows `t`: none, one or two."""
    before, after = offsets(t, zone)
    instants = {(t - offset).replace(tzinfo=UTC) for offset in (before, after)}
    if before != after:
        instants = {i for i in instants if i.astimezone(zone).replace(tzinfo=None) == t}
    return sorted(int(i.timestamp()) for i in instants)


def change_over(t, zone):
    """The instant at which the clock jumped over `t`."""
    before, after = offsets(t, zone)
    utc = t.replace(tzinfo=UTC)
    low, high = int((utc - after).timestamp()), int((utc - before).timestamp())
    while low < high:
        middle = (low + high) // 2
        if datetime.fromtimestamp(middle, zone).utcoffset() == before:
            low = middle + 1
        else:
            high = middle
    return low


def once(expression, zone, begin, end):
    return {(passes(t, zone) or [change_over(t, zone)])[0] for t in named_times(expression, begin, end)}


def always(expression, zone, begin, end):
    return {instant for t in named_times(expression, begin, end) for instant in passes(t, zone)}


def aware(expression, zone, begin, end):
    start, out = datetime.fromtimestamp(begin, UTC), set()
    while start.timestamp() < end:
        out.add(int(croniter(expression, start.astimezone(zone)).get_next(float)))
        start += GRID
    return out


def answer(line):
    mode, expression, zone, begin, end = line.rstrip("\n").split("\t")
    begin, end = int(begin), int(end)
    rule = {"once": once, "always": always, "aware": aware}[mode]
    return sorted(t for t in rule(expression, ZoneInfo(zone), begin, end) if begin < t <= end)


for request in open(sys.argv[1], encoding="ascii"):
    print(*answer(request))
