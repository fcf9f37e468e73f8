#!/usr/bin/env python3
"""Judges a history: what senders wrote into their logs, what receivers wrote into theirs, and dumps of the store.

Each message carries a mark of its own that survives every mapping: its patient, and its number among the patient's
messages. One sender sends all of a patient's messages, one after the other, each again until it is answered, so numbers
say which order is right.

Usage: checker.py FOLDER   prints the counts and the guilty messages of a history that `run --keep` left there"""

import dataclasses
import json
import pathlib
import sys
from collections import Counter, defaultdict

ERRORS = {"lost": "acknowledged, and not there, or not delivered",
          "doubled": "took effect, or was delivered under different control ids, more than once",
          "reordered": "after a later message of the same patient",
          "phantom": "there, and never sent, or refused, or delivered and not there",
          "early": "acknowledged before it was committed",
          "strange": "answered otherwise than AA"}


@dataclasses.dataclass(frozen=True, order=True, slots=True)
class Mark:
    patient: int
    number: int

    def __str__(self):
        return f"{self.patient}/{self.number}"


@dataclasses.dataclass(slots=True)
class Sent:
    mark: Mark
    kind: str  # adt, orm, oru
    at: float


@dataclasses.dataclass(slots=True)
class Answered:
    mark: Mark
    kind: str
    at: float
    code: str  # MSA-1
    text: str = ""  # MSA-3


@dataclasses.dataclass(slots=True)
class Received:
    receiver: str
    mark: Mark
    control_id: str
    answer: str | None  # "AA", a refusal (MSA-1 or an HTTP status), None: it hung up without one
    at: float = 0

    def is_refused(self):
        """For good; a server that answers 5xx may take it another time."""
        return self.answer not in ("AA", None) and not self.answer.startswith("5")


@dataclasses.dataclass
class Dump:
    """What the store held. `journal` in the order of effect: (mark, outcome). `parcels` by number: (outlet, mark, state).
    `registry` and `worklist`: the mark of the message that a patient's name, or scheduled step, was written by."""
    at: float
    journal: list
    parcels: list = dataclasses.field(default_factory=list)
    registry: dict = dataclasses.field(default_factory=dict)
    worklist: dict = dataclasses.field(default_factory=dict)

    def done(self):
        return [mark for mark, outcome in self.journal if outcome == "done"]


@dataclasses.dataclass
class History:
    sent: list
    answered: list
    received: list  # in the order in which each receiver got them
    dumps: list     # the last is the store at the end
    goes_to: dict   # kind: the receivers that get it
    # A network that delivers late may bring a copy after a later message; receivers know it by its control id.
    may_repeat_late: bool = False
    # The store was restored from a backup: {"saved_at": when the backup was begun, "dump": the number of the dump that
    # shows what came back}.
    restored: dict | None = None

    @property
    def acknowledged(self):
        return [each for each in self.answered if each.code == "AA"]


class Findings:
    """The guilty marks by kind of error, each with what is wrong with it."""

    def __init__(self):
        self.guilty = {error: {} for error in ERRORS}
        self.forgotten = []  # acknowledged after the backup that was restored; nobody is guilty of that

    def add(self, error, mark, what):
        self.guilty[error].setdefault(mark, what)

    def count(self, error):
        return len(self.guilty[error])

    def is_clean(self):
        return not any(self.guilty.values())

    def __str__(self):
        lines = [f"{error} {self.count(error)}" for error in ERRORS]
        if self.forgotten:
            lines.append(f"  after the backup: {', '.join(map(str, self.forgotten))}")
        for error, marks in self.guilty.items():
            lines += [f"  {error}: {mark} {what}" for mark, what in list(marks.items())[:10]]
        return "\n".join([", ".join(lines[:len(ERRORS)]), *lines[len(ERRORS):]])


def check(history):
    findings = Findings()
    control_ids(history, findings)  # of what was forgotten too: receivers remember
    forgotten = forgotten_by(history)
    findings.forgotten = sorted({each.mark for each in history.acknowledged if each.mark in forgotten and
                                 each.at < restored_at(history)})
    history = as_if_never(history, forgotten)
    for rule in (answers, acknowledged_before_commit, journal, parcels, last_writers, receivers, phantoms):
        rule(history, findings)
    return findings


def restored_at(history):
    return history.dumps[history.restored["dump"] - 1].at if history.restored else 0


def forgotten_by(history):
    """What a restored store does not hold. What was acknowledged before it was saved is not forgotten but lost."""
    if not history.restored:
        return set()
    kept = {mark for mark, _ in history.dumps[history.restored["dump"] - 1].journal}
    kept |= {each.mark for each in history.acknowledged if each.at < history.restored["saved_at"]}
    return {each.mark for each in history.sent if each.at < restored_at(history)} - kept


def as_if_never(history, forgotten):
    """Without what happened to these before the restore; whoever was not answered sent again after it."""
    def remembered(those):
        return [each for each in those if each.mark not in forgotten or each.at >= restored_at(history)]
    return dataclasses.replace(history, sent=remembered(history.sent), answered=remembered(history.answered),
                               received=remembered(history.received))


def control_ids(history, findings):
    marks = defaultdict(set)
    for each in history.received:
        marks[each.receiver, each.control_id].add(each.mark)
    for (receiver, _), its in marks.items():
        for mark in sorted(its)[1:]:
            findings.add("doubled", mark, f"reached {receiver} under the control id of {min(its)}")


def answers(history, findings):
    for each in history.answered:
        if each.code != "AA" or each.text:
            findings.add("strange", each.mark, f"{each.code} {each.text}")


def acknowledged_before_commit(history, findings):
    for dump in history.dumps[:-1]:
        there = set(dump.done())
        for each in history.acknowledged:
            if each.at < dump.at and each.mark not in there:
                findings.add("early", each.mark, f"was not in the store {dump.at - each.at:.3f} s after its AA")


def journal(history, findings):
    times = Counter(history.dumps[-1].done())
    for each in history.acknowledged:
        if not times[each.mark]:
            findings.add("lost", each.mark, "is not in the store")
    report_repeats(times, "took effect", findings)
    report_order(history.dumps[-1].done(), "took effect", findings)


def parcels(history, findings):
    by_outlet = defaultdict(list)
    for outlet, mark, _ in history.dumps[-1].parcels:
        by_outlet[outlet].append(mark)
    for outlet in {outlet for outlets in history.goes_to.values() for outlet in outlets} | set(by_outlet):
        times = Counter(by_outlet[outlet])
        for each in history.acknowledged:
            if outlet in history.goes_to[each.kind] and not times[each.mark]:
                findings.add("lost", each.mark, f"is not queued for {outlet}")
        report_repeats(times, f"was queued for {outlet}", findings)
        report_order(by_outlet[outlet], f"was queued for {outlet}", findings)


def last_writers(history, findings):
    dump = history.dumps[-1]
    kinds = {each.mark: each.kind for each in history.sent}
    for name, table, writers in (("the registry", dump.registry, ("adt", "orm")),
                                 ("the worklist", dump.worklist, ("orm",))):
        expected = {}
        for mark in dump.done():
            if kinds.get(mark) in writers:
                expected[mark.patient] = mark
        for patient, mark in expected.items():
            if table.get(patient) is None:
                findings.add("lost", mark, f"left nothing in {name}")
            elif table[patient] < mark:
                findings.add("reordered", mark, f"was overwritten in {name} by {table[patient]}")


def receivers(history, findings):
    by_receiver = defaultdict(list)
    for each in history.received:
        by_receiver[each.receiver].append(each)
    states = {(outlet, mark): state for outlet, mark, state in history.dumps[-1].parcels}
    for name in {name for names in history.goes_to.values() for name in names}:
        taken = {each.mark for each in by_receiver[name] if each.answer == "AA"}
        refused = {each.mark for each in by_receiver[name] if each.is_refused()}
        for each in history.acknowledged:
            if name not in history.goes_to[each.kind] or each.mark in taken:
                continue
            if states.get((name, each.mark)) != "parked":
                findings.add("lost", each.mark, f"did not reach {name}")
            elif each.mark not in refused:
                findings.add("lost", each.mark, f"was parked, and {name} did not refuse it")
    for name, got in by_receiver.items():
        one_control_id(name, got, findings)
        order_of_arrival(name, got, history.may_repeat_late, findings)


def one_control_id(name, got, findings):
    ids = defaultdict(set)
    for each in got:
        ids[each.mark].add(each.control_id)
    for mark, its in ids.items():
        if len(its) > 1:
            findings.add("doubled", mark, f"reached {name} under {len(its)} control ids")


def order_of_arrival(name, got, may_repeat_late, findings):
    last, known = {}, set()
    for each in got:
        is_repeat = each.control_id in known
        known.add(each.control_id)
        if is_repeat and may_repeat_late:
            continue
        if each.mark.number < last.get(each.mark.patient, each.mark.number):
            what = "again " if is_repeat else ""
            findings.add("reordered", each.mark, f"reached {name} {what}after {each.mark.patient}/{last[each.mark.patient]}")
        last[each.mark.patient] = max(each.mark.number, last.get(each.mark.patient, 0))


def phantoms(history, findings):
    sent = {each.mark for each in history.sent}
    refused = {each.mark for each in history.answered if each.code not in ("AA", "CA")}
    done = set(history.dumps[-1].done())
    for mark in done - sent:
        findings.add("phantom", mark, "is in the store and was never sent")
    for mark in done & refused:
        findings.add("phantom", mark, "was refused and took effect")
    for each in history.received:
        if each.mark not in done:
            findings.add("phantom", each.mark, f"reached {each.receiver} and is not in the store")


def report_repeats(times, what, findings):
    for mark, count in times.items():
        if count > 1:
            findings.add("doubled", mark, f"{what} {count} times")


def report_order(marks, what, findings):
    last = {}
    for mark in marks:
        if mark.number < last.get(mark.patient, 0):
            findings.add("reordered", mark, f"{what} after {mark.patient}/{last[mark.patient]}")
        last[mark.patient] = max(mark.number, last.get(mark.patient, 0))


def mark_from(text):
    patient, number = text.split("/")
    return Mark(int(patient), int(number))


def lines_of(file):
    """A log's records; a line that a crash cut short was not yet said."""
    for line in file.read_text().splitlines(keepends=True):
        if line.endswith("\n"):
            yield json.loads(line)


def read_history(folder):
    """Of a folder with sender-N.log, receiver-NAME.log, dump-N.json and about.json."""
    folder = pathlib.Path(folder)
    sent, answered, received, dumps = [], [], [], []
    for file in sorted(folder.glob("sender-*.log")):
        for each in lines_of(file):
            mark = mark_from(each["mark"])
            if "code" in each:
                answered.append(Answered(mark, each["kind"], each["at"], each["code"], each["text"]))
            else:
                sent.append(Sent(mark, each["kind"], each["at"]))
    for file in sorted(folder.glob("receiver-*.log")):
        name = file.stem.removeprefix("receiver-")
        received += [Received(name, mark_from(each["mark"]), each["control_id"], each["answer"], each["at"])
                     for each in lines_of(file)]
    for file in sorted(folder.glob("dump-*.json"), key=lambda file: int(file.stem.removeprefix("dump-"))):
        dumps.append(dump_from(json.loads(file.read_text())))
    return History(sent, answered, received, dumps, **json.loads((folder / "about.json").read_text()))


def dump_from(kept):
    return Dump(kept["at"], [(mark_from(mark), outcome) for mark, outcome in kept["journal"]],
                [(outlet, mark_from(mark), state) for outlet, mark, state in kept["parcels"]],
                *({int(patient): mark_from(mark) for patient, mark in kept[table].items()}
                  for table in ("registry", "worklist")))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    result = check(read_history(sys.argv[1]))
    print(result)
    sys.exit(not result.is_clean())
