"""An EHR, a PACS and a FHIR server that write what they got into their logs, fsynced, before they answer."""

import json
import re
import time

import paths  # noqa: F401
from checker import Mark
from fhir import Fhir
from log import Log
from mllp import Ehr, field

MARKED = 64 << 10  # bytes of a message, which its mark stands in
REPORT_MARK, NAME_MARK = re.compile(r"R(\d+)N(\d+)"), re.compile(r"W(\d+)N(\d+)")


def mark_in(text, pattern):
    found = pattern.search(text)
    return Mark(int(found[1]), int(found[2])) if found else None


class MllpReceiver(Ehr):
    def __init__(self, folder, name, pattern, decide=lambda message: "AA"):
        self.log, self.pattern, self.takes, self.arrived = Log(folder / f"receiver-{name}.log"), pattern, 0, []
        super().__init__(decide)

    @property
    def count(self):
        return len(self.arrived)

    def keep(self, message, code):
        if self.takes:
            time.sleep(self.takes)
        control_id = field(message, b"MSH", 10).decode()
        self.arrived.append(control_id)
        mark = mark_in(message[:MARKED].decode("latin-1"), self.pattern)
        if mark:  # what a row sends beside the load bears none
            self.log.write(mark, control_id=control_id, answer=code)

    def close(self):
        super().close()
        self.log.close()


class FhirReceiver(Fhir):
    def __init__(self, folder, name, decide=lambda mark: 200):
        self.log, self.decide, self.takes, self.count = Log(folder / f"receiver-{name}.log"), decide, 0, 0
        super().__init__()

    def take(self, bundle, control_id):
        if self.takes:
            time.sleep(self.takes)
        self.count += 1
        mark = mark_in(json.dumps(bundle), REPORT_MARK)
        status = self.decide(mark)
        if mark:
            self.log.write(mark, control_id=control_id, answer="AA" if status == 200 else status and str(status))
        return status

    def close(self):
        super().close()
        self.log.close()
