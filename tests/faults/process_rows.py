"""The engine itself: killed, crashed at every point, stopped, paused, started twice."""

import pathlib
import re
import signal
import subprocess
import time

from engine import wait_until
from lab import Stuck
from row import row

CRASH_POINTS = ["before-commit", "after-commit", "before-ack", "after-ack", "after-claim", "before-receivers-answer",
                "after-send", "after-settle"]
APPLY_POINTS = ["before-apply", "in-apply", "after-apply"]
MIGRATION_POINTS = ["before-migration", "in-migration", "after-migration"]
CLAIMED = "parcel_state WHERE outlet = 'pacs-north-mllp' AND state = 'queued' AND leased_until > now()"
LEASE = 38  # seconds: 3 for the answer and 35 beyond (hurried_site, app/catalogue.cpp)


@row(1, "kill -9 of the engine at a random instant", at_once=20, within=5)
def kill_engine(run):
    lab = run.started()
    for _ in range(run.times):
        lab.grow(20)
        lab.engine.kill()
        lab.restart()
    lab.grow(20)
    run.judge()


@row(2, "kill -9 at every crash point, also in a migration and while another configuration is applied",
     at_once=len(CRASH_POINTS + APPLY_POINTS), wants=["crash points"])
def crash_points(run):
    lab = run.lab("crash points")
    for number in range(run.times):
        crash_in_migration(run, lab, MIGRATION_POINTS[number % 3], 1 + number // 3 % 2)
    lab.start()
    for number in range(run.times):
        point = (CRASH_POINTS + APPLY_POINTS)[number % len(CRASH_POINTS + APPLY_POINTS)]
        lab.grow(5)
        lab.engine.stop()
        lab.engine.environment["PONS_CRASH_AT"] = f"{point}:{1 if point in APPLY_POINTS else run.dice.randint(1, 25)}"
        lab.engine.start()
        if point in APPLY_POINTS:
            lab.grow(5)
            another(lab, number)
            lab.engine.process.send_signal(signal.SIGHUP)  # what `pons apply` does, without waiting for what comes of it
        if not wait_until(lambda: not lab.engine.is_up(), 60):
            raise Stuck(f"{point} was never passed")
        run.expect(lab.engine.process.wait() == -signal.SIGKILL, f"{point}: it ended otherwise than by kill -9")
        lab.engine.process.stdout.close()
        del lab.engine.environment["PONS_CRASH_AT"]
        lab.restart()
    lab.grow(20)
    run.judge()


def another(lab, number):
    """Makes the site another generation, under which an endpoint begins anew and what was held starts again."""
    edit(lab, "mappings/modality-codes.yaml", "reverse:", f'  - [ "*", X{number}, CT ]\nreverse:')
    edit(lab, "routes/endpoints.yaml", r"rate: \d+/s", f"rate: {1000 + number}/s")


def edit(lab, file, pattern, replacement):
    path = pathlib.Path(lab.site) / file
    text = path.read_text()
    path.write_text(re.sub(pattern, replacement, text, count=1))
    return text


def apply(lab):
    """`pons apply` on the running engine: its exit code, and what it printed."""
    done = subprocess.run([lab.engine.binary, "apply", "--state", lab.engine.state], capture_output=True, text=True,
                          timeout=90)
    return done.returncode, done.stdout + done.stderr


def crash_in_migration(run, lab, point, nth):
    """Whether it was killed: on tables that are there already the point is never passed, and the engine starts."""
    lab.engine.environment["PONS_CRASH_AT"] = f"{point}:{nth}"
    try:
        lab.engine.start()
        lab.engine.stop()
        return False
    except RuntimeError:
        run.expect(lab.engine.process.wait() == -signal.SIGKILL, f"{point}: it ended otherwise than by kill -9")
        return True
    finally:
        del lab.engine.environment["PONS_CRASH_AT"]


@row(3, "SIGTERM under load", at_once=10)
def terminate(run):
    lab = run.started(rate=400)
    slowest = 0
    for _ in range(run.times):
        lab.grow(40)
        began = time.monotonic()
        code = lab.engine.stop()
        slowest = max(slowest, time.monotonic() - began)
        run.expect(code == 0, f"exit code {code}")
        lab.restart()
    run.expect(slowest <= 10, f"a stop took {slowest:.1f} s")
    run.note(f"the slowest stop {slowest:.1f} s")
    run.judge()


@row(4, "SIGSTOP for longer than a lease, then SIGCONT")
def pause(run):
    lab = run.started()
    lab.grow()
    lab.engine.process.send_signal(signal.SIGSTOP)
    time.sleep(LEASE + run.dice.uniform(1, 5))
    continued = time.monotonic()
    lab.engine.process.send_signal(signal.SIGCONT)
    lab.recovered_since(continued)
    lab.grow(100)
    run.judge()


@row(5, "two engines on one database; the first is paused beyond its leases and goes on")
def two_engines(run):
    two_engines_with(run, run.lab())


def two_engines_with(run, lab):
    lab.start()
    refuses_same_state(run, lab.engine)
    second = lab.new_engine()
    second.environment["PONS_DATABASE"] = f"host={lab.engine.postmaster_file()[4]} user=postgres dbname=postgres"
    second.start()
    serving = [lab.engine]
    lab.load.ports = lambda: serving[0].ports
    first = lab.engine.process
    with_claims_in_hand(lab, lambda: first.send_signal(signal.SIGSTOP))
    serving[0] = second
    paused = time.monotonic()
    lab.recovered_since(paused)
    while time.monotonic() < paused + LEASE + 6:
        lab.grow(10)
    first.send_signal(signal.SIGCONT)
    lab.grow(200)
    run.judge()


def with_claims_in_hand(lab, act):
    """Acts while a backlog goes out, of which much has been claimed and not sent."""
    lab.pacs.decide = lambda message: None
    lab.grow(400, within=120, pause=0)
    lab.pacs.takes, lab.pacs.decide = 0.02, lambda message: "AA"
    if not wait_until(lambda: lab.engine.count(CLAIMED) >= 8, 60):
        raise Stuck("never were many claimed at once")
    act()
    lab.pacs.takes = 0


def refuses_same_state(run, engine):
    again = subprocess.run([engine.binary, "run", engine.site, "--state", engine.state], env=engine.environment,
                           capture_output=True, text=True, timeout=60)
    run.expect(again.returncode != 0 and "an engine runs on" in again.stderr, "a second engine took the same state")


def rss(pid):
    """MB."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def open_files(pid):
    return len(list(pathlib.Path(f"/proc/{pid}/fd").iterdir()))


@row(43, "another configuration under load: five of six are broken", at_once=30)
def apply_under_load(run):
    lab = run.started()
    broken = [("mappings/modality-codes.yaml", "CT,      CT", "CT,      XX"),
              ("mappings/orm-to-worklist.yaml", "PatientName: PID-5", "PatientNaem: PID-5"),
              ("routes/ris-orders.yaml", "from: ris-mllp", "from: nobody"),
              ("routes/ris-orders.yaml", "ack_text: there is an MRN", "ack_text: something else"),  # its own test fails
              ("routes/endpoints.yaml", "endpoints:", "endpoints: [")]
    began = time.monotonic()
    for number in range(run.times):
        lab.grow(20)
        if number % 6 == 5:
            another(lab, number)
            code, text = apply(lab)
            run.expect(code == 0, f"a good site was refused: {text}")
            continue
        file, pattern, replacement = broken[number % 6]
        before = edit(lab, file, pattern, replacement)
        code, text = apply(lab)
        run.expect(code == 1 and "nothing changed" in text, f"a broken site was taken: {file} {replacement}")
        (pathlib.Path(lab.site) / file).write_text(before)
    lab.grow(20)
    run.expect(lab.load.resent == 0, f"{lab.load.resent} messages had to be sent again")
    run.note(f"p99 of the senders {1000 * lab.load.p99(began):.0f} ms")
    run.judge()
