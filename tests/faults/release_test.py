#!/usr/bin/env python3
"""What tests/faults plants into builds of its own is in no other. Usage: release_test.py PONS"""

import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PONS = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "build/release/pons")


class ReleaseTest(unittest.TestCase):
    def test_its_version_names_nothing_planted(self):
        version = subprocess.run([PONS, "--version"], capture_output=True, text=True, check=True).stdout
        self.assertNotIn("planted", version)

    def test_neither_a_crash_point_nor_a_bug_is_in_the_binary(self):
        names = re.findall(r'kPlanted == "(\w+)"', (ROOT / "engine/base/plant.h").read_text())
        points = {point for file in ROOT.glob("*/**/*.cpp")
                  for point in re.findall(r'plant::crash_point\("([\w-]+)"\)', file.read_text(errors="replace"))}
        binary = pathlib.Path(PONS).read_bytes()
        self.assertGreater(len(points), 8)
        self.assertEqual([name for name in [*names, *points] if name.encode() in binary], [])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
