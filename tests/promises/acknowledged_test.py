#!/usr/bin/env python3
"""P1: when the sender reads AA, everything that the message does is committed, and whoever looks finds it at once.

Usage: acknowledged_test.py PONS"""

import pathlib

from case import HurriedHospital, SampleHospital, main, together
from engine import change, value
from messages import order, report

ORDERS, REPORTS, QUERIES, SENDERS = 100, 60, 20, 4


def journal_row(message):
    return f"(SELECT count(*) FROM journal WHERE bytes = decode('{message.hex()}', 'hex') AND outcome = 'done')"


class AcknowledgedTest(HurriedHospital):
    def on_many_connections(self, endpoint, message_of, first, count, look):
        """Sends from several connections at once; `look(number)` runs as soon as one of them has read AA. The others
        fill batches meanwhile."""
        def watched():
            sender = self.engine.sender(endpoint)
            for number in range(first, first + count):
                answer = sender.ask(message_of(number))
                self.assertEqual((answer.code, answer.text), ("AA", ""))
                look(number)
            sender.close()

        def crowd(start):
            sender = self.engine.sender(endpoint)
            for number in range(start, start + count):
                sender.ask(message_of(number))
            sender.close()

        together(watched, *(lambda start=first + count * n: crowd(start) for n in range(1, SENDERS)))

    def test_P1_an_order_that_was_answered_AA_is_in_journal_patients_orders_and_steps(self):
        def look(number):
            found = self.engine.sql(
                f"SELECT {journal_row(order(number))},"
                f" (SELECT count(*) FROM patient_identifier WHERE value = 'M{number}'),"
                f" (SELECT count(*) FROM imaging_order WHERE accession = 'A{number}'),"
                f" (SELECT count(*) FROM scheduled_step s JOIN imaging_order o ON o.id = s.imaging_order"
                f"  WHERE accession = 'A{number}' AND status = 'SCHEDULED')")
            self.assertEqual(found, ["1|1|1|1"], f"order {number}")

        self.on_many_connections("ris-mllp", order, 1000, ORDERS, look)

    def test_P1_a_report_that_was_answered_AA_has_its_deliveries_queued(self):
        sender = self.engine.sender()
        for number in range(2000, 2000 + REPORTS * SENDERS):
            sender.ask(order(number))
        sender.close()

        def look(number):
            found = self.engine.sql(
                f"SELECT {journal_row(report(number))}, (SELECT count(*) FROM report WHERE filler = 'F{number}'),"
                " (SELECT string_agg(s.outlet, ' ' ORDER BY s.outlet) FROM journal j JOIN parcel p USING (message)"
                f" JOIN parcel_state s ON s.parcel = p.id WHERE j.bytes = decode('{report(number).hex()}', 'hex'))")
            self.assertEqual(found, ["1|1|ehr-fhir ehr-mllp"], f"report {number}")

        self.on_many_connections("reporting-mllp", report, 2000, REPORTS, look)

    def test_P1_the_worklist_answers_with_the_step_when_the_sender_has_read_AA(self):
        def look(number):
            items = self.engine.worklist(AccessionNumber=f"A{number}")
            self.assertEqual([value(item, "00100020") for item in items], [f"M{number}"])

        self.on_many_connections("ris-mllp", order, 4000, QUERIES, look)


class SetAsideTest(SampleHospital):
    def set_aside(self, message):
        number = self.engine.sql(f"SELECT message FROM journal WHERE bytes = decode('{message.hex()}', 'hex')")[0]
        return self.engine.sql(f"SELECT j.outcome, r.state FROM journal j JOIN pending_run r USING (message)"
                               f" WHERE message = {number} AND r.route = 'results-to-ehr'")

    def test_P1_a_report_whose_order_nobody_knows_is_stored_and_MSA_3_says_held(self):
        answer = self.engine.ask(report(1), "reporting-mllp")
        self.assertEqual(self.set_aside(report(1)), ["held|held"])
        self.assertEqual(answer.code, "AA")
        self.assertRegex(answer.text, "^held: .*F1")

    def test_P1_a_report_that_waits_for_its_images_is_stored_and_MSA_3_says_so(self):
        self.engine.ask(order(2))
        answer = self.engine.ask(report(2), "reporting-mllp")
        self.assertEqual(self.set_aside(report(2)), ["waiting|waiting"])
        self.assertEqual(answer.code, "AA")
        self.assertRegex(answer.text, "^held: there is no study")

    def test_P1_an_order_that_a_person_must_decide_about_is_stored_and_MSA_3_says_held(self):
        self.engine.ask(order(3))
        other = order(4, patient="M3").replace(b"19800102|F", b"19550505|M")
        answer = self.engine.ask(other)
        self.assertEqual(answer.code, "AA")
        self.assertRegex(answer.text, "^held: .*another birth date and another sex")
        self.assertEqual(self.engine.count("imaging_order WHERE accession = 'A4'"), 0)
        self.assertEqual(self.engine.count("question WHERE open"), 1)


class DeliveredTest(HurriedHospital):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        change(pathlib.Path(cls.folder.name) / "routes/endpoints.yaml",
               r"(?s)(\n  reporting-mllp:\n.*?\n    ack: )stored", r"\g<1>delivered")
        cls.engine.stop()
        cls.engine.start()

    def test_P1_under_ack_delivered_AA_comes_after_every_receiver_said_so(self):
        self.engine.ask(order(1))
        self.assertEqual(self.engine.ask(report(1), "reporting-mllp").code, "AA")
        self.assertEqual(self.engine.count("parcel_state WHERE state <> 'delivered'"), 0)
        self.assertEqual(len(self.ehr.received()), 1)

    def test_P1_under_ack_delivered_AE_says_that_a_receiver_refused_it(self):
        self.engine.ask(order(2))
        self.ehr.decide = lambda message: "AE"
        self.addCleanup(setattr, self.ehr, "decide", lambda message: "AA")
        answer = self.engine.ask(report(2), "reporting-mllp")
        self.assertEqual(answer.code, "AE")
        self.assertRegex(answer.text, "^stored as [0-9]+, not delivered")
        self.assertEqual(self.engine.count("parcel_state WHERE state = 'parked'"), 1)


if __name__ == "__main__":
    main()
