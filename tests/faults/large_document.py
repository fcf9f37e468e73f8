#!/usr/bin/env python3
"""Both ends of a report with a PDF of 100 MB. Each is a process of its own: what it does with so much would keep the
threads of the load from reading their answers, and the engine would look slow.

Usage: large_document.py receive FOLDER        an EHR; prints its port, then the SHA-256 of each PDF that it gets
       large_document.py send FOLDER ORDERS REPORTS SEED    the ports; sends an order, prints the PDF's SHA-256, waits for a
                                                            line, sends the report, and prints the answer"""

import base64
import hashlib
import pathlib
import random
import select
import subprocess
import sys

import paths  # noqa: F401
from checker import Mark
from lab import Stuck
from load import message
from log import Log
from mllp import Sender
from receivers import REPORT_MARK, MllpReceiver

PATIENT = 1000
PDF_SIZE = 100 << 20  # bytes, as base64
BEGIN = b"^Base64^"


class DocumentReceiver(MllpReceiver):
    """An EHR that knows the PDFs that it got by their digests."""

    def keep(self, message, code):
        super().keep(message, code)
        if (begin := message.find(BEGIN)) >= 0:
            begin += len(BEGIN)
            print(digest_of(base64.b64decode(message[begin:message.find(b"|", begin)])), flush=True)


def digest_of(pdf):
    return hashlib.sha256(pdf).hexdigest()


def receive(folder):
    print(DocumentReceiver(folder, "ehr-mllp", REPORT_MARK).port, flush=True)
    sys.stdin.read()


def send(folder, order_port, report_port, seed):
    """The order first; the report when it is told to."""
    log, pdf = Log(folder / f"sender-{PATIENT}.log"), random.Random(seed).randbytes(PDF_SIZE * 3 // 4)
    ask(order_port, log, "orm", 1)
    document = b"OBX|2|ED|PDF^Report^LN||^application^pdf" + BEGIN + base64.b64encode(pdf) + b"||||||C\r"
    print(digest_of(pdf), flush=True)
    sys.stdin.readline()
    print(ask(report_port, log, "oru", 2, document), flush=True)


def ask(port, log, kind, number, more=b""):
    mark, sender = Mark(PATIENT, number), Sender(port, 60)
    log.write(mark, kind=kind)
    if answer := sender.ask(message(kind, mark, f"{kind}{PATIENT}X{number}", number == 1) + more):
        log.write(mark, kind=kind, code=answer.code, text=answer.text)
    sender.close()
    return answer


class Peer:
    """One end, as a row sees it."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([sys.executable, __file__, *map(str, arguments)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def line(self, within=120):
        """The next one; what it says is one line at a time."""
        if not select.select([self.process.stdout], [], [], within)[0]:
            raise Stuck(f"nothing came from the other end within {within} s")
        return self.process.stdout.readline().strip()

    def go(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def close(self):
        self.process.kill()
        self.process.communicate()


if __name__ == "__main__":
    act, folder, more = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    receive(folder) if act == "receive" else send(folder, *map(int, more))
