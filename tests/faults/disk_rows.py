"""Disks: power cuts, fsync that fails, full, read-only."""

import os
import pathlib
import shutil
import time

from disks import Disk
from engine import wait_until
from lab import Stuck, is_alive, kill
from row import row
from shims import preload


def lab_on(run, disk, binary="pons"):
    lab = run.lab(binary)
    lab.closing.insert(0, disk)  # after all others have ended
    lab.engine.state = str(disk.folder / "var")
    return lab


@row(8, "power cut under the engine and PostgreSQL", at_once=10, wants=["root"])
def power_cut(run):
    power_cuts(run, lab_on(run, Disk(600)))


def power_cuts(run, lab):
    lab.start(rate=0)
    for _ in range(run.times):
        lab.grow(100)
        cut_power(lab, lab.closing[0], Disk.cut_off)
    lab.grow(20)
    run.judge()


def cut_power(lab, disk, cut):
    """What was written and not synced is gone, and so is every process that ran on it."""
    database = lab.engine.database_processes()
    cut(disk)
    for pid in database:
        kill(pid)
    lab.engine.kill()
    if not wait_until(lambda: not any(is_alive(pid) for pid in database), 20):
        raise Stuck("PostgreSQL outlives its disk")
    disk.unmount()
    disk.mount()
    lab.restart()


@row(10, "fsync fails with EIO under PostgreSQL", at_once=5, wants=["cc"])
def failing_fsync(run):
    lab = run.lab()
    signs = pathlib.Path(lab.home.name) / "signs"
    signs.mkdir()
    signs.chmod(0o777)
    preload(lab, "fail_fsync", FAIL_FSYNC=str(signs / "fail"))
    lab.start()
    for _ in range(run.times):
        lab.grow(30)
        began = time.monotonic()
        (signs / "fail").touch()
        if not wait_until(lambda: not (signs / "fail").exists()):
            raise Stuck("no fsync came")
        lab.recovered_since(began)
        lab.dump()
    log = (pathlib.Path(lab.engine.state) / "postgres/log").read_text(errors="replace")
    run.expect(log.count("PANIC") >= run.times, "PostgreSQL went on after an fsync that failed")
    run.judge()


@row(12, "the disk is full", at_once=3, wants=["root"], within=10)
def full(run):
    lab = lab_on(run, Disk(500))
    lab.start()
    for _ in range(run.times):
        lab.grow(40)
        fill_and_free(run, lab, lab.closing[0])
    run.judge()


@row(13, "the disk of the write-ahead log is full", at_once=3, wants=["root"])
def full_log(run):
    disk = Disk(200)
    lab = run.lab()
    lab.closing.insert(0, disk)
    lab.engine.start()
    lab.engine.stop()
    move_log(pathlib.Path(lab.engine.state) / "postgres/data/pg_wal", disk.folder / "pg_wal")
    lab.start()
    for _ in range(run.times):
        lab.grow(40)
        fill_and_free(run, lab, disk, use_up_log)
    run.judge()


def use_up_log(lab):
    """The segments that are there already are gone through until a new one is wanted."""
    for _ in range(30):
        try:
            lab.engine.sql("SELECT pg_switch_wal()")
            lab.grow(1, within=5)
        except (ConnectionError, OSError, ValueError, IndexError, Stuck):
            return


def move_log(old, new):
    owner = old.stat()
    shutil.copytree(old, new)
    for path in [new, *new.rglob("*")]:
        os.chown(path, owner.st_uid, owner.st_gid)
    new.chmod(0o700)
    shutil.rmtree(old)
    old.symlink_to(new)


def fill_and_free(run, lab, disk, hurry=lambda lab: None):
    """While there is no room: no wrong answer. Once there is: it goes on by itself."""
    disk.fill()
    hurry(lab)
    before = lab.load.sent
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and lab.load.quiet_for() < 10:
        time.sleep(0.2)
    if lab.load.quiet_for() < 10:
        raise Stuck(f"{lab.load.sent - before} more were acknowledged and the disk was not full yet")
    disk.free()
    freed = time.monotonic()
    lab.recovered_since(freed)
    lab.dump()


@row(14, "the file system turns read-only", at_once=3, wants=["root"])
def read_only(run):
    lab = lab_on(run, Disk(600))
    lab.start()
    for _ in range(run.times):
        lab.grow(30)
        disk = lab.closing[0]
        disk.make_read_only()
        time.sleep(3)
        run.expect(lab.load.quiet_for() > 1, "something was acknowledged on a read-only disk")
        cut_power(lab, disk, lambda disk: None)
    lab.grow(20)
    run.judge()
