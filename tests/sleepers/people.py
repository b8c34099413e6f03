#!/usr/bin/python3
"""Every case of spec 1-domain 7 (13) and 8, made by hand: people, their keys, and who of them sleeps, and why.

    people.py --socket FILE --into FOLDER

Makes the tables of every shape and the files that random_site.py makes: round 0 with the core's daily event never run
(ended keys are still `used`), round 1 with it run (`expired`). The verdicts in them are those of this table, and the
reference is held against them first.
"""
import argparse
import json
import os
import sys

import cases
import reference
import rows
import shapes


def is_in(shape, person):
    """A site cannot have what its tables cannot hold: such people are left out."""
    return ((shape.unlimited != "absent" or not any(key.unlimited for key in person.keys))
            and (shape.certificates or not person.certificates)
            and (shape.ledger or not any(certificate.how for certificate in person.certificates)))


def when(shape, date, at):
    """The seed's dates have a time of day."""
    return f"{date} {at}" if shape.seed and date and not date.startswith("0000") else date


class Site(rows.Rows):
    """The people of cases.py in the tables of one shape."""

    def __init__(self, shape, cron_ran):
        super().__init__()
        self.shape = shape
        self.cron_ran = cron_ran
        self.issued = 0
        for name, level in cases.LEVELS.items():
            self.level(name, level)
        self.people = {number: person for number, person in enumerate(cases.PEOPLE, 1) if is_in(shape, person)}
        for number, person in self.people.items():
            self.person(number, person)
        for key in cases.UNOWNED:
            self.key(None, key)

    def level(self, name, level):
        prefix = self.shape.prefix
        if level.taxonomy:
            parent = cases.LEVELS[level.parent].id if level.parent else 0
            self.add(prefix + "terms", term_id=level.id, name=name, slug=name)
            self.add(prefix + "term_taxonomy", term_id=level.id, taxonomy=level.taxonomy, parent=parent)
        for key, value in level.meta:
            self.add(prefix + "termmeta", term_id=level.id, meta_key=key, meta_value=value)

    def person(self, number, person):
        names = self.shape.names()
        if person.exists:
            self.add(names["users"], ID=number, user_login=person.name)
        for state in person.status:
            self.add(names["usermeta"], user_id=number, meta_key="wpm_status", meta_value=state)
        for key in person.keys:
            self.key(number, key)
        for certificate in person.certificates:
            self.certificate(number, certificate)

    def status(self, key):
        """What the daily event leaves: it passes over new, unlimited, banned and deleted ("basket") keys."""
        ended = key.end <= cases.TODAY and key.status == "used"
        flips = self.cron_ran and ended and not key.unlimited and key.banned == 0 and key.type == "wpm_term_keys"
        status = "expired" if flips else key.status
        return status.upper() if self.shape.seed else status

    def key(self, user, key):
        row = {"term_id": key.level and cases.LEVELS[key.level].id, "user_id": user, "key": f"code of {user}",
               "key_type": key.type, "status": self.status(key), "is_banned": key.banned, "duration": 1,
               "units": "months", "date_start": when(self.shape, key.start, key.at),
               "date_end": when(self.shape, key.end, key.at), "is_unlimited": int(key.unlimited)}
        if self.shape.unlimited == "absent":
            del row["is_unlimited"]
        self.add(self.shape.prefix + "memberlux_term_keys", **row)

    def certificate(self, user, certificate):
        self.issued += 1
        level = cases.LEVELS[certificate.level].id
        key = "id" if self.shape.seed else "certificate_id"
        issued = when(self.shape, certificate.issued, "10:00:00")
        if not certificate.deleted:
            self.add(self.shape.prefix + "memberlux_certificate", **{key: self.issued}, user_id=user, wpmlevel_id=level,
                     date_issue=issued, create_date=issued)
        if certificate.how:
            self.add(self.shape.prefix + "dormouse_certificate", certificate_id=self.issued, user_id=user, term_id=level,
                     how=certificate.how, created_at="2026-02-01 00:00:00")

    def expected(self):
        """What the table says of everybody and each level he has a key of, as verdicts; it names no rules."""
        for number, person in self.people.items():
            for level in sorted({key.level for key in person.keys if key.level}):
                lapse, days = person.sleeps.get(level, (None, None))
                yield {"level": cases.LEVELS[level].id, "user": number, "rule": "sleeper" if lapse else "awake",
                       "lapse": lapse, "days": days, "why": f"{person.name}: {person.why}"}


def described(site):
    """The line for the reference and for the scan."""
    return {"seed": "cron has run" if site.cron_ran else "cron has not run", "as_of": cases.TODAY} | site.shape.names()


def differences(site, answer):
    """What the reference sees otherwise than the table, in words."""
    def told(verdicts):
        return {(v["level"], v["user"]): (v["lapse"], v["days"]) for v in verdicts if v["rule"] == "sleeper"}

    by_hand, by_rule = told(site.expected()), told(answer["verdicts"])
    for pair in sorted(by_hand.keys() | by_rule.keys()):
        if by_hand.get(pair) != by_rule.get(pair):
            person = site.people[pair[1]]
            yield (f"{site.shape.prefix}, {answer['seed']}, level {pair[0]}, {person.name} ({person.why}): "
                   f"by hand {by_hand.get(pair)}, by the reference {by_rule.get(pair)}")


def make_round(options, number, cron_ran):
    """The files of the round; the number of differences."""
    sites = [Site(shape, cron_ran) for shape in shapes.SHAPES]
    file = os.path.join(options.into, f"{number}.sql")
    rows.write_sql(file, (statement for site in sites for statement in site.sql(site.shape.tables())))
    rows.run_sql(options.socket, options.database, file)
    connection = reference.connect(options.socket, options.database)
    wrong = 0
    with open(os.path.join(options.into, f"{number}.jsonl"), "w", encoding="utf-8") as out:
        for site in sites:
            line = described(site)
            for difference in differences(site, reference.answer(connection, line)):
                wrong += 1
                print(difference)
            out.write(json.dumps(line | {"verdicts": list(site.expected())}) + "\n")
    connection.close()
    return wrong


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--socket", required=True)
    words.add_argument("--database", default="wordpress")
    words.add_argument("--into", required=True)
    options = words.parse_args()
    tables = os.path.join(options.into, "tables.sql")
    rows.write_sql(tables, (statement for shape in shapes.SHAPES for statement in shapes.create(shape)))
    rows.run_sql(options.socket, options.database, tables)
    sys.exit(1 if make_round(options, 0, False) + make_round(options, 1, True) else 0)


if __name__ == "__main__":
    main()
