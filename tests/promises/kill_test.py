#!/usr/bin/env python3
"""P2 and P3 with whole processes: kill -9 of the engine and of PostgreSQL under load, again and again. What was
acknowledged is there, what was not is not half there, and what is sent again is not done twice.

Usage: kill_test.py PONS [ROUNDS]. PONS_KILL_ROUNDS sets the rounds for ./test."""

import os
import random
import signal
import sys
import threading
import unittest

from engine import Engine, Ris, order, wait_until

BINARY = sys.argv[1] if len(sys.argv) > 1 else "build/release/pons"
ROUNDS = int(sys.argv[2] if len(sys.argv) > 2 else os.environ.get("PONS_KILL_ROUNDS", "5"))
SENDERS = 4


class Load:
    """Senders that resend a message until they have an answer, as a RIS does."""

    def __init__(self, engine):
        self.engine = engine
        self.lock = threading.Lock()
        self.acknowledged, self.sent, self.next = set(), set(), 0
        self.running = True
        self.threads = [threading.Thread(target=self.send) for _ in range(SENDERS)]
        for thread in self.threads:
            thread.start()

    def send(self):
        number, ris = None, None
        while self.running:
            if number is None:
                with self.lock:
                    self.next += 1
                    number = self.next
                    self.sent.add(number)
            try:
                ris = ris or Ris(self.engine.ports["mllp"])
            except OSError:
                threading.Event().wait(0.05)
                continue
            code = ris.send(order(number))
            if code == "AA":
                with self.lock:
                    self.acknowledged.add(number)
                number = None
            elif code is None:
                ris.close()
                ris = None
            else:
                raise AssertionError(f"order {number} was answered {code}")
        if ris:
            ris.close()

    def stop(self):
        self.running = False
        for thread in self.threads:
            thread.join()


class KillTest(unittest.TestCase):
    def setUp(self):
        self.engine = Engine(BINARY)
        self.engine.start()
        self.load = Load(self.engine)
        self.dice = random.Random(20261124)

    def tearDown(self):
        self.load.running = False
        self.engine.close()

    def grow(self):
        """Runs until some more orders are acknowledged, then on for a random instant."""
        before = len(self.load.acknowledged)
        self.assertTrue(wait_until(lambda: len(self.load.acknowledged) > before + 20), "no order is acknowledged any more")
        threading.Event().wait(self.dice.uniform(0, 0.3))

    def check(self):
        self.load.stop()
        present = [int(accession[1:]) for accession in self.engine.sql("SELECT accession FROM imaging_order")]
        steps = self.engine.sql("SELECT count(*) FROM scheduled_step")
        patients = self.engine.sql("SELECT count(*) FROM patient")
        journal = self.engine.sql("SELECT count(*) FROM journal WHERE outcome = 'done'")
        lost = self.load.acknowledged - set(present)
        phantom = set(present) - self.load.sent
        print(f"{len(self.load.acknowledged)} acknowledged, {len(present)} present, {len(lost)} lost")
        self.assertFalse(lost)
        self.assertFalse(phantom)
        self.assertEqual(len(present), len(set(present)), "an order is there twice")
        for count in (steps, patients, journal):
            self.assertEqual(int(count[0]), len(present), "a message was half done or done twice")

    def test_the_engine_is_killed(self):
        for _ in range(ROUNDS):
            self.grow()
            self.engine.kill()
            self.engine.start()
        self.grow()
        self.check()

    def test_postgresql_is_killed(self):
        for _ in range(ROUNDS):
            self.grow()
            os.kill(self.engine.postmaster(), signal.SIGKILL)
        self.grow()
        self.check()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
