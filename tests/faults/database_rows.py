"""PostgreSQL: restarted, killed, locked, full of others' connections, giving up transactions, on a bad disk."""

import pathlib
import signal
import socket
import struct
import time

from checker import read_history
from engine import Database, wait_until
from lab import Stuck, is_alive, kill
from load import PATIENTS, SENDERS
from row import row


@row(6, "PostgreSQL is shut down fast and started again", at_once=10, within=5)
def restart_postgresql(run):
    lab = run.started()
    for _ in range(run.times):
        lab.grow(20)
        gone(lab, [lab.engine.postmaster()], signal.SIGINT)
    run.judge()


@row(7, "kill -9 of all of PostgreSQL", at_once=10, within=15)
def kill_postgresql(run):
    lab = run.started()
    for _ in range(run.times):
        lab.grow(20)
        gone(lab, lab.engine.database_processes(), signal.SIGKILL)
    run.judge()


def gone(lab, processes, with_signal):
    began = time.monotonic()
    for pid in processes:
        kill(pid, with_signal)
    wait_until(lambda: not is_alive(processes[0]), 20)
    ended = time.monotonic()
    lab.recovered_since(ended)
    lab.recoveries[-1] += ended - began
    lab.dump()


@row(38, "a table is locked for 25 s; every connection of PostgreSQL is taken")
def locked(run):
    lab = run.started()
    lab.grow()
    locker = Database(lab.engine.postmaster_file()[4])
    locker.ask("BEGIN")
    locker.ask("LOCK TABLE journal IN ACCESS EXCLUSIVE MODE")
    locked_at = time.monotonic()
    time.sleep(1)
    answered = lab.load.sent
    time.sleep(24)
    run.expect(lab.load.sent - answered == 0, "something was acknowledged while the journal was locked")
    freed = time.monotonic()
    locker.ask("COMMIT")
    locker.close()
    lab.recovered_since(freed)
    run.note(f"locked {freed - locked_at:.0f} s")
    take_all_connections(run, lab)
    run.judge()


def take_all_connections(run, lab):
    """The engine's too: it is thrown out until others have all there are."""
    lab.grow()
    file = lab.engine.postmaster_file()
    most, taken = int(lab.engine.sql("SHOW max_connections")[0]), []

    def are_all_taken():
        while another := connected(f"{file[4]}/.s.PGSQL.{file[3]}"):
            taken.append(another)
        lab.engine.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                       " WHERE backend_type = 'client backend' AND application_name = ''")
        return len(taken) == most - 1  # the last asks this

    if not wait_until(are_all_taken, 30):
        raise Stuck(f"of {most} connections only {len(taken)} could be taken")
    time.sleep(1)
    answered = lab.load.sent
    time.sleep(4)
    run.expect(lab.load.sent == answered, "something was acknowledged and the database could not be asked")
    freed = time.monotonic()
    for each in taken:
        each.close()
    lab.recovered_since(freed)


def connected(address):
    """Holds a connection of PostgreSQL, and speaks no more of its protocol; None when there is none left."""
    holder = socket.socket(socket.AF_UNIX)
    holder.connect(address)
    about = b"user\0postgres\0database\0postgres\0application_name\0another\0\0"
    holder.sendall(struct.pack("!ii", 8 + len(about), 3 << 16) + about)
    if holder.recv(1) == b"R":  # Authentication
        return holder
    holder.close()
    return None


@row(39, "1 % of all batches are given up as deadlocks, 1 % as serialization failures")
def deadlocks(run):
    lab = run.started(rate=0)
    for code, table in (("40P01", "journal"), ("40001", "parcel_state")):
        lab.engine.sql(f"CREATE FUNCTION give_up_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                       f" IF random() < 0.01 THEN RAISE EXCEPTION 'planted' USING ERRCODE = '{code}'; END IF;"
                       " RETURN NULL; END $$")
        lab.engine.sql(f"CREATE TRIGGER give_up AFTER INSERT OR UPDATE ON {table} FOR EACH STATEMENT"
                       f" EXECUTE FUNCTION give_up_{table}()")
    lab.grow(1500, within=120)
    run.judge()


PAGE = 8192  # bytes, of PostgreSQL


@row(15, "a bit flips in a page of patients, and later flips back", at_once=3)
def flipped_bit(run):
    lab = run.started()
    lab.grow(600, within=60)
    for _ in range(run.times):
        lab.grow(60)
        place, patients = end_with_patients_in_one_page(run, lab)
        flip(*place)
        lab.engine.start()
        began = time.monotonic()
        time.sleep(10)
        lab.engine.stop()
        flip(*place)
        lab.restart()
        answered = [each for each in read_history(lab.folder).acknowledged if began < each.at < began + 10]
        wrong = [each.mark for each in answered if each.mark.patient in patients and each.kind != "oru"]
        run.expect(not wrong, f"{wrong} were answered, and their patient cannot be read")
        free = SENDERS - len({patient // (PATIENTS // SENDERS) for patient in patients})  # each waits for its answer
        run.expect(len(answered) > 5 * free, f"{free} senders of other patients had {len(answered)} answers in 10 s")
        run.note(f"{len(patients)} patients could not be read, {len(answered)} messages of others were answered")
    refusals = lab.engine.log().count("SQLSTATE XX001")
    run.expect(refusals >= run.times, f"the engine told of {refusals} pages that could not be read")
    run.judge()


def end_with_patients_in_one_page(run, lab):
    """Ends the engine and PostgreSQL in order; gives file, byte and bit of a page, and the patients in it."""
    lab.engine.process.send_signal(signal.SIGSTOP)
    time.sleep(0.5)  # what was committed is committed
    lab.dump()
    pages = {}
    for line in lab.engine.sql("SELECT (p.ctid::text::point)[0]::int, substring(i.value FROM 2) FROM patient p"
                               " JOIN patient_identifier i ON i.patient = p.id"):
        page, patient = map(int, line.split("|"))
        pages.setdefault(page, set()).add(patient)
    page, patients = min(pages.items(), key=lambda each: len(each[1]))
    file = pathlib.Path(lab.engine.state) / "postgres/data" / lab.engine.sql("SELECT pg_relation_filepath('patient')")[0]
    postmaster = lab.engine.postmaster()
    kill(postmaster, signal.SIGINT)
    wait_until(lambda: not is_alive(postmaster), 20)
    lab.engine.kill()
    return (file, page * PAGE + run.dice.randrange(PAGE), run.dice.randrange(8)), patients


def flip(file, byte, bit):
    with open(file, "r+b") as pages:
        pages.seek(byte)
        before = pages.read(1)[0]
        pages.seek(byte)
        pages.write(bytes([before ^ 1 << bit]))
