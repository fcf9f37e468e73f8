"""A row of the fault matrix: a number, a line that says what happens, and a function that makes it happen."""

import dataclasses
import random
import traceback

from checker import ERRORS
from lab import Lab, Stuck
from threads import stacks

ROWS = {}
NOISE = 0.1  # seconds: what a machine that others keep busy does to a p99


@dataclasses.dataclass
class Row:
    number: int
    title: str
    act: object
    at_once: int       # how many times one laboratory can go through it
    wants: frozenset   # "root", "packet loss", "crash points", "earlier", or a program that it calls
    within: float | None  # seconds that the matrix gives from the fault, or its end, to the first AA


def row(number, title, at_once=1, wants=(), within=None):
    def register(act):
        ROWS[number] = Row(number, title, act, at_once, frozenset(wants), within)
        return act
    return register


class Run:
    """One laboratory of one row, and what came of it."""

    def __init__(self, binaries, seed, times, keep=None):
        self.binaries, self.seed, self.times, self.keep = binaries, seed, times, keep
        self.dice = random.Random(seed)
        self.failures, self.notes, self.findings, self.the_lab = [], [], None, None

    def lab(self, binary="pons", **settings):
        self.the_lab = Lab(self.binaries[binary], self.seed, **settings)
        return self.the_lab

    def started(self, **load):
        return self.lab().start(**load)

    def expect(self, holds, what):
        if not holds:
            self.failures.append(what)

    def expect_p99(self, usual, began):
        """Senders whom the fault is no business of: at most twice their usual p99. Returns it."""
        slow = self.the_lab.load.p99(began)
        self.expect(slow <= max(2 * usual, NOISE),
                    f"p99 of the senders grew from {usual * 1000:.0f} to {slow * 1000:.0f} ms")
        return slow

    def note(self, text):
        self.notes.append(text)

    def judge(self, **more):
        self.findings = self.the_lab.verdict(**more)

    def go(self, act):
        try:
            act(self)
        except Stuck as stuck:
            self.failures.append(f"stuck: {stuck}\n{self.what_the_engine_does()}")
        except Exception as error:
            self.failures.append("".join(traceback.format_exception(error)))
        finally:
            if self.the_lab:
                self.the_lab.close(self.keep)
        return self

    def what_the_engine_does(self):
        engine = self.the_lab.engine if self.the_lab else None
        return stacks(engine.process.pid) if engine and engine.process and engine.is_up() else "the engine is not up"

    def is_clean(self):
        return not self.failures and self.findings is not None and self.findings.is_clean()


class Sum:
    """Of all laboratories of one row."""

    def __init__(self, row):
        self.row, self.times, self.messages, self.resent = row, 0, 0, 0
        self.errors = dict.fromkeys(ERRORS, 0)
        self.recoveries, self.failures, self.notes, self.skipped = [], [], [], None

    def add(self, run):
        self.times += run.times
        self.failures += run.failures
        self.notes += [note for note in run.notes if note not in self.notes]
        if run.findings:
            for error in ERRORS:
                self.errors[error] += run.findings.count(error)
            if not run.findings.is_clean():
                self.failures.append(str(run.findings))
        elif not run.failures:
            self.failures.append("it was never judged")
        if run.the_lab and run.the_lab.load:
            self.messages += run.the_lab.load.sent
            self.resent += run.the_lab.load.resent
            self.recoveries += run.the_lab.recoveries
            late = [each for each in run.the_lab.recoveries if self.row.within and each > self.row.within]
            if late:
                self.failures.append(f"the first AA came after {max(late):.1f} s, asked are {self.row.within} s")

    def line(self):
        if self.skipped:
            return f"| {self.row.number} | {self.row.title} | not run: {self.skipped} |"
        recovery = "–"
        if self.recoveries:
            ordered = sorted(self.recoveries)
            recovery = f"{ordered[len(ordered) // 2]:.1f} / {ordered[-1]:.1f} s"
        counts = " | ".join(str(self.errors[error]) for error in ("lost", "doubled", "reordered", "phantom", "early"))
        return (f"| {self.row.number} | {self.row.title} | {self.times} | {self.messages} | {self.resent} | {counts} | "
                f"{recovery} | {'; '.join(self.notes) or '–'} |")


HEAD = ("| # | fault | times | acknowledged | resent | L | D | R | phantom | early | first AA, median / worst | and |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|---|")


