#!/usr/bin/env python3
"""What a row must have done to count as passed."""

import pathlib
import subprocess
import sys
import types
import unittest

from checker import Findings
from row import Row, Run, Sum

HERE = pathlib.Path(__file__).resolve().parent


def failures(act, within=None):
    total = Sum(Row(0, "a fault", act, 1, frozenset(), within))
    total.add(Run({}, 1, 1).go(act))
    return total.failures


def judged(run, recoveries=()):
    run.the_lab = types.SimpleNamespace(engine=None, recoveries=list(recoveries), close=lambda keep: None,
                                        load=types.SimpleNamespace(sent=9, resent=0))
    run.findings = Findings()


class RowTest(unittest.TestCase):
    def test_a_row_that_was_judged_and_expected_nothing_in_vain_passes(self):
        self.assertEqual(failures(judged), [])

    def test_a_row_that_never_judged_fails(self):
        self.assertEqual(failures(lambda run: None), ["it was never judged"])

    def test_a_row_whose_first_AA_comes_later_than_the_matrix_allows_fails(self):
        self.assertEqual(failures(lambda run: judged(run, [1, 5.2]), within=5),
                         ["the first AA came after 5.2 s, asked are 5 s"])
        self.assertEqual(failures(lambda run: judged(run, [1, 5.2])), [])

    def test_a_row_that_was_named_and_could_not_run_has_not_passed(self):
        ran = subprocess.run([sys.executable, HERE / "run", "2", "--crash-points", "/nowhere"],
                             capture_output=True, text=True)
        self.assertEqual((ran.returncode, ran.stdout.splitlines()[-2:]),
                         (1, ["seed 1, 1 not run", "0 passed, 0 failed"]))


if __name__ == "__main__":
    unittest.main()
