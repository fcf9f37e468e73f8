#!/usr/bin/env python3
"""P2 and P4 whoever opens the connection, and with many messages in flight on it.

Usage: calling_test.py PONS"""

import pathlib
import re
import select
import socket
import threading

from case import HurriedHospital, main
from engine import change, wait_until
from messages import order
from mllp import FRAME, Sender, field, frame


class Partner:
    """A RIS that is called: whoever connects gets its messages, one at a time."""

    def __init__(self):
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.listening.settimeout(30)
        self.port = self.listening.getsockname()[1]

    def called(self):
        sender = object.__new__(Sender)
        sender.socket, _ = self.listening.accept()
        sender.socket.settimeout(30)
        sender.unread = b""
        return sender

    def close(self):
        self.listening.close()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


class CallingTest(HurriedHospital):
    @classmethod
    def setUpClass(cls):
        cls.lab, cls.pull_port = Partner(), free_port()
        cls.addClassCleanup(cls.lab.close)
        super().setUpClass()
        cls.engine.stop()
        routes = pathlib.Path(cls.folder.name) / "routes"
        change(routes / "endpoints.yaml", r"(?m)^  his-mllp:",
               f"  lab-mllp:\n    listen: mllp://127.0.0.1:{cls.lab.port}\n    mode: client\n    format: acme-ris\n"
               f"    authority: HOSP\n\n"
               f"  pull-mllp:\n    send: mllp://127.0.0.1:{cls.pull_port}\n    mode: server\n    in_flight: 8\n\n  his-mllp:")
        orders = (routes / "ris-orders.yaml").read_text()
        (routes / "lab-orders.yaml").write_text(
            re.sub(r"(?s)\ntests:.*", "\n", orders.replace("route: ris-orders", "route: lab-orders")
                   .replace("from: ris-mllp", "from: lab-mllp")
                   .replace("on_error:", "  - endpoint: pull-mllp\n    send: received\n\non_error:")))
        cls.engine.start()

    def call(self):
        """Connects to the engine, which sends to us. What comes together, until a tenth of a second is silent, is answered
        from the last to the first; the flights are returned, each a list of messages."""
        connection = socket.create_connection(("127.0.0.1", self.pull_port), timeout=30)
        self.addCleanup(connection.close)
        self.addCleanup(connection.shutdown, socket.SHUT_RDWR)  # a thread of ours still reads
        flights = []

        def serve():
            unread = connection.recv(65536)
            while unread:
                while select.select([connection], [], [], 0.1)[0]:
                    if not (piece := connection.recv(65536)):
                        return
                    unread += piece
                messages = [found[1] for found in FRAME.finditer(unread)]
                flights.append(messages)
                for message in reversed(messages):
                    connection.sendall(frame(b"MSH|^~\\&|EHR|HOSP|IMAGING|HOSP|||ACK|1|P|2.5\rMSA|AA|" +
                                             field(message, b"MSH", 10) + b"\r"))
                unread = connection.recv(65536)

        def until_closed():
            try:
                serve()
            except OSError:
                pass

        threading.Thread(target=until_closed, daemon=True).start()
        return flights

    def test_a_sender_that_is_called_has_its_orders_taken_and_is_called_again_after_a_kill(self):
        ris = self.lab.called()
        self.assertEqual(ris.ask(order(1)).code, "AA")
        ris.close()
        ris = self.lab.called()
        self.assertEqual(ris.ask(order(2)).code, "AA")
        self.engine.kill()
        self.engine.start()
        self.assertIsNone(ris.ask(order(3)))
        ris.close()
        ris = self.lab.called()
        self.assertEqual([ris.ask(order(number)).code for number in (2, 3)], ["AA", "AA"])
        self.assertEqual(self.engine.count("imaging_order WHERE accession IN ('A1', 'A2', 'A3')"), 3)

        # What they caused waits for a receiver that has yet to call, without an attempt.
        waiting = "parcel JOIN parcel_state s ON s.parcel = parcel.id WHERE outlet = 'pull-mllp' AND state = 'queued'"
        self.assertEqual(self.engine.count(waiting + " AND attempts = 0"), 3)
        flights = self.call()
        self.assertTrue(wait_until(lambda: self.engine.count(waiting) == 0))
        self.assertEqual(sorted(field(message, b"MSH", 10) for flight in flights for message in flight),
                         [b"C1", b"C2", b"C3"])

    def test_with_eight_in_flight_patients_do_not_wait_for_each_other_and_each_keeps_his_order(self):
        lab = self.lab.called()
        self.addCleanup(lab.close)
        patients = range(100, 116)
        for version in range(3):
            for patient in patients:
                self.assertEqual(lab.ask(order(patient, control_id=f"C{patient}.{version}",
                                               control="NW" if version == 0 else "XO")).code, "AA")
        flights = self.call()
        self.assertTrue(wait_until(lambda: sum(map(len, flights)) == 48))
        control_ids = [field(message, b"MSH", 10).decode() for flight in flights for message in flight]
        for patient in patients:
            self.assertEqual([each for each in control_ids if each.startswith(f"C{patient}.")],
                             [f"C{patient}.{version}" for version in range(3)])
        self.assertEqual(max(map(len, flights)), 8)
        for flight in flights:
            self.assertEqual(len({field(message, b"PID", 3) for message in flight}), len(flight))


if __name__ == "__main__":
    main()
