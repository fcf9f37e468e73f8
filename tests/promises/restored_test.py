#!/usr/bin/env python3
"""After a backup was restored nothing gets a control ID that was used before, and nothing that was queued is sent until
a person says so."""

import pathlib
import subprocess
import tempfile
import time
import unittest

import backup
from case import BINARY, main
from engine import Engine, hurried_site, wait_until
from fhir import Fhir
from messages import order, report
from mllp import Ehr, field


class RestoredTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="pons-restored-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.folder.chmod(0o755)
        self.ehr, self.fhir = Ehr(), Fhir()
        self.addCleanup(self.ehr.close)
        self.addCleanup(self.fhir.close)
        self.engine = Engine(BINARY, hurried_site(str(self.folder / "site")), self.ehr, self.fhir)
        self.addCleanup(self.engine.close)
        self.engine.start()

    def pons(self, *arguments):
        return subprocess.run([BINARY, *arguments, "--state", self.engine.state], capture_output=True, text=True, timeout=60)

    def report(self, number, patient):
        self.assertEqual(self.engine.ask(order(number, patient)).code, "AA")
        self.assertEqual(self.engine.ask(report(number, patient, text=f"Report {number}."), "reporting-mllp").code, "AA")

    def queued(self):
        return self.engine.count("parcel_state WHERE state = 'queued'")

    def ids(self, number):
        """The control IDs under which the EHR took that report."""
        return [field(each, b"MSH", 10) for each in self.ehr.received() if f"Report {number}.".encode() in each]

    def took(self, number, times=1):
        return wait_until(lambda: len(self.ids(number)) == times)

    def with_two_queued(self):
        """Report 1 is delivered, 2 and 3 wait for an EHR that does not answer."""
        self.report(1, "M1")
        self.assertTrue(self.took(1) and wait_until(lambda: self.queued() == 0))
        self.ehr.decide = lambda message: None
        self.report(2, "M2")
        self.report(3, "M2")
        self.assertTrue(wait_until(lambda: self.queued() == 2))

    def go_on_and_stop(self):
        """What no backup has: 2 and 3 are delivered after all, and 4."""
        self.ehr.decide = lambda message: "AA"
        self.report(4, "M4")
        self.assertTrue(all(self.took(each) for each in (2, 3, 4)))
        self.assertTrue(wait_until(lambda: self.queued() == 0))
        self.assertEqual(self.engine.stop(), 0)

    def assert_goes_on(self):
        earlier = {each for number in (1, 2, 3, 4) for each in self.ids(number)}
        self.assertEqual(len(earlier), 4)
        self.assert_is_refused()
        done = self.pons("restored")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("ehr-mllp: 2 deliveries", done.stdout)
        self.engine.start()
        self.report(5, "M5")
        self.report(6, "M2")  # a patient of whom something is held
        self.assertTrue(self.took(5))
        time.sleep(3)  # a retry is due each second
        self.assertEqual([len(self.ids(number)) for number in (2, 3, 6)], [1, 1, 0])
        self.assertFalse(set(self.ids(5)) & earlier)
        self.assertEqual(len(self.pons("messages", "--held").stdout.splitlines()), 2)

    def assert_is_refused(self):
        with self.assertRaises(RuntimeError) as refused:
            self.engine.start()
        self.assertIn("restored from a backup", str(refused.exception))
        self.assertIn("Run `pons restored`", str(refused.exception))

    def test_a_dump_is_gone_on_with_and_what_was_queued_goes_out_when_a_person_says_so(self):
        self.with_two_queued()
        backup.dump(self.engine, self.folder / "dump")
        self.go_on_and_stop()
        backup.restore_dump(self.engine, self.folder / "dump")
        self.assert_goes_on()
        done = self.pons("release", "ehr-mllp")
        self.assertEqual(done.stdout, "ehr-mllp: 2 go out under their control IDs\n")
        self.assertTrue(self.took(6))
        order_of_arrival = [each.split(b"Report ")[1][:1] for each in self.ehr.received()]
        self.assertEqual(order_of_arrival[-3:], [b"2", b"3", b"6"])
        for number in (2, 3):
            self.assertEqual(len(self.ids(number)), 2)
            self.assertEqual(len(set(self.ids(number))), 1)

    def test_a_base_backup_with_its_log_is_gone_on_with_and_what_was_queued_is_given_up(self):
        backup.archive(self.engine, self.folder / "archive")
        self.engine.stop()
        self.engine.start()
        backup.base_backup(self.engine, self.folder / "backup/base")
        self.with_two_queued()
        until = self.engine.sql("SELECT now()")[0]
        self.go_on_and_stop()
        backup.restore_base(self.engine, self.folder / "backup/base", self.folder / "archive", until)
        self.assert_goes_on()
        done = self.pons("release", "ehr-mllp", "--park")
        self.assertEqual(done.stdout, "ehr-mllp: 2 given up, and parked\n")
        self.assertTrue(self.took(6))
        self.assertEqual([len(self.ids(number)) for number in (2, 3)], [1, 1])

    def test_a_backup_that_is_restored_a_second_time_uses_no_control_id_again_either(self):
        backup.dump(self.engine, self.folder / "dump")
        self.report(1, "M1")
        for number in (2, 3):
            self.assertTrue(self.took(number - 1))
            self.engine.stop()
            backup.restore_dump(self.engine, self.folder / "dump")
            self.assert_is_refused()
            self.assertEqual(self.pons("restored").returncode, 0)
            self.engine.start()
            self.report(number, f"M{number}")
        self.assertTrue(self.took(3))
        ids = [field(each, b"MSH", 10) for each in self.ehr.received()]
        self.assertEqual(len(set(ids)), 3)
        self.assertLessEqual(max(map(len, ids)), 20)

    def test_beside_an_engine_that_runs_it_does_nothing(self):
        done = self.pons("restored")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("stop it first", done.stderr)

    def test_a_store_that_was_not_restored_is_not_refused_also_after_a_crash(self):
        for number in (1, 2):
            self.report(number, "M1")
            self.engine.stop()
            self.engine.start()
            self.report(10 + number, "M1")
            self.engine.kill()
            self.engine.start()


if __name__ == "__main__":
    main()
