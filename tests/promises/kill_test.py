#!/usr/bin/env python3
"""P2 and P3 with whole processes: kill -9 of the engine and of PostgreSQL under load, again and again. What was
acknowledged is there, what was not is not half there, and what is sent again is neither done nor delivered twice.

Usage: kill_test.py PONS [ROUNDS]. PONS_KILL_ROUNDS sets the rounds for ./test."""

import os
import random
import signal
import sys
import tempfile
import threading
import unittest

from case import BINARY, main
from engine import Engine, hurried_site, wait_until
from fhir import Fhir
from messages import order, report
from mllp import Ehr, Resender, field

ROUNDS = int(sys.argv[2] if len(sys.argv) > 2 else os.environ.get("PONS_KILL_ROUNDS", "5"))
SENDERS = 4
# A parcel that was under way when the engine was killed stands until its lease ends: 3 s for the answer, 35 s beyond.
DELIVERED_WITHIN = 120


class Load:
    """Senders that resend a message until they have an answer, as a RIS does: an order, then its report."""

    def __init__(self, engine):
        self.engine = engine
        self.lock = threading.Lock()
        self.orders, self.reports, self.sent, self.next, self.resent = set(), set(), set(), 0, 0
        self.strange = []
        self.running = True
        self.threads = [threading.Thread(target=self.send) for _ in range(SENDERS)]
        for thread in self.threads:
            thread.start()

    def send(self):
        ris, reporting = senders = [Resender(lambda name=name: self.engine.sender(name), lambda: self.running)
                                    for name in ("ris-mllp", "reporting-mllp")]
        while self.running:
            with self.lock:
                self.next += 1
                number = self.next
                self.sent.add(number)
            for sender, message, done in ((ris, order(number), self.orders), (reporting, report(number), self.reports)):
                answer = sender.ask(message)
                if answer is None:
                    break
                with self.lock:
                    done.add(number)
                    if answer.code != "AA" or answer.text:
                        self.strange.append((message, answer))
        for each in senders:
            each.close()
            with self.lock:
                self.resent += each.resent

    def stop(self):
        self.running = False
        for thread in self.threads:
            thread.join()


class KillTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="pons-site-")
        self.addCleanup(folder.cleanup)
        self.ehr, self.fhir = Ehr(), Fhir()
        self.addCleanup(self.ehr.close)
        self.addCleanup(self.fhir.close)
        self.engine = Engine(BINARY, hurried_site(folder.name), self.ehr, self.fhir)
        self.addCleanup(self.engine.close)
        self.engine.start()
        self.load = Load(self.engine)
        self.addCleanup(self.load.stop)
        self.dice = random.Random(20261124)

    def grow(self):
        """Runs until some more reports are acknowledged, then on for a random instant."""
        before = len(self.load.reports)
        self.assertTrue(wait_until(lambda: len(self.load.reports) > before + 20, 60),
                        "nothing is acknowledged any more")
        threading.Event().wait(self.dice.uniform(0, 0.3))

    def check(self):
        self.load.stop()
        self.assertEqual(self.load.strange, [])
        self.check_records()
        self.check_deliveries()

    def check_records(self):
        present = [int(accession[1:]) for accession in self.engine.sql("SELECT accession FROM imaging_order")]
        reported = [int(filler[1:]) for filler in self.engine.sql("SELECT filler FROM report")]
        lost = (self.load.orders - set(present)) | (self.load.reports - set(reported))
        print(f"{len(self.load.orders)} orders and {len(self.load.reports)} reports acknowledged, "
              f"{self.load.resent} resent, {len(lost)} lost")
        self.assertFalse(lost)
        self.assertLessEqual(set(present), self.load.sent)
        self.assertEqual(len(present), len(set(present)), "an order is there twice")
        for table in ("scheduled_step", "patient", "journal WHERE outcome = 'done' AND inlet = 'ris-mllp'"):
            self.assertEqual(self.engine.count(table), len(present), "a message was half done or done twice")
        for what in ("report WHERE version = 1", "journal WHERE outcome = 'done' AND inlet = 'reporting-mllp'",
                     "parcel p JOIN parcel_state s ON s.parcel = p.id WHERE outlet = 'ehr-mllp'",
                     "parcel p JOIN parcel_state s ON s.parcel = p.id WHERE outlet = 'ehr-fhir'"):
            self.assertEqual(self.engine.count(what), len(reported), "a report was half done or done twice")
        self.assertEqual(self.engine.count("journal WHERE outcome <> 'done'"), 0)

    def check_deliveries(self):
        waiting = "parcel_state WHERE state <> 'delivered'"
        self.assertTrue(wait_until(lambda: self.engine.count(waiting) == 0, DELIVERED_WITHIN),
                        "not everything is delivered")
        by_report, by_control_id = {}, {}
        received = self.ehr.received()
        for message in received:
            by_report.setdefault(field(message, b"OBR", 3), set()).add(field(message, b"MSH", 10))
            by_control_id.setdefault(field(message, b"MSH", 10), set()).add(message)
        print(f"{len(received)} deliveries of {len(by_report)} reports over HL7")
        self.assertLessEqual({f"F{number}".encode() for number in self.load.reports}, set(by_report),
                             "an acknowledged report did not reach the EHR")
        self.assertEqual([each for each in by_report.values() if len(each) != 1], [], "a report under two control ids")
        self.assertEqual([each for each in by_control_id.values() if len(each) != 1], [],
                         "one control id with two contents")
        over_fhir = {each["identifier"][0]["value"] for each in self.fhir.resources("DiagnosticReport")}
        self.assertLessEqual({f"F{number}" for number in self.load.reports}, over_fhir)

    def test_P2_P3_nothing_is_lost_or_done_twice_when_the_engine_and_postgresql_are_killed(self):
        for _ in range(ROUNDS):
            self.grow()
            self.engine.kill()
            self.engine.start()
            self.grow()
            os.kill(self.engine.postmaster(), signal.SIGKILL)
        self.grow()
        self.check()

    def test_P2_what_was_under_way_when_the_engine_was_killed_goes_out_again_without_waiting_for_its_lease(self):
        self.load.stop()
        self.assertTrue(wait_until(lambda: self.engine.count("parcel_state WHERE state <> 'delivered'") == 0, 60))
        killed, asked = threading.Event(), []

        def decide(message):
            asked.append(message)
            return "AA" if killed.wait(30) and len(asked) > 1 else None

        self.ehr.decide = decide
        number = self.load.next + 1
        for endpoint, message in (("ris-mllp", order(number)), ("reporting-mllp", report(number))):
            self.assertEqual(self.engine.ask(message, endpoint).code, "AA")
        self.assertTrue(wait_until(lambda: asked))
        self.engine.kill()
        killed.set()
        self.engine.start()
        self.assertTrue(wait_until(lambda: len(asked) > 1, 15), "it waits for its lease")
        self.assertEqual(asked[0], asked[1])

    def test_P2_the_engine_waits_for_a_process_that_its_former_postgresql_left_behind(self):
        self.load.stop()
        postmaster, *others = self.engine.database_processes()
        os.kill(others[0], signal.SIGSTOP)  # it holds the shared memory, so that no new postmaster starts
        try:
            os.kill(postmaster, signal.SIGKILL)
            self.assertTrue(wait_until(lambda: self.engine.log().count("is started again") > 1, 20), "it did not try again")
            self.assertTrue(self.engine.is_up())
        finally:
            os.kill(others[0], signal.SIGKILL)
        number = self.load.next + 1
        self.assertTrue(wait_until(lambda: self.engine.ask(order(number)), 30), "the database did not come back")


if __name__ == "__main__":
    main()
