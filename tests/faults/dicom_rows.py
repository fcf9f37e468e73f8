"""The DICOM port: associations that break off, are too many, or are no DICOM; performed steps out of turn; a crowd that
asks for the whole worklist. HL7 senders and another modality must not notice."""

import concurrent.futures
import json
import pathlib
import socket
import subprocess
import sys
import threading
import time

from dicom import (ABORT, ASSOCIATE_RQ, DATA, EXPLICIT, LAST, MPPS, VERIFICATION, Ended, Modality, data_set, ended,
                   fragment, in_progress, pdu, pieces, worklist_keys)
from engine import wait_until
from messages import order
from pressure_rows import addresses
from process_rows import open_files, rss
from row import row

SUCCESS, DUPLICATE, UNKNOWN, FINAL, CANCELLED = 0x0000, 0x0111, 0x0112, 0x0110, 0xFE00
ALLOWED_GROWTH = 100  # MB
OWN_ORDERS = 5000     # beyond those of the load


class Neighbour:
    """Another modality, which asks for a short worklist all the time: over one association, or a new one each time."""

    def __init__(self, lab, calling="MR1", stays=False):
        self.port, self.calling, self.stays = lab.engine.ports["dicom"], calling, stays
        self.times, self.failures, self.is_over = [], [], threading.Event()
        self.thread = threading.Thread(target=self.ask)
        self.thread.start()

    def ask(self):
        modality = None
        while not self.is_over.wait(0.05):
            began = time.monotonic()
            try:
                modality = modality or Modality(self.port, self.calling)
                status, _ = modality.find(worklist_keys(date="20261125", station=self.calling, modality="MR"))
                if status != SUCCESS:
                    self.failures.append(f"{status:04X}H")
                if not self.stays:
                    modality.release()
                    modality = None
                self.times.append((time.monotonic(), time.monotonic() - began))
            except (OSError, Ended) as error:
                self.failures.append(repr(error))
                modality = None
        if modality:
            modality.close()

    def share(self, share, since=0, until=float("inf")):
        """Milliseconds."""
        times = sorted(took for at, took in self.times if since <= at <= until)
        return 1000 * times[int(len(times) * share)] if times else float("nan")

    def said(self, since, until=float("inf")):
        return f"{self.share(0.5, since, until):.0f} / {self.share(0.99, since, until):.0f} ms"

    def close(self):
        self.is_over.set()
        self.thread.join()


class Procedure:
    """An order of ours, which the load does not change, and the performed step of it."""

    asking = threading.Lock()  # one psql is open

    def __init__(self, lab, number):
        self.lab, self.number = lab, OWN_ORDERS + number
        self.uid, self.accession = f"2.25.45{self.number}", f"A{self.number}"
        lab.engine.ask(order(self.number))
        self.study = self.sql(f"SELECT study_uid FROM imaging_order WHERE accession = '{self.accession}'")[0]

    def sql(self, query):
        with self.asking:
            return self.lab.engine.sql(query)

    def modality(self):
        return Modality(self.lab.engine.ports["dicom"])

    def create(self):
        modality = self.modality()
        status = modality.create(self.uid, in_progress("S1", self.study, self.accession))
        modality.release()
        return status

    def set(self, elements):
        modality = self.modality()
        status = modality.set(self.uid, elements)
        modality.release()
        return status

    def kept(self):
        """The performed step's status and data set in the store, and the scheduled step's status."""
        found = self.sql(f"SELECT status || '|' || dataset FROM performed_step WHERE uid = '{self.uid}'")
        step = self.sql("SELECT status FROM scheduled_step s JOIN imaging_order o ON o.id = s.imaging_order"
                        f" WHERE accession = '{self.accession}'")
        return (*found[0].split("|", 1), step[0]) if found else (None, "", step[0])


def ends(port, *said, source=None, within=15):
    """Whether the other side hangs up on who says that, and accepts nothing of it."""
    with socket.create_connection(("127.0.0.1", port), within, (source, 0) if source else None) as peer:
        try:
            for each in said:
                peer.sendall(each)
            while answer := peer.recv(65536):
                if answer[0] != ABORT:
                    return False
        except (ConnectionError, BrokenPipeError):
            pass
        except TimeoutError:
            return False
    return True


def nonsense(run, port):
    """What is no association at all, and what breaks one that is open."""
    noise = run.dice.randbytes(1 << 16)
    for name, *said in [("HTTP", b"GET / HTTP/1.1\r\nHost: pacs\r\n\r\n"), ("a PDU of type 42H", pdu(0x42, b"A" * 100)),
                        ("an association request of 4 GB", pdu(ASSOCIATE_RQ, noise, 0xFFFFFFFF), noise),
                        ("data before an association", pdu(DATA, noise)), ("noise", noise)]:
        run.expect(ends(port, *said), f"{name}: nobody hung up")
    for name, said in [("a PDU of 4 GB", pdu(DATA, noise, 0xFFFFFFFF)),
                       ("a fragment of 4 GB", pdu(DATA, b"\xff" * 4 + b"\x05\x02")),
                       ("an unknown context", fragment(99, 3, noise[:100])),
                       ("a command of noise", fragment(5, 3, noise[:1000])),
                       ("a PDU of type 42H", pdu(0x42, noise)),
                       ("a data set without a command", fragment(5, LAST, noise[:99]))]:
        modality = Modality(port)
        try:
            modality.socket.sendall(said)
            modality.socket.settimeout(15)
            run.expect(False, f"{name} was answered {modality.status():04X}H")
        except TimeoutError:
            run.expect(False, f"{name}: nobody hung up")
        except (OSError, Ended):
            pass
        modality.close()


def syntaxes(run, port):
    """What is not known is not accepted, and what is known beside it is."""
    modality = Modality(port, contexts={1: VERIFICATION, 3: "1.2.3.4.5"})
    run.expect(modality.results == {1: 0, 3: 3}, f"an unknown abstract syntax: {modality.results}")
    run.expect(modality.echo() == SUCCESS, "an echo beside an unknown abstract syntax")
    modality.release()
    modality = Modality(port, syntaxes=("1.2.3.4.5",), contexts={1: VERIFICATION, 5: MPPS})
    run.expect(modality.results == {1: 4, 5: 4}, f"an unknown transfer syntax: {modality.results}")
    modality.release()
    modality = Modality(port, syntaxes=("1.2.3.4.5", EXPLICIT), contexts={1: VERIFICATION})
    run.expect(modality.results == {1: 0}, f"a known transfer syntax beside it: {modality.results}")
    modality.release()
    for names in {"calling": "NOBODY"}, {"called": "NOBODY"}:
        try:
            Modality(port, **names).release()
            run.expect(False, f"{names} was accepted")
        except Ended as error:
            run.expect("rejected" in str(error), f"{names}: {error}")


def break_off_in_set(run, procedure, images=1000):
    """Half a data set, in a PDU more or less, and then an A-ABORT or nothing: nothing of it may be kept."""
    run.expect(procedure.create() == SUCCESS, "N-CREATE was refused")
    before = procedure.kept()
    parts = pieces(5, data_set(ended(images=images)))
    for says_so in (True, False):
        modality = procedure.modality()
        whole = run.dice.randint(0, len(parts) - 2)
        last = parts[whole][:run.dice.randint(0, len(parts[whole]))]
        modality.socket.sendall(fragment(5, 3, modality.set_command(procedure.uid)) + b"".join(parts[:whole]) +
                                (b"" if says_so else last))
        time.sleep(run.dice.uniform(0, 0.2))
        modality.abort() if says_so else modality.close()
    time.sleep(0.5)
    run.expect(procedure.kept() == before, f"a part of an N-SET was kept: {procedure.kept()[0]}")
    run.expect(procedure.set(ended(images=images)) == SUCCESS, "the whole N-SET was refused afterwards")
    status, kept, step = procedure.kept()
    found = kept.count("ReferencedSOPInstanceUID")
    run.expect((status, step, found) == ("COMPLETED", "COMPLETED", images), f"kept: {status}, {step}, {found} images")


def associations(port, callers, each):
    """So many that are open and say nothing; those that were rejected or not answered are left out."""
    opened = []
    for _ in range(each):
        for source in addresses(callers):
            try:
                opened.append(Modality(port, source=source, patience=2))
            except (OSError, Ended):
                pass
    return opened


@row(45, "DICOM: A-ABORT and hanging up within an N-SET, 600 associations, PDUs of 4 GB, unknown syntaxes, no DICOM",
     at_once=5)
def hostile_associations(run):
    lab = run.started()
    port = lab.engine.ports["dicom"]
    lab.grow(40)
    neighbour = lab.kept(Neighbour(lab))
    time.sleep(2)
    pid, usual, began = lab.engine.process.pid, lab.load.p99(0), time.monotonic()
    memory, files, most, flooding = rss(pid), open_files(pid), 0, 0
    for number in range(run.times):
        nonsense(run, port)
        syntaxes(run, port)
        break_off_in_set(run, Procedure(lab, number))
        before = lab.load.sent
        flooded = time.monotonic()
        opened = associations(port, 20, 30)
        time.sleep(3)
        most = max(most, rss(pid))
        asked = [took for at, took in neighbour.times if at > flooded]
        run.expect(len(asked) > 10, f"the other modality was answered {len(asked)} times in the flood")
        flooding = max(flooding, len(opened))
        run.expect(lab.load.sent > before + 50, "HL7 senders were starved")
        for modality in opened:
            modality.close()
        lab.recovered_since(time.monotonic())
    slow = run.expect_p99(usual, began)
    neighbour.close()
    run.expect(not neighbour.failures, f"the other modality: {neighbour.failures[:3]}")
    run.expect(most - memory < ALLOWED_GROWTH, f"memory grew from {memory:.0f} to {most:.0f} MB")
    run.expect(wait_until(lambda: open_files(pid) <= files + 8), f"{open_files(pid)} files are open, {files} before")
    run.note(f"{flooding} associations were accepted; another modality {neighbour.said(0, began)} before, "
             f"{neighbour.said(began)} meanwhile (p50 / p99); p99 of the senders {usual * 1000:.0f}, then {slow * 1000:.0f} ms; "
             f"memory {memory:.0f} to {most:.0f} MB")
    run.judge()


def at_once(*acts):
    """What each returns, all begun together."""
    gate = threading.Barrier(len(acts))

    def act(each):
        gate.wait()
        return each()

    with concurrent.futures.ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(act, acts))


def out_of_turn(run, procedure):
    """One performed step through everything that must not happen; returns which of two endings won."""
    completed, discontinued = ended(series="2.25.471"), ended("DISCONTINUED", series="2.25.472")
    run.expect(procedure.set(completed) == UNKNOWN, "N-SET before N-CREATE")
    run.expect(procedure.kept()[0] is None, "N-SET before N-CREATE made a performed step")
    run.expect(sorted(at_once(procedure.create, procedure.create)) == [SUCCESS, DUPLICATE], "two N-CREATEs at once")
    run.expect(procedure.create() == DUPLICATE, "N-CREATE once more")
    run.expect(procedure.kept()[::2] == ("IN PROGRESS", "STARTED"), f"in progress: {procedure.kept()[::2]}")
    answers = at_once(lambda: procedure.set(completed), lambda: procedure.set(discontinued))
    run.expect(sorted(answers) == [SUCCESS, FINAL], f"two ends at once: {answers}")
    won, series = ("COMPLETED", "2.25.471") if answers[0] == SUCCESS else ("DISCONTINUED", "2.25.472")
    kept = procedure.kept()
    run.expect(kept[::2] == (won, won) and series in kept[1], f"{won} was answered 0000H, kept is {kept[::2]}")
    for elements in (completed, discontinued, {0x00400252: "IN PROGRESS"}):
        run.expect(procedure.set(elements) == FINAL, "N-SET after the end")
    run.expect(procedure.create() == DUPLICATE, "N-CREATE after the end")
    run.expect(procedure.kept() == kept, "what has ended was changed")
    return won


@row(46, "performed steps: N-SET before N-CREATE, N-CREATE twice, two different ends at once, N-SET after the end",
     at_once=10)
def steps_out_of_turn(run):
    lab = run.started()
    lab.grow(40)
    began, won = time.monotonic(), []
    for number in range(run.times):
        won += at_once(*[lambda n=n: out_of_turn(run, Procedure(lab, n)) for n in range(4 * number, 4 * number + 4)])
    run.note(f"{len(won)} performed steps, {won.count('COMPLETED')} completed, {won.count('DISCONTINUED')} discontinued; "
             f"p99 of the senders {lab.load.p99(began) * 1000:.0f} ms")
    lab.grow(40)
    run.judge()


ITEM = json.dumps({"AccessionNumber": "A1", "RequestedProcedureDescription": "CT", "ScheduledProcedureStepSequence": [
    {"Modality": "CT", "ScheduledProcedureStepStartDate": "20261125", "ScheduledProcedureStepID": "S1"}]})


def fill_worklist(engine, count):
    """As bench/worklist.cpp does; with numbers that the engine does not give."""
    rows = f"FROM generate_series(1, {count}) n"
    engine.sql(f"INSERT INTO patient SELECT -n, 'DOE^JANE' || n, '19800102', 'F', '', NULL {rows}")
    engine.sql(f"INSERT INTO patient_identifier SELECT 'HOSP', 'L' || n, 'MR', -n, 0 {rows}")
    engine.sql("INSERT INTO imaging_order SELECT -n, -n, 'LP' || n, 'HOSP', 'LF' || n, 'HOSP', 'L' || n, 'HOSP',"
               f" '2.25.9' || n, 'R' {rows}")
    engine.sql("INSERT INTO scheduled_step SELECT -n, -n, 'S', 'SCHEDULED', CASE WHEN n <= 20 THEN 'MR' ELSE 'CT' END,"
               " ARRAY[CASE WHEN n <= 20 THEN 'MR1' ELSE 'CT1' END], '20261125', '093000', '', "
               f"'{ITEM}' {rows}")
    engine.sql("ANALYZE")


def crowd(port, count, seed):
    """In a process of its own: a hundred threads here would hold up the senders, not the engine."""
    program = pathlib.Path(__file__).with_name("dicom_crowd.py")
    told = subprocess.run([sys.executable, program, str(port), str(count), seed], capture_output=True, text=True,
                          timeout=300)
    return json.loads(told.stdout) if told.returncode == 0 else {"failures": [told.stderr]}


@row(47, "a hundred C-FINDs of a whole worklist of 5,000 at once, ten times, half of them cancelled within")
def crowd_at_the_worklist(run):
    lab = run.started(rate=75)
    fill_worklist(lab.engine, 5000)
    lab.grow(40)
    neighbour = lab.kept(Neighbour(lab, stays=True))
    pid, calm = lab.engine.process.pid, time.monotonic()
    time.sleep(10)
    memory, most, began, told = rss(pid), 0, time.monotonic(), []
    for number in range(10):
        asking = threading.Thread(target=lambda n=number: told.append(crowd(neighbour.port, 100, f"{run.seed} {n}")))
        asking.start()
        while asking.is_alive():
            most = max(most, rss(pid))
            asking.join(0.05)
    over = time.monotonic()
    neighbour.close()
    failures = [each for crowd_told in told for each in crowd_told["failures"]] + neighbour.failures
    run.expect(not failures, f"not answered: {failures[:3]}")
    answers = [each for crowd_told in told for each in crowd_told.get("answers", [])]
    cut = [count for status, count, cancelled in answers if status == CANCELLED]
    run.expect(all(count == 500 for status, count, _ in answers if status == SUCCESS), "a list is not whole")
    run.expect(cut and all(status in (SUCCESS, CANCELLED) for status, _, _ in answers), "C-CANCEL is not honoured")
    run.expect(all(cancelled for status, _, cancelled in answers if status == CANCELLED), "cancelled, and nobody asked")
    run.expect(most - memory < ALLOWED_GROWTH, f"memory grew from {memory:.0f} to {most:.0f} MB")
    run.note(f"{len(answers)} lists, {sum(cancelled for *_, cancelled in answers)} cancelled, {len(cut)} of them in time; "
             f"a list of 20 for another modality {neighbour.said(calm, began)} before, "
             f"{neighbour.said(began, over)} meanwhile (p50 / p99); p99 of the senders "
             f"{lab.load.p99(began) * 1000:.0f} ms; memory {memory:.0f} to {most:.0f} MB")
    run.judge()
