#!/usr/bin/python3
"""Who is a sleeper: the rules one by one over plain rows, slow and obvious. The product's scan is held against this.

    reference.py --socket FILE --database NAME SITES

SITES has one JSON object per line: prefix, users and usermeta (full names of the two tables), as_of (YYYY-MM-DD),
options (of `scheduler.sleepers`, where they differ from its defaults) and what else the caller wants back. Each comes back as a line with `verdicts`: one for every pair of level and person of
whom there is a key, with the rule that decided, in the words of RULES.
"""
import argparse
import datetime
import json

import pymysql

RULES = ("level_off", "level_gone", "no_keys", "unlimited", "not_lapsed", "ancestor", "certificate", "user_gone",
         "blocked", "sleeper")
# A date at or before this is none: zero dates, and what PHP makes of an empty text.
NO_DATE = datetime.date(1970, 1, 1)


class Rows:
    """The tables of one site, as lists of rows; every value is text or None, as the server sends it."""

    def __init__(self, connection, prefix, users, usermeta):
        self.keys = read(connection, prefix + "memberlux_term_keys")
        self.certificates = read(connection, prefix + "memberlux_certificate")
        self.ledger = read(connection, prefix + "dormouse_certificate")
        self.taxonomy = read(connection, prefix + "term_taxonomy")
        self.termmeta = read(connection, prefix + "termmeta")
        self.users = read(connection, users)
        self.usermeta = read(connection, usermeta)


def read(connection, table):
    """All rows of a table by their id, the first column; none when the site has no such table (a plugin that is not installed)."""
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW TABLES LIKE '{table.replace('_', chr(92) + '_')}'")
        if not cursor.fetchall():
            return []
        cursor.execute(f"SELECT * FROM `{table}` ORDER BY 1")
        return list(cursor.fetchall())


def day(text):
    """The day of a DATE or DATETIME, or None when it is no real date."""
    if text is None:
        return None
    try:
        found = datetime.date.fromisoformat(text[:10])
    except ValueError:
        return None
    return found if found > NO_DATE else None


def first(rows, key):
    """What get_metadata(…, true) gives: the value of the first row, by id, of that key; None without one."""
    for row in rows:
        if row["meta_key"] == key:
            return row["meta_value"]
    return None


# Rule 1: the level.

def is_enabled(site, level):
    mine = [row for row in site.termmeta if row["term_id"] == level]
    return first(mine, "mlm_enabled") == "1"


def is_level(site, level):
    return any(row["term_id"] == level and row["taxonomy"] == "wpm-levels" for row in site.taxonomy)


# Rule 2: the keys of one person on one level.

def access(site, level, user):
    """Whatever the status and the type; a banned one counts for nothing."""
    return [row for row in site.keys
            if row["term_id"] == level and row["user_id"] == user and row["is_banned"] == "0"]


def is_unlimited(key):
    """Sites of before the column came have none."""
    return int(key.get("is_unlimited") or 0) != 0


def last_end(keys):
    ends = [day(key["date_end"]) for key in keys]
    return max((end for end in ends if end is not None), default=None)


def is_active(key, today):
    end = day(key["date_end"])
    return is_unlimited(key) or (end is not None and end > today)


# Rule 3: the levels above.

def ancestors(site, level):
    """Parent, its parent and so on; a circle ends where it closes."""
    found = []
    while True:
        parents = [row["parent"] for row in site.taxonomy
                   if row["term_id"] == level and row["taxonomy"] == "wpm-levels"]
        if not parents or parents[0] == "0" or parents[0] in found:
            return found
        level = parents[0]
        found.append(level)


def has_access_from_above(site, level, user, today):
    return any(is_active(key, today) for above in ancestors(site, level) for key in access(site, above, user))


# Rule 4: certificates.

def level_issues_automatically(site, level):
    """Key and value in any case; absent means by hand."""
    for row in site.termmeta:
        if row["term_id"] == level and (row["meta_key"] or "").lower() == "_mblc_how_to_issue":
            return (row["meta_value"] or "").lower() == "auto"
    return False


def identity(certificate):
    """The seed's table calls it otherwise."""
    return certificate.get("certificate_id") or certificate["id"]


def is_manual(site, certificate, use_ledger):
    if use_ledger:
        for row in site.ledger:
            if row["certificate_id"] == identity(certificate):
                return row["how"] == "MANUAL"
    return not level_issues_automatically(site, certificate["wpmlevel_id"])


def access_start(keys):
    """Where the access that ended last began: with its key, and with every key whose end reaches into it. None if one of
    these starts on no date."""
    ends = {day(key["date_end"]): [] for key in keys} | {None: []}
    for key in keys:
        ends[day(key["date_end"])].append(day(key["date_start"]))
    starts = ends[last_end(keys)]
    while None not in starts:
        joined = [start for end, some in ends.items() if end is not None and end >= min(starts) for start in some]
        if None not in joined and min(joined) == min(starts):
            return min(starts)
        starts = joined
    return None


def is_since(certificate, start):
    """Issued or made then or later; in doubt it is."""
    dates = [date for date in (day(certificate["date_issue"]), day(certificate["create_date"])) if date is not None]
    return start is None or not dates or max(dates) >= start


def has_certificate(site, level, user, keys, options):
    manual = [row for row in site.certificates if row["wpmlevel_id"] == level and row["user_id"] == user
              and is_manual(site, row, options.get("ledger", True))]
    if options.get("certificates", "any") == "since_access_start":
        manual = [row for row in manual if is_since(row, access_start(keys))]
    return bool(manual)


# Rule 5: the person.

def is_user(site, user):
    return any(row["ID"] == user for row in site.users)


def is_blocked(site, user):
    return first([row for row in site.usermeta if row["user_id"] == user], "wpm_status") == "inactive"


def judge(site, level, user, today, options):
    """(rule, last end or None)."""
    keys = access(site, level, user)
    end = last_end(keys)
    if not is_enabled(site, level):
        return "level_off", end
    if not is_level(site, level):
        return "level_gone", end
    if not keys:
        return "no_keys", None
    if any(is_unlimited(key) for key in keys):
        return "unlimited", end
    if end is None or end > today:
        return "not_lapsed", end
    if options.get("ancestors", True) and has_access_from_above(site, level, user, today):
        return "ancestor", end
    if has_certificate(site, level, user, keys, options):
        return "certificate", end
    if not is_user(site, user):
        return "user_gone", end
    if options.get("blocked", True) and is_blocked(site, user):
        return "blocked", end
    return "sleeper", end


def verdicts(site, today, options):
    pairs = {(int(row["term_id"]), int(row["user_id"])) for row in site.keys if row["term_id"] and row["user_id"]}
    for level, user in sorted(pairs):
        if user <= 0:
            continue
        rule, end = judge(site, str(level), str(user), today, options)
        yield {"level": level, "user": user, "rule": rule, "lapse": end and end.isoformat(),
               "days": end and (today - end).days}


def answer(connection, description):
    """The line that came in, with its verdicts."""
    site = Rows(connection, description["prefix"], description["users"], description["usermeta"])
    today = datetime.date.fromisoformat(description["as_of"])
    return description | {"verdicts": list(verdicts(site, today, description.get("options", {})))}


def connect(socket, database):
    """Dates, numbers and texts as the server writes them: zero dates are no dates in Python."""
    connection = pymysql.connect(unix_socket=socket, user="root", database=database, charset="utf8mb4",
                                 cursorclass=pymysql.cursors.DictCursor, autocommit=True, sql_mode="")
    connection.decoders = {}
    return connection


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--socket", required=True)
    words.add_argument("--database", default="wordpress")
    words.add_argument("sites")
    options = words.parse_args()
    connection = connect(options.socket, options.database)
    with open(options.sites, encoding="utf-8") as lines:
        for line in lines:
            print(json.dumps(answer(connection, json.loads(line))))


if __name__ == "__main__":
    main()
