#!/usr/bin/env python3
"""Casetrail oracle: the metrics, computed naively from the specification alone.

    oracle.py report METRIC --log FILE.ndjson [--period A..B] [--as-of D] [--known-at T | --at-position P]
              [--by a,b] [--where k=v]... [--set n=v]... [--suppress N] [--json]

Library: answer(events, argv) -> dict. Wrong use raises WrongUse (exit status 2).
Every question folds everything from zero. RR-1, RR-2 and the rulings are the reference rules of the metrics.
"""
import json
import re
import sys
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from functools import lru_cache

try:
    from zoneinfo import ZoneInfo
    CHICAGO = ZoneInfo("America/Chicago")
except Exception:                                                      # no zone data on this machine
    CHICAGO = None


class WrongUse(Exception):
    pass


class BadLog(Exception):
    pass


ONE = timedelta(days=1)

# ---------------------------------------------------------------------------------------------------- dates (RR-1 1-4)


@lru_cache(None)
def D(text):
    return date.fromisoformat(text)


def month_len(y, m):
    return ((date(y + (m == 12), m % 12 + 1, 1)) - date(y, m, 1)).days


def add_months(d, n):
    k = d.year * 12 + d.month - 1 + n
    y, m = divmod(k, 12)
    return date(y, m + 1, min(d.day, month_len(y, m + 1)))


def add_days(d, n):
    return d + timedelta(days=n)


def full_months(a, b):
    return (b.year * 12 + b.month) - (a.year * 12 + a.month) - (1 if b.day < a.day else 0)


def birthday(b, n):
    try:
        return date(b.year + n, b.month, b.day)
    except ValueError:
        return date(b.year + n, 3, 1)


def parse_instant(text):
    """RFC 3339 -> (seconds as Fraction since epoch)."""
    m = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", text)
    if not m:
        raise WrongUse(f"not an RFC 3339 instant: {text}")
    y, mo, da, h, mi, s = (int(m.group(i)) for i in range(1, 7))
    leap = 1 if s == 60 else 0
    t = datetime(y, mo, da, h, mi, s - leap, tzinfo=timezone.utc)
    sec = Fraction(int((t - datetime(1970, 1, 1, tzinfo=timezone.utc)).total_seconds())) + leap
    if m.group(7):
        sec += Fraction("0" + m.group(7))
    z = m.group(8)
    if z not in "Zz":
        off = int(z[1:3]) * 3600 + int(z[4:6]) * 60
        sec -= off if z[0] == "+" else -off
    return sec


def chicago_date(text):
    sec = parse_instant(text)
    whole = sec.numerator // sec.denominator
    t = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=whole)
    if CHICAGO is not None:
        return t.astimezone(CHICAGO).date()
    y = t.year
    mar = date(y, 3, 1)
    start = mar + timedelta(days=(6 - mar.weekday()) % 7 + 7)
    nov = date(y, 11, 1)
    end = nov + timedelta(days=(6 - nov.weekday()) % 7)
    s = datetime(start.year, start.month, start.day, 8, tzinfo=timezone.utc)
    e = datetime(end.year, end.month, end.day, 7, tzinfo=timezone.utc)
    return (t - timedelta(hours=5 if s <= t < e else 6)).date()


# ------------------------------------------------------------------------------------------------- fractions, display


def lowest(f):
    """Fraction -> text in lowest terms, whole ones without denominator."""
    return str(f.numerator) if f.denominator == 1 else f"{f.numerator}/{f.denominator}"


def pair(f):
    return f"{f.numerator}/{f.denominator}"


def half_up(f, places):
    scaled = f * 10 ** places
    n = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    text = str(n).rjust(places + 1, "0")
    return text[:-places] + "." + text[-places:] if places else text


def percent(f):
    return half_up(f * 100, 1) + "%"


def parse_fraction(v):
    """benchmark, weight, rate: a Fraction, or None for undetermined."""
    if v == "undetermined":
        return None
    if isinstance(v, int) and not isinstance(v, bool):
        return Fraction(v)
    m = re.fullmatch(r"(\d+)(?:/(\d+))?", str(v))
    if not m or (m.group(2) is not None and int(m.group(2)) == 0):
        raise WrongUse(f"not a fraction: {v}")
    return Fraction(int(m.group(1)), int(m.group(2) or 1))


# ------------------------------------------------------------------------------------------------- the log, live events

class Rec:
    """A live record: an event as it stands at K."""
    __slots__ = ("pos", "type", "stream", "date", "data", "rtime", "time", "key")

    def __init__(self, pos, typ, stream, day, data, rtime, time, key):
        self.pos, self.type, self.stream, self.date, self.data = pos, typ, stream, day, data
        self.rtime, self.time, self.key = rtime, time, key

    def __getitem__(self, name):
        return self.data.get(name)

    def __repr__(self):
        return f"<{self.pos} {self.type} {self.stream} {self.date} {self.data}>"


def short_type(t):
    m = re.fullmatch(r"casetrail\.(.+)\.v1", t)
    if not m:
        raise BadLog(f"type {t}")
    return m.group(1)


ADAPTER = ("id", "source", "type", "subject", "effectiveon", "time", "correlationid", "causationid", "data")


def take(events):
    """The log that an ingest of these events gives: exact repetitions are the first receipt again."""
    log, seen = [], {}
    for e in events:
        key = (e["source"], e["id"])
        content = {k: e[k] for k in ADAPTER if k in e}
        if key in seen:
            if seen[key] != content:
                raise BadLog(f"conflict on {key}")
            continue
        seen[key] = content
        log.append(e)
    return log


class Standing:
    """Which version of each record stands; `apply` refuses what the log refuses."""

    def __init__(self):
        self.chains = {}      # original key -> list of versions (key, date, data); empty = dead
        self.origin = {}      # key of a standing version -> original key
        self.first = {}       # original key -> (pos, event)

    def apply(self, pos, e):
        key = (e["source"], e["id"])
        t = short_type(e["type"])
        if t in ("record.corrected", "record.retracted"):
            ref = e["data"]["corrects" if t == "record.corrected" else "retracts"]
            target = (ref["source"], ref["id"])
            root = self.origin.get(target)
            if root is None or self.first[root][1]["subject"] != e["subject"]:
                return False
            chain = self.chains[root]
            if chain[-1][0] != target:
                return False
            if t == "record.corrected":
                del self.origin[target]
                chain.append((key, e["data"].get("effectiveon") or chain[-1][1], e["data"]["data"]))
                self.origin[key] = root
            else:
                del self.origin[target]
                chain.pop()
                if chain:
                    self.origin[chain[-1][0]] = root
            return True
        self.first[key] = (pos, e)
        self.chains[key] = [(key, e["effectiveon"], e["data"])]
        self.origin[key] = key
        return True

    def live(self):
        out = []
        for root, chain in self.chains.items():
            if not chain:
                continue
            pos, e = self.first[root]
            _, day, data = chain[-1]
            out.append(Rec(pos, short_type(e["type"]), e["subject"], D(day), data, e["recordedtime"], e.get("time"), root))
        out.sort(key=lambda r: (r.date, r.pos))
        return out


# -------------------------------------------------------------------------------------------------------- vocabulary

RESIDENTIAL = {"group-home", "shelter", "residential-treatment", "qrtp", "child-care-institution", "parenting-youth",
               "trafficking-victim", "psychiatric-hospital"}
UNSPECIFIED = {"residential-treatment", "child-care-institution", "shelter"}
GOALS = ["reunification", "guardianship", "adoption", "relative", "appla"]
EXIT_OF_GOAL = {"reunification": "reunification", "guardianship": "guardianship", "adoption": "adoption",
                "relative": "relative", "appla": "emancipation"}
DEFAULT_MONTHS = {"reunification": 12, "guardianship": 18, "adoption": 24}
PERMANENCY = {"reunification", "relative", "adoption", "guardianship"}
TEAM_ITEMS = {"identification", "contacts", "meeting-convenience", "parent-input", "joint-assessment", "preferences",
              "preference-reasons"}
PLAN_ITEMS = {"setting", "safety", "least-restrictive", "proximity"}
RC_ALL = [f"RC-{i:02d}" for i in range(1, 23)] + ["SB-01", "SB-02"]
RC_DEFAULT = ["RC-01", "RC-02", "RC-03", "RC-04", "RC-05", "RC-06", "RC-07", "RC-10"]
SCORED = ["timely-permanency", "residential-compliance", "trauma-training", "supervisor-ratio", "returned-cases"]
LOWER_IS_BETTER = {"supervisor-ratio", "returned-cases", "long-stayers", "cfsr-p4", "cfsr-p5"}
CFSR = ["cfsr-p1", "cfsr-p2", "cfsr-p3", "cfsr-p4", "cfsr-p5"]
METRICS = ["timely-permanency", "concurrent-planning", "residential-compliance", "trauma-training", "supervisor-ratio",
           "returned-cases", "worker-visits", *CFSR, "data-timeliness", "hearing-timeliness", "incentive", "long-stayers",
           "scorecard", "baseline"]
NO_PERIOD = {"trauma-training", "supervisor-ratio", "long-stayers"}
BY = {"timely-permanency": ["provider", "county", "region", "worker", "goal", "month"],
      "trauma-training": ["provider"], "supervisor-ratio": ["provider"], "returned-cases": ["provider"],
      "incentive": ["provider"], "scorecard": ["provider"]}
for _m in ("concurrent-planning", "worker-visits", "data-timeliness", "hearing-timeliness"):
    BY[_m] = ["provider", "county", "region", "worker", "month"]
for _m in ("residential-compliance", "long-stayers", *CFSR):
    BY[_m] = ["provider", "county", "region", "worker"]
CHOICES = {"timely-permanency": {
    "clock": ["removal", "court_goal_approval", "federal_entry", "provider_assignment"],
    "goal": ["court_approved_in_effect_at_exit", "first_court_approved", "any_approved"],
    "cohort": ["exit", "deadline", "entry"],
    "achieved_on": ["discharge", "physical_return", "order_date"],
    "attribution": ["provider_on_exit", "provider_on_deadline", "day_weighted"]},
    "residential-compliance": {"rules": list}, "trauma-training": {"courses": list, "grace_days": int},
    "supervisor-ratio": {"count": ["headcount", "fte"]}, "worker-visits": {"month_rule": ["full_calendar"]},
    "data-timeliness": {"clock": ["recorded", "source"]}, "long-stayers": {"months": int}}
for _m in CFSR:
    CHOICES[_m] = {"anniversary": ["strict", "inclusive"]}
DEFAULTS = {"rules": RC_DEFAULT, "courses": ["trauma-toolkit"], "grace_days": 0, "months": 24}
TWO_DAYS = {"removal.recorded", "episode.closed", "placement.started", "placement.ended", "legal-status.changed"}


def parameter_value(metric, name, value):
    kinds = CHOICES.get(metric, {})
    if name not in kinds:
        raise WrongUse(f"{metric} has no parameter {name}")
    kind = kinds[name]
    if kind is int:
        if isinstance(value, bool) or not re.fullmatch(r"\d+", str(value)):
            raise WrongUse(f"{name}={value}")
        return int(value)
    if kind is list:
        items = value if isinstance(value, list) else str(value).split(",")
        if not items or any(not isinstance(x, str) or not x for x in items):
            raise WrongUse(f"{name}={value}")
        if name == "rules" and any(x not in RC_ALL for x in items):
            raise WrongUse(f"{name}={value}")
        return list(items)
    if value not in kind:
        raise WrongUse(f"{name}={value}")
    return value


def default_parameters(metric):
    return {n: (DEFAULTS[n] if n in DEFAULTS else k[0]) for n, k in CHOICES.get(metric, {}).items()}


# ---------------------------------------------------------------------------------------------------- the world at K

class World:
    """Everything live at a position."""

    def __init__(self, log, position):
        standing = Standing()
        for pos, e in enumerate(log[:position], 1):
            if not standing.apply(pos, e):
                raise BadLog(f"position {pos}: names an event that does not stand")
        self.position = position
        self.live = standing.live()
        self.by_stream = {}
        for r in self.live:
            self.by_stream.setdefault(r.stream, []).append(r)
        self.merge()

    def of(self, prefix):
        return [s for s in self.by_stream if s.startswith(prefix)]

    # -- merges: connected streams are one child; the name that stands is the end of the chain, in a circle the smallest
    def merge(self):
        into, near = {}, {}
        for r in self.live:
            if r.type == "identity.merged":
                into.setdefault(r.stream, []).append(r["into"])
                near.setdefault(r.stream, set()).add(r["into"])
                near.setdefault(r["into"], set()).add(r.stream)
        self.canon = {}
        for start in near:
            if start in self.canon:
                continue
            group, todo = {start}, [start]
            while todo:
                for n in near[todo.pop()]:
                    if n not in group:
                        group.add(n)
                        todo.append(n)
            roots = sorted(s for s in group if s not in into) or sorted(group)
            for s in group:
                self.canon[s] = roots[0]

    def child_of(self, stream):
        return self.canon.get(stream, stream)

    def children(self):
        out = {}
        for s in self.of("child/"):
            out.setdefault(self.child_of(s), []).append(s)
        return out


class View:
    """The world cut at as-of (as_of cuts the effective axis)."""

    def __init__(self, world, as_of):
        self.world, self.as_of = world, as_of
        self._children = None
        self._prime, self._region, self._provider = {}, {}, {}

    def history(self, stream):
        return [r for r in self.world.by_stream.get(stream, []) if r.date <= self.as_of]

    def children(self):
        if self._children is None:
            self._children = [Child(self, name, streams) for name, streams in sorted(self.world.children().items())]
        return self._children

    # -- providers, regions by day
    def provider(self, name, day):
        key = (name, day)
        if key not in self._provider:
            fields = {}
            for r in self.history("provider/" + name):
                if r.type == "provider.registered" and r.date <= day:
                    fields.update(r.data)
            self._provider[key] = fields
        return self._provider[key]

    def prime(self, name, day):
        key = (name, day)
        if key not in self._prime:
            path = [name]
            while True:
                parent = self.provider(path[-1], day).get("parent")
                if parent is None:
                    self._prime[key] = path[-1]
                    break
                if parent in path:
                    self._prime[key] = min(path[path.index(parent):])
                    break
                path.append(parent)
        return self._prime[key]

    def region(self, county, day):
        if county is None:
            return None
        key = (county, day)
        if key not in self._region:
            region = None
            for r in self.history("place/" + county):
                if r.type == "county.mapped" and r.date <= day:
                    region = r["region"]
            self._region[key] = region
        return self._region[key]


class Episode:
    def __init__(self, removal):
        self.removal = removal
        self.exits = []            # distinct (date, reason) in history order, with the first record
        self.a = self.b = self.c = False
        self.exit = self.reason = self.order_date = None
        self.end = None            # first day no longer in care: the exit, or the next removal of a missing end
        self.placements = []

    @property
    def doubtful(self):
        return self.a or self.b or self.c

    def in_care(self, day):
        return not self.a and self.removal <= day and (self.end is None or day < self.end)


class Placement:
    def __init__(self, rec):
        self.rec, self.start, self.id, self.stream = rec, rec.date, rec["placement_id"], rec.stream
        self.setting, self.facility, self.data = rec["setting"], rec["facility_id"], rec.data
        self.ended = []            # placement.ended events that name it
        self.evidence = []         # every other event that names it, in history order
        self.episode = None
        self.end = None            # None = still there at as-of
        self.first = False         # first placement of its episode

    def on(self, day):
        return self.start <= day and (self.end is None or day < self.end)

    def named(self, typ):
        return [r for r in self.evidence if r.type == typ]


class Child:
    def __init__(self, view, name, streams):
        self.view, self.name, self.streams = view, name, streams
        world = view.world
        whole = sorted((r for s in streams for r in world.by_stream[s]), key=lambda r: (r.date, r.pos))
        self.whole = whole
        self.hist = [r for r in whole if r.date <= view.as_of]
        self.birth = None
        for r in whole:                                               # identity is not cut by as-of
            if r.type == "child.registered" and r["birth_date"]:
                self.birth = D(r["birth_date"])
        self.assignments = [r for r in self.hist if r.type == "case.assigned"]
        self.make_episodes()
        self.make_placements()

    def of(self, typ):
        return [r for r in self.hist if r.type == typ]

    # -- 11c Episodes
    def make_episodes(self):
        eps, alias = [], {}
        for r in self.of("removal.recorded"):
            key = (r.stream, r["removal_id"])
            if key in alias:
                continue
            same = [e for e in eps if e.removal == r.date]
            if same:
                alias[key] = same[0]
            else:
                e = Episode(r.date)
                eps.append(e)
                alias[key] = e
        for r in self.of("episode.closed"):
            rid = r["removal_id"]
            if rid is not None:
                e = alias.get((r.stream, rid))
                if e is None:
                    e = next((x for (s, i), x in alias.items() if i == rid), None)
                if e is None:
                    continue
            else:
                before = [x for x in eps if x.removal < r.date]
                if not before:
                    continue
                e = max(before, key=lambda x: x.removal)
            if not any(d == r.date and w == r["exit_reason"] for d, w, _ in e.exits):
                e.exits.append((r.date, r["exit_reason"], r))
        for e in eps:
            if e.exits:
                e.exit, e.reason, rec = e.exits[0]
                e.order_date = D(rec["order_date"]) if rec["order_date"] else None
                e.end = e.exit
                e.a = e.exit <= e.removal
                e.c = len(e.exits) > 1
        eps.sort(key=lambda e: e.removal)
        kept = []
        for e in eps:                                                 # overlapping with the same exit: one, the earlier
            twin = None
            if e.exit is not None and not e.a:
                twin = next((k for k in kept if not k.a and k.exit == e.exit and k.reason == e.reason), None)
            if twin is None:
                kept.append(e)
            else:
                twin.c = twin.c or e.c
                for x in e.exits:
                    if not any(x[:2] == y[:2] for y in twin.exits):
                        twin.exits.append(x)
        eps = kept
        real = [e for e in eps if not e.a]
        for e, nxt in zip(real, real[1:]):
            if e.exit is not None and e.exit > nxt.removal:
                e.c = nxt.c = True
        for i, e in enumerate(eps):
            if e.exit is None and i + 1 < len(eps):
                e.b = True
                e.end = eps[i + 1].removal
        self.episodes = eps

    # -- 11c Placements
    def make_placements(self):
        all_pl, ids = [], {}
        for r in self.of("placement.started"):
            key = (r.stream, r["placement_id"])
            if key in ids:
                continue
            p = Placement(r)
            ids[key] = p
            all_pl.append(p)
        for r in self.hist:
            pid = r["placement_id"]
            if pid is None or r.type == "placement.started":
                continue
            p = ids.get((r.stream, pid))
            if p is None:
                p = next((x for (s, i), x in ids.items() if i == pid), None)
            if p is None:
                continue
            (p.ended if r.type == "placement.ended" else p.evidence).append(r)
        for p in all_pl:
            home = [e for e in self.episodes if e.in_care(p.start)]
            if home:
                p.episode = max(home, key=lambda e: e.removal)
                p.episode.placements.append(p)
        self.placements = []
        for e in self.episodes:
            for i, p in enumerate(e.placements):
                ends = [r.date for r in p.ended if r.date >= p.start][:1]
                if i + 1 < len(e.placements):
                    ends.append(e.placements[i + 1].start)
                if e.end is not None:
                    ends.append(e.end)
                p.end = min(ends) if ends else None
            e.placements = [p for p in e.placements if p.end is None or p.end > p.start]
            for i, p in enumerate(e.placements):
                p.first = i == 0
            self.placements += e.placements
        self.placements.sort(key=lambda p: (p.start, p.rec.pos))

    # -- days
    def in_care(self, day):
        return day <= self.view.as_of and any(e.in_care(day) for e in self.episodes)

    def assignment(self, day):
        found = None
        for r in self.assignments:
            if r.date <= day:
                found = r
        return found

    def prime(self, day):
        r = self.assignment(day)
        return None if r is None else self.view.prime(r["provider"], day)

    def where(self, day):
        """11c Attribution: provider, county, region and worker named by the assignment of a day."""
        r = self.assignment(day)
        if r is None:
            return {"provider": None, "county": None, "region": None, "worker": None}
        return {"provider": self.view.prime(r["provider"], day), "county": r["county"],
                "region": self.view.region(r["county"], day), "worker": r["worker"]}


def days(a, b):
    """Days a..b, both included."""
    while a <= b:
        yield a
        a += ONE


def month_of(d):
    return f"{d.year:04d}-{d.month:02d}"


# -------------------------------------------------------------------------------------------------------------- policy

class Policy:
    """Policy in force on a day, per key the last live policy event."""

    def __init__(self, view, day):
        self.view, self.day = view, day
        self.read = {}

    def in_force(self, metric, typ, key):
        out = {}
        for r in self.view.world.by_stream.get("policy/" + metric, []):
            if r.type == typ and r.date <= self.day:
                k = key(r)
                if k is not None:
                    out[k] = r
        for r in out.values():
            self.read[r.pos] = r
        return out

    def published(self, metric):
        r = self.in_force(metric, "metric.published", lambda r: 1).get(1)
        return {} if r is None else r["parameters"]

    def goal_months(self):
        out = dict(DEFAULT_MONTHS)
        for g, r in self.in_force("timely-permanency", "benchmark.decided", lambda r: r["goal"]).items():
            out[g] = months_value(r["value"])
        return out

    def target(self, metric):
        r = self.in_force(metric, "benchmark.decided", lambda r: None if r["goal"] else 1).get(1)
        return None if r is None else parse_fraction(r["value"])

    def weight(self, metric):
        r = self.in_force(metric, "weight.decided", lambda r: 1).get(1)
        if r is not None:
            return parse_fraction(r["weight"])
        return Fraction(1, 2) if metric == "timely-permanency" else Fraction(0)

    def regional_goals(self):
        return {k: parse_fraction(r["rate"])
                for k, r in self.in_force("incentive", "regional-goal.set", lambda r: r["region"]).items()}

    def excluded(self, metric):
        found = self.in_force(metric, "exclusion.decided", lambda r: self.view.world.child_of(r["subject"]))
        return {k for k, r in found.items() if r["decision"] == "approved"}

    def holidays(self):
        return {y: {D(h) for h in r["holidays"]}
                for y, r in self.in_force("calendar", "calendar.published", lambda r: r["year"]).items()}


def months_value(v):
    """Benchmark of a goal: months, or None when undetermined."""
    f = parse_fraction(v)
    if f is not None and f.denominator != 1:
        raise WrongUse(f"months: {v}")
    return None if f is None else int(f)


# ------------------------------------------------------------------------------------------------------------ question

class Question:
    def __init__(self, metric, period, as_of, by, where, sets):
        self.metric, self.period, self.as_of, self.by, self.where, self.sets = metric, period, as_of, by, where, sets
        self.ps = period[0] if period else None
        self.pe = min(period[1], as_of) if period else None            # last day that counts
        self.policy_day = min(period[1], as_of) if period else as_of
        self.what_if = {n: v for n, v in sets.items() if is_what_if(n)}

    def holds(self, day):
        return self.ps <= day <= self.pe

    def again(self, metric, by=None, where=None, period=None, as_of=None, keep_sets=False):
        sets = dict(self.what_if)
        return Question(metric, period or self.period, as_of or self.as_of, self.by if by is None else by,
                        self.where if where is None else where, sets)


def is_what_if(name):
    return name.startswith(("benchmark.", "weight.", "regional-goal."))


class Context:
    """A question being answered: view, policy, parameters."""

    def __init__(self, world, q):
        self.q, self.world = q, world
        self.view = View(world, q.as_of)
        self.policy = Policy(self.view, q.policy_day)
        self.params = default_parameters(q.metric)
        for n, v in self.policy.published(q.metric).items():
            self.params[n] = v if q.metric == "baseline" else parameter_value(q.metric, n, v)
        for n, v in q.sets.items():
            if not is_what_if(n) and q.metric != "baseline":
                self.params[n] = parameter_value(q.metric, n, v)
        self.excluded = self.policy.excluded(q.metric)
        self.as_of = q.as_of

    def out(self, subject):
        return self.world.child_of(subject) in self.excluded


class Member:
    """One member of a population. kind: counted, unknown, pending, left (a row without a count)."""

    def __init__(self, group, kind, num=False, excluded=False, weight=Fraction(1), **more):
        self.group, self.kind, self.num, self.excluded, self.weight = group, kind, num, excluded, weight
        self.__dict__.update(more)


def blank(**kw):
    row = {"numerator": 0, "denominator": 0, "unknown": 0, "excluded": 0, "value": None, "display": None, "reason": None,
           "detail": {}}
    row.update(kw)
    return row


def finish(row, reason=None, show=percent, zero="zero_denominator"):
    n, d = row["numerator"], row["denominator"]
    if reason:
        row["reason"] = reason
    elif d == 0:
        row["reason"] = zero
    else:
        row["value"] = f"{n}/{d}"
        row["display"] = show(Fraction(n, d))
    return row


def count(members, kind):
    return sum(1 for m in members if m.kind == kind and not m.excluded)


def basic(members):
    """numerator, denominator, unknown, excluded of plain members."""
    inside = [m for m in members if m.kind == "counted" and not m.excluded]
    return blank(numerator=sum(1 for m in inside if m.num), denominator=len(inside), unknown=count(members, "unknown"),
                 excluded=sum(1 for m in members if m.excluded and m.kind != "left")), inside


def null_last(key):
    return tuple((v is None, v or "") for v in key)


def grouped(ctx, members, tally):
    """rows and total of a population."""
    q = ctx.q
    members = [m for m in members if all(m.group.get(k) == v for k, v in q.where.items())]
    rows = []
    if q.by:
        groups = {}
        for m in members:
            groups.setdefault(tuple(m.group.get(k) for k in q.by), []).append(m)
        for key in sorted(groups, key=null_last):
            rows.append({"group": dict(zip(q.by, key)), **tally(groups[key])})
    return rows, {"group": {}, **tally(members)}


# --------------------------------------------------------------------------------------------------- timely-permanency

def goal_runs(child, ep, ref):
    """Unbroken runs of approved primary goals within the episode: [(goal, start, withdrawn?)], and the replacements."""
    runs, current, changes = [], None, []
    for r in child.hist:
        if r.type not in ("goal.approved", "goal.withdrawn") or r["role"] != "primary" or not ep.removal <= r.date <= ref:
            continue
        if r.type == "goal.approved":
            if current is not None and current[0] == r["goal"]:
                continue
            if current is not None:
                changes.append((r.date, current))
            current = (r["goal"], r.date)
            runs.append(current)
        elif current is not None and current[0] == r["goal"]:
            current = None
    return runs, current, changes


def federal_entry(child, ep, last):
    found = [r.date for r in child.of("finding.made") if r["finding"] == "abuse-neglect" and ep.removal <= r.date <= last]
    return min(found + [add_days(ep.removal, 60)])


def assignment_clock(child, ep, ref):
    """First day of the unbroken time with the prime contractor of ref, not before the removal."""
    p = child.prime(ref)
    if p is None:
        return None
    day = ref
    while day > ep.removal and child.prime(day - ONE) == p:
        day -= ONE
    return max(day, ep.removal)


def timely_permanency(ctx):
    q, P, as_of = ctx.q, ctx.params, ctx.as_of
    months = ctx.policy.goal_months()
    for n, v in q.what_if.items():
        if n.startswith("benchmark.") and n[10:] in GOALS:
            months[n[10:]] = months_value(v)
    weighted = P["attribution"] == "day_weighted"
    members = []

    def add(child, ep, attr_day, kind, num, goal, month, flags=(), ident=None):
        ex = ctx.out(child.name)
        last = ep.exit if ep.exit is not None else as_of
        span = list(days(ep.removal, last - ONE)) if weighted and last > ep.removal else []
        base = {"goal": goal, "month": month_of(month)}
        shares = {}
        for d in span:
            w = child.where(d)
            shares[tuple(w.values())] = shares.get(tuple(w.values()), 0) + 1
        if not span:
            shares = {tuple(child.where(attr_day).values()): 1}
        total = sum(shares.values())
        for key, n in shares.items():
            group = dict(zip(("provider", "county", "region", "worker"), key))
            members.append(Member({**group, **base}, kind, num, ex, Fraction(n, total), goal=goal, flags=flags, id=id(ep)))

    for child in ctx.view.children():
        for ep in child.episodes:
            ref = ep.exit if ep.exit is not None else as_of
            if ep.doubtful:
                if P["cohort"] == "exit":
                    claimed = [x[0] for x in ep.exits if q.holds(x[0])]
                    if claimed:
                        add(child, ep, ref, "unknown", False, None, claimed[0])
                elif q.holds(ep.removal):
                    add(child, ep, ref, "unknown", False, None, ep.removal)
                continue
            runs, current, changes = goal_runs(child, ep, ref)
            if P["goal"] == "court_approved_in_effect_at_exit":
                run = current
            elif P["goal"] == "first_court_approved":
                run = runs[0] if runs else None
            else:
                have = [r for r in runs if r[0] in months]
                match = [r for r in have if ep.exit is not None and EXIT_OF_GOAL[r[0]] == ep.reason]
                run = match[-1] if match else (have[-1] if have else None)
            if run is None or run[0] not in months:
                continue
            goal = run[0]

            def clock_of(r):
                return {"removal": lambda: ep.removal, "court_goal_approval": lambda: r[1],
                        "federal_entry": lambda: federal_entry(child, ep, ref),
                        "provider_assignment": lambda: assignment_clock(child, ep, ref)}[P["clock"]]()

            def deadline_of(r):
                start = clock_of(r)
                n = months.get(r[0])
                return None if start is None or n is None else add_months(start, n)

            deadline = deadline_of(run)
            matches = ep.exit is not None and EXIT_OF_GOAL[goal] == ep.reason
            if P["cohort"] == "exit":
                day = ep.exit
            elif P["cohort"] == "entry":
                day = ep.removal
            else:
                day = deadline if deadline is not None else ref
            if day is None or not q.holds(day):
                continue
            attr = ref
            if P["attribution"] == "provider_on_deadline" and deadline is not None:
                attr = min(ref, deadline)
            unknown = deadline is None or (P["achieved_on"] == "order_date" and matches and ep.order_date is None)
            if unknown:
                add(child, ep, attr, "unknown", False, goal, day)
                continue
            if P["cohort"] == "entry" and ep.exit is None and as_of <= deadline:
                add(child, ep, attr, "pending", False, goal, day)
                continue
            achieved = False
            if matches:
                when = ep.exit
                if P["achieved_on"] == "order_date":
                    when = ep.order_date
                elif P["achieved_on"] == "physical_return" and goal == "reunification" and ep.placements:
                    last = ep.placements[-1]
                    if last.setting == "trial-home-visit" and last.end == ep.exit:
                        when = last.start
                achieved = when <= deadline
            flags = set()
            for when, old in changes:
                dl = deadline_of(old)
                if dl is not None and 0 <= (dl - when).days <= 60:
                    flags.add("goal_changed_within_60_days_of_deadline")
            if ep.exit is not None:
                later = [e.removal for e in child.episodes if e is not ep and e.removal >= ep.exit]
                nxt = min(later) if later else None
                if any(r["role"] == "primary" and r.date > ep.exit and (nxt is None or r.date < nxt)
                       for r in child.of("goal.approved")):
                    flags.add("approval_after_exit")
                if (ep.exit - ep.removal).days < 8:
                    flags.add("under_8_days")
            add(child, ep, attr, "counted", achieved, goal, day, flags)

    show = lowest if weighted else int

    def tally(ms):
        def total(pick):
            return sum((m.weight for m in ms if pick(m)), Fraction(0))

        inside = [m for m in ms if m.kind == "counted" and not m.excluded]
        goals = sorted({"adoption", "guardianship", "reunification"} | {m.goal for m in inside})
        n = total(lambda m: m.kind == "counted" and not m.excluded and m.num)
        d = total(lambda m: m.kind == "counted" and not m.excluded)
        pending = total(lambda m: m.kind == "pending" and not m.excluded)
        row = blank(numerator=show(n), denominator=show(d),
                    unknown=show(total(lambda m: m.kind == "unknown" and not m.excluded)),
                    excluded=show(total(lambda m: m.excluded)))
        row["detail"] = {
            "by_goal": {g: {"numerator": show(total(lambda m: m in inside and m.goal == g and m.num)),
                            "denominator": show(total(lambda m: m in inside and m.goal == g))} for g in goals},
            "flags": {f: len({m.id for m in inside if f in m.flags})
                      for f in ("goal_changed_within_60_days_of_deadline", "approval_after_exit", "under_8_days")},
            "pending": show(pending)}
        if pending > 0:
            row["reason"] = "follow_up_incomplete"
        elif d == 0:
            row["reason"] = "zero_denominator"
        else:
            row["value"] = pair(n / d) if weighted else f"{int(n)}/{int(d)}"
            row["display"] = percent(n / d)
        return row

    return grouped(ctx, members, tally)


# ------------------------------------------------------------------------------------------------- concurrent-planning

def concurrent_planning(ctx):
    q, as_of = ctx.q, ctx.as_of
    members = []
    for child in ctx.view.children():
        for ep in child.episodes:
            if not q.holds(ep.removal):
                continue
            r = ep.removal
            d3, d30 = add_days(r, 3), add_days(r, 30)
            g = {**child.where(min([d30, as_of] + ([ep.end] if ep.end is not None else []))), "month": month_of(r)}
            ex = ctx.out(child.name)
            if ep.a or ep.c:
                members.append(Member(g, "unknown", excluded=ex))
                continue
            if ep.end is not None and ep.end < d3:
                members.append(Member(g, "left", excluded=ex))
                continue
            if as_of <= d30:
                members.append(Member(g, "pending", excluded=ex))
                continue
            acts = [x for x in child.hist if x.type in ("goal.proposed", "goal.approved") and r <= x.date <= d30]
            primary = any(x["role"] == "primary" and x.date <= d3 for x in acts)
            needs = any(x["role"] == "primary" and x["goal"] == "reunification" for x in acts)
            if not needs or (ep.end is not None and ep.end < d30):
                concurrent = "not_applicable"
            else:
                concurrent = "met" if any(x["role"] == "concurrent" for x in acts) else "violated"
            members.append(Member(g, "counted", primary and concurrent != "violated", ex,
                                  primary="met" if primary else "violated", concurrent=concurrent))

    def tally(ms):
        row, inside = basic(ms)
        row["detail"] = {
            "primary": {k: sum(1 for m in inside if m.primary == k) for k in ("met", "violated")},
            "concurrent": {k: sum(1 for m in inside if m.concurrent == k) for k in ("met", "violated", "not_applicable")},
            "pending": count(ms, "pending")}
        return finish(row)

    return grouped(ctx, members, tally)


# ---------------------------------------------------------------------------------------------- residential-compliance

class Rules:
    """11c Residential, Rules: one placement at as-of."""

    def __init__(self, view, child, pl):
        self.view, self.child, self.pl, self.as_of = view, child, pl, view.as_of

    def ended_before(self, day):
        return self.pl.end is not None and self.pl.end < day

    def deadline(self, due, evidence):
        """evidence: did it come on or before due?"""
        if self.ended_before(due):
            return "not_applicable"
        if evidence:
            return "met"
        return "pending" if self.as_of <= due else "violated"

    # -- credentials
    def credential_events(self, credential):
        return [r for r in self.view.history("facility/" + self.pl.facility)
                if r.type == "credential.changed" and r["credential"] == credential]

    def active(self, credential, day):
        last = None
        for r in self.credential_events(credential):
            if r.date <= day:
                last = r
        return last is not None and last["status"] == "active" and (last["until"] is None or day < D(last["until"]))

    def every_day(self, credentials):
        """Any one of the credentials on each day of the placement."""
        if self.pl.facility is None or not any(self.credential_events(c) for c in credentials):
            return "unknown"
        last = self.as_of if self.pl.end is None else min(self.pl.end - ONE, self.as_of)
        ok = all(any(self.active(c, d) for c in credentials) for d in days(self.pl.start, last))
        return "met" if ok else "violated"

    # -- pieces
    def assessments(self):
        return self.pl.named("assessment.completed")

    def judged_assessment(self):
        due = add_days(self.pl.start, 30)
        early = [r for r in self.assessments() if r.date <= due]
        late = [r for r in self.assessments() if r.date > due]
        return early[-1] if early else (late[0] if late else None)

    def negative(self):
        """Day of the first negative finding while in the placement."""
        bad = ("family-setting", "other-specified-setting") if self.pl.setting == "qrtp" else ("family-setting",)
        found = [r.date for r in self.pl.evidence
                 if ((r.type == "assessment.completed" and r["determination"] in bad)
                     or (r.type == "court-placement.decided" and r["outcome"] == "disapproved")) and self.pl.on(r.date)]
        return min(found) if found else None

    def items(self, typ, due):
        got = set()
        for r in self.pl.named(typ):
            if r.date <= due:
                got |= set(r["items"])
        return got

    def hearings(self):
        return [r for r in self.child.of("hearing.held") if r["kind"] in ("review", "permanency") and self.pl.on(r.date)]

    def hearing_named(self, ev):
        """The hearing that an evidence event names: its own stream first, then the merged ones."""
        all_h = [r for r in self.child.of("hearing.held") if r["hearing_id"] == ev["hearing_id"]]
        own = [r for r in all_h if r.stream == ev.stream]
        found = own or all_h
        return found[0] if found else None

    def court_order(self):
        found = self.pl.named("court-placement.ordered")
        return found[0] if found else None

    # -- rules
    def judge(self, rule):
        return getattr(self, rule.replace("-", "_"))()

    def RC_01(self):
        return "met"

    def RC_02(self):
        if self.pl.setting not in UNSPECIFIED:
            return "not_applicable"
        breach = add_days(self.pl.start, 14)
        if self.pl.end is not None:
            return "met" if self.pl.end <= breach else "violated"
        return "pending" if self.as_of <= breach else "violated"

    def RC_03(self):
        return self.every_day(["license"])

    def RC_04(self):
        return self.every_day(["contract", "dmh-certification"])

    def RC_05(self):
        if self.pl.setting != "qrtp":
            return "not_applicable"
        both = [self.every_day(["qrtp-designation"]), self.every_day(["accreditation"])]
        return "violated" if "violated" in both else ("unknown" if "unknown" in both else "met")

    def assessed(self):
        due = add_days(self.pl.start, 30)
        return self.deadline(due, any(r.date <= due for r in self.assessments()))

    def RC_06(self):
        return self.assessed() if self.pl.setting == "qrtp" else "not_applicable"

    def of_assessment(self, judge):
        if self.pl.setting != "qrtp" or self.ended_before(add_days(self.pl.start, 30)):
            return "not_applicable"
        r = self.judged_assessment()
        if r is None:
            return "pending" if self.RC_06() == "pending" else "not_applicable"
        return judge(r)

    def RC_07(self):
        def judge(r):
            if r["waiver_id"] is not None or r["assessor_employer"] == "independent":
                return "met"
            return "unknown" if r["assessor_employer"] is None else "violated"
        return self.of_assessment(judge)

    def RC_08(self):
        def judge(r):
            reasons = r["reasons"]
            if r["goals_listed"] is False:
                return "violated"
            if r["determination"] != "family-setting" and reasons is not None and (not reasons or "shortage" in reasons):
                return "violated"
            return "unknown" if r["goals_listed"] is None or reasons is None else "met"
        return self.of_assessment(judge)

    def RC_09(self):
        if self.pl.setting != "qrtp":
            return "not_applicable"
        due = add_days(self.pl.start, 30)
        return self.deadline(due, self.items("team.documented", due) >= TEAM_ITEMS)

    def RC_10(self):
        if self.pl.setting != "qrtp":
            return "not_applicable"
        due = add_days(self.pl.start, 60)
        decided = [r for r in self.pl.named("court-placement.decided") if r.date <= due]
        if not self.ended_before(due) and decided and decided[-1]["outcome"] == "disapproved":
            return "violated"
        return self.deadline(due, bool(decided))

    def RC_11(self):
        day = self.negative()
        if day is None:
            return "not_applicable"
        due = add_days(day, 30)
        if self.pl.end is not None and self.pl.end <= due:
            return "met"
        return "pending" if self.as_of <= due else "violated"

    def RC_12(self):
        if self.pl.setting != "qrtp":
            return "not_applicable"
        hearings = self.hearings()
        if not hearings:
            return "not_applicable"
        evidence = self.pl.named("evidence.submitted")
        ok = all(any(self.hearing_named(e) is h and e.date <= h.date for e in evidence) for h in hearings)
        return "met" if ok else "violated"

    def long_stay(self, months, limit_day, young):
        if self.pl.setting != "qrtp":
            return "not_applicable"
        runs = []
        for p in self.child.placements:
            if p.setting != "qrtp":
                continue
            end = p.end if p.end is not None else date.max
            if runs and p.start <= runs[-1][1]:
                runs[-1][1] = max(runs[-1][1], end)
                runs[-1][2].append(p)
            else:
                runs.append([p.start, end, [p]])
        mine = next(i for i, r in enumerate(runs) if self.pl in r[2])
        breach = add_months(runs[mine][0], months)
        if mine > 0:
            every = set()
            for p in self.child.placements:
                if p.setting == "qrtp":
                    last = self.as_of if p.end is None else min(p.end - ONE, self.as_of)
                    every |= set(days(p.start, last))
            every = sorted(every)
            if len(every) >= limit_day:
                breach = min(breach, every[limit_day - 1])
        breach = max(breach, self.pl.start)
        if not self.pl.on(breach) or self.as_of <= breach:
            return "not_applicable"
        if self.child.birth is None:
            return "unknown"
        if (breach < birthday(self.child.birth, 13)) != young:
            return "not_applicable"
        return "met" if any(r.date <= breach for r in self.pl.named("long-stay.approved")) else "violated"

    def RC_13(self):
        return self.long_stay(12, 548, False)          # first day at whose end more than 547.875 days

    def RC_14(self):
        return self.long_stay(6, 183, True)            # more than 182.625 days

    def RC_15(self):
        end = self.pl.end
        if self.pl.setting != "qrtp" or end is None:
            return "not_applicable"
        if any(p.setting == "qrtp" and p.start == end for p in self.child.placements):
            return "not_applicable"
        ok = any(r.date <= end and D(r["from"]) <= end and D(r["until"]) >= add_months(end, 6)
                 for r in self.pl.named("aftercare.planned"))
        return self.deadline(end, ok)

    def RC_17(self):
        order = self.court_order()
        if order is None:
            return "not_applicable"
        return "met" if any(r.date <= order.date for r in self.child.of("evaluation.completed")) else "violated"

    def RC_18(self):
        order = self.court_order()
        if order is None:
            return "not_applicable"
        return "met" if any(r.date <= order.date for r in self.pl.named("certification.recorded")) else "violated"

    def RC_19(self):
        loc = self.pl.data.get("location")
        if loc is None or loc == "unknown":
            return "unknown"
        if loc == "in-state":
            return "not_applicable"
        return "met" if any(r.date <= self.pl.start for r in self.pl.named("out-of-state.approved")) else "violated"

    def RC_20(self):
        if self.pl.first:
            return "not_applicable"
        due = add_days(self.pl.start, 3 if self.pl.data.get("emergency") is True else 0)
        return self.deadline(due, any(r.date <= due for r in self.pl.named("meeting.held")))

    def RC_21(self):
        due = add_days(self.pl.start, 30)
        return self.deadline(due, self.items("case-plan.revised", due) >= PLAN_ITEMS)

    def RC_22(self):
        if self.pl.data.get("relative") is True:
            return "not_applicable"
        due = add_days(self.pl.start, 30)
        ep = self.pl.episode
        ok = any(r.date <= due for r in self.pl.named("relative-search.recorded")) or any(
            r["finding"] == "relative-contrary" and ep.removal <= r.date <= due and (ep.end is None or r.date <= ep.end)
            for r in self.child.of("finding.made"))
        return self.deadline(due, ok)

    def SB_01(self):
        return "not_applicable" if self.pl.setting in ("shelter", "parenting-youth") else self.assessed()

    def SB_02(self):
        if self.pl.setting in ("shelter", "parenting-youth") or not self.assessments():
            return "not_applicable"
        before, need = self.assessments()[0].date, 0
        for h in self.hearings():
            if h.date > before:
                need += 1
                if not any(before < r.date <= h.date for r in self.assessments()):
                    return "violated"
                before = h.date
        return "met" if need else "not_applicable"

    def RC_16(self):
        if self.child.birth is None:
            return "unknown"
        return "met" if self.pl.start >= birthday(self.child.birth, 18) else "violated"

    # -- days federally claimable
    def claimable(self, first, last):
        pl = self.pl
        if pl.setting in UNSPECIFIED:
            last = min(last, add_days(pl.start, 13))
        elif pl.setting == "qrtp":
            if self.RC_06() == "violated":
                return 0
            bad = self.negative()
            if bad is not None:
                last = min(last, add_days(bad, 30))
            due = add_days(pl.start, 60)
            if not any(r["outcome"] == "approved" and r.date <= due for r in pl.named("court-placement.decided")):
                last = min(last, due)
        elif pl.setting not in ("parenting-youth", "trafficking-victim"):
            return 0
        first = max(first, pl.start)
        if pl.end is not None:
            last = min(last, pl.end - ONE)
        return max(0, (last - first).days + 1)


def residential_compliance(ctx):
    q, as_of, rules = ctx.q, ctx.as_of, list(dict.fromkeys(ctx.params["rules"]))
    members = []
    for child in ctx.view.children():
        ex = ctx.out(child.name)
        care = [d for d in days(q.ps, q.pe) if child.in_care(d)]
        if care:
            members.append(Member(child.where(care[-1]), "in_care", child=child.name))
        if child.in_care(as_of):
            here = [p for p in child.placements if p.on(as_of)]
            members.append(Member(child.where(as_of), "setting", child=child.name,
                                  setting=here[-1].setting if here else "no-placement"))
        for pl in child.placements:
            on = [d for d in days(max(q.ps, pl.start), q.pe) if pl.on(d)]
            if not on:
                continue
            judge = Rules(ctx.view, child, pl)
            if pl.setting == "supervised-independent-living":
                members.append(Member(child.where(on[-1]), "sil", child=child.name, result=judge.RC_16()))
            elif pl.setting in RESIDENTIAL:
                if pl.episode.c:
                    results = {r: "unknown" for r in rules if r != "RC-16"}
                    status = "unknown"
                else:
                    results = {r: judge.judge(r) for r in rules if r != "RC-16"}
                    status = next((s for s in ("violated", "unknown", "pending") if s in results.values()), "compliant")
                members.append(Member(child.where(on[-1]), "placement", excluded=ex, child=child.name, results=results,
                                      status=status, claimable=judge.claimable(q.ps, q.pe)))

    def tally(ms):
        pls = [m for m in ms if m.kind == "placement"]
        inside = [m for m in pls if not m.excluded]
        n = sum(m.status == "compliant" for m in inside)
        row = blank(numerator=n, denominator=n + sum(m.status == "violated" for m in inside),
                    unknown=sum(m.status == "unknown" for m in inside), excluded=len(pls) - len(inside))
        lines = {r: {k: 0 for k in ("met", "violated", "pending", "unknown", "not_applicable")} for r in rules}
        for m in inside:
            for r, res in m.results.items():
                lines[r][res] += 1
        if "RC-16" in lines:
            for m in ms:
                if m.kind == "sil":
                    lines["RC-16"][m.result] += 1
        of_child = {}
        for m in inside:
            of_child.setdefault(m.child, set()).add(m.status)
        worst = [next(s for s in ("violated", "unknown", "pending", "compliant") if s in v) for v in of_child.values()]
        settings = {}
        for m in ms:
            if m.kind == "setting":
                settings[m.setting] = settings.get(m.setting, 0) + 1
        row["detail"] = {
            "rules": lines, "settings": settings, "claimable_days": sum(m.claimable for m in inside),
            "pending": sum(m.status == "pending" for m in inside),
            "children": {"numerator": worst.count("compliant"),
                         "denominator": worst.count("compliant") + worst.count("violated"),
                         "unknown": worst.count("unknown"), "pending": worst.count("pending"),
                         "in_care": len({m.child for m in ms if m.kind == "in_care"})}}
        return finish(row)

    return grouped(ctx, members, tally)


# --------------------------------------------------------------------------------------- staff: training, supervision

def spells(view, stream):
    """Role spells of a person: [role, provider, start, end or None, [(day, fte)...]]."""
    open_, out = {}, []
    for r in view.history(stream):
        if r.type == "role.started":
            key = (r["role"], r["provider"])
            fte = r["fte"] if r["fte"] is not None else 100
            if key in open_:
                open_[key][4].append((r.date, fte))
            else:
                s = [r["role"], r["provider"], r.date, None, [(r.date, fte)]]
                open_[key] = s
                out.append(s)
        elif r.type == "role.ended":
            s = open_.pop((r["role"], r["provider"]), None)
            if s is not None:
                s[3] = r.date
    return [s for s in out if s[3] is None or s[3] > s[2]]


def held(s, day):
    return s[2] <= day and (s[3] is None or day < s[3])


COUNTED_ROLES = ("case-manager", "supervisor")


def trauma_training(ctx):
    q, as_of, P = ctx.q, ctx.as_of, ctx.params
    members = []
    for stream in sorted(ctx.world.of("staff/")):
        mine = [s for s in spells(ctx.view, stream) if s[0] in COUNTED_ROLES and held(s, as_of)]
        if not mine or (as_of - min(s[2] for s in mine)).days < P["grace_days"]:
            continue
        done = set()
        for r in ctx.view.history(stream):
            if r.type == "training.completed":
                done.add(r["course"])
            elif r.type == "training.revoked":
                done.discard(r["course"])
        for s in mine:
            members.append(Member({"provider": ctx.view.prime(s[1], as_of)}, "counted", bool(done & set(P["courses"])),
                                  ctx.out(stream), person=stream, role=s[0]))

    def tally(ms):
        inside = [m for m in ms if not m.excluded]

        def line(sel):
            return {"numerator": len({m.person for m in sel if m.num}), "denominator": len({m.person for m in sel})}

        row = blank(**line(inside), excluded=len({m.person for m in ms if m.excluded}))
        row["detail"] = {"by_role": {r: line([m for m in inside if m.role == r]) for r in COUNTED_ROLES}}
        return finish(row)

    return grouped(ctx, members, tally)


def supervisor_ratio(ctx):
    q, as_of, fte = ctx.q, ctx.as_of, ctx.params["count"] == "fte"
    members = []
    period = list(days(q.ps, q.pe)) if q.period else []
    for stream in sorted(ctx.world.of("staff/")):
        for s in spells(ctx.view, stream):
            if s[0] not in COUNTED_ROLES:
                continue
            g = {"provider": ctx.view.prime(s[1], as_of)}

            def fte_on(day):
                return [f for d, f in s[4] if d <= day][-1]

            if held(s, as_of):
                members.append(Member(g, "now", excluded=ctx.out(stream), person=stream, role=s[0], day=as_of,
                                      fte=fte_on(as_of)))
            for d in period:
                if held(s, d):
                    members.append(Member(g, "day", excluded=ctx.out(stream), person=stream, role=s[0], day=d, fte=fte_on(d)))

    def amount(ms):
        return sum(m.fte for m in ms) if fte else len({(m.person, m.day) for m in ms})

    def tally(ms):
        inside = [m for m in ms if not m.excluded]

        def of(kind, role):
            return amount([m for m in inside if m.kind == kind and m.role == role])

        row = blank(numerator=of("now", "case-manager"), denominator=of("now", "supervisor"),
                    excluded=len({m.person for m in ms if m.excluded}))
        row["detail"] = {"average": {"case_manager_days": of("day", "case-manager"), "supervisor_days": of("day", "supervisor")}
                         if q.period else None}
        return finish(row, show=lambda f: half_up(f, 2), zero="no_supervisor")

    return grouped(ctx, members, tally)


# ------------------------------------------------------------------------------------------------------ returned-cases

COUNTED_REASONS = ("catastrophic-cost", "court-order")


def case_cost(world, case):
    """The sum of its cost_ids as known, or None; not cut by as-of."""
    amounts, adjusted = {}, {}
    for r in world.by_stream.get(case, []):
        if r.type == "cost.recorded":
            amounts[r["cost_id"]] = r["amount_cents"]
        elif r.type == "cost.adjusted":
            adjusted[r["cost_id"]] = r["amount_cents"]
    if not amounts:
        return None
    return sum(adjusted.get(k, v) for k, v in amounts.items())


def returned_cases(ctx):
    q, world = ctx.q, ctx.world
    members = []
    for child in ctx.view.children():
        by = set()
        for d in days(q.ps, q.pe):
            if child.in_care(d) and child.prime(d) is not None:
                by.add(child.prime(d))
        for p in sorted(by):
            members.append(Member({"provider": p}, "served", excluded=ctx.out(child.name), child=child.name))
    for case in sorted(world.of("case/")):
        for r in ctx.view.history(case):
            if r.type == "case.returned" and r["reason"] in COUNTED_REASONS and q.holds(r.date):
                members.append(Member({"provider": ctx.view.prime(r["provider"], r.date)}, "return", excluded=ctx.out(case),
                                      case=case, rec=r))

    def tally(ms):
        served = {m.child for m in ms if m.kind == "served"}
        last = {}
        for m in sorted((m for m in ms if m.kind == "return"), key=lambda m: (m.rec.date, m.rec.pos)):
            last[m.case] = m
        gone = {c for c, m in last.items() if m.excluded}
        last = {c: m.rec for c, m in last.items() if not m.excluded}
        children = {c: {world.child_of(x) for x in r["children"]} for c, r in last.items()}
        everyone = set().union(*children.values()) if children else set()
        out = {c for c in served | everyone if c in ctx.excluded}
        row = blank(numerator=len(everyone - out), denominator=len(served - out), excluded=len(out) + len(gone))
        reasons = {}
        for reason in COUNTED_REASONS:
            cases = [c for c, r in last.items() if r["reason"] == reason]
            costs = [case_cost(world, c) for c in cases]
            known = [x for x in costs if x is not None]
            reasons[reason] = {
                "cases": len(cases), "children": len(set().union(*[children[c] for c in cases]) - out) if cases else 0,
                "cost_cents": sum(known) if known or not cases else None, "cases_cost_unknown": len(costs) - len(known)}
        row["detail"] = {"by_reason": reasons, "cases": len(last)}
        return finish(row)

    return grouped(ctx, members, tally)


# ---------------------------------------------------------------------------------------------------- federal: CFSR

def cfsr(ctx):
    q, as_of, which = ctx.q, ctx.as_of, ctx.q.metric[-2:]
    inclusive = ctx.params["anniversary"] == "inclusive"
    members = []
    tomorrow = as_of + ONE

    def within(start, end, end_inclusive=None):
        if inclusive:
            return (end_inclusive or end) <= add_months(start, 12)
        return full_months(start, end) < 12

    def dropped(child, ep):
        return child.birth is None or ep.doubtful or child.birth > ep.removal or ep.removal >= birthday(child.birth, 21)

    def adult(child, day):
        return day >= birthday(child.birth, 18)

    def short(ep):
        return ep.exit is not None and (ep.exit - ep.removal).days < 8

    def p1_timely(child, ep, exit, reason):
        if reason not in PERMANENCY or adult(child, exit):
            return False
        if reason == "reunification" and ep.placements:
            last = ep.placements[-1]
            end = last.end if last.end is not None else exit
            if last.setting == "trial-home-visit" and (end - last.start).days > 30:
                if inclusive:
                    return add_days(last.start, 30) <= add_months(ep.removal, 12)
                return full_months(ep.removal, last.start) + 1 < 12
        return within(ep.removal, exit)

    for child in ctx.view.children():
        ex = ctx.out(child.name)

        def add(ep, kind, num=False, **more):
            members.append(Member(child.where(ep.exit if ep.exit is not None else as_of), kind, num, ex, **more))

        if which in ("p2", "p3"):
            for ep in child.episodes:
                if as_of < q.ps or not ep.removal < q.ps or ep.a:
                    continue
                if ep.end is not None and ep.end < q.ps:
                    continue
                m = full_months(ep.removal, q.ps)
                if not (12 <= m < 24 if which == "p2" else m >= 24):
                    continue
                if dropped(child, ep):
                    add(ep, "unknown")
                elif adult(child, q.ps):
                    continue
                elif ep.exit is None:
                    if within(q.ps, tomorrow) and not adult(child, tomorrow):
                        add(ep, "pending")
                    else:
                        add(ep, "counted", False)
                else:
                    add(ep, "counted", ep.reason in PERMANENCY and not adult(child, ep.exit) and within(q.ps, ep.exit))
            continue

        for ep in child.episodes:
            if q.holds(ep.removal) and dropped(child, ep):
                add(ep, "unknown", moves=0, days=0)
        remaining = [e for e in child.episodes if not dropped(child, e) and not adult(child, e.removal) and not short(e)]
        entries = [e for e in remaining if q.holds(e.removal)]
        if not entries:
            continue
        if which == "p1":
            ep = entries[0]
            if ep.exit is not None:
                add(ep, "counted", p1_timely(child, ep, ep.exit, ep.reason))
            elif p1_timely(child, ep, tomorrow, "reunification"):
                add(ep, "pending")
            else:
                add(ep, "counted", False)
        elif which == "p4":
            ep = entries[0]
            if ep.exit is None:
                if within(ep.removal, tomorrow):
                    add(ep, "pending")
            elif ep.reason in ("reunification", "relative", "guardianship") and within(ep.removal, ep.exit):
                if any(e.removal >= ep.exit and within(ep.exit, e.removal) for e in remaining if e is not ep):
                    add(ep, "counted", True)
                elif within(ep.exit, tomorrow) and not adult(child, tomorrow):
                    add(ep, "pending")
                else:
                    add(ep, "counted", False)
        else:
            moves, span = 0, []
            for ep in entries:
                cut = min([q.pe, birthday(child.birth, 18)] + ([ep.exit] if ep.exit is not None else []))
                span += list(days(ep.removal, cut - ONE))
                settings = []
                for p in ep.placements:
                    if p.start < cut and p.setting not in ("trial-home-visit", "runaway", "whereabouts-unknown", "respite"):
                        if not (settings and settings[-1].facility is not None and settings[-1].facility == p.facility):
                            settings.append(p)
                moves += max(0, len(settings) - 1)
            counted = min(len(span), 364)
            kind = "unknown" if moves > counted else "counted"
            members.append(Member(child.where(cut), kind, False, ex, moves=moves, days=counted))   # cut: of the last entry

    def tally(ms):
        if which == "p5":
            inside = [m for m in ms if m.kind == "counted" and not m.excluded]
            n, d = sum(m.moves for m in inside), sum(m.days for m in inside)
            row = blank(numerator=n, denominator=d, unknown=count(ms, "unknown"), excluded=sum(m.excluded for m in ms))
            finish(row, show=lambda f: half_up(f * 1000, 2))
            row["detail"] = {"moves": n, "days": d, "rate": row["display"]}
            return row
        row, _ = basic(ms)
        pending = count(ms, "pending")
        row["detail"] = {"pending": pending}
        return finish(row, reason="follow_up_incomplete" if pending else None)

    return grouped(ctx, members, tally)


# ---------------------------------------------------------------------------------- visits, data, hearings, long stays

def whole_months(first, last):
    """Calendar months that lie wholly in first..last."""
    d = date(first.year, first.month, 1)
    while d <= last:
        end = add_months(d, 1) - ONE
        if first <= d and end <= last:
            yield d, end
        d = add_months(d, 1)


def worker_visits(ctx):
    q, members = ctx.q, []
    for child in ctx.view.children():
        for first, last in whole_months(q.ps, q.pe):
            if not all(child.in_care(d) for d in days(first, last)):
                continue
            seen = [r for r in child.of("visit.recorded") if r["face_to_face"] is True and first <= r.date <= last]
            members.append(Member({**child.where(last), "month": month_of(last)}, "counted", bool(seen), ctx.out(child.name),
                                  home=any(r["place"] == "residence" for r in seen)))

    def tally(ms):
        row, inside = basic(ms)
        row["detail"] = {"in_residence": {"numerator": sum(m.home for m in inside), "denominator": row["numerator"]}}
        return finish(row)

    return grouped(ctx, members, tally)


def business(day, holidays):
    return day.weekday() < 5 and day not in holidays.get(day.year, ())


def data_timeliness(ctx):
    q, members = ctx.q, []
    holidays = ctx.policy.holidays()
    for child in ctx.view.children():
        for r in child.hist:
            if r.type == "identity.merged" or not q.holds(r.date):
                continue
            g = {**child.where(r.date), "month": month_of(r.date)}
            fast = r.type in TWO_DAYS
            stamp = r.rtime if ctx.params["clock"] == "recorded" else r.time
            if stamp is None:
                members.append(Member(g, "unknown", excluded=ctx.out(child.name), fast=fast))
                continue
            when = chicago_date(stamp)
            if fast:
                ok = sum(1 for d in days(r.date + ONE, when) if business(d, holidays)) <= 2
            else:
                ok = when <= add_days(r.date, 30)
            members.append(Member(g, "counted", ok, ctx.out(child.name), fast=fast))

    def tally(ms):
        row, inside = basic(ms)
        row["detail"] = {name: {"numerator": sum(m.num for m in inside if m.fast == fast),
                                "denominator": sum(1 for m in inside if m.fast == fast)}
                         for name, fast in (("two_business_days", True), ("thirty_days", False))}
        return finish(row)

    return grouped(ctx, members, tally)


CLOCKS = ("protective-custody", "adjudication", "disposition", "state-permanency", "federal-permanency")


def hearing_timeliness(ctx):
    q, members = ctx.q, []
    holidays = ctx.policy.holidays()
    for child in ctx.view.children():
        for ep in child.episodes:
            if ep.a:
                continue
            end = ep.end if ep.end is not None else ctx.as_of
            hearings = child.of("hearing.held")
            dues = []                                                  # clock, due, kind, first day, last day before?
            day, n = ep.removal, 0
            while n < 3:
                day += ONE
                n += business(day, holidays)
            dues.append(("protective-custody", day, "protective-custody", ep.removal, None))
            dues.append(("adjudication", add_days(ep.removal, 60), "adjudication", ep.removal, None))
            dues.append(("disposition", add_days(ep.removal, 90), "disposition", ep.removal, None))
            starts = [("federal-permanency", federal_entry(child, ep, end))]
            if ep.placements:
                starts.append(("state-permanency", ep.placements[0].start))
            for clock, start in starts:
                k, previous = 1, None
                while True:
                    due = add_months(start, 12 * k)
                    if due > max(end, ctx.as_of):
                        break
                    dues.append((clock, due, "permanency", start, previous))
                    previous = due
                    k += 1
            for clock, due, kind, start, previous in dues:
                if ep.end is not None and due > ep.end:
                    continue
                if not q.holds(due):
                    continue
                ok = any(h["kind"] == kind and h.date <= due and (h.date > previous if previous else h.date >= start)
                         for h in hearings)
                members.append(Member({**child.where(due), "month": month_of(due)}, "unknown" if ep.c else "counted", ok,
                                      ctx.out(child.name), clock=clock))

    def tally(ms):
        row, inside = basic(ms)
        row["detail"] = {"by_clock": {c: {"numerator": sum(m.num for m in inside if m.clock == c),
                                          "denominator": sum(1 for m in inside if m.clock == c)} for c in CLOCKS}}
        return finish(row)

    return grouped(ctx, members, tally)


def long_stayers(ctx):
    as_of, members = ctx.as_of, []
    for child in ctx.view.children():
        here = [e for e in child.episodes if e.in_care(as_of)]
        if not here:
            continue
        ep = here[-1]
        kind = "unknown" if any(e.c for e in here) else "counted"
        members.append(Member(child.where(as_of), kind, as_of > add_months(ep.removal, ctx.params["months"]),
                              ctx.out(child.name)))

    def tally(ms):
        row, _ = basic(ms)
        return finish(row)

    return grouped(ctx, members, tally)


# ------------------------------------------------------------------------------------------------ scorecard, incentive

def scored(ctx, by, where):
    """For each scored metric: (rows by provider, total, read policy)."""
    out = {}
    for m in SCORED:
        c = Context(ctx.world, ctx.q.again(m, by=by, where=where))
        rows, total = COMPUTE[m](c)
        ctx.policy.read.update(c.policy.read)
        out[m] = ({r["group"].get("provider"): r for r in rows}, total)
    return out


def target_of(ctx, metric):
    name = "benchmark." + metric
    known = ctx.policy.target(metric)
    return parse_fraction(ctx.q.what_if[name]) if name in ctx.q.what_if else known


def meets(metric, value, target):
    if target is None or value is None:
        return None
    v = Fraction(value)
    return v <= target if metric in LOWER_IS_BETTER else v >= target


def scorecard(ctx):
    q = ctx.q
    got = scored(ctx, ["provider"], q.where)
    targets = {m: target_of(ctx, m) for m in SCORED}
    weights = {}
    for m in SCORED:
        weights[m] = ctx.policy.weight(m)
        if "weight." + m in q.what_if:
            weights[m] = parse_fraction(q.what_if["weight." + m])

    def row(values):
        used = {m: w for m, w in weights.items() if w is not None and w != 0}
        out = blank(numerator=None, denominator=None)
        score = None
        if not used:
            out["reason"] = "no_weights"
        elif any(values[m] is None for m in used):
            out["reason"] = "weighted_value_null"
        else:
            score = lowest(sum((w * Fraction(values[m]) for m, w in used.items()), Fraction(0)))
        out["value"] = out["display"] = score
        out["detail"] = {
            "metrics": {m: {"value": values[m], "weight": "undetermined" if weights[m] is None else lowest(weights[m]),
                            "benchmark": "undetermined" if targets[m] is None else lowest(targets[m]),
                            "meets_benchmark": meets(m, values[m], targets[m])} for m in SCORED},
            "score": score, "weight_coverage": lowest(sum(used.values(), Fraction(0)))}
        return out

    rows = []
    if q.by:
        names = {p for m in SCORED for p in got[m][0]}
        for p in sorted(names, key=lambda p: null_last((p,))):
            rows.append({"group": {"provider": p},
                         **row({m: got[m][0][p]["value"] if p in got[m][0] else None for m in SCORED})})
    return rows, {"group": {}, **row({m: got[m][1]["value"] for m in SCORED})}


def incentive(ctx):
    q, view, world = ctx.q, ctx.view, ctx.world
    day = q.policy_day
    goals = ctx.policy.regional_goals()
    for n, v in q.what_if.items():
        if n.startswith("regional-goal."):
            goals[n[14:]] = parse_fraction(v)
    contractors = []
    for s in sorted(world.of("provider/")):
        p = s[len("provider/"):]
        if view.provider(p, day).get("kind") == "contractor" and view.prime(p, day) == p:
            contractors.append(p)
    if "provider" in q.where:
        contractors = [p for p in contractors if p == q.where["provider"]]
    left, served = {p: set() for p in contractors}, {p: set() for p in contractors}
    for child in view.children():
        for ep in child.episodes:
            if ep.exit is not None and not ep.doubtful and q.holds(ep.exit) and ep.reason in PERMANENCY:
                p = child.prime(ep.exit)
                if p in left:
                    left[p].add(child.name)
        for d in days(q.ps, q.pe):
            if child.in_care(d) and child.prime(d) in served:
                served[child.prime(d)].add(child.name)
    got = scored(ctx, ["provider"], {})
    targets = {m: target_of(ctx, m) for m in SCORED}

    def row(names):
        num = set().union(*[left[p] for p in names]) if names else set()
        den = set().union(*[served[p] for p in names]) | num if names else set()
        out = {c for c in den if c in ctx.excluded}
        r = finish(blank(numerator=len(num - out), denominator=len(den - out), excluded=len(out)))
        detail = {"regional_goal": None, "exceeds": None, "share_percent": None}
        if len(names) == 1:
            p = names[0]
            info = view.provider(p, day)
            goal = goals.get(info.get("region"))
            detail["regional_goal"] = "undetermined" if goal is None else lowest(goal)
            if goal is not None and r["value"] is not None:
                detail["exceeds"] = Fraction(r["value"]) > goal
                contract = info.get("contract_effective_on")
                if contract is not None and D(contract) >= date(2022, 4, 1):
                    if not detail["exceeds"]:
                        detail["share_percent"] = 0
                    else:
                        fixed = [m for m in SCORED if targets[m] is not None]
                        ok = fixed and all(
                            meets(m, got[m][0][p]["value"] if p in got[m][0] else None, targets[m]) is True for m in fixed)
                        detail["share_percent"] = 100 if ok else 50
        r["detail"] = detail
        return r

    rows = [{"group": {"provider": p}, **row([p])} for p in contractors] if q.by else []
    return rows, {"group": {}, **row(contractors)}


# ------------------------------------------------------------------------------------------------------------ baseline

def quantile(values, at):
    pos = (len(values) - 1) * at
    i = pos.numerator // pos.denominator
    if i + 1 >= len(values):
        return values[i]
    return values[i] + (values[i + 1] - values[i]) * (pos - i)


def baseline(ctx):
    q = ctx.q
    metric = q.sets["metric"]
    series, total = {}, []
    for first, last in whole_months(q.ps, q.pe):
        c = Context(ctx.world, q.again(metric, period=(first, last), as_of=last))
        rows, tot = COMPUTE[metric](c)
        ctx.policy.read.update(c.policy.read)
        for r in rows:
            series.setdefault(tuple(r["group"][k] for k in q.by), []).append((month_of(first), r["value"]))
        total.append((month_of(first), tot["value"]))

    def row(points):
        values = sorted(Fraction(v) for _, v in points if v is not None)
        out = blank(numerator=None, denominator=None)
        stats = {k: lowest(quantile(values, Fraction(i, 4))) if values else None
                 for i, k in enumerate(("min", "q1", "median", "q3", "max"))}
        out["value"] = stats["median"]
        out["reason"] = None if values else "no_values"
        out["detail"] = {"n": len(values), **stats,
                         "months": [{"month": m, "value": None if v is None else lowest(Fraction(v))} for m, v in points]}
        return out

    rows = [{"group": dict(zip(q.by, k)), **row(series[k])} for k in sorted(series, key=null_last)] if q.by else []
    return rows, {"group": {}, **row(total)}


COMPUTE = {"timely-permanency": timely_permanency, "concurrent-planning": concurrent_planning,
           "residential-compliance": residential_compliance, "trauma-training": trauma_training,
           "supervisor-ratio": supervisor_ratio, "returned-cases": returned_cases, "worker-visits": worker_visits,
           "data-timeliness": data_timeliness, "hearing-timeliness": hearing_timeliness, "long-stayers": long_stayers,
           "scorecard": scorecard, "incentive": incentive, "baseline": baseline, **{m: cfsr for m in CFSR}}


# --------------------------------------------------------------------------------------------------------- suppression

def suppress(rows, total, n):
    columns = ("numerator", "denominator", "unknown", "excluded")
    masks = [set() for _ in rows]
    top = set()
    for c in columns:
        cells = [(r[c], i) for i, r in enumerate(rows)]
        hidden = [i for v, i in cells if v is not None and 1 <= v <= n]
        total_hidden = total[c] is not None and 1 <= total[c] <= n
        if len(hidden) == 1 and not total_hidden:
            rest = sorted((v, i) for v, i in cells if v is not None and v > n)
            if rest:
                hidden.append(rest[0][1])
            else:
                total_hidden = True
        for i in hidden:
            masks[i].add(c)
        if total_hidden:
            top.add(c)
    for r, hidden in list(zip(rows, masks)) + [(total, top)]:
        r["detail"] = {}
        r["masked"] = [c for c in columns if c in hidden]
        for c in hidden:
            r[c] = None
        if hidden & {"numerator", "denominator"}:
            r["value"] = r["display"] = None
            r["reason"] = "suppressed"


# ------------------------------------------------------------------------------------------------------------- answers

def day_of(text):
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise WrongUse(f"not a date: {text}")
    try:
        return D(text)
    except ValueError:
        raise WrongUse(f"not a date: {text}")


def words(argv):
    """argv -> options."""
    argv = list(argv)
    if argv[:1] == ["report"]:
        argv = argv[1:]
    if not argv or argv[0].startswith("--"):
        raise WrongUse("no metric")
    o = {"metric": argv[0], "period": None, "as-of": None, "known-at": None, "at-position": None, "by": [], "where": {},
         "set": {}, "suppress": None, "log": None}
    i = 1
    while i < len(argv):
        w = argv[i]
        if w == "--json":
            i += 1
            continue
        if not w.startswith("--") or w[2:] not in o or w == "--metric" or i + 1 >= len(argv):
            raise WrongUse(f"word {w}")
        name, value = w[2:], argv[i + 1]
        i += 2
        if name in ("where", "set"):
            if "=" not in value:
                raise WrongUse(f"{w} {value}")
            k, v = value.split("=", 1)
            o[name][k] = v
        elif name == "by":
            o["by"] += value.split(",")
        else:
            o[name] = value
    return o


def check_what_if(name, value):
    kind, _, key = name.partition(".")
    if kind == "benchmark" and key in GOALS:
        months_value(value)
    elif kind in ("benchmark", "weight") and key in METRICS:
        parse_fraction(value)
    elif kind == "regional-goal" and key:
        parse_fraction(value)
    else:
        raise WrongUse(f"--set {name}")


_worlds = {}


def answer(events, argv, cache=None):
    """The answer to a question over a list of events (dicts in line order)."""
    o = words(argv)
    metric = o["metric"]
    if metric not in METRICS:
        raise WrongUse(f"metric {metric}")
    log = take(events)
    # position
    if o["known-at"] is not None and o["at-position"] is not None:
        raise WrongUse("--known-at excludes --at-position")
    position = len(log)
    if o["known-at"] is not None:
        t = parse_instant(o["known-at"])
        if t > Fraction(int(datetime.now(timezone.utc).timestamp() * 1000000), 1000000):
            raise WrongUse("--known-at in the future")
        position = sum(1 for e in log if parse_instant(e["recordedtime"]) <= t)
    if o["at-position"] is not None:
        if not o["at-position"].isdigit() or int(o["at-position"]) > len(log):
            raise WrongUse("--at-position")
        position = int(o["at-position"])
    # period, as-of
    period = None
    if o["period"] is not None:
        m = re.fullmatch(r"([0-9-]+)\.\.([0-9-]+)", o["period"])
        if not m:
            raise WrongUse("--period")
        period = (day_of(m.group(1)), day_of(m.group(2)))
        if period[0] > period[1]:
            raise WrongUse("--period")
    elif metric not in NO_PERIOD:
        raise WrongUse(f"{metric} needs --period")
    if o["as-of"] is not None:
        as_of = day_of(o["as-of"])
    elif period:
        as_of = period[1]
    else:
        as_of = datetime.now(CHICAGO or timezone.utc).date()
    # parameters
    sets = o["set"]
    for n, v in sets.items():
        if is_what_if(n):
            check_what_if(n, v)
        elif metric == "baseline":
            if n != "metric" or v not in METRICS or v in ("baseline", "scorecard", "incentive"):
                raise WrongUse(f"--set {n}={v}")
        else:
            parameter_value(metric, n, v)
    if metric == "baseline":
        if "metric" not in sets:
            raise WrongUse("baseline needs --set metric=NAME")
        groups = [b for b in BY[sets["metric"]] if b != "month"]
    else:
        groups = BY[metric]
    if len(set(o["by"])) != len(o["by"]) or any(b not in groups for b in o["by"]) or any(w not in groups for w in o["where"]):
        raise WrongUse("grouping or filter")
    q = Question(metric, period, as_of, o["by"], o["where"], sets)
    world = None
    if cache is not None:
        world = cache.get(position)
    if world is None:
        world = World(log, position)
        if cache is not None:
            cache[position] = world
    ctx = Context(world, q)
    if o["suppress"] is not None:
        if not o["suppress"].isdigit():
            raise WrongUse("--suppress")
        if ctx.params.get("attribution") == "day_weighted":
            raise WrongUse("--suppress with day_weighted")
    rows, total = COMPUTE[metric](ctx)
    if o["suppress"] is not None:
        suppress(rows, total, int(o["suppress"]))
    through = {}
    for s in world.of("source/"):
        for r in world.by_stream[s]:
            if r.type == "source.completed":
                through[s[len("source/"):]] = r["through"]
    params = dict(ctx.params)
    if metric == "baseline":
        params["metric"] = sets["metric"]
    params.update(q.what_if)
    return {
        "schema": "casetrail.report.v1", "metric": metric,
        "question": {"period": None if period is None else {"from": str(period[0]), "to": str(period[1])},
                     "as_of": str(as_of), "known_at": o["known-at"], "position": position, "by": o["by"],
                     "where": o["where"], "parameters": params, "program": f"{metric}/1", "draft": bool(q.what_if)},
        "log": {"origin": "", "size": position, "root": "", "erased": 0, "complete_through": through},
        "policy": [{"position": r.pos, "type": f"casetrail.{r.type}.v1", "subject": r.stream, "effectiveon": str(r.date),
                    "data": r.data} for _, r in sorted(ctx.policy.read.items())],
        "rows": rows, "total": total}


def load(path):
    with open(path, encoding="utf-8") as f:
        return [json.loads(line) for line in f if line.strip()]


def main(argv):
    try:
        o = words(argv)
        if o["log"] is None:
            raise WrongUse("--log FILE.ndjson")
        out = answer(load(o["log"]), argv)
    except WrongUse as why:
        print(f"wrong use: {why}", file=sys.stderr)
        return 2
    except BadLog as why:
        print(f"bad log: {why}", file=sys.stderr)
        return 3
    print(json.dumps(out, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
