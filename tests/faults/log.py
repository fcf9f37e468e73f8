"""A log of one party: a record is on the disk before its writer goes on."""

import json
import os
import threading
import time


class Log:
    def __init__(self, file):
        self.file = open(file, "a")
        self.lock = threading.Lock()

    def write(self, mark, **more):
        record = json.dumps({"mark": str(mark), **more, "at": time.monotonic()})
        with self.lock:
            self.file.write(record + "\n")
            self.file.flush()
            os.fdatasync(self.file.fileno())

    def close(self):
        self.file.close()
