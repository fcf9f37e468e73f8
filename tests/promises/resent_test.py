#!/usr/bin/env python3
"""P3: what is sent again gets the same answer and no second effect; what was refused is decided anew.

Usage: resent_test.py PONS"""

from case import HurriedHospital, main, together
from engine import wait_until
from messages import order, report
from mllp import field

TWINS = 30


class ResentTest(HurriedHospital):
    def effects(self):
        return [self.engine.count(table) for table in
                ("journal", "patient", "imaging_order", "scheduled_step", "report", "change", "parcel")]

    def test_P3_the_same_bytes_get_the_same_answer_and_have_no_second_effect(self):
        for message, endpoint in ((order(1), "ris-mllp"), (report(1), "reporting-mllp"),
                                  (report(2, patient="M1"), "reporting-mllp")):
            first = self.engine.ask(message, endpoint)
            before = self.effects()
            for _ in range(3):
                again = self.engine.ask(message, endpoint)
                self.assertEqual((again.code, again.text, again.control_id), (first.code, first.text, first.control_id))
            self.assertEqual(self.effects(), before)

    def test_P3_what_was_refused_is_decided_anew(self):
        cancel = order(10, control_id="X10", control="CA", status="CA", start="")
        self.assertEqual(self.engine.ask(cancel).code, "AE")
        self.assertEqual(self.engine.ask(cancel).code, "AE")
        self.assertEqual(self.engine.ask(order(10)).code, "AA")
        self.assertEqual(self.engine.ask(cancel).code, "AA")
        self.assertEqual(self.outcomes("X10"), ["refused", "refused", "done"])
        self.assertEqual(self.engine.count("scheduled_step s JOIN imaging_order o ON o.id = s.imaging_order"
                                           " WHERE accession = 'A10' AND status = 'CANCELED'"), 1)

    def test_P3_the_same_control_id_with_other_bytes_is_processed_and_flagged(self):
        self.assertEqual(self.engine.ask(order(20)).code, "AA")
        self.assertEqual(self.engine.ask(order(21, control_id="C20")).code, "AA")
        self.assertEqual(self.engine.count("imaging_order WHERE accession IN ('A20', 'A21')"), 2)
        flags = self.engine.sql("SELECT control_id_reused FROM journal WHERE position('|C20|'::bytea IN bytes) > 0"
                                " ORDER BY message")
        self.assertEqual(flags, ["f", "t"])

    def test_P3_two_connections_that_send_the_same_message_at_the_same_instant_get_one_effect(self):
        one, other = self.engine.sender(), self.engine.sender()
        for number in range(100, 100 + TWINS):
            answers = together(lambda: one.ask(order(number)), lambda: other.ask(order(number)))
            self.assertEqual([answer.code for answer in answers], ["AA", "AA"])
        one.close(), other.close()
        self.assertEqual(self.engine.count("journal WHERE bytes LIKE '%|A1__|%'::bytea AND inlet = 'ris-mllp'"), TWINS)
        self.assertEqual(self.engine.count("change c JOIN imaging_order o ON o.id = c.id AND c.record = 'order'"
                                           " WHERE accession LIKE 'A1__'"), TWINS)

    def test_P3_two_connections_that_send_the_same_report_cause_one_delivery(self):
        for number in range(300, 310):
            self.engine.ask(order(number))
            together(*[lambda: self.engine.ask(report(number), "reporting-mllp")] * 3)
        self.assertTrue(wait_until(lambda: self.engine.count("parcel_state WHERE state <> 'delivered'") == 0))
        fillers = sorted(field(message, b"OBR", 3) for message in self.ehr.received()
                         if field(message, b"OBR", 3).startswith(b"F3"))
        self.assertEqual(fillers, [f"F{number}".encode() for number in range(300, 310)])

    def test_P3_a_lost_answer_is_asked_for_again_with_the_same_control_id(self):
        lost = []

        def answer_the_third(message):
            if b"|F400|" not in message:
                return "AA"
            lost.append(field(message, b"MSH", 10))
            return None if len(lost) < 3 else "AA"

        self.ehr.decide = answer_the_third
        self.engine.ask(order(400))
        self.engine.ask(report(400), "reporting-mllp")
        self.assertTrue(wait_until(lambda: len(lost) == 3), "it was not sent again")
        self.assertEqual(len(set(lost)), 1)
        self.assertTrue(wait_until(lambda: self.engine.count("parcel_state WHERE state <> 'delivered'") == 0))
        self.assertEqual(self.engine.sql("SELECT outcome FROM attempt a JOIN parcel_state s USING (parcel) JOIN parcel p"
                                         f" ON p.id = a.parcel WHERE control_id = '{lost[0].decode()}' ORDER BY attempt"),
                         ["unknown", "unknown", "delivered"])


if __name__ == "__main__":
    main()
