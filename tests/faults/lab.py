"""One run of a fault: an engine under load, what it sends to, and the logs of all of them in one folder."""

import json
import os
import pathlib
import random
import shutil
import signal
import tempfile
import time

import paths  # noqa: F401
from checker import check, dump_from, read_history
from engine import Engine, change, hurried_site, wait_until
from load import Load
from proxy import Proxy
from receivers import MARKED, NAME_MARK, REPORT_MARK, FhirReceiver, MllpReceiver

GOES_TO = {"adt": ["pacs-north-mllp"], "orm": [], "oru": ["ehr-mllp", "ehr-fhir"]}
ALL_DELIVERED_WITHIN = 120

# What the store holds, by the marks in it.
DUMP = {
    "journal": f"SELECT outcome, substring(encode(substring(bytes for {MARKED}), 'escape') from '[RW][0-9]+N[0-9]+')"
               " FROM journal WHERE kind = 'hl7' ORDER BY message",
    "parcels": f"SELECT outlet, state, substring(encode(substring(document for {MARKED}), 'escape') from"
               " (CASE outlet WHEN 'pacs-north-mllp' THEN 'W' ELSE 'R' END) || '[0-9]+N[0-9]+')"
               " FROM parcel JOIN parcel_state ON parcel = id ORDER BY id",
    "registry": "SELECT value, substring(name from 'W[0-9]+N[0-9]+') FROM patient p JOIN patient_identifier i"
                " ON i.patient = p.id",
    "worklist": "SELECT accession, substring(item from 'R[0-9]+N[0-9]+') FROM scheduled_step s JOIN imaging_order o"
                " ON o.id = s.imaging_order",
}


def slashed(mark):
    """R12N34 as the logs write it: 12/34."""
    return mark[1:].replace("N", "/")


class Lab:
    def __init__(self, binary, seed, proxied=False, may_repeat_late=False, logs_in=None, **settings):
        self.seed, self.dice = seed, random.Random(seed)
        self.home = tempfile.TemporaryDirectory(prefix="pons-fault-")
        os.chmod(self.home.name, 0o755)
        self.logs = tempfile.TemporaryDirectory(prefix="history-", dir=logs_in or self.home.name)
        self.folder = pathlib.Path(self.logs.name)
        self.about = {}
        self.tell_checker(goes_to=GOES_TO, may_repeat_late=may_repeat_late)
        self.dumps, self.closing, self.load, self.recoveries, self.engines = 0, [], None, [], []
        self.ehr = self.kept(MllpReceiver(self.folder, "ehr-mllp", REPORT_MARK))
        self.pacs = self.kept(MllpReceiver(self.folder, "pacs-north-mllp", NAME_MARK))
        self.fhir = self.kept(FhirReceiver(self.folder, "ehr-fhir"))
        self.proxies = {}
        if proxied:
            self.proxies = {name: self.kept(Proxy(each.port)) for name, each in
                            (("ehr-mllp", self.ehr), ("pacs-north-mllp", self.pacs), ("ehr-fhir", self.fhir))}
        self.site = hurried_site(str(pathlib.Path(self.home.name) / "site"), **settings)
        self.binary = binary
        self.engine = self.new_engine()

    def kept(self, party):
        self.closing.append(party)
        return party

    def tell_checker(self, **about):
        self.about |= about
        (self.folder / "about.json").write_text(json.dumps(self.about))

    def new_engine(self):
        ehr, fhir = self.proxies.get("ehr-mllp", self.ehr), self.proxies.get("ehr-fhir", self.fhir)
        engine = Engine(self.binary, self.site, ehr, fhir)
        pacs = self.proxies.get("pacs-north-mllp", self.pacs)
        if not self.engines:
            send_to_pacs(pathlib.Path(self.site) / "routes/endpoints.yaml", pacs.port)
        self.engines.append(engine)
        return engine

    def start(self, **load):
        self.engine.start()
        return self.start_load(**load)

    def start_load(self, ports=None, **load):
        self.load = Load(self.folder, ports or (lambda: self.engine.ports), self.seed, **load)
        return self

    def grow(self, messages=40, within=60, pause=0.3):
        """Until some more messages are acknowledged, then on for a random instant."""
        before = self.load.sent
        if not wait_until(lambda: self.load.sent >= before + messages, within):
            raise Stuck("nothing is acknowledged any more")
        time.sleep(self.dice.uniform(0, pause))

    def crash(self):
        self.die()
        self.restart()

    def die(self):
        """kill -9 of the engine and of PostgreSQL, at one instant."""
        self.engine.process.send_signal(signal.SIGSTOP)
        database = self.engine.database_processes()
        for pid in database:
            kill(pid)
        self.engine.kill()
        wait_until(lambda: not any(is_alive(pid) for pid in database))

    def restart(self):
        began = time.monotonic()
        self.engine.start()
        self.recovered_since(began)
        self.dump()

    def recovered_since(self, instant, within=60):
        if not wait_until(lambda: self.load.first_answer_after(instant) is not None, within):
            raise Stuck("nothing was acknowledged after the fault")
        self.recoveries.append(self.load.first_answer_after(instant))

    def dump(self, engine=None):
        """What the store holds now, for the checker."""
        engine = engine or self.engine
        if not wait_until(lambda: answers(engine), 60):
            raise Stuck("the database does not come back")
        kept = {"at": time.monotonic()}
        rows = {name: [row.split("|") for row in engine.sql(query)] for name, query in DUMP.items()}
        kept["journal"] = [(slashed(mark), outcome) for outcome, mark in rows["journal"] if mark]
        kept["parcels"] = [(outlet, slashed(mark), state) for outlet, state, mark in rows["parcels"] if mark]
        for table in ("registry", "worklist"):
            kept[table] = {row[0][1:]: slashed(row[1]) for row in rows[table] if row[1]}
        dump_from(json.loads(json.dumps(kept)))
        self.dumps += 1
        (self.folder / f"dump-{self.dumps}.json").write_text(json.dumps(kept))

    def all_delivered(self, within=ALL_DELIVERED_WITHIN, engine=None):
        engine = engine or self.engine
        return wait_until(lambda: answers(engine) and engine.count("parcel_state WHERE state = 'queued'") == 0, within)

    def verdict(self, engine=None, within=ALL_DELIVERED_WITHIN):
        """Ends the load, waits until all is delivered, and judges."""
        self.load.stop()
        if not self.all_delivered(within, engine):
            left = (engine or self.engine).count("parcel_state WHERE state = 'queued'")
            raise Stuck(f"{left} parcels were never delivered")
        time.sleep(0.2)  # a receiver may be about to write down a repeat
        self.dump(engine)
        return check(read_history(self.folder))

    def close(self, keep=None):
        if self.load:
            self.load.stop()
        if keep:
            shutil.copytree(self.folder, keep, dirs_exist_ok=True)
            for number, engine in enumerate(self.engines):
                keep_logs(engine, pathlib.Path(keep), number)
        for engine in reversed(self.engines):  # the first has the database
            end(engine)
        for party in reversed(self.closing):
            party.close()
        self.logs.cleanup()
        self.home.cleanup()


def keep_logs(engine, folder, number):
    for file, name in ((engine.log_file, "engine"), (f"{engine.state}/postgres/log", "postgresql")):
        if os.path.exists(file):
            shutil.copy(file, folder / f"{name}-{number}.log")


class Stuck(Exception):
    """Liveness: what should go on does not."""


def send_to_pacs(endpoints, port):
    change(endpoints, r"mllp://\$\{env:PACS_NORTH_HOST\}:2575\n    retry: [^\n]*\n    open: [^\n]*",
           f"mllp://127.0.0.1:{port}\n    reply_within: 3s\n    at_once: 2\n    retry: {{every: 1s, up_to: 1s, for: 3d}}")


def answers(engine):
    try:
        return engine.sql("SELECT 1") == ["1"]
    except (OSError, IndexError, ValueError):
        return False


def kill(pid, with_signal=signal.SIGKILL):
    try:
        os.kill(pid, with_signal)
    except ProcessLookupError:
        pass


def is_alive(pid):
    """Not gone, and not waiting to be buried."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def end(engine):
    try:
        if engine.process and engine.is_up():
            engine.process.send_signal(signal.SIGCONT)
        if "PONS_DATABASE" in engine.environment and engine.process and engine.is_up():
            engine.stop()
        engine.close()
    except Exception as error:  # what a fault left behind must not hide what it found
        print(f"while ending the engine: {error!r}")
        if engine.process and engine.is_up():
            engine.kill()
        engine.folder.cleanup()
