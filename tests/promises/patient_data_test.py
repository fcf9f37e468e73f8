#!/usr/bin/env python3
"""P10: patients' data stays in. 10,000 messages that carry a mark wherever a patient's data stands, while much goes wrong;
afterwards no mark is in anything that leaves the store: logs, figures, status, the files beside the database, URLs.

Usage: patient_data_test.py PONS"""

import itertools
import os
import pathlib
import signal
import subprocess
import time
import urllib.request

from case import HurriedHospital, main, together
from engine import wait_until
from messages import adt, header, merge, order, pid, report
from mllp import Resender, frame

MARK = "ZQCANARY"
PATIENTS, CONNECTIONS, ROUNDS = 500, 8, 420
MESSAGES = CONNECTIONS * ROUNDS * 3


def marked(number):
    """MRN, name and the rest, each with the mark."""
    return {"patient": f"{MARK}{number % PATIENTS}", "name": f"{MARK}NAME^JANE"}


def person(number):
    return f"|||{MARK} STREET {number}^^TOWN^^12345"


def order_of(number):
    return order(number, **marked(number), more=f"NTE|1||{MARK} complains of {number}\r")


def report_of(number):
    return report(number, **marked(number), text=f"{MARK} has {number}")


def update_of(number):
    return adt(f"U{number}", f"{MARK}{number % PATIENTS}", name=f"{MARK}NAME^JANE", more=person(number))


def broken(number):
    """What is refused, held or parked, each for another reason, with the mark where the reason looks."""
    mrn, name = marked(number).values()
    whole = pid(mrn, name)
    return [
        (header("ORM^O01", f"X{number}") + whole).encode(),                                    # no order
        (header(MARK, f"X{number}a") + whole).encode(),                                         # no such type
        (header("ORM^O01", f"X{number}b", processing=MARK) + whole).encode(),
        (header("ORM^O01", f"X{number}c", version=MARK) + whole).encode(),
        order(number + 1000000, patient=f"{MARK}\\X00\\", name=name),
        order(number + 1000001, **marked(number), section=MARK),                                # no such modality
        order(number + 1000002, **marked(number), start=MARK),                                  # no time
        order(number + 1000003, patient=mrn, name=f"{MARK}{'N' * 300}"),                        # too long
        order(number + 1000004, patient=mrn, name=MARK + "\udcff".encode("utf-8", "surrogateescape").decode("latin-1")),
        order(number, patient=f"{MARK}OTHER", name=name, control_id=f"X{number}d"),             # another patient's order
        report(number + 2000000, **marked(number)),                                             # of no order
        adt(f"X{number}e", mrn, born=MARK, sex=MARK),
        merge(f"X{number}f", mrn, mrn),
        f"MSH|^~\\&|{MARK}".encode(),
        f"{MARK} is no HL7 at all\n{MARK}".encode(),
        (f"MSH|^~\\&|RIS|NORTH|||2026||ORM^O01|X{number}g|P|2.5||||||{MARK}\r" + whole).encode(),  # character set
    ]


class PatientDataTest(HurriedHospital):
    SETTINGS = {"rejected": "park"}

    def test_P10_no_mark_of_10000_messages_leaves_the_store_while_much_goes_wrong(self):
        self.make_the_ehr_quote_patients()
        self.answered, self.reached, self.resent = itertools.count(), 0, []
        together(*(lambda n=n: self.send(n) for n in range(CONNECTIONS)), self.send_what_is_broken, self.hang_up, self.query,
                 self.kill)
        self.assertGreater(sum(self.resent), 0, "nothing was under way when the engine was killed")
        self.assertTrue(wait_until(lambda: self.engine.count("attempt") > 200, 60))
        self.check_that_the_store_has_them()
        for place, text in self.outside_the_store():
            lines = [line for line in text.split(b"\n") if MARK.encode() in line]
            self.assertEqual(lines[:3], [], f"{len(lines)} in {place}")

    def make_the_ehr_quote_patients(self):
        answers = iter(range(10**9))

        def decide(message):
            return {0: "AR", 1: None, 2: "AE"}.get(next(answers) % 9, "AA")

        self.ehr.decide, self.ehr.text = decide, f"{MARK} was refused".encode()

    def send(self, connection):
        ris, his, reports = (Resender(lambda name=name: self.engine.sender(name))
                             for name in ("ris-mllp", "his-mllp", "reporting-mllp"))
        for number in range(connection * ROUNDS, (connection + 1) * ROUNDS):
            for sender, message in ((ris, order_of(number)), (reports, report_of(number)), (his, update_of(number))):
                sender.ask(message)
                self.reached = next(self.answered)
        for each in (ris, his, reports):
            each.close()
            self.resent.append(each.resent)

    def kill(self):
        """PostgreSQL and the engine in turn, while the messages flow."""
        for share in range(1, 5):
            until = share * MESSAGES // 5
            self.assertTrue(wait_until(lambda: self.reached >= until, 120), "the messages have ceased to flow")
            self.assertLess(self.reached, MESSAGES - 1)
            if share % 2:
                os.kill(self.engine.postmaster(), signal.SIGKILL)
            else:
                self.engine.kill()
                self.engine.start()

    def connected(self, endpoint="ris-mllp"):
        """A connection, also where the engine is just being started again."""
        while True:
            try:
                return self.engine.sender(endpoint)
            except OSError:
                time.sleep(0.05)

    def send_what_is_broken(self):
        for number in range(5):
            for message in broken(number):
                for endpoint in ("ris-mllp", "his-mllp", "reporting-mllp"):
                    sender = self.connected(endpoint)
                    sender.ask(message)  # with or without an answer
                    sender.close()

    def hang_up(self):
        """Frames that are cut off, or follow no start."""
        for piece in (frame(order_of(9))[:100], MARK.encode() * 10, b"\x0b" + MARK.encode() + b"\x1c"):
            sender = self.connected()
            sender.socket.sendall(piece)
            sender.close()

    def query(self):
        for keys in ({"PatientName": f"{MARK}*"}, {"PatientID": MARK}, {"PatientBirthDate": MARK}, {"AccessionNumber": MARK}):
            self.engine.worklist(**keys)

    def check_that_the_store_has_them(self):
        """Else the test would look for marks that never came in."""
        self.assertGreater(self.engine.count(f"journal WHERE position('{MARK}'::bytea IN bytes) > 0"), 10000)
        self.assertGreater(self.engine.count(f"patient WHERE name LIKE '%{MARK}%'"), 400)
        self.assertGreater(self.engine.count(f"attempt WHERE position('{MARK}'::bytea IN answer) > 0"), 10)
        self.assertGreater(self.engine.count("journal WHERE outcome IN ('refused', 'unrouted')"), 50)

    def outside_the_store(self):
        """Everything that the engine says or writes, but the data folder of its PostgreSQL."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.engine.ports['http']}/metrics", timeout=60) as page:
            yield "/metrics", page.read()
        for more in ([], ["--json"]):
            yield "pons status", subprocess.run([self.engine.binary, "status", "--state", self.engine.state, *more],
                                                capture_output=True, timeout=60).stdout
        yield "the log", self.engine.log().encode()
        state = pathlib.Path(self.engine.state)
        beside = [file for file in state.rglob("*") if file.is_file() and state / "postgres/data" not in file.parents]
        self.assertIn(state / "postgres/log", beside)
        for file in beside:
            yield str(file), file.read_bytes()
        for name in ("cmdline", "environ"):
            yield name, pathlib.Path(f"/proc/{self.engine.process.pid}/{name}").read_bytes()
        yield "URLs", "\n".join(self.fhir.urls).encode()


if __name__ == "__main__":
    main()
