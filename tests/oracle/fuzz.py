#!/usr/bin/env python3
"""Compares a casetrail program with the oracle on random, small, nasty histories.

    fuzz.py --bin /path/to/casetrail [--seed S] [--rounds N] [--questions Q] [--metrics a,b] [--shrink]
            [--ignore path,path] [--sb] [--params list|string] [--export] [--keep DIR] [--stop-after K]
    fuzz.py --oracle-only [--seed S] [--rounds N]        no program: the generator and the oracle alone
    fuzz.py --dump FILE --seed S                         writes one history as NDJSON

Round r of seed S uses the random seed "S:r" and nothing else, so `--seed S --first r --rounds 1` repeats it.
Never compared: log.origin, log.root, question.program. `--ignore question.parameters,policy` leaves out more
(a path is a prefix: `rows` steps are [group], e.g. total.detail.flags).
"""
import argparse
import collections
import json
import random
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
import oracle
from oracle import add_months

ALWAYS_IGNORED = ["log.origin", "log.root", "question.program"]
LAST = date(2026, 9, 30)                                               # no recordedtime after 2026-10

ANCHORS = [date(2022, 8, 31), date(2022, 11, 30), date(2023, 1, 31), date(2023, 2, 28), date(2023, 3, 1), date(2023, 3, 31),
           date(2023, 6, 30), date(2023, 8, 31), date(2023, 10, 1), date(2023, 12, 31), date(2024, 1, 1), date(2024, 1, 30),
           date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2024, 5, 31), date(2024, 7, 1), date(2022, 12, 30)]
STEPS = [0, 0, 1, 1, 2, 3, 4, 6, 7, 8, 9, 13, 14, 15, 16, 28, 29, 30, 31, 32, 44, 58, 59, 60, 61, 62, 89, 90, 91, 120, 180, 183,
         184, 200, 300, 364, 365, 366, 400, 548, 549, 600]
MONTHS = [1, 2, 5, 6, 6, 7, 10, 11, 12, 12, 12, 13, 17, 18, 18, 19, 23, 24, 24, 25, 30]
PROVIDERS = ["A", "B", "C", "A1", "B1", "DIVISION"]
COUNTIES = ["29510", "29189", "29099"]
REGIONS = ["R-EAST", "R-WEST"]
WORKERS = ["S-1", "S-2", "S-3"]
FACILITIES = ["R-1", "R-2", "R-3", "H-1", "H-2"]
SETTINGS = ["foster-family", "therapeutic-foster", "relative", "kin", "pre-adoptive", "group-home", "shelter",
            "residential-treatment", "qrtp", "child-care-institution", "supervised-independent-living", "parenting-youth",
            "trafficking-victim", "juvenile-justice", "medical", "psychiatric-hospital", "respite", "runaway",
            "whereabouts-unknown", "trial-home-visit"]
OFTEN = ["qrtp"] * 14 + ["trial-home-visit"] * 4 + ["foster-family"] * 3 + ["shelter", "child-care-institution", "runaway",
                                                                         "residential-treatment", "respite",
                                                                         "supervised-independent-living"] * 2
REASONS = ["reunification"] * 6 + ["guardianship"] * 3 + ["adoption"] * 3 + ["relative", "emancipation", "runaway", "death",
                                                                           "transfer"]
GOALS = ["reunification"] * 5 + ["guardianship"] * 3 + ["adoption"] * 3 + ["relative", "appla"]
TEAM = sorted(oracle.TEAM_ITEMS)
PLAN = sorted(oracle.PLAN_ITEMS)
EXCLUDABLE = ["timely-permanency", "concurrent-planning", "residential-compliance", "trauma-training", "supervisor-ratio",
              "returned-cases", "worker-visits", "cfsr-p1", "cfsr-p2", "cfsr-p3", "cfsr-p4", "cfsr-p5", "data-timeliness",
              "hearing-timeliness", "incentive", "long-stayers"]


class Gen:
    def __init__(self, seed, params="list"):
        self.r = random.Random(seed)
        self.params = params
        self.facts = []                    # (recorded instant, order, event)
        self.n = 0
        self.hot = []                      # dates that questions should hit

    # -- small helpers
    def p(self, x):
        return self.r.random() < x

    def one(self, xs):
        return self.r.choice(xs)

    def near(self, d):
        """A date that stands in an interesting relation to d, usually later."""
        k = self.r.random()
        if k < 0.5:
            out = d + timedelta(days=self.one(STEPS))
        elif k < 0.9:
            out = add_months(d, self.one(MONTHS)) + timedelta(days=self.one([-1, 0, 0, 0, 1]))
        elif k < 0.95:
            out = d - timedelta(days=self.one([1, 2, 30, 31]))
        else:
            out = d + timedelta(days=self.r.randrange(0, 900))
        return min(out, LAST)

    def between(self, a, b):
        """A date from a to b, both included, ends preferred."""
        if b is None or b < a:
            return self.near(a)
        if self.p(0.35):
            return self.one([a, b])
        for _ in range(4):
            d = self.near(a)
            if a <= d <= b:
                return d
        return a + timedelta(days=self.r.randrange(0, (b - a).days + 1))

    def instant(self, d, delay=None):
        if delay is None:
            delay = self.one([0, 0, 1, 1, 1, 2, 3, 4, 5, 6, 7, 29, 30, 31, 32]) if self.p(0.9) else self.r.randrange(30, 500)
        t = datetime(d.year, d.month, d.day, tzinfo=timezone.utc) + timedelta(days=delay)
        t += timedelta(seconds=self.one([0, 4 * 3600 + 3599, 5 * 3600, 5 * 3600 - 1, 6 * 3600, 6 * 3600 - 1, 15 * 3600, 72000,
                                         86399]) + self.r.randrange(0, 60))
        return min(t, datetime(2026, 10, 20, 12, tzinfo=timezone.utc))

    @staticmethod
    def stamp(t):
        return t.strftime("%Y-%m-%dT%H:%M:%S.") + f"{t.microsecond:06d}Z"

    def emit(self, typ, subject, d, data, delay=None):
        self.n += 1
        e = {"specversion": "1.0", "id": f"e{self.n}", "source": self.one(["fuzz/a", "fuzz/a", "fuzz/b"]),
             "type": f"casetrail.{typ}.v1", "subject": subject, "effectiveon": str(d), "data": data}
        t = self.instant(d, delay)
        if self.p(0.4):
            local = t - timedelta(hours=self.r.randrange(0, 60))
            e["time"] = self.one([local.strftime("%Y-%m-%dT%H:%M:%SZ"),
                                  (local - timedelta(hours=6)).strftime("%Y-%m-%dT%H:%M:%S") + "-06:00"])
        self.facts.append((t, self.n, e))
        if len(self.hot) < 400 and typ != "visit.recorded":
            self.hot.append(d)
        return e

    def some(self, xs, full=0.6):
        if self.p(full):
            return list(xs)
        return [x for x in xs if self.p(0.6)]

    # -- data of a type, for originals and for corrections alike
    def data(self, typ, old=None):
        o = old or {}
        if typ == "child.registered":
            d = {}
            if self.p(0.85):
                d["birth_date"] = str(self.birth())
            return d
        if typ == "removal.recorded":
            return {"removal_id": o.get("removal_id") or self.one(["R1", "R2"]), **({"county": self.one(COUNTIES)} if self.p(0.5) else {})}
        if typ == "legal-status.changed":
            return {"status": self.one(["custody", "supervision", "none"])}
        if typ == "finding.made":
            return {"finding": self.one(["abuse-neglect", "abuse-neglect", "relative-contrary", "reasonable-efforts-finalize",
                                         "best-interest"])}
        if typ == "placement.started":
            d = {"placement_id": o.get("placement_id") or "P1", "setting": self.one(OFTEN + SETTINGS)}
            if self.p(0.9):
                d["facility_id"] = self.one(FACILITIES)
            if self.p(0.85):
                d["location"] = self.one(["in-state"] * 4 + ["out-of-state", "out-of-country", "unknown"])
            if self.p(0.2):
                d["relative"] = self.p(0.6)
            if self.p(0.3):
                d["emergency"] = self.p(0.6)
            return d
        if typ == "placement.ended":
            return {"placement_id": o.get("placement_id") or "P1"}
        if typ == "case.assigned":
            d = {"case_id": o.get("case_id") or "F-1", "provider": self.one(PROVIDERS)}
            if self.p(0.15):
                d["subcontractor"] = self.one(["A1", "B1"])
            if self.p(0.7):
                d["worker"] = self.one(WORKERS)
            if self.p(0.75):
                d["county"] = self.one(COUNTIES)
            return d
        if typ in ("goal.proposed", "goal.approved", "goal.withdrawn"):
            return {"role": "primary" if self.p(0.7) else "concurrent", "goal": self.one(GOALS)}
        if typ == "episode.closed":
            d = {"exit_reason": self.one(REASONS)}
            if o.get("removal_id") and self.p(0.8):
                d["removal_id"] = o["removal_id"]
            if o.get("order_date") and self.p(0.7):
                d["order_date"] = o["order_date"]
            return d
        if typ == "hearing.held":
            return {"hearing_id": o.get("hearing_id") or "H1",
                    "kind": self.one(["protective-custody", "adjudication", "disposition", "review", "permanency", "permanency"])}
        if typ == "meeting.held":
            d = {"meeting_id": o.get("meeting_id") or "M1",
                 "kind": self.one(["24-hour", "72-hour", "30-day", "placement", "pprt", "other"])}
            if o.get("placement_id"):
                d["placement_id"] = o["placement_id"]
            return d
        if typ == "visit.recorded":
            return {"worker": self.one(WORKERS), "place": self.one(["residence", "residence", "other"]), "face_to_face": self.p(0.8)}
        if typ == "assessment.completed":
            d = {"placement_id": o.get("placement_id") or "P1", "tool": "CANS",
                 "determination": self.one(["qrtp"] * 5 + ["family-setting", "other-specified-setting"])}
            if self.p(0.85):
                d["assessor_employer"] = self.one(["independent"] * 4 + ["agency", "placement-provider"])
            if self.p(0.15):
                d["waiver_id"] = "W-1"
            if self.p(0.85):
                d["goals_listed"] = self.p(0.85)
            if self.p(0.85):
                d["reasons"] = self.one([["clinical"], ["clinical", "safety"], ["treatment"], ["other"], [], ["shortage"],
                                         ["clinical", "shortage"]])
            return d
        if typ == "evaluation.completed":
            return {"kind": self.one(["psychological", "psychiatric"])}
        if typ == "team.documented":
            return {"placement_id": o.get("placement_id") or "P1", "items": self.some(TEAM)}
        if typ == "court-placement.decided":
            return {"placement_id": o.get("placement_id") or "P1", "outcome": self.one(["approved"] * 3 + ["disapproved"])}
        if typ == "certification.recorded" or typ == "long-stay.approved":
            return {"placement_id": o.get("placement_id") or "P1", "signer_role": "director"}
        if typ in ("court-placement.ordered", "out-of-state.approved", "relative-search.recorded"):
            return {"placement_id": o.get("placement_id") or "P1"}
        if typ == "evidence.submitted":
            return {"placement_id": o.get("placement_id") or "P1", "hearing_id": o.get("hearing_id") or "H1"}
        if typ == "aftercare.planned":
            f = oracle.D(o["from"]) if o.get("from") else self.one(ANCHORS)
            f += timedelta(days=self.one([0, 0, -1, 1]))
            return {"placement_id": o.get("placement_id") or "P1", "from": str(f),
                    "until": str(add_months(f, self.one([5, 6, 6, 6, 7])) + timedelta(days=self.one([-1, 0, 0, 1])))}
        if typ == "case-plan.revised":
            d = {"items": self.some(PLAN)}
            if o.get("placement_id"):
                d["placement_id"] = o["placement_id"]
            return d
        if typ == "case.returned":
            return {"provider": self.one(PROVIDERS), "reason": self.one(["catastrophic-cost", "catastrophic-cost", "court-order", "other"]),
                    "children": self.r.sample(self.children, self.r.randrange(0, min(3, len(self.children)) + 1))}
        if typ in ("cost.recorded", "cost.adjusted"):
            return {"cost_id": o.get("cost_id") or "K1", "amount_cents": self.r.randrange(0, 5000000)}
        if typ == "role.started":
            d = {"role": o.get("role") or self.one(["case-manager", "case-manager", "supervisor", "supervisor", "licensing"]),
                 "provider": o.get("provider") or self.one(PROVIDERS)}
            if self.p(0.4):
                d["fte"] = self.one([0, 25, 50, 75, 100])
            return d
        if typ == "role.ended":
            return {"role": o.get("role") or "case-manager", "provider": o.get("provider") or self.one(PROVIDERS)}
        if typ in ("training.completed", "training.revoked"):
            return {"course": self.one(["trauma-toolkit"] * 4 + ["trauma-other"])}
        if typ == "credential.changed":
            return {"credential": o.get("credential") or self.one(["license", "contract"]),
                    "status": self.one(["active"] * 6 + ["suspended", "expired", "revoked"]),
                    **({"until": str(self.near(self.one(ANCHORS)))} if self.p(0.25) else {})}
        if typ == "provider.registered":
            d = {"name": "Provider", "kind": self.one(["contractor"] * 4 + ["division"])}
            if self.p(0.25):
                d["parent"] = self.one(PROVIDERS)
            if self.p(0.6):
                d["region"] = self.one(REGIONS)
            if self.p(0.6):
                d["contract_effective_on"] = self.one(["2022-03-31", "2022-04-01", "2022-07-01", "2023-01-01"])
            return d
        if typ == "county.mapped":
            return {"region": self.one(REGIONS)}
        if typ == "metric.published":
            return dict(o)
        if typ == "benchmark.decided":
            d = {"decided_by": "RET", "rationale": "fuzz"}
            if o.get("goal"):
                d["goal"] = o["goal"]
                d["value"] = self.one([1, 6, 11, 12, 12, 13, 18, 24, "undetermined"])
            else:
                d["value"] = self.one(["1/2", "2/3", "1/1", "0/5", "1", "undetermined", "3/100", 2, 1])
            return d
        if typ == "weight.decided":
            return {"weight": self.one(["1/2", "1/4", "0", "1/10", "undetermined", "2/6"]), "decided_by": "RET", "rationale": "fuzz"}
        if typ == "regional-goal.set":
            return {"region": o.get("region") or self.one(REGIONS), "rate": self.one(["1/2", "1/3", "29/100", "0", "2/4", "undetermined"])}
        if typ == "calendar.published":
            return {"year": o.get("year") or 2024, "holidays": sorted({str(self.one(self.hot) if self.hot and self.p(0.6) else self.one(ANCHORS))
                                                                       for _ in range(self.r.randrange(0, 6))})}
        if typ == "exclusion.decided":
            return {**o, "decision": self.one(["approved", "approved", "denied"])}
        if typ == "source.completed":
            return {"through": str(self.one(ANCHORS))}
        if typ == "identity.merged":
            return {"into": self.one(self.children)}
        return dict(o)

    def birth(self):
        k = self.r.random()
        if k < 0.25:
            return self.one([date(2004, 2, 29), date(2008, 2, 29), date(2012, 2, 29), date(2016, 2, 29)])
        a = self.one(ANCHORS) + timedelta(days=self.one([0, 0, 30, 60, 183, 365, -1, 1]))
        if k < 0.6:
            return add_months(a, -12 * self.one([18, 18, 13, 13, 13, 13, 12, 10]))
        if k < 0.65:
            return add_months(a, -12 * 21)
        if k < 0.67:
            return a
        return date(self.r.randrange(2006, 2022), self.r.randrange(1, 13), self.r.randrange(1, 29))

    # -- a child
    def child(self, i):
        c, r = f"child/C-{i}", self.r
        start = self.one(ANCHORS)
        placements, hearings = [], []
        if self.p(0.9):
            self.emit("case.assigned", c, start - timedelta(days=self.one([0, 0, 0, 1, 10])), self.data("case.assigned"))
        day = start
        count = self.one([1, 1, 1, 2, 2, 3])
        for n in range(count):
            rid = f"R{n + 1}" if self.p(0.93) else "R1"
            self.emit("removal.recorded", c, day, {**self.data("removal.recorded"), "removal_id": rid})
            if self.p(0.04):
                self.emit("removal.recorded", c, day, {"removal_id": f"R{n + 1}b"})
            exit_ = None
            if self.p(0.7 if n + 1 == count else 0.93):
                exit_ = self.near(day)
                if exit_ <= day and self.p(0.8) or self.p(0.25):
                    exit_ = day + timedelta(days=self.one(STEPS[10:38] + [2, 3, 3, 4, 7, 8, 9, 29, 30, 31]))
                if self.p(0.12):                                       # a visit of 31 days whose start is near 11 months
                    exit_ = add_months(day, 11) + timedelta(days=self.one([30, 31, 32, 33]))
                if self.p(0.04):
                    exit_ = day - timedelta(days=self.one([0, 1, 20]))
                data = self.data("episode.closed")
                if self.p(0.4) or exit_ <= day:
                    data["removal_id"] = rid if self.p(0.95) else "R9"
                if self.p(0.6):
                    data["order_date"] = str(exit_ + timedelta(days=self.one([0, 0, -1, 1, -10, 10])))
                self.emit("episode.closed", c, exit_, data)
                if self.p(0.05):
                    d2 = {**data, **({"exit_reason": self.one(REASONS)} if self.p(0.5) else {})}
                    self.emit("episode.closed", c, self.one([exit_, exit_, self.near(day)]), d2)
            last = exit_ if exit_ and exit_ > day else min(add_months(day, 36), LAST)
            # placements
            pd = day
            care_end = last
            if exit_ and exit_ > day and self.p(0.35):                 # a trial home visit up to the exit, or nearly
                vd = max(day, exit_ - timedelta(days=self.one([29, 30, 31, 31, 32, 45, 10, 70])))
                if self.p(0.3) and exit_ > add_months(day, 11):
                    vd = self.one([add_months(day, 11) + timedelta(days=self.one([-1, 0, 1])),
                                   add_months(day, 12) - timedelta(days=self.one([29, 30, 31]))])
                    vd = vd if vd < exit_ else day
                self.emit("placement.started", c, vd, {"placement_id": f"V{n + 1}", "setting": "trial-home-visit"})
                placements.append((f"V{n + 1}", vd, "trial-home-visit"))
                if self.p(0.15):
                    self.emit("placement.ended", c, exit_ - timedelta(days=self.one([0, 1])), {"placement_id": f"V{n + 1}"})
                last = vd if self.p(0.85) else last
            for k in range(self.one([0, 1, 1, 2, 3, 4])):
                pid = f"P{n + 1}{k + 1}" if self.p(0.95) else "P11"
                data = {**self.data("placement.started"), "placement_id": pid}
                if k == 0 and self.p(0.6):
                    pd = day
                self.emit("placement.started", c, pd, data)
                placements.append((pid, pd, data["setting"]))
                end = None
                if self.p(0.5):
                    end = self.between(pd, last)
                    if self.p(0.35) and data["setting"] in oracle.RESIDENTIAL:
                        end = self.one([pd + timedelta(days=self.one([13, 14, 15, 29, 30, 31, 34, 35, 36, 59, 60, 61, 182, 183, 184])),
                                        add_months(pd, self.one([6, 12])) + timedelta(days=self.one([-1, 0, 1]))])
                    self.emit("placement.ended", c, end, {"placement_id": pid})
                pd = (end if end and self.p(0.7) else self.between(pd, last))
                if self.p(0.03):
                    pd = day - timedelta(days=3)
            last = care_end
            # assignments, goals
            for _ in range(self.one([0, 0, 1, 1, 2])):
                self.emit("case.assigned", c, self.between(day, last), self.data("case.assigned"))
            if self.p(0.6):
                self.emit("goal.proposed", c, day + timedelta(days=self.one([-1, 0, 1, 2, 3, 3, 4])),
                          {**self.data("goal.proposed"), "role": "primary"})
            if self.p(0.5):
                self.emit(self.one(["goal.proposed", "goal.approved"]), c, day + timedelta(days=self.one([0, 10, 29, 30, 30, 31])),
                          {**self.data("goal.proposed"), "role": "concurrent"})
            if self.p(0.65):
                d = self.one([day, min(day + timedelta(days=self.one([1, 30, 60])), last), self.between(day, last)])
                self.emit("goal.approved", c, d, {"role": "primary", "goal": exit_ and self.p(0.7) and data_goal(self.facts, c) or self.one(GOALS)})
            for _ in range(self.one([0, 0, 1, 1, 2])):
                d = self.between(day, last)
                if exit_ and self.p(0.15):
                    d = self.near(exit_)
                elif self.p(0.25):                                     # near a deadline
                    d = add_months(day, self.one([12, 18, 24])) - timedelta(days=self.one([0, 59, 60, 60, 61, -1]))
                goal = exit_ and self.p(0.5) and data_goal(self.facts, c) or self.one(GOALS)
                self.emit("goal.approved", c, d, {"role": "primary" if self.p(0.9) else "concurrent", "goal": goal})
                if self.p(0.25):
                    self.emit("goal.withdrawn", c, self.between(d, last), {"role": "primary", "goal": goal})
            if self.p(0.35):
                self.emit("finding.made", c, self.between(day, min(last, day + timedelta(days=70))), self.data("finding.made"))
            # hearings
            for m, kind in ((3, "protective-custody"), (60, "adjudication"), (90, "disposition")):
                if self.p(0.45):
                    hid = f"H{len(hearings) + 1}"
                    d = day + timedelta(days=m + self.one([0, 0, -1, 1, 2, -2]))
                    self.emit("hearing.held", c, d, {"hearing_id": hid, "kind": kind})
                    hearings.append((hid, d))
            for _ in range(self.one([0, 0, 1, 2, 3])):
                hid = f"H{len(hearings) + 1}"
                d = add_months(day, self.one([3, 6, 12, 12, 14, 24])) + timedelta(days=self.one([-1, 0, 0, 1, 60]))
                if self.p(0.4):
                    d = self.between(day, last)
                self.emit("hearing.held", c, d, {"hearing_id": hid, "kind": self.one(["review", "permanency", "permanency"])})
                hearings.append((hid, d))
            # visits
            if self.p(0.5):
                d = day
                while d < last and d < day + timedelta(days=500):
                    if self.p(0.75):
                        self.emit("visit.recorded", c, d, self.data("visit.recorded"))
                    d = self.one([add_months(d, 1), date(d.year, d.month, oracle.month_len(d.year, d.month)) + timedelta(days=1)])
            if self.p(0.1):
                self.emit("legal-status.changed", c, self.between(day, last), self.data("legal-status.changed"))
            # the next episode
            base = exit_ if exit_ and exit_ > day else day
            day = base + timedelta(days=self.one([0, 1, 5, 30])) if self.p(0.25) else self.near(base)
            if day < base and self.p(0.7):
                day = add_months(base, self.one([6, 11, 12, 12])) + timedelta(days=self.one([-1, 0, 1]))
            if self.p(0.08):
                day = start + timedelta(days=self.one([0, 1, 40]))     # overlapping
        if self.p(0.93):
            data = self.data("child.registered")
            if self.p(0.6):                                            # a birthday on a day that matters
                mine = [oracle.D(e["effectiveon"]) for _, _, e in self.facts
                        if e["subject"] == c and e["type"][10:-3] in ("removal.recorded", "placement.started", "episode.closed")]
                x = add_months(self.one(mine), self.one([0, 0, 0, 6, 6, 12])) + timedelta(days=self.one([0, 0, 0, 1, -1, 30]))
                years = self.one([18, 18, 13, 13, 13, 13, 12, 21, 5, 5, 5] + [0] * (self.p(0.3)))
                data["birth_date"] = str(add_months(x, -12 * years))
            self.emit("child.registered", c, self.one([start, start, self.one(ANCHORS)]), data)
        if self.p(0.1):
            self.emit("child.registered", c, self.one(ANCHORS), self.data("child.registered"))
        self.placements[c], self.hearings[c] = placements, hearings
        self.evidence(c)

    def evidence(self, c, other=None):
        """Evidence on stream c that names placements (of c, or of a merged child)."""
        hearings = self.hearings[c]
        for pid, pd, setting in self.placements[other or c]:
            named = {"placement_id": pid}
            residential = setting in oracle.RESIDENTIAL
            chance = 0.75 if residential else 0.05
            if other:
                chance = 0.3

            def put(typ, d, base=None):
                self.emit(typ, c, min(max(d, date(2020, 1, 1)), LAST), self.data(typ, {**named, **(base or {})}))

            def off(n):
                return pd + timedelta(days=self.one([n, n, n - 1, n + 1, n - 10, 5, 0, -3]))

            if self.p(chance):
                for _ in range(self.one([1, 1, 2])):
                    put("assessment.completed", off(30))
            if self.p(chance):
                for _ in range(self.one([1, 1, 2])):
                    put("court-placement.decided", off(60))
            if self.p(chance * 0.3):                                   # a negative finding, and an end a month later
                d = off(self.one([5, 30, 60]))
                typ = self.one(["assessment.completed", "court-placement.decided"])
                self.emit(typ, c, max(d, date(2020, 1, 1)), {**self.data(typ, named), **(
                    {"determination": self.one(["family-setting", "other-specified-setting"])} if typ[0] == "a" else {"outcome": "disapproved"})})
                if self.p(0.6):
                    self.emit("placement.ended", c, d + timedelta(days=self.one([29, 30, 31])), named)
            if self.p(chance * 0.7):
                for _ in range(self.one([1, 2])):
                    put("team.documented", off(30))
            if self.p(chance * 0.6):
                put("case-plan.revised", off(30))
                if self.p(0.3):
                    put("case-plan.revised", off(30))
            if self.p(chance * 0.5):
                put("relative-search.recorded", off(30))
            if self.p(chance * 0.6):
                put("meeting.held", pd + timedelta(days=self.one([0, -1, 1, 3, 3, 4])), {"meeting_id": f"M{self.n}"})
            if self.p(chance * 0.4):
                put("court-placement.ordered", off(5))
                if self.p(0.7):
                    put("certification.recorded", off(5))
                if self.p(0.7):
                    self.emit("evaluation.completed", c, off(5), self.data("evaluation.completed"))
            if self.p(chance * 0.3):
                put("out-of-state.approved", pd + timedelta(days=self.one([0, -1, 1])))
            if self.p(chance * 0.3):
                put("long-stay.approved", add_months(pd, self.one([6, 12])) + timedelta(days=self.one([-1, 0, 0, 1, -183])))
            if self.p(chance * 0.5):
                d = self.near(pd)
                put("aftercare.planned", d, {"from": str(d)})
            for hid, hd in hearings:
                if self.p(chance * 0.5):
                    put("evidence.submitted", hd + timedelta(days=self.one([0, 0, -1, 1])), {"hearing_id": hid})

    # -- the rest of the world
    def world(self):
        early = date(2022, 1, 1)
        for prov in PROVIDERS:
            if self.p(0.9):
                d = {"name": f"Provider {prov}", "kind": "division" if prov == "DIVISION" else "contractor",
                     "region": self.one(REGIONS), "contract_effective_on": self.one(["2022-03-31", "2022-04-01", "2022-07-01"])}
                if prov in ("A1", "B1") and self.p(0.8):
                    d["parent"] = prov[0]
                if self.p(0.15):
                    del d["region"]
                if self.p(0.15):
                    del d["contract_effective_on"]
                self.emit("provider.registered", f"provider/{prov}", early, d)
            if self.p(0.25):
                self.emit("provider.registered", f"provider/{prov}", self.one(ANCHORS), self.data("provider.registered"))
        for county in COUNTIES:
            for _ in range(self.one([0, 1, 1, 2, 3])):
                self.emit("county.mapped", f"place/{county}", self.one([early] + ANCHORS), self.data("county.mapped"))
        for f in ("R-1", "R-2", "R-3"):
            for cred in ("license", "contract", "dmh-certification", "qrtp-designation", "accreditation"):
                if self.p(0.2 if cred == "dmh-certification" else 0.85):
                    self.emit("credential.changed", f"facility/{f}", early, {"credential": cred, "status": "active"})
                    for _ in range(self.one([0, 0, 0, 1, 2])):
                        self.emit("credential.changed", f"facility/{f}", self.near(self.one(ANCHORS)),
                                  self.data("credential.changed", {"credential": cred}))
        for s in range(self.one([0, 2, 3, 4, 5, 6])):
            st = f"staff/S-{s + 1}"
            for _ in range(self.one([1, 1, 2, 3])):
                d = self.near(self.one(ANCHORS))
                data = self.data("role.started")
                self.emit("role.started", st, d, data)
                if self.p(0.4):
                    d2 = self.near(d)
                    self.emit("role.ended", st, d2, {"role": data["role"], "provider": data["provider"]})
                    if self.p(0.3):
                        self.emit("role.started", st, self.one([d2, self.near(d2)]), self.data("role.started", data))
                elif self.p(0.3):
                    self.emit("role.started", st, self.near(d), self.data("role.started", data))
            for _ in range(self.one([0, 1, 1, 2])):
                d = self.near(self.one(ANCHORS))
                self.emit("training.completed", st, d, self.data("training.completed"))
                if self.p(0.3):
                    self.emit("training.revoked", st, self.one([d, self.near(d)]), self.data("training.revoked"))
            if self.p(0.2):
                self.emit("supervisor.assigned", st, self.one(ANCHORS), {"supervisor": "staff/S-1"})
        for f in range(self.r.randrange(0, 4)):
            case = f"case/F-{f + 1}"
            for _ in range(self.one([1, 1, 2, 3])):
                self.emit("case.returned", case, self.near(self.one(ANCHORS)), self.data("case.returned"))
            for k in range(self.one([0, 1, 1, 2])):
                cid = {"cost_id": f"K{k + 1}"}
                d = self.near(self.one(ANCHORS))
                if self.p(0.85):
                    self.emit("cost.recorded", case, d, self.data("cost.recorded", cid))
                for _ in range(self.one([0, 0, 1, 2])):
                    self.emit("cost.adjusted", case, self.near(d), self.data("cost.adjusted", cid))
        for s in range(self.one([0, 1, 2])):
            for _ in range(self.one([1, 2])):
                self.emit("source.completed", f"source/S{s}", self.one(ANCHORS), self.data("source.completed"))

    def published(self, metric):
        params = {}
        for name, kind in oracle.CHOICES.get(metric, {}).items():
            if self.p(0.5):
                continue
            if kind is int:
                params[name] = self.one([0, 1, 30, 90]) if name == "grace_days" else self.one([6, 12, 18])
            elif kind is list:
                pool = oracle.RC_ALL[:22] if name == "rules" else ["trauma-toolkit", "trauma-other"]
                got = [x for x in pool if self.p(0.4)] or [pool[0]]
                params[name] = got if self.params == "list" else ",".join(got)
            else:
                params[name] = self.one(kind)
        return {"parameters": params, "citation": "(3)(E)", "phase": "II"}

    def policies(self):
        when = [date(2022, 1, 1)] + ANCHORS
        for m in oracle.CHOICES:
            for _ in range(self.one([0] * 8 + [1, 2])):
                self.emit("metric.published", f"policy/{m}", self.one(when), self.published(m))
        for _ in range(self.one([0, 0, 0, 1, 2, 3])):
            self.emit("benchmark.decided", "policy/timely-permanency", self.one(when),
                      self.data("benchmark.decided", {"goal": self.one(["reunification", "guardianship", "adoption", "relative", "appla"])}))
        for m in oracle.SCORED:
            for _ in range(self.one([0, 0, 1, 1, 2])):
                self.emit("benchmark.decided", f"policy/{m}", self.one(when), self.data("benchmark.decided"))
            for _ in range(self.one([0, 0, 0, 1, 2])):
                self.emit("weight.decided", f"policy/{m}", self.one(when), self.data("weight.decided"))
        for _ in range(self.one([0, 1, 2, 3])):
            self.emit("regional-goal.set", "policy/incentive", self.one(when), self.data("regional-goal.set"))
        for year in (2022, 2023, 2024, 2025):
            for _ in range(self.one([0, 0, 1, 1, 2])):
                self.emit("calendar.published", "policy/calendar", self.one(when), self.data("calendar.published", {"year": year}))
        for _ in range(self.one([0, 0, 1, 3, 6, 12])):
            m = self.one(EXCLUDABLE)
            who = self.one(self.children) if m not in ("trauma-training", "supervisor-ratio") else f"staff/S-{self.r.randrange(1, 5)}"
            self.emit("exclusion.decided", f"policy/{m}", self.one(when),
                      self.data("exclusion.decided", {"subject": who, "metric": m, "decided_by": "RET"}))

    # -- amendments, order of arrival
    def amend(self, e):
        """A random amendment of the standing version `e` = (stream, type, key, date, data)."""
        stream, typ, key, day, data = e
        self.n += 1
        ref = {"source": key[0], "id": key[1]}
        out = {"specversion": "1.0", "id": f"x{self.n}", "source": self.one(["fuzz/a", "fuzz/c"]), "subject": stream}
        if self.p(0.3):
            out["type"], out["data"] = "casetrail.record.retracted.v1", {"retracts": ref, "reason": "fuzz"}
        else:
            body = {"corrects": ref, "data": data if self.p(0.4) else self.data(typ, data)}
            if typ in ("metric.published",):
                body["data"] = self.published(stream[len("policy/"):])
            d = oracle.D(day)
            if self.p(0.6):
                body["effectiveon"] = str(self.near(d) if self.p(0.6) else d + timedelta(days=self.one([-1, 1, -2, 3, 30])))
            out["type"], out["data"] = "casetrail.record.corrected.v1", body
        return out

    def history(self):
        self.children = [f"child/C-{i + 1}" for i in range(self.r.randrange(2, 9))]
        self.placements, self.hearings = {}, {}
        for i in range(len(self.children)):
            self.child(i + 1)
        for _ in range(self.one([0, 0, 0, 1, 1, 2, 3])):
            a, b = self.one(self.children), self.one(self.children)
            if a != b or self.p(0.1):
                self.emit("identity.merged", a, self.one(ANCHORS), {"into": b})
                if a != b and self.p(0.5):
                    self.evidence(a, b)
                if a != b and self.p(0.4):                             # the same custody on both streams, other removal date
                    for _, _, e in list(self.facts):
                        if e["subject"] == b and e["type"] == "casetrail.episode.closed.v1":
                            x = oracle.D(e["effectiveon"])
                            self.emit("removal.recorded", a, x - timedelta(days=self.one([1, 20, 60, 400])), {"removal_id": f"T{self.n}"})
                            self.emit("episode.closed", a, x, {"removal_id": f"T{self.n - 1}" if self.p(0.8) else "T0",
                                                               "exit_reason": e["data"]["exit_reason"]})
                            if self.p(0.5):
                                break
        self.world()
        self.policies()
        # order of arrival; facts of a run often arrive at the very same instant
        facts = sorted(self.facts, key=lambda x: (x[0], x[1]))
        total = len(facts)
        slots = sorted(self.r.randrange(0, total) for _ in range(self.r.randrange(0, max(2, total // 8))))
        standing, lines, slot = oracle.Standing(), [], 0
        log = []

        def add(e, t):
            if not standing.apply(len(log) + 1, e):
                raise AssertionError(f"generator: {e} names what does not stand")
            log.append({**e, "recordedtime": self.stamp(t)})

        hot_targets = []
        now = None
        for i, (t, _, e) in enumerate(facts):
            now = t if now is None or t > now else now
            e = dict(e)
            e.setdefault("effectiveon", str(t.date()))
            add(e, now)
            while slot < len(slots) and slots[slot] <= i:
                slot += 1
                roots = [k for k, ch in standing.chains.items() if ch]
                if hot_targets and self.p(0.45):
                    root = self.one(hot_targets)
                    if not standing.chains[root]:
                        continue
                else:
                    root = self.one(roots)
                hot_targets.append(root)
                first = standing.first[root][1]
                key, day, data = standing.chains[root][-1]
                a = self.amend((first["subject"], oracle.short_type(first["type"]), key, day, data))
                a["effectiveon"] = str(now.date())
                add(a, now)
            if self.p(0.01):                                           # the same event again
                log.append({**self.one(log)})
                log[-1]["recordedtime"] = self.stamp(now)
        return log


def data_goal(facts, c):
    """The goal that fits the child's last exit."""
    for _, _, e in reversed(facts):
        if e["subject"] == c and e["type"] == "casetrail.episode.closed.v1":
            reason = e["data"]["exit_reason"]
            return {"emancipation": "appla"}.get(reason, reason) if reason in ("reunification", "guardianship", "adoption",
                                                                              "relative", "emancipation") else None
    return None


# ------------------------------------------------------------------------------------------------------------ questions

WEIGHTS = {"timely-permanency": 5, "residential-compliance": 5, "concurrent-planning": 2, "incentive": 2, "scorecard": 2,
           "baseline": 1, "returned-cases": 2}


PIVOTS = {"timely-permanency": ["episode.closed"] * 3 + ["removal.recorded"], "incentive": ["episode.closed"],
          "scorecard": ["episode.closed", "placement.started"], "concurrent-planning": ["removal.recorded"],
          "residential-compliance": ["placement.started"], "trauma-training": ["role.started", "training.completed"],
          "supervisor-ratio": ["role.started", "role.ended"], "returned-cases": ["case.returned"],
          "worker-visits": ["visit.recorded"], "hearing-timeliness": ["hearing.held", "removal.recorded"],
          **{m: ["removal.recorded"] for m in oracle.CFSR}}


def questions(rnd, log, n, metrics, sb=False):
    dates = {"": [date(2024, 1, 1)]}
    for e in log:
        if not e["type"].startswith("casetrail.record.") and not e["subject"].startswith("policy/"):
            for k in ("", oracle.short_type(e["type"])):
                dates.setdefault(k, []).append(oracle.D(e["effectiveon"]))
    times = [e["recordedtime"] for e in log]
    size = len(oracle.take(log))
    pool = [m for m in metrics for _ in range(WEIGHTS.get(m, 1))]
    out = []
    for _ in range(n):
        m = rnd.choice(pool)
        q = ["report", m]
        base = None
        if m == "baseline":
            base = rnd.choice([x for x in oracle.METRICS if x not in ("baseline", "scorecard", "incentive")])
        sets, weighted = [], False
        for name, kind in oracle.CHOICES.get(m, {}).items():
            if rnd.random() < (0.75 if name == "rules" else 0.4):
                if kind is int:
                    v = rnd.choice([0, 1, 30, 90, 365]) if name == "grace_days" else rnd.choice([0, 1, 6, 12, 24])
                elif kind is list:
                    pool2 = (oracle.RC_ALL if sb else oracle.RC_ALL[:22]) if name == "rules" else ["trauma-toolkit", "trauma-other"]
                    z = rnd.random()
                    some = rnd.sample(pool2, 1) if z < 0.4 else pool2 if z < 0.6 else [p for p in pool2 if rnd.random() < 0.4]
                    v = ",".join(some or pool2[:1])
                else:
                    v = rnd.choice(kind)
                sets.append(f"{name}={v}")
                weighted = weighted or v == "day_weighted"
        # the period: around a date that the metric looks at
        pivots = PIVOTS.get(base or m)
        if pivots and rnd.random() < 0.85:
            pivots = dates.get(rnd.choice(pivots))
        pivot = rnd.choice(pivots if isinstance(pivots, list) and pivots and isinstance(pivots[0], date) else dates[""])
        if "cohort=entry" in sets:
            pivot = rnd.choice(dates.get("removal.recorded", dates[""]))
        elif "cohort=deadline" in sets:
            pivot = add_months(rnd.choice(dates.get("removal.recorded", dates[""])), rnd.choice([12, 12, 18, 24]))
        elif (base or m) == "residential-compliance":
            pivot += timedelta(days=rnd.choice([0, 0, 14, 15, 30, 31, 60, 61, 183, 365]))
        elif (base or m) == "cfsr-p2":
            pivot = add_months(pivot, rnd.choice([12, 12, 14, 18, 23, 24]))
        elif (base or m) in ("cfsr-p3", "long-stayers"):
            pivot = add_months(pivot, rnd.choice([12, 24, 24, 24, 26, 30]))
        elif (base or m) == "hearing-timeliness" and rnd.random() < 0.5:
            pivot = add_months(pivot, rnd.choice([0, 2, 3, 12, 24]))
        elif rnd.random() < 0.2:
            pivot = add_months(pivot + timedelta(days=rnd.choice([0, 3, 14, 30, 31, 60, 61])), rnd.choice([0, 0, 6, 12, 18, 24]))
        k = rnd.random()
        if m.startswith("cfsr"):
            start = pivot if k < 0.3 else date(pivot.year, pivot.month, 1)
            if k > 0.5:
                start = add_months(start, -rnd.randrange(0, 11))
            if m in ("cfsr-p2", "cfsr-p3"):
                start = pivot + timedelta(days=rnd.choice([0, 1, -1]))
            a, b = start, add_months(start, 12) - timedelta(days=1)
        elif m == "baseline":
            a = date(pivot.year, pivot.month, 1) + timedelta(days=rnd.choice([0, 0, 0, 1]))
            if rnd.random() < 0.5:
                a = add_months(a, -rnd.randrange(0, 4))
            b = add_months(a, rnd.choice([1, 3, 6])) - timedelta(days=rnd.choice([1, 1, 2]))
        elif k < 0.12:
            a = b = pivot
        elif k < 0.27:
            a = date(pivot.year, pivot.month, 1)
            b = add_months(a, 1) - timedelta(days=1)
        elif k < 0.5:
            a = date(pivot.year, (pivot.month - 1) // 3 * 3 + 1, 1)
            b = add_months(a, 3) - timedelta(days=1)
        elif k < 0.75:
            a = date(pivot.year, 1, 1)
            b = date(pivot.year, 12, 31)
        elif k < 0.87:
            a, b = pivot, pivot + timedelta(days=rnd.randrange(0, 200))
        else:
            a, b = date(2022, 1, 1), date(2026, 6, 30)
        period = m not in oracle.NO_PERIOD or rnd.random() < 0.6
        if period:
            q += ["--period", f"{a}..{b}"]
        x = rnd.random()
        if not period:
            q += ["--as-of", str(pivot)]
        elif m[:6] == "cfsr-p" and m != "cfsr-p5" and x < 0.75:
            q += ["--as-of", str(rnd.choice([add_months(b, 12), add_months(b, 24), date(2026, 6, 30), add_months(pivot, 12),
                                             add_months(pivot, 12) - timedelta(days=1), max(a, pivot + timedelta(days=20))]))]
        elif (base or m) == "residential-compliance" and x < 0.4:
            d = rnd.choice(dates.get(rnd.choice(["placement.started"] * 4 + ["assessment.completed", "court-placement.decided",
                                                                             "placement.ended"]), dates[""]))
            d += timedelta(days=rnd.choice([0, 0, 1, 3, 14, 15, 29, 30, 30, 31, 59, 60, 60, 61]))
            if rnd.random() < 0.15:
                d = add_months(d, rnd.choice([6, 12])) + timedelta(days=rnd.choice([0, 1]))
            q[q.index("--period") + 1] = f"{add_months(d, -rnd.choice([0, 1, 3]))}..{d + timedelta(days=rnd.choice([0, 0, 0, 1, 30]))}"
            q += ["--as-of", str(d)]
        elif (base or m) == "concurrent-planning" and x < 0.4:
            d = pivot + timedelta(days=rnd.choice([2, 3, 4, 29, 30, 30, 31, 31]))
            q[q.index("--period") + 1] = f"{add_months(pivot, -rnd.choice([0, 1, 3]))}..{d + timedelta(days=rnd.choice([0, 0, 30]))}"
            q += ["--as-of", str(d)]
        elif x < 0.17:
            q += ["--as-of", str(a + timedelta(days=rnd.randrange(0, (b - a).days + 1)))]
        elif x < 0.3:
            q += ["--as-of", str(max(a, pivot + timedelta(days=rnd.choice([-1, 0, 1]))))]
        elif x < 0.48:
            q += ["--as-of", str(rnd.choice([b + timedelta(days=1), add_months(b, 3), add_months(b, 12), date(2026, 6, 30)]))]
        elif x < 0.49:
            q += ["--as-of", str(a - timedelta(days=rnd.choice([1, 40])))]
        y = rnd.random()
        if y < 0.15:
            q += ["--known-at", times[int(len(times) * max(rnd.random(), rnd.random()))]]
        elif y < 0.3:
            q += ["--at-position", str(round(size * max(rnd.random(), rnd.random(), rnd.random())))]
        if base:
            q += ["--set", f"metric={base}"]
        groups = [g for g in oracle.BY[base or m] if not (base and g == "month")]
        if rnd.random() < 0.7:
            by = rnd.sample(groups, min(len(groups), rnd.choice([1, 1, 1, 2, 3])))
            q += ["--by", ",".join(by)]
        if rnd.random() < 0.15:
            g = rnd.choice(groups)
            value = {"provider": rnd.choice(PROVIDERS[:3]), "county": rnd.choice(COUNTIES), "region": rnd.choice(REGIONS),
                     "worker": rnd.choice(WORKERS), "goal": rnd.choice(["reunification", "adoption", "guardianship", "relative"]),
                     "month": f"{pivot.year}-{pivot.month:02d}"}[g]
            q += ["--where", f"{g}={value}"]
        for s in sets:
            q += ["--set", s]
        if m in ("timely-permanency", "scorecard", "incentive") and rnd.random() < 0.12:
            g = rnd.choice(["reunification", "adoption", "guardianship", "relative", "appla"])
            q += ["--set", f"benchmark.{g}={rnd.choice(['6', '12', '13', 'undetermined'])}"]
        if m in ("scorecard", "incentive") and rnd.random() < 0.3:
            q += ["--set", f"benchmark.{rnd.choice(oracle.SCORED)}={rnd.choice(['1/2', '0', '3/4', 'undetermined'])}"]
        if m == "scorecard" and rnd.random() < 0.4:
            q += ["--set", f"weight.{rnd.choice(oracle.SCORED)}={rnd.choice(['1/2', '0', '1/3', 'undetermined'])}"]
        if m == "incentive" and rnd.random() < 0.4:
            q += ["--set", f"regional-goal.{rnd.choice(REGIONS)}={rnd.choice(['1/2', '0', '1/3', 'undetermined'])}"]
        if not weighted and rnd.random() < 0.1:
            q += ["--suppress", str(rnd.choice([1, 2, 3, 10]))]
        if rnd.random() < 0.015:
            q += rnd.choice([["--by", "nonsense"], ["--set", "nonsense=1"], ["--where", "nonsense=1"], ["--suppress", "x"],
                             ["--set", "clock=nonsense"]])
            if "--known-at" not in q and "--at-position" not in q and rnd.random() < 0.3:
                q += ["--at-position", str(size + 1)]
        out.append(q)
    return out


# ------------------------------------------------------------------------------------------------------------ comparing

def differ(a, b, path=""):
    """[(path, oracle's value, program's value)]"""
    if isinstance(a, dict) and isinstance(b, dict):
        out = []
        for k in sorted(set(a) | set(b)):
            here = f"{path}.{k}" if path else k
            if k not in a:
                out.append((here, "(absent)", b[k]))
            elif k not in b:
                out.append((here, a[k], "(absent)"))
            else:
                out += differ(a[k], b[k], here)
        return out
    if isinstance(a, list) and isinstance(b, list):
        if a and b and all(isinstance(x, dict) and "group" in x for x in a + b):
            ka, kb = [json.dumps(x["group"], sort_keys=True) for x in a], [json.dumps(x["group"], sort_keys=True) for x in b]
            out = []
            if ka != kb and sorted(ka) == sorted(kb):
                out.append((path + "(order)", ka, kb))
            da, db = dict(zip(ka, a)), dict(zip(kb, b))
            for k in ka + [k for k in kb if k not in da]:
                here = f"{path}[{','.join(str(v) for v in json.loads(k).values())}]"
                if k not in db:
                    out.append((here, "a row", "(absent)"))
                elif k not in da:
                    out.append((here, "(absent)", "a row"))
                else:
                    out += differ(da[k], db[k], here)
            return out
        if len(a) != len(b):
            return [(path, a, b)]
        return [d for i, (x, y) in enumerate(zip(a, b)) for d in differ(x, y, f"{path}[{i}]")]
    return [] if type(a) is type(b) and a == b else [(path, a, b)]


def ignored(path, ignore):
    return any(path == i or path.startswith((i + ".", i + "[", i + "(")) for i in ignore)


class Program:
    def __init__(self, path, export=False):
        self.path = str(Path(path).resolve())
        self.export = export
        self.dir = self.log = None

    def open(self, log):
        self.dir = tempfile.mkdtemp(prefix="fuzz-")
        self.log = f"{self.dir}/log"
        f = Path(self.dir) / "events.ndjson"
        f.write_text("".join(json.dumps(e, separators=(",", ":")) + "\n" for e in log), encoding="utf-8")
        done = subprocess.run([self.path, "ingest", "--backfill", str(f), "--log", f"{self.dir}/log"], capture_output=True,
                              text=True, timeout=300)
        if done.returncode == 0 and self.export:
            self.log = f"{self.dir}/export.ndjson"
            done = subprocess.run([self.path, "log", "export", "--log", f"{self.dir}/log", "--output", self.log],
                                  capture_output=True, text=True, timeout=300)
        return None if done.returncode == 0 else f"ingest: exit {done.returncode}: {(done.stderr or done.stdout).strip()[-600:]}"

    def ask(self, args):
        """(answer or None, exit status, text of an error)"""
        done = subprocess.run([self.path, *args, "--json", "--log", self.log], capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            return None, done.returncode, (done.stderr or done.stdout).strip()[-300:]
        try:
            return json.loads(done.stdout), 0, ""
        except ValueError as why:
            return None, 0, f"no JSON: {why}: {done.stdout[:200]}"

    def close(self):
        if self.dir:
            shutil.rmtree(self.dir, ignore_errors=True)
        self.dir = None


def compare(program, log, args, ignore, cache=None):
    try:
        want, wrong = json.loads(json.dumps(oracle.answer(log, args, cache))), None
    except oracle.WrongUse as why:
        want, wrong = None, str(why)
    got, status, text = program.ask(args)
    if want is None:
        return [] if status == 2 else [("(exit status)", f"2: {wrong}", status)]
    if got is None:
        return [("(exit status)", 0, f"{status}: {text}")]
    return [d for d in differ(want, got) if not ignored(d[0], ignore)]


def settle(log):
    """Drops amendments that name what does not stand (after events were dropped), and events out of their kind."""
    standing, out, seen = oracle.Standing(), [], set()
    for e in log:
        key = (e["source"], e["id"])
        if key in seen:
            out.append(e)
            continue
        if standing.apply(len(out) + 1, e):
            seen.add(key)
            out.append(e)
    return out


def reposition(log, smaller, args):
    """--at-position for a log with events dropped."""
    if "--at-position" not in args:
        return args
    i = args.index("--at-position") + 1
    kept = {(e["source"], e["id"]) for e in smaller}
    n = sum(1 for e in oracle.take(log)[:int(args[i])] if (e["source"], e["id"]) in kept)
    return args[:i] + [str(n)] + args[i + 1:]


def shrink(path, log, args, ignore, budget=400, want_path=None):
    """Drops events while a difference persists (in the same metric answer; the paths may change)."""
    tries = 0

    def still(candidate):
        nonlocal tries
        tries += 1
        program = Program(path)
        try:
            if program.open(candidate):
                return None
            a = reposition(log, candidate, args)
            found = compare(program, candidate, a, ignore)
            found = [d for d in found if d[0] != "(exit status)"] if want_path != "(exit status)" else found
            return found or None
        except Exception:
            return None
        finally:
            program.close()

    now = list(log)
    # whole streams first, then halves, then single events
    for stream in sorted({e["subject"] for e in now}):
        c = settle([e for e in now if e["subject"] != stream])
        if tries < budget and len(c) < len(now) and still(c):
            now = c
    size = max(1, len(now) // 2)
    while size >= 1 and tries < budget:
        i, changed = 0, False
        while i < len(now) and tries < budget:
            c = settle(now[:i] + now[i + size:])
            if len(c) < len(now) and still(c):
                now, changed = c, True
            else:
                i += size
        if size == 1 and not changed:
            break
        size = size // 2 if size > 1 else 1
    # words of the question
    a = reposition(log, now, args)
    return now, a


def tell(e):
    keep = {k: e[k] for k in ("id", "source", "time") if k in e}
    return f'{e["recordedtime"]} {e["type"][10:-3]} {e["subject"]} {e["effectiveon"]} {json.dumps(e["data"])} {json.dumps(keep)}'


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--bin")
    ap.add_argument("--oracle-only", action="store_true")
    ap.add_argument("--dump")
    ap.add_argument("--seed", default="1")
    ap.add_argument("--first", type=int, default=0)
    ap.add_argument("--rounds", type=int, default=20)
    ap.add_argument("--questions", type=int, default=25)
    ap.add_argument("--metrics", default="")
    ap.add_argument("--ignore", default="")
    ap.add_argument("--sb", action="store_true", help="let rules SB-01 and SB-02 appear")
    ap.add_argument("--params", default="list", choices=["list", "string"], help="form of lists in metric.published")
    ap.add_argument("--export", action="store_true", help="ask an export of the log, which opens sooner")
    ap.add_argument("--shrink", action="store_true")
    ap.add_argument("--keep", help="folder for failing histories (events.ndjson, args.json)")
    ap.add_argument("--stop-after", type=int, default=10, help="failing questions")
    o = ap.parse_args()
    metrics = o.metrics.split(",") if o.metrics else oracle.METRICS
    ignore = ALWAYS_IGNORED + [x for x in o.ignore.split(",") if x]
    if not (o.bin or o.oracle_only or o.dump):
        ap.error("--bin, --oracle-only or --dump")
    if o.bin and not Path(o.bin).is_file():
        ap.error(f"no program at {o.bin}")
    asked = failing = 0
    by_path = collections.Counter()
    stats = collections.Counter()
    worst = 0.0
    for r in range(o.first, o.first + o.rounds):
        seed = f"{o.seed}:{r}"
        log = Gen(seed, o.params).history()
        if o.dump:
            Path(o.dump).write_text("".join(json.dumps(e) + "\n" for e in log), encoding="utf-8")
            print(f"{len(log)} events")
            return 0
        qs = questions(random.Random("q" + seed), log, o.questions, metrics, o.sb)
        cache = {}
        if o.oracle_only:
            for q in qs:
                t = time.time()
                try:
                    a = oracle.answer(log, q, cache)
                    json.dumps(a)
                    stats[q[1], "answers"] += 1
                    stats[q[1], "with a denominator"] += bool(a["total"]["denominator"] not in (0, "0", None))
                    stats[q[1], "with unknown"] += bool(a["total"]["unknown"] not in (0, "0", None))
                    stats[q[1], "with excluded"] += bool(a["total"]["excluded"] not in (0, "0", None))
                    stats[q[1], "with value"] += a["total"]["value"] is not None
                except oracle.WrongUse as why:
                    stats[q[1], "wrong use"] += 1
                except Exception:
                    print(f"seed {seed}: {' '.join(q)}")
                    raise
                worst = max(worst, time.time() - t)
                asked += 1
            continue
        program = Program(o.bin, o.export)
        try:
            trouble = program.open(log)
            if trouble:
                print(f"seed {seed}: {trouble}")
                failing += 1
            else:
                for q in qs:
                    asked += 1
                    found = compare(program, log, q, ignore, cache)
                    if not found:
                        continue
                    failing += 1
                    print(f"\nseed {seed}: {' '.join(q)}")
                    for path, a, b in found[:6]:
                        by_path[q[1] + " " + path.split("[")[0] + (path.split("]", 1)[1] if "]" in path else "")] += 1
                        print(f"  {path}: oracle {json.dumps(a)}  program {json.dumps(b)}")
                    if len(found) > 6:
                        print(f"  … {len(found)} differences")
                    small, args = log, q
                    if o.shrink:
                        small, args = shrink(o.bin, log, q, ignore, want_path=found[0][0])
                        print(f"  shrunk to {len(small)} events: {' '.join(args)}")
                        for i, e in enumerate(small, 1):
                            print(f"    {i} {tell(e)}")
                        again = Program(o.bin)
                        if not again.open(small):
                            for path, a, b in compare(again, small, args, ignore)[:6]:
                                print(f"    {path}: oracle {json.dumps(a)}  program {json.dumps(b)}")
                        again.close()
                    if o.keep:
                        d = Path(o.keep) / f"{seed.replace(':', '-')}-{asked}"
                        d.mkdir(parents=True, exist_ok=True)
                        (d / "events.ndjson").write_text("".join(json.dumps(e) + "\n" for e in small), encoding="utf-8")
                        (d / "args.json").write_text(json.dumps(args) + "\n", encoding="utf-8")
                    if failing >= o.stop_after:
                        break
        finally:
            program.close()
        if failing >= o.stop_after:
            break
    print(f"\n{asked} questions, {failing} with differences")
    for path, n in by_path.most_common(40):
        print(f"  {n:5} {path}")
    if o.oracle_only:
        for m in oracle.METRICS:
            print(f"  {m:24}", {k: v for (x, k), v in stats.items() if x == m})
        print(f"  slowest question {worst:.2f} s")
    return 1 if failing else 0


if __name__ == "__main__":
    sys.exit(main())
