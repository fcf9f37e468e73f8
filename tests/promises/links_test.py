#!/usr/bin/env python3
"""P1, P2, P3 for senders who number their messages (MSH-13), send them in fragments (DSC, MSH-14), or want to be
acknowledged later (MSH-16).

Usage: links_test.py PONS"""

import json
import pathlib
import subprocess

from case import HurriedHospital, main
from engine import change, wait_until
from messages import order, report
from mllp import field


def numbered(message, number):
    head, rest = message.split(b"\r", 1)
    return head + b"|" + str(number).encode() + b"\r" + rest


def fragments_of(message, pointer, count=3):
    """The segments of a message, dealt out to so many fragments, with control ids of their own."""
    head, *segments = message.rstrip(b"\r").split(b"\r")
    fields = head.split(b"|")
    control_id, version = fields[9], fields[11]
    pieces = []
    for number in range(count):
        fields[9] = control_id + b"." + str(number).encode()
        continues = f"{pointer}.{number - 1}".encode() if number else b""
        share = segments[number * len(segments) // count:(number + 1) * len(segments) // count]
        end = [f"DSC|{pointer}.{number}|F".encode()] if number < count - 1 else []
        pieces.append(b"\r".join([b"|".join(fields[:12]) + b"||" + continues, *share, *end]) + b"\r")
    return pieces


class LinksTest(HurriedHospital):
    SETTINGS = {"at_once": "1"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.engine.stop()
        endpoints = pathlib.Path(cls.folder.name) / "routes/endpoints.yaml"
        change(endpoints, r"(\n  ris-mllp:\n)", r"\g<1>    sequence: yes\n    application_ack_to: ehr-mllp\n")
        change(endpoints, r"(\n  ehr-mllp:\n)", r"\g<1>    answers_at: reporting-mllp\n    sequence: yes\n")
        cls.engine.start()

    def expected(self, answer):
        return answer.code, field(answer.message, b"MSA", 4).decode()

    def restart(self):
        self.engine.kill()
        self.engine.start()

    def test_P2_the_last_sequence_number_outlives_a_kill(self):
        start = numbered(order(1, control_id="START"), 0)
        self.assertEqual(self.expected(self.engine.ask(start)), ("AA", "-1"))
        self.assertEqual(self.expected(self.engine.ask(numbered(order(1), 41))), ("AA", "41"))
        self.restart()
        self.assertEqual(self.expected(self.engine.ask(start)), ("AA", "42"))
        self.assertEqual(self.expected(self.engine.ask(numbered(order(3), 43))), ("AE", "42"))
        self.assertEqual(self.expected(self.engine.ask(numbered(order(2), 42))), ("AA", "42"))
        self.assertEqual(self.engine.count("imaging_order WHERE accession IN ('A1', 'A2', 'A3')"), 2)
        # P3: the answer was lost, and the same comes again.
        self.assertEqual(self.expected(self.engine.ask(numbered(order(2), 42))), ("AA", "42"))
        self.assertEqual(self.expected(self.engine.ask(numbered(order(3), 43))), ("AA", "43"))

    def test_P1_fragments_are_one_message_when_the_last_is_answered_also_over_a_kill(self):
        self.engine.ask(order(10))
        pieces = fragments_of(report(10), "F10")
        for piece in pieces[:-1]:
            answer = self.engine.ask(piece, "reporting-mllp")
            self.assertEqual((answer.code, answer.text), ("AA", "held: a fragment of a message; the rest is awaited"))
        self.restart()
        self.assertEqual(self.engine.count("report WHERE filler = 'F10'"), 0)
        answer = self.engine.ask(pieces[-1], "reporting-mllp")
        self.assertEqual((answer.code, answer.control_id), ("AA", "R10.2"))
        self.assertEqual(self.engine.count("report WHERE filler = 'F10'"), 1)
        self.assertEqual(self.engine.count("pending_run"), 0)
        self.assertTrue(wait_until(lambda: any(b"F10" in message for message in self.ehr.received())))
        self.assertEqual(self.outcomes("R10.0") + self.outcomes("R10.2"), ["waiting", "done"])

    def test_P3_fragments_that_come_again_have_no_second_effect(self):
        self.engine.ask(order(20))
        pieces = fragments_of(report(20), "F20")
        first = [self.engine.ask(piece, "reporting-mllp") for piece in pieces]
        before = [self.engine.count(table) for table in ("journal", "report", "parcel", "pending_run")]
        again = [self.engine.ask(piece, "reporting-mllp") for piece in pieces]
        self.assertEqual([repr(answer) for answer in again], [repr(answer) for answer in first])
        self.assertEqual([self.engine.count(table) for table in ("journal", "report", "parcel", "pending_run")], before)

    def test_a_fragment_without_its_predecessor_is_refused(self):
        answer = self.engine.ask(fragments_of(report(30), "F30")[1], "reporting-mllp")
        self.assertEqual(answer.code, "AE")
        self.assertIn("send the message again from its first fragment", answer.text)

    def test_P2_P3_what_we_send_is_numbered_and_a_redelivery_has_its_number_also_after_a_kill(self):
        def number_and_id(message):
            return int(field(message, b"MSH", 13)), field(message, b"MSH", 10)

        self.ehr.decide = lambda message: "AA"
        self.assertTrue(wait_until(lambda: self.engine.count("parcel_state WHERE state = 'queued'") == 0))
        self.ehr.decide = lambda message: None
        self.engine.ask(order(40))
        self.engine.ask(report(40), "reporting-mllp")
        self.assertTrue(wait_until(lambda: self.ehr.received(None)))
        lost = self.ehr.received(None)[-1]
        self.restart()
        self.ehr.decide = lambda message: "AA"
        self.engine.ask(order(41))
        self.engine.ask(report(41), "reporting-mllp")
        self.assertTrue(wait_until(lambda: any(b"F41" in message for message in self.ehr.received())))
        taken = [number_and_id(message) for message in self.ehr.received()]
        self.assertIn(number_and_id(lost), taken)
        numbers = [number for number, _ in taken]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + len(numbers))))
        self.assertEqual(self.traced_numbers(lost), [str(number_and_id(lost)[0])])

    def traced_numbers(self, sent):
        """P6: the numbers under which `pons trace` says that a message went out."""
        control_id = field(sent, b"MSH", 10).decode()
        message = self.engine.sql(f"SELECT message FROM parcel WHERE control_id = '{control_id}'")[0]
        done = subprocess.run([self.engine.binary, "trace", message, "--json", "--state", self.engine.state],
                              capture_output=True, check=True, timeout=30)
        return [parcel["sequence_number"] for parcel in json.loads(done.stdout)["parcels"]
                if parcel["control_id"] == control_id]

    def test_P2_an_application_acknowledgement_follows_over_a_connection_of_ours_also_after_a_kill(self):
        def asking(message):
            head, rest = message.split(b"\r", 1)
            return head + b"|||AL|AL\r" + rest

        self.ehr.decide = lambda message: None if b"MSA|" in message else "AA"
        self.assertEqual(self.engine.ask(asking(order(50))).code, "CA")
        self.assertEqual(self.engine.ask(asking(order(51, control="XX"))).code, "CA")
        self.restart()
        self.ehr.decide = lambda message: "CA"
        waiting = ("parcel_state JOIN parcel p ON p.id = parcel"
                   " WHERE state <> 'delivered' AND p.route = '(acknowledgement)'")
        self.assertTrue(wait_until(lambda: self.engine.count(waiting) == 0))
        acks = [message for message in self.ehr.received("CA") if b"MSA|" in message]
        self.assertEqual([(field(ack, b"MSA", 1), field(ack, b"MSA", 2)) for ack in acks],
                         [(b"AA", b"C50"), (b"AE", b"C51")])
        self.assertEqual({(field(ack, b"MSH", 15), field(ack, b"MSH", 16)) for ack in acks}, {(b"AL", b"NE")})

    def test_P2_what_the_application_says_later_is_matched_also_after_a_kill(self):
        self.ehr.decide = lambda message: "CA"
        self.engine.ask(order(60))
        self.engine.ask(report(60), "reporting-mllp")
        sent = lambda: [each for each in self.ehr.received("CA") if b"F60" in each]
        self.assertTrue(wait_until(sent))
        control_id = field(sent()[0], b"MSH", 10)
        awaited = "awaited_answer WHERE code = '' AND outlet = 'ehr-mllp' AND message = (SELECT max(message) FROM journal)"
        self.assertEqual(self.engine.count(awaited), 1)
        self.restart()
        answer = (b"MSH|^~\\&|EHR|HOSP|IMAGING|HOSP|20261124||ACK^R01|E60|P|2.5\rMSA|AE|" + control_id +
                  b"|unknown visit\rERR|||204|E\r")
        self.engine.tell(answer, "reporting-mllp")
        self.assertTrue(wait_until(lambda: self.engine.count("question WHERE record = 'answer' AND open") == 1))
        self.assertEqual(self.engine.sql("SELECT code FROM awaited_answer WHERE outlet = 'ehr-mllp' AND code <> ''"), ["AE"])
        self.assertIn("says AE to " + control_id.decode(),
                      self.engine.sql("SELECT text FROM question WHERE record = 'answer'")[0])


if __name__ == "__main__":
    main()
