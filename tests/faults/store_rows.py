"""The store as a whole: restored from a backup, brought to a newer schema."""

import subprocess
import time

import backup
from checker import mark_from, read_history
from engine import wait_until
from lab import slashed
from load import PATIENTS
from process_rows import crash_in_migration
from row import row


@row(42, "all data is gone, and a backup from before is restored")
def restore(run):
    if run.seed % 2:
        restore_log(run)
    else:
        restore_dump(run)


def restore_dump(run):
    """A dump knows nothing of what came after it. What it had queued was delivered since, or not."""
    lab = run.lab(may_repeat_late=True)  # what a person sends again is older than what was sent since
    lab.start()
    # A report whose order is gone would be held; every patient's first message is an order.
    wait_until(lambda: len({each.mark.patient for each in read_history(lab.folder).acknowledged}) == PATIENTS, 60)
    with_a_backlog(lab)
    saved_at, dump = time.monotonic(), lab.folder.parent / "dump"
    backup.dump(lab.engine, dump)
    died = die_with_less_of_it(lab)
    backup.restore_dump(lab.engine, dump, look=lab.dump)
    lab.tell_checker(restored={"saved_at": saved_at, "dump": lab.dumps})
    restored = time.monotonic()  # a receiver may have written down the last one after the engine had died
    done = pons(lab, "restored")
    run.expect(done.returncode == 0, f"pons restored: {done.stderr}")
    lab.engine.start()
    lab.recovered_since(died)
    lab.grow(100)
    held = {(outlet, mark_from(slashed(mark))) for outlet, mark in held_deliveries(lab)}
    sent = [each for each in read_history(lab.folder).received
            if each.at > restored and (each.receiver, each.mark) in held]
    run.expect(held and not sent, f"{len(held)} were held, {len(sent)} of them were sent")
    pons(lab, "release", "ehr-mllp", "ehr-fhir", "pacs-north-mllp")
    run.judge()
    run.note(f"a dump: {len(held)} held, then sent, {len(run.findings.forgotten)} acknowledged since are gone")


def restore_log(run):
    """A base backup with the whole log since knows everything: the engine goes on by itself."""
    lab = run.lab()
    archived, base = lab.folder.parent / "archive", lab.folder.parent / "backup/base"
    lab.engine.start()
    backup.archive(lab.engine, archived)
    lab.engine.stop()
    lab.start()
    lab.grow(100)
    backup.base_backup(lab.engine, base)
    with_a_backlog(lab)
    lab.engine.sql("SELECT pg_switch_wal()")
    died = die_with_less_of_it(lab)
    backup.archive_rest(lab.engine, archived)
    backup.restore_base(lab.engine, base, archived)
    lab.engine.start()
    lab.recovered_since(died)
    lab.grow(100)
    run.judge()


def with_a_backlog(lab):
    lab.pacs.decide = lab.ehr.decide = lambda message: None
    lab.grow(100)


def die_with_less_of_it(lab):
    lab.grow(50)
    lab.pacs.decide = lab.ehr.decide = lambda message: "AA"
    some = lab.pacs.count + 20
    wait_until(lambda: lab.pacs.count > some)
    lab.die()
    return time.monotonic()


def pons(lab, *arguments):
    return subprocess.run([lab.engine.binary, *arguments, "--state", lab.engine.state], capture_output=True, text=True,
                          timeout=60)


def held_deliveries(lab):
    rows = lab.engine.sql("SELECT outlet, substring(encode(document, 'escape') from (CASE outlet WHEN 'pacs-north-mllp'"
                          " THEN 'W' ELSE 'R' END) || '[0-9]+N[0-9]+') FROM parcel JOIN parcel_state ON parcel = id"
                          " WHERE state = 'held'")
    return [row.split("|") for row in rows]


SILENT = 200_000


@row(40, "an engine of an earlier schema gives way to the present one, under load", wants=["earlier"])
def upgrade(run):
    lab = earlier_with_data(run)
    before = schema_of(lab)
    if run.seed % 2 == 0:
        serve_beside(run, lab)
    lab.engine.binary = run.binaries["pons"]
    stopped = time.monotonic()
    run.expect(lab.engine.stop() == 0, "the earlier engine did not stop well")
    lab.restart()
    run.expect(before < schema_of(lab), f"the schema was {before} and is {schema_of(lab)}")
    if run.seed % 2:
        run.note(f"in its place: nobody was answered for {lab.load.longest_silence(stopped):.1f} s")
    lab.grow(100)
    is_refused(run, lab)
    lab.restart()
    lab.grow(100)
    run.judge()


def earlier_with_data(run):
    lab = run.lab("earlier")
    lab.start()
    # So that the migration has something to do: patients of whom nobody speaks.
    lab.engine.sql(f"INSERT INTO patient SELECT -n, 'DOE^P' || n, '', '', '', NULL FROM generate_series(1, {SILENT}) n")
    lab.grow(200)
    return lab


@row(41, "the migration from an earlier schema, with 200,000 patients in the store, is killed at each of its points",
     wants=["earlier", "crash points"])
def migration_killed(run):
    lab = earlier_with_data(run)
    before, commits = schema_of(lab), 0
    lab.engine.stop()
    lab.engine.binary = run.binaries["crash points"]
    while crash_in_migration(run, lab, "before-migration", 1):
        for point in ("in-migration", "after-migration"):
            run.expect(crash_in_migration(run, lab, point, 1), f"{point} was never passed")
        commits += 1
    lab.restart()
    after = schema_of(lab)
    # Each version wants three kills: the first two leave the schema as it was, the third the next one.
    run.expect(after > before and commits == after - before, f"{commits} commits led from schema {before} to {after}")
    run.expect(lab.engine.count("patient WHERE id < 0") == SILENT, "patients are gone")
    run.note(f"killed {3 * commits} times on the way from schema {before} to {after}")
    lab.grow(100)
    run.judge()


def serve_beside(run, lab):
    """The present one brings the store to its schema while the earlier one serves; then it serves, and both deliver."""
    second = lab.new_engine()
    second.binary = run.binaries["pons"]
    second.environment["PONS_DATABASE"] = f"host={backup.socket(lab.engine)} user=postgres dbname=postgres"
    began = time.monotonic()
    second.start()
    run.note(f"beside it: nobody was answered for {lab.load.longest_silence(began):.1f} s")
    lab.load.ports = lambda: second.ports
    lab.grow(100)
    lab.load.ports = lambda: lab.engine.ports
    lab.grow(20)
    run.expect(second.stop() == 0, "the second engine did not stop well")


def is_refused(run, lab):
    """The earlier engine on what is too new for it."""
    lab.engine.stop()
    lab.engine.binary = run.binaries["earlier"]
    try:
        lab.engine.start()
        run.expect(False, "an earlier engine started on a newer schema")
    except RuntimeError as refused:
        run.expect("was written by a newer engine" in str(refused), str(refused))
    lab.engine.binary = run.binaries["pons"]


def schema_of(lab):
    return int(lab.engine.sql("SELECT max(version) FROM schema_version")[0])
