"""The store as a whole: restored from a backup."""

import subprocess
import time

import backup
from checker import mark_from, read_history
from engine import wait_until
from lab import slashed
from load import PATIENTS
from row import row


@row(42, "all data is gone and a dump from before is restored; what it had queued was delivered since, or not")
def restore(run):
    lab = run.lab(may_repeat_late=True)  # what a person sends again is older than what was sent since
    lab.start()
    # A report whose order is gone would be held; every patient's first message is an order.
    wait_until(lambda: len({each.mark.patient for each in read_history(lab.folder).acknowledged}) == PATIENTS, 60)
    lab.pacs.decide = lab.ehr.decide = lambda message: None
    lab.grow(100)
    saved_at, dump = time.monotonic(), lab.folder.parent / "dump"
    backup.dump(lab.engine, dump)
    lab.grow(50)
    lab.pacs.decide = lab.ehr.decide = lambda message: "AA"
    some = lab.pacs.count + 20
    wait_until(lambda: lab.pacs.count > some)
    died = time.monotonic()
    lab.die()
    backup.restore_dump(lab.engine, dump, look=lab.dump)
    lab.tell_checker(restored={"saved_at": saved_at, "dump": lab.dumps})
    done = pons(lab, "restored")
    run.expect(done.returncode == 0, f"pons restored: {done.stderr}")
    lab.engine.start()
    lab.recovered_since(died)
    lab.grow(100)
    held = {(outlet, mark_from(slashed(mark))) for outlet, mark in held_deliveries(lab)}
    sent = [each for each in read_history(lab.folder).received if each.at > died and (each.receiver, each.mark) in held]
    run.expect(held and not sent, f"{len(held)} were held, {len(sent)} of them were sent")
    pons(lab, "release", "ehr-mllp", "ehr-fhir", "pacs-north-mllp")
    run.judge()
    run.note(f"{len(held)} held, then sent; {len(run.findings.forgotten)} acknowledged after the dump are gone")


def pons(lab, *arguments):
    return subprocess.run([lab.engine.binary, *arguments, "--state", lab.engine.state], capture_output=True, text=True,
                          timeout=60)


def held_deliveries(lab):
    rows = lab.engine.sql("SELECT outlet, substring(encode(document, 'escape') from (CASE outlet WHEN 'pacs-north-mllp'"
                          " THEN 'W' ELSE 'R' END) || '[0-9]+N[0-9]+') FROM parcel JOIN parcel_state ON parcel = id"
                          " WHERE state = 'held'")
    return [row.split("|") for row in rows]
