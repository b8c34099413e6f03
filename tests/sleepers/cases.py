"""The cases made by hand. `sleeps` is written by a person from spec 4-scheduler and 1-domain, never by a program.

All dates are days in UTC; TODAY is the day of the scan. Each person is in a state of his own, named by it.
"""
import dataclasses

TODAY = "2026-03-10"


@dataclasses.dataclass(frozen=True)
class Level:
    id: int
    meta: tuple = (("mlm_enabled", "1"),)
    parent: str = ""
    taxonomy: str = "wpm-levels"


@dataclasses.dataclass(frozen=True)
class Key:
    level: str
    start: str
    end: str
    status: str = "used"
    banned: int = 0
    unlimited: bool = False
    type: str = "wpm_term_keys"
    at: str = "12:30:00"


@dataclasses.dataclass(frozen=True)
class Certificate:
    """`how`: what our ledger says, if anything. `deleted`: only the ledger knows of it."""

    level: str
    issued: str = "2026-02-01"
    how: str = ""
    deleted: bool = False


@dataclasses.dataclass(frozen=True)
class Person:
    name: str
    why: str
    keys: tuple
    sleeps: dict
    certificates: tuple = ()
    status: tuple = ()
    exists: bool = True


ON = ("mlm_enabled", "1")
LEVELS = {
    "course": Level(3),
    "auto": Level(4, (ON, ("_mblc_how_to_issue", "auto"))),
    "AUTO": Level(5, (ON, ("_MBLC_HOW_TO_ISSUE", "AUTO"))),
    "employee": Level(6, (ON, ("_mblc_how_to_issue", "employee"))),
    "auto, then employee": Level(7, (ON, ("_mblc_how_to_issue", "auto"), ("_mblc_how_to_issue", "employee"))),
    "school": Level(10),
    "year": Level(11, parent="school"),
    "month": Level(12, parent="year"),
    "other year": Level(13, parent="school"),
    "never on": Level(20, ()),
    "off": Level(21, (("mlm_enabled", "0"),)),
    "off, then on": Level(22, (("mlm_enabled", "0"), ON)),
    "gone": Level(23, taxonomy=""),
    "category": Level(24, taxonomy="category"),
}

PAST = Key("course", "2026-01-08", "2026-02-08")
SLEEPS = {"course": ("2026-02-08", 30)}


def past(level, **more):
    return dataclasses.replace(PAST, level=level, **more)


def on(level):
    """Sleeps on that level since PAST ended."""
    return {level: ("2026-02-08", 30)}


PEOPLE = (
    Person("lapsed", "one key, ended", (PAST,), SLEEPS),
    Person("two ended", "the last end counts", (Key("course", "2025-12-08", "2026-01-08", "expired"), PAST), SLEEPS),
    Person("ended in the wrong order", "the latest end, not the latest row",
           (PAST, Key("course", "2025-12-08", "2026-01-08")), SLEEPS),
    Person("long ago", "how far the letters look back is no matter of the scan", (Key("course", "2024-03-01", "2024-04-09"),),
           {"course": ("2024-04-09", 700)}),
    Person("over the leap day", "29 February 2024 is a day", (Key("course", "2024-01-29", "2024-02-29"),),
           {"course": ("2024-02-29", 740)}),
    Person("ended yesterday", "one day without access", (Key("course", "2026-02-09", "2026-03-09"),),
           {"course": ("2026-03-09", 1)}),
    Person("ends today", "the day of the end is without access", (Key("course", "2026-02-10", TODAY, at="00:00:00"),),
           {"course": (TODAY, 0)}),
    Person("ends late today", "its day is today, whatever the hour", (Key("course", "2026-02-10", TODAY, at="23:59:59"),),
           {"course": (TODAY, 0)}),
    Person("ends tomorrow", "today is a day with access", (Key("course", "2026-02-11", "2026-03-11", at="00:00:00"),), {}),
    Person("at night in Moscow", "activated on 9 February 01:30 there, which is 8 February",
           (Key("course", "2026-02-08", "2026-03-08"),), {"course": ("2026-03-08", 2)}),

    Person("renewed", "a chain that goes on", (PAST, Key("course", "2026-02-08", "2026-03-08"),
                                              Key("course", "2026-03-08", "2026-04-08")), {}),
    Person("renewed from next week", "the renewal has not begun, but is there",
           (PAST, Key("course", "2026-03-17", "2026-04-17")), {}),
    Person("renewed, told expired", "no status decides", (PAST, Key("course", "2026-02-08", "2026-04-08", "expired")), {}),
    Person("renewed with a new one", "no status decides", (PAST, Key("course", "2026-02-08", "2026-04-08", "new")), {}),
    Person("ended, told new", "no status decides", (past("course", status="new"),), SLEEPS),
    Person("ended, told expired", "no status decides", (past("course", status="expired"),), SLEEPS),
    Person("tie", "two keys with the same end are one sleeper",
           (PAST, Key("course", "2026-01-20", "2026-02-08")), SLEEPS),
    Person("far future", "owned, so it counts", (PAST, Key("course", "2020-01-01", "2036-01-01")), {}),

    Person("unlimited", "has an end in the past, but none", (past("course", unlimited=True),), {}),
    Person("unlimited and ended", "one unlimited key is enough", (past("course", unlimited=True), PAST), {}),
    Person("unlimited of no length", "duration 0: ends where it begins",
           (Key("course", "2026-01-08", "2026-01-08", unlimited=True),), {}),
    Person("unlimited, but banned", "a banned key counts for nothing",
           (past("course", unlimited=True, banned=1), PAST), SLEEPS),
    Person("unlimited elsewhere", "it is another level's",
           (PAST, past("employee", unlimited=True)), SLEEPS),

    Person("banned last", "a banned key is no renewal",
           (PAST, Key("course", "2026-02-08", "2026-04-08", banned=1)), SLEEPS),
    Person("banned alone", "the banned have not fallen asleep", (past("course", banned=1),), {}),
    Person("banned later end", "the end of a banned key is nobody's end",
           (PAST, Key("course", "2026-02-08", "2026-03-01", banned=1)), SLEEPS),
    Person("basket", "a deleted key gives access", (PAST, Key("course", "2026-02-28", "2026-03-30", type="wpm_keys_basket")), {}),
    Person("basket ended", "and takes it by its end; the daily event passes over it",
           (Key("course", "2026-01-08", "2026-02-08", type="wpm_keys_basket"),), SLEEPS),

    Person("on the parent", "the school's key opens the year", (past("year"), Key("school", "2026-01-01", "2026-04-01")), {}),
    Person("on the grandparent", "and the month, too", (past("month"), Key("school", "2026-01-01", "2026-04-01")), {}),
    Person("unlimited on the parent", "active for ever", (past("year"), past("school", unlimited=True)), {}),
    Person("basket on the parent", "a deleted key gives access there, too",
           (past("year"), Key("school", "2026-01-01", "2026-04-01", type="wpm_keys_basket")), {}),
    Person("ended on the parent", "sleeps on both", (past("year"), past("school")), on("year") | on("school")),
    Person("ends today on the parent", "today is without access there, too",
           (past("year"), Key("school", "2026-01-01", TODAY)), on("year") | {"school": (TODAY, 0)}),
    Person("banned on the parent", "opens nothing",
           (past("year"), Key("school", "2026-01-01", "2026-04-01", banned=1)), on("year")),
    Person("on the child", "a child's key does not open its parent",
           (past("school"), Key("year", "2026-01-01", "2026-04-01")), on("school")),
    Person("on the sibling", "nor its sibling",
           (past("year"), Key("other year", "2026-01-01", "2026-04-01")), on("year")),
    Person("on the uncle", "nor the sibling of its parent",
           (past("month"), Key("other year", "2026-01-01", "2026-04-01")), on("month")),

    Person("certificate by hand", "nobody told how; the level does not say: by hand", (PAST,), {},
           (Certificate("course"),)),
    Person("certificate by an employee", "so the level says", (past("employee"),), {}, (Certificate("employee"),)),
    Person("certificate by itself", "so the level says", (past("auto"),), on("auto"), (Certificate("auto"),)),
    Person("certificate by itself, in capitals", "the seed's spelling", (past("AUTO"),), on("AUTO"), (Certificate("AUTO"),)),
    Person("twice by itself", "each renewal makes one more", (past("auto"),), on("auto"),
           (Certificate("auto"), Certificate("auto", "2026-02-08"))),
    Person("level says two things", "the first counts", (past("auto, then employee"),), on("auto, then employee"),
           (Certificate("auto, then employee"),)),
    Person("by hand on an automatic level", "the ledger knows better", (past("auto"),), {},
           (Certificate("auto", how="AUTO"), Certificate("auto", how="MANUAL"))),
    Person("by itself on a level by hand", "the ledger knows better", (PAST,), SLEEPS, (Certificate("course", how="AUTO"),)),
    Person("by hand before the ledger", "one row is known, the other goes by the level", (PAST,), {},
           (Certificate("course", how="AUTO"), Certificate("course"))),
    Person("certificate taken back", "only the ledger remembers it", (PAST,), SLEEPS,
           (Certificate("course", how="MANUAL", deleted=True),)),
    Person("certificate of another level", "it is not for this one", (PAST,), SLEEPS, (Certificate("employee"),)),
    Person("certificate of the parent", "nor does it come down", (past("year"),), on("year"), (Certificate("school"),)),
    Person("certificate of years ago", "`any`: the default does not ask when", (PAST,), {},
           (Certificate("course", "2019-05-05"),)),

    Person("deleted", "keys stay when a user goes", (PAST,), {}, exists=False),
    Person("blocked", "inactive", (PAST,), {}, status=("inactive",)),
    Person("told active", "not inactive", (PAST,), SLEEPS, status=("active",)),
    Person("blocked, then active", "of two rows the first counts", (PAST,), {}, status=("inactive", "active")),
    Person("active, then blocked", "of two rows the first counts", (PAST,), SLEEPS, status=("active", "inactive")),

    Person("zero dates", "no date is no end", (Key("course", "0000-00-00", "0000-00-00"),), {}),
    Person("zero dates and ended", "the real one counts", (PAST, Key("course", "0000-00-00", "0000-00-00")), SLEEPS),
    Person("the first of 1970", "what an empty text becomes is no end", (Key("course", "1970-01-01", "1970-01-01"),), {}),
    Person("no level", "a key of an unknown code", (Key("", "2026-01-08", "2026-02-08"),), {}),
    Person("never switched on", "the level has no switch", (past("never on"),), {}),
    Person("switched off", "the level is off", (past("off"),), {}),
    Person("switched off and on", "of two rows the first counts", (past("off, then on"),), {}),
    Person("level gone", "settings stay when a level goes", (past("gone"),), {}),
    Person("level of another kind", "a category is no level", (past("category"),), {}),
)

# Keys that nobody has: as made, and as saved once more by the core, ten years ahead.
UNOWNED = (
    Key("course", "0000-00-00", "0000-00-00", "new"),
    Key("course", "2036-01-01", "2036-01-01", "new"),
)
