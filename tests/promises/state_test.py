#!/usr/bin/env python3
"""One engine on a state folder, whatever an engine that was killed has left there.

Usage: state_test.py PONS"""

import fcntl
import os
import pathlib
import subprocess

from case import SampleHospital, main
from messages import order


class StateTest(SampleHospital):
    def pons(self, *arguments):
        done = subprocess.run([self.engine.binary, *arguments, "--state", self.engine.state], text=True, timeout=90,
                              capture_output=True, env=self.engine.environment)
        return done.returncode, done.stdout + done.stderr

    def test_a_killed_engine_whose_process_id_another_process_has_now_keeps_nobody_from_starting(self):
        self.engine.kill()
        running = pathlib.Path(self.engine.state) / "running"
        lines = running.read_text().splitlines()
        lines = [str(os.getpid()), *(line for line in lines if line.split()[0] in ("listens", "sends"))]
        running.write_text("\n".join(lines) + "\n")
        self.assertRegex(self.pons("status")[1], "engine +does not run on this state")
        code, text = self.pons("apply")  # a SIGHUP would end this test
        self.assertEqual(code, 1)
        self.assertIn("no engine runs on", text)
        self.engine.start()
        self.assertEqual(self.engine.ask(order(1)).code, "AA")

    def test_beside_an_engine_no_second_one_starts_and_it_is_found(self):
        code, text = self.pons("run", self.engine.site)
        self.assertEqual(code, 1)
        self.assertIn("already; stop it first", text)
        self.assertRegex(self.pons("status")[1], "engine +runs\n")
        code, text = self.pons("apply")
        self.assertEqual((code, text.splitlines()[-1]), (0, "in force"))
        self.assertEqual(self.engine.ask(order(2)).code, "AA")

    def test_an_engine_that_is_not_ready_yet_has_the_folder(self):
        self.engine.stop()
        state = pathlib.Path(self.engine.state)
        with open(state / "lock", "r+") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX)
            self.assertIn("already; stop it first", self.pons("run", self.engine.site)[1])
            self.assertIn("no engine runs on", self.pons("apply")[1])
        self.engine.start()

    def test_an_engine_that_cannot_write_what_it_says_of_itself_goes_on(self):
        in_its_way = pathlib.Path(self.engine.state) / "running.new"
        in_its_way.mkdir()
        self.addCleanup(in_its_way.rmdir)
        self.assertEqual(self.pons("apply")[0], 0)
        self.assertIn("cannot write", self.engine.log())
        self.assertEqual(self.engine.ask(order(3)).code, "AA")


if __name__ == "__main__":
    main()
