#!/usr/bin/python3
"""Small sites at random, each a function of its seed alone, loaded into a real server and judged by reference.py.

    random_site.py --socket FILE --into FOLDER --first SEED --count N

Makes the tables of every shape once, then in rounds fills each shape with the site of one seed. FOLDER gets, for round
R, R.sql, which makes the round's sites again (the tables are used over and over: making them is what costs), and
R.jsonl: a line for each site, with seed, names of the tables, as_of and the verdicts of the reference.
"""
import argparse
import datetime
import json
import os
import random

import reference
import rows
import shapes

# Days from as_of to the end of a key: mostly about the border, where mistakes are.
ENDS = (-700, -400, -91, -90, -60, -31, -30, -8, -7, -3, -2, -1, -1, 0, 0, 0, 1, 1, 2, 30, 3650)
TIMES = ("00:00:00", "00:00:01", "12:30:00", "23:59:59")
HOW = (("_mblc_how_to_issue", "auto"), ("_mblc_how_to_issue", "employee"), ("_mblc_how_to_issue", "Auto"),
       ("_MBLC_HOW_TO_ISSUE", "AUTO"), ("_MBLC_HOW_TO_ISSUE", "MANUAL"), ("_Mblc_How_To_Issue", "aUTO"),
       ("_mblc_how_to_issue", ""), ("_mblc_how_to_issue", None))
SWITCHES = (["1"],) * 9 + (["0"], [""], [], ["0", "1"], ["1", "0"])
STATES = ([], [], [], [], ["inactive"], ["active"], ["active", "inactive"], ["inactive", "active"], [""])
# Of `scheduler.sleepers`; mostly its defaults.
OPTIONS = ({}, {}, {}, {}, {"ancestors": False}, {"ledger": False}, {"blocked": False},
           {"certificates": "since_access_start"}, {"certificates": "since_access_start", "ledger": False})


class Site(rows.Rows):
    """All rows of one site."""

    def __init__(self, shape, seed):
        super().__init__()
        self.shape = shape
        self.random = random.Random(f"sleepers {seed}")
        self.options = self.random.choice(OPTIONS)
        self.today = datetime.date(2024, 2, 20) + datetime.timedelta(days=self.random.randrange(1000))
        self.issued = 0
        self.people()
        self.levels()
        for level in self.level_ids:
            for user in self.user_ids:
                if self.random.random() < 0.55:
                    self.keys(level, user)
        self.odd_keys()
        if shape.certificates:
            self.certificates()

    def maybe(self, chance):
        return self.random.random() < chance

    def people(self):
        names = self.shape.names()
        self.user_ids = self.random.sample(range(1, 40), self.random.randint(0, 10))
        for user in self.user_ids:
            if self.maybe(0.9):
                self.add(names["users"], ID=user, user_login=f"user{user}")
            for state in self.random.choice(STATES):
                self.add(names["usermeta"], user_id=user, meta_key="wpm_status", meta_value=state)

    def levels(self):
        self.level_ids = self.random.sample(range(1, 60), self.random.randint(0, 6))
        parents = {level: self.random.choice(self.level_ids[:place] + [0]) for place, level in enumerate(self.level_ids)}
        if len(self.level_ids) > 2 and self.maybe(0.05):
            parents[self.level_ids[0]] = self.level_ids[1]
            parents[self.level_ids[1]] = self.level_ids[0]
        # Parents are there: deleting a term gives its children to the parent's parent.
        childless = [level for level in self.level_ids if level not in parents.values()]
        for level in self.level_ids:
            gone = level in childless and self.maybe(0.1)
            self.level(level, parents[level], gone)

    def level(self, level, parent, gone):
        prefix = self.shape.prefix
        if not gone:
            self.add(prefix + "terms", term_id=level, name=f"Level {level}", slug=f"level-{level}")
            self.add(prefix + "term_taxonomy", term_id=level, taxonomy="wpm-levels", parent=parent)
        elif self.maybe(0.5):
            self.add(prefix + "terms", term_id=level, name=f"Category {level}", slug=f"category-{level}")
            self.add(prefix + "term_taxonomy", term_id=level, taxonomy="category", parent=0)
        for switch in self.random.choice(SWITCHES):
            self.add(prefix + "termmeta", term_id=level, meta_key="mlm_enabled", meta_value=switch)
        for _ in range(self.random.choice((0, 1, 1, 1, 2))):
            key, value = self.random.choice(HOW)
            self.add(prefix + "termmeta", term_id=level, meta_key=key, meta_value=value)

    def end(self, days):
        """A value of date_end: whole days, with a time of day in the seed's shape."""
        text = (self.today + datetime.timedelta(days=days)).isoformat()
        return f"{text} {self.random.choice(TIMES)}" if self.shape.seed else text

    def key(self, **row):
        status = self.random.choice(("used", "used", "expired", "new"))
        row = {"term_id": None, "user_id": None, "key": f"k{self.random.getrandbits(64):x}",
               "status": status.upper() if self.shape.seed else status, "is_banned": 0, "duration": 1,
               "units": "months"} | row
        if self.shape.unlimited == "absent":
            row.pop("is_unlimited", None)
        self.add(self.shape.prefix + "memberlux_term_keys", **row)

    def keys(self, level, user):
        ends = self.random.choices(ENDS, k=self.random.choice((1, 1, 1, 2, 2, 3)))
        if self.maybe(0.15):
            ends.append(ends[0])
        for days in ends:
            unlimited = self.maybe(0.05)
            row = {"date_start": self.end(days - self.random.choice((0, 30, 365))), "date_end": self.end(days)}
            if self.maybe(0.08):
                none = self.random.choice(("0000-00-00", "1970-01-01"))
                row = {"date_start": none, "date_end": none}
            if unlimited and self.shape.seed and self.shape.unlimited != "absent":
                row["date_end"] = None
            self.key(term_id=level, user_id=user, is_unlimited=int(unlimited),
                     is_banned=self.random.choice((0,) * 12 + (1, 1, None)),
                     key_type=self.random.choice(("wpm_term_keys",) * 5 + ("wpm_keys_basket",)), **row)

    def odd_keys(self):
        """Not handed out yet, without a level, of levels that nobody knows."""
        ahead = f"{self.today.year + 10}-01-01"
        for level in self.level_ids + [77]:
            for _ in range(self.random.randint(0, 3)):
                dates = self.random.choice(("0000-00-00", ahead))
                self.key(term_id=level, user_id=self.random.choice((None, None, 0)), date_start=dates, date_end=dates)
        for user in self.user_ids + [41]:
            if self.maybe(0.1):
                self.key(term_id=self.random.choice((None, 88)), user_id=user, date_start=self.end(-60),
                         date_end=self.end(-30))

    def certificates(self):
        for user in self.user_ids + [41]:
            for level in self.level_ids + [77]:
                for _ in range(self.random.choice((0, 0, 0, 0, 1, 1, 2))):
                    self.certificate(user, level)
        if self.shape.ledger and self.user_ids and self.level_ids:
            for user in self.user_ids:
                if self.maybe(0.1):
                    self.recorded(self.random.randint(5000, 6000) + user, user, self.random.choice(self.level_ids), "MANUAL")

    def certificate(self, user, level):
        self.issued += 1
        identity = self.issued
        made = self.random.choice((-800, -400, -60, -30, -7, 0))
        issued = self.random.choice((made, made, -500, -1, 5))
        key = "id" if self.shape.seed else "certificate_id"
        self.add(self.shape.prefix + "memberlux_certificate", **{key: identity}, user_id=user, wpmlevel_id=level,
                 date_issue=self.end(issued), create_date=self.end(made))
        if self.shape.ledger and self.maybe(0.4):
            # Level 0: told while the certificate could not be read.
            self.recorded(identity, user, self.random.choice((level, level, 0)), self.random.choice(("AUTO", "MANUAL")))

    def recorded(self, identity, user, level, how):
        self.add(self.shape.prefix + "dormouse_certificate", certificate_id=identity, user_id=user, term_id=level, how=how,
                 created_at="2025-01-01 00:00:00")


def shape_of(seed):
    return shapes.SHAPES[seed % len(shapes.SHAPES)]


def make_round(options, number, seeds):
    """One site per shape, in the files of this round."""
    sites = [(seed, shape_of(seed), Site(shape_of(seed), seed)) for seed in seeds]
    sql = os.path.join(options.into, f"{number}.sql")
    rows.write_sql(sql, (statement for _, shape, site in sites for statement in site.sql(shape.tables())))
    rows.run_sql(options.socket, options.database, sql)
    connection = reference.connect(options.socket, options.database)
    with open(os.path.join(options.into, f"{number}.jsonl"), "w", encoding="utf-8") as out:
        for seed, shape, site in sites:
            described = {"seed": seed, "as_of": site.today.isoformat(), "options": site.options} | shape.names()
            out.write(json.dumps(reference.answer(connection, described)) + "\n")
    connection.close()


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--socket", required=True)
    words.add_argument("--database", default="wordpress")
    words.add_argument("--into", required=True)
    words.add_argument("--first", type=int, default=1)
    words.add_argument("--count", type=int, default=100)
    options = words.parse_args()
    tables = os.path.join(options.into, "tables.sql")
    rows.write_sql(tables, (statement for shape in shapes.SHAPES for statement in shapes.create(shape)))
    rows.run_sql(options.socket, options.database, tables)
    last = options.first + options.count
    for number, first in enumerate(range(options.first, last, len(shapes.SHAPES))):
        make_round(options, number, range(first, min(first + len(shapes.SHAPES), last)))


if __name__ == "__main__":
    main()
