"""The wall clock: set ahead, set back, beyond 2038, and over the change of daylight saving time."""

import datetime
import pathlib
import time
import zoneinfo
from collections import Counter

from engine import wait_until
from lab import Stuck, slashed
from row import row
from shims import Number, preload

HOUR = 3600
BEYOND_32_BITS = datetime.datetime(2038, 1, 19, 3, 14, 7, tzinfo=datetime.UTC).timestamp()
SUMMER_TIME_ENDS = datetime.datetime(2026, 10, 25, 1, 0, 0, tzinfo=datetime.UTC).timestamp()  # in Berlin

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
SENT_AT = b"20261124100000"  # MSH-7 of all messages (messages.py)


class WallClock:
    """Of the engine and of PostgreSQL, one file each. Remembers what the engine's showed."""

    def __init__(self, lab, seconds=0):
        folder = pathlib.Path(lab.home.name) / "clock"
        folder.mkdir()
        folder.chmod(0o755)
        self.shifts = {name: Number(folder / name) for name in ("pons", "postgres")}
        self.stood = []
        self.set(seconds, *self.shifts)
        preload(lab, "shift_clock", SHIFT_CLOCK=str(folder))

    def set(self, seconds, *programs):
        for name in programs:
            self.shifts[name].set(int(seconds))
            if name == "pons":
                self.stood.append((time.time(), int(seconds)))

    def showed(self, instant):
        """Whether the engine's clock can have shown it."""
        ends = [began for began, _ in self.stood[1:]] + [time.time()]
        return any(began + shift - 2 <= instant <= end + shift + 2
                   for (began, shift), end in zip(self.stood, ends))


def no_storm(run, control_ids, seconds, what):
    """A retry is due after 0.9 s at the earliest (hurried_site); one more may come before its time."""
    most = max(Counter(control_ids).values(), default=0)
    run.expect(most <= seconds / 0.9 + 2, f"{what}: one parcel was sent {most} times in {seconds:.1f} s")


def times_of(lab):
    """When messages and parcels arrived, and attempts began and ended."""
    columns = {"journal": ["arrived"], "parcel_state": ["arrived"], "attempt": ["began", "ended"]}
    return {(table, column): [float(line) for line in
                              lab.engine.sql(f"SELECT DISTINCT extract(epoch FROM {column}) FROM {table}")]
            for table, names in columns.items() for column in names}


@row(32, "the wall clock of the engine, of PostgreSQL or both is set 2 h ahead, 2 h back, beyond 2038, right again",
     at_once=3, wants=["cc"])
def another_time(run):
    lab = run.lab()
    clock = WallClock(lab)
    lab.start()
    for number in range(run.times):
        programs = [("pons", "postgres"), ("pons",), ("postgres",)][number % 3]
        for shift in (2 * HOUR, 0, -2 * HOUR, BEYOND_32_BITS - time.time() - 2, 0):
            lab.pacs.decide = lambda message: None  # so that some wait and are tried again
            lab.grow(60, pause=0)
            before, began = len(lab.pacs.arrived), time.monotonic()
            clock.set(shift, *programs)
            lab.recovered_since(began)
            lab.grow(60)
            no_storm(run, lab.pacs.arrived[before:], time.monotonic() - began, f"{programs} {shift:+.0f} s")
            lab.pacs.decide = lambda message: "AA"
            waiting = f"parcel_state WHERE state = 'queued' AND parcel <= {lab.engine.sql('SELECT max(id) FROM parcel')[0]}"
            if not wait_until(lambda: lab.engine.count(waiting) == 0, 60):
                raise Stuck(f"parcels wait since the clock of {programs} was set to {shift:+.0f} s")
    run.judge()
    for (table, column), instants in times_of(lab).items():
        strange = [each for each in instants if not clock.showed(each)]
        run.expect(not strange, f"{table}.{column}: {len(strange)} times that no clock showed, {strange[:3]}")


@row(33, "daylight saving time ends under load, and senders write their local time without an offset into MSH-7",
     wants=["cc"])
def hour_that_comes_twice(run):
    lab = run.lab()
    clock = WallClock(lab, SUMMER_TIME_ENDS - time.time() - 40)  # of which the start takes some
    lab.engine.environment["TZ"] = "Europe/Berlin"
    written, seem_older, newest = {}, [], [""]

    def with_local_time(mark, bytes_):
        now = datetime.datetime.fromtimestamp(time.time() + clock.stood[-1][1], BERLIN).strftime("%Y%m%d%H%M%S")
        if now < newest[0]:
            seem_older.append(mark)
        newest[0] = max(newest[0], now)
        written[str(mark)] = now
        return bytes_.replace(SENT_AT, now.encode(), 1)

    lab.start(dress=with_local_time)
    lab.grow(200, within=60)
    while time.time() + clock.stood[-1][1] < SUMMER_TIME_ENDS + 5:
        lab.grow(1)
    lab.grow(200, within=60)
    run.expect(100 < len(seem_older) < len(written) - 100, "the load was all on one side of the change")
    run.judge()
    kept = [line.split("|") for line in lab.engine.sql(
        "SELECT substring(encode(bytes, 'escape') from '[RW][0-9]+N[0-9]+'),"
        " split_part(encode(bytes, 'escape'), '|', 7)"
        " FROM journal WHERE kind = 'hl7' AND outcome = 'done' ORDER BY message")]
    changed = [mark for mark, at in kept if written[slashed(mark)] != at]
    run.expect(not changed, f"{len(changed)} messages are kept with another MSH-7 than they came with")
    run.note(f"{len(seem_older)} of {len(kept)} messages said that they were older than one before them")
