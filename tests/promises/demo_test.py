#!/usr/bin/env python3
"""`pons demo` against an engine that runs already: it plays the EHR to which that engine sends, or says why it can't.

Usage: demo_test.py PONS"""

import subprocess
import unittest

from case import BINARY, main
from engine import Engine
from mllp import Ehr


class DemoTest(unittest.TestCase):
    def engine(self, **settings):
        engine = Engine(BINARY)
        self.addCleanup(engine.close)
        engine.environment |= settings
        return engine.start()

    def demo(self, engine):
        done = subprocess.run([engine.binary, "demo", "--once", "--state", engine.state], text=True, capture_output=True,
                              cwd=engine.site, env=engine.environment, timeout=120)
        return done.returncode, done.stdout + done.stderr

    def free_port(self):
        ehr = Ehr()
        ehr.close()
        return ehr.port

    def test_it_receives_where_the_engine_sends_to(self):
        engine = self.engine(EHR_PORT=str(self.free_port()), EHR_FHIR_URL=f"http://127.0.0.1:{self.free_port()}/fhir")
        code, told = self.demo(engine)
        self.assertEqual(code, 0, told)
        self.assertRegex(told, "HL7   MSH")
        self.assertRegex(told, "FHIR  a Bundle")
        self.assertTrue(engine.is_up())

    def test_it_does_not_play_into_an_ehr_elsewhere(self):
        engine = self.engine(EHR_HOST="ehr.invalid")
        code, told = self.demo(engine)
        self.assertEqual(code, 1)
        self.assertIn("mllp://ehr.invalid:1", told)
        self.assertIn("--state", told)
        self.assertEqual(engine.count("journal"), 0)

    def test_it_says_where_somebody_else_receives(self):
        ehr = Ehr()
        self.addCleanup(ehr.close)
        engine = self.engine(EHR_PORT=str(ehr.port))
        code, told = self.demo(engine)
        self.assertEqual(code, 1)
        self.assertIn(f"127.0.0.1:{ehr.port}", told)


if __name__ == "__main__":
    main()
