#!/usr/bin/env python3
"""What the fault proxy says it does to a connection, it does."""

import socket
import time
import unittest

import paths  # noqa: F401
from engine import wait_until
from mllp import Ehr, Sender
from proxy import Proxy, Requests


def message(control_id):
    return b"MSH|^~\\&|A|B|C|D|||ADT^A08|" + control_id + b"|P|2.5\rPID|1||M1\r"


class ProxyTest(unittest.TestCase):
    def setUp(self):
        self.ehr = Ehr()
        self.addCleanup(self.ehr.close)
        self.proxy = Proxy(self.ehr.port)
        self.addCleanup(self.proxy.close)

    def ask(self, control_id=b"1", patience=1):
        sender = Sender(self.proxy.port, patience)
        self.addCleanup(sender.close)
        return sender.ask(message(control_id))

    def test_without_a_fault_it_passes_on(self):
        self.assertEqual(self.ask().code, "AA")

    def test_latency_holds_both_ways(self):
        self.proxy.latency = 0.1
        began = time.monotonic()
        self.assertEqual(self.ask().code, "AA")
        self.assertGreaterEqual(time.monotonic() - began, 0.2)

    def test_slices_arrive_as_one_message(self):
        self.proxy.slice = 1
        self.assertEqual(self.ask().code, "AA")
        self.assertEqual(self.ehr.received(), [message(b"1")])

    def test_a_connection_is_reset_after_so_many_bytes(self):
        self.proxy.reset_after = 20
        self.assertIsNone(self.ask())
        self.assertEqual(self.ehr.received(), [])

    def test_half_open_passes_nothing_and_tells_nobody(self):
        self.proxy.is_half_open = True
        with socket.create_connection(("127.0.0.1", self.proxy.port)) as client:
            client.sendall(b"\x0b")
            client.settimeout(0.3)
            self.assertRaises(TimeoutError, client.recv, 1)

    def test_an_answer_can_vanish_alone(self):
        self.proxy.drop_answers = 1
        self.assertIsNone(self.ask())
        self.assertEqual(len(self.ehr.received()), 1)
        self.assertEqual(self.ask().code, "AA")

    def test_a_request_can_arrive_twice(self):
        self.proxy.duplicates = 1
        self.assertEqual(self.ask().code, "AA")
        self.assertTrue(wait_until(lambda: self.ehr.received() == [message(b"1")] * 2, 5))

    def test_every_open_connection_can_be_cut(self):
        with socket.create_connection(("127.0.0.1", self.proxy.port)) as client:
            self.assertTrue(wait_until(lambda: self.proxy.accepted == 1, 5))
            self.proxy.cut()
            client.settimeout(2)
            self.assertRaises(ConnectionResetError, client.recv, 1)

    def test_http_requests_are_found_in_pieces(self):
        request = b"POST /fhir HTTP/1.1\r\nContent-Length: 5\r\n\r\n{...}"
        requests = Requests()
        found = [each for piece in (request[:30], request[30:-1], request[-1:] + request) for each in requests.feed(piece)]
        self.assertEqual(found, [request, request])


if __name__ == "__main__":
    unittest.main()
