"""What the suites share: one engine a class, with an EHR beside it."""

import sys
import tempfile
import threading
import unittest

from engine import ROOT, Engine, hurried_site
from fhir import Fhir
from mllp import Ehr

BINARY = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "build/release/pons")


class SampleHospital(unittest.TestCase):
    """The sample hospital as it is, without an EHR."""

    @classmethod
    def setUpClass(cls):
        cls.engine = Engine(BINARY)
        cls.addClassCleanup(cls.engine.close)
        cls.engine.start()

    def outcomes(self, control_id):
        """What the journal says of the messages with that MSH-10."""
        return self.engine.sql("SELECT outcome FROM journal WHERE position("
                               f"convert_to('|{control_id}|', 'UTF8') IN bytes) > 0 ORDER BY message")


class HurriedHospital(SampleHospital):
    """The sample hospital that does not wait for images, with an EHR over MLLP and FHIR."""

    SETTINGS = {}

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="pons-site-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.ehr, cls.fhir = Ehr(), Fhir()
        cls.addClassCleanup(cls.ehr.close)
        cls.addClassCleanup(cls.fhir.close)
        cls.engine = Engine(BINARY, hurried_site(cls.folder.name, **cls.SETTINGS), cls.ehr, cls.fhir)
        cls.addClassCleanup(cls.engine.close)
        cls.engine.start()


def together(*works):
    """Runs all at the same time, from the same instant; gives back what they returned, or raises what one raised."""
    start = threading.Barrier(len(works))
    results, errors = [None] * len(works), []

    def run(index, work):
        try:
            start.wait()
            results[index] = work()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return results


def main():
    unittest.main(argv=sys.argv[:1], verbosity=2)
