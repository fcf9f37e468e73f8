#!/usr/bin/env python3
"""P4: one patient's messages take effect and are delivered in order. P5: one bad message blocks nobody else.

Usage: lanes_test.py PONS"""

import random
import re

from case import HurriedHospital, main, together
from engine import wait_until
from messages import adt, header, order, report
from mllp import field

SENDERS, OWN, SHARED, ROUNDS = 4, 3, 3, 25


class LanesTest(HurriedHospital):
    def setUp(self):
        self.ehr.decide = lambda message: "AA"

    def accepted(self, message, endpoint="ris-mllp"):
        answer = self.engine.ask(message, endpoint)
        self.assertEqual(answer.code, "AA")
        return answer

    def all_settled(self, seconds=60):
        return wait_until(lambda: self.engine.count("parcel_state WHERE state = 'queued'") == 0, seconds)

    def impressions(self, patient):
        """What the EHR got about one patient, each once, in the order in which it came first."""
        found = [re.search(rb"IMPRESSION~([^|]*)", message)[1].decode() for message in self.ehr.received()
                 if field(message, b"PID", 3).startswith(patient.encode() + b"^")]
        return list(dict.fromkeys(found))

    def journal(self, inlet, patient, pattern):
        """What `pattern` finds in the messages of one patient, in the journal's order."""
        rows = self.engine.sql("SELECT convert_from(bytes, 'UTF8') FROM journal WHERE outcome = 'done' AND inlet = "
                               f"'{inlet}' AND position('||{patient}^^^HOSP^MR|'::bytea IN bytes) > 0 ORDER BY message")
        return [match[1] for match in map(re.compile(pattern).search, "\r".join(rows).split("MSH|")) if match]

    def test_P4_the_effect_follows_the_journal_when_many_senders_change_the_same_patients(self):
        for number in range(SHARED + SENDERS * OWN):
            self.accepted(order(number))

        def feed(n):
            dice = random.Random(n)
            mine = [f"{number}" for number in range(SHARED + n * OWN, SHARED + (n + 1) * OWN)]
            shared = [f"{number}" for number in range(SHARED)]
            his, ris, reporting = (self.engine.sender(name) for name in ("his-mllp", "ris-mllp", "reporting-mllp"))
            for step in range(ROUNDS):
                number, mark = dice.choice(mine + shared), f"{n}X{step}"
                answers = [his.ask(adt(f"H{mark}", f"M{number}", name=f"DOE^{mark}")),
                           ris.ask(order(number, control_id=f"O{mark}", control="XO", name=f"DOE^{mark}",
                                         start=f"20261201{n + 10}{step:02}00")),
                           reporting.ask(report(number, control_id=f"R{mark}", status="C", text=mark))]
                self.assertEqual([(answer.code, answer.text) for answer in answers], [("AA", "")] * 3)
            for each in (his, ris, reporting):
                each.close()

        together(*(lambda n=n: feed(n) for n in range(SENDERS)))
        self.assertTrue(self.all_settled(), "not everything is delivered")
        for number in range(SHARED + SENDERS * OWN):
            patient = f"M{number}"
            names = self.engine.sql("SELECT convert_from(bytes, 'UTF8') FROM journal WHERE outcome = 'done'"
                                    " AND inlet IN ('his-mllp', 'ris-mllp') AND position("
                                    f"'||{patient}^^^HOSP^MR|'::bytea IN bytes) > 0 ORDER BY message DESC LIMIT 1")
            last = re.search(r"DOE\^\w+", "\r".join(names))[0]
            self.assertEqual(self.engine.sql("SELECT name FROM patient p JOIN patient_identifier i ON i.patient = p.id"
                                             f" WHERE i.value = '{patient}'"), [last])
            start = self.journal("ris-mllp", patient, r"\^\^\^\d{8}(\d{6})")[-1]
            self.assertEqual(self.engine.sql("SELECT start_time FROM scheduled_step s JOIN imaging_order o"
                                             f" ON o.id = s.imaging_order WHERE accession = 'A{number}'"), [start])
            texts = self.journal("reporting-mllp", patient, r"IMPRESSION~([^|]*)")
            self.assertEqual(self.impressions(patient), texts, f"deliveries of {patient} are out of order")
        for n in range(SENDERS):
            own = [mark for number in range(SHARED + n * OWN, SHARED + (n + 1) * OWN)
                   for mark in self.journal("reporting-mllp", f"M{number}", r"IMPRESSION~([^|]*)")]
            self.assertTrue(all(mark.startswith(f"{n}X") for mark in own))

    def test_P4_what_one_sender_sends_of_a_patient_takes_effect_in_the_order_sent(self):
        sender = self.engine.sender("reporting-mllp")
        self.accepted(order(500))
        texts = [f"T{n}" for n in range(30)]
        for text in texts:
            sender.ask(report(500, control_id=text, status="C", text=text))
        sender.close()
        self.assertTrue(self.all_settled())
        self.assertEqual(self.impressions("M500"), texts)

    def test_P4_a_delivery_that_cannot_be_made_holds_its_own_patient_and_nobody_else(self):
        blocked, is_down = b"||M600^", [True]
        self.ehr.decide = lambda message: None if is_down[0] and blocked in message else "AA"
        for number in (600, 601, 602):
            self.accepted(order(number))
        for step in range(6):
            for number in (600, 601, 602):
                self.accepted(report(number, control_id=f"B{number}X{step}", status="C", text=f"{number}X{step}"),
                              "reporting-mllp")
        for patient in ("M601", "M602"):
            self.assertTrue(wait_until(lambda: len(self.impressions(patient)) == 6), f"{patient} is blocked")
        tried = {field(message, b"MSH", 10) for message in self.ehr.received(None) if blocked in message}
        self.assertEqual(len(tried), 1, "a later delivery has overtaken the one that failed")
        self.assertEqual(self.impressions("M600"), [])
        is_down[0] = False
        self.assertTrue(wait_until(lambda: len(self.impressions("M600")) == 6), "the lane did not go on")
        self.assertEqual(self.impressions("M600"), [f"600X{step}" for step in range(6)])

    def test_P5_a_refused_message_stops_no_other_on_its_connection(self):
        ris = self.engine.sender()
        bad = (header("ORM^O01", "BAD") + "PID|1||||DOE^JOHN\rORC|NW|P1\rOBR|1|P1\r").encode()
        for number in range(700, 710):
            refused, good = ris.ask(bad), ris.ask(order(number))
            self.assertEqual((refused.code, good.code), ("AE", "AA"))
            self.assertEqual(self.engine.count(f"scheduled_step s JOIN imaging_order o ON o.id = s.imaging_order"
                                               f" WHERE accession = 'A{number}'"), 1)
        ris.close()

    def test_P5_a_parked_message_stops_no_other_and_stays_visible(self):
        self.accepted(order(720)), self.accepted(order(721))
        reporting = self.engine.sender("reporting-mllp")
        parked = reporting.ask(report(720, control_id="PARK", status="Z"))
        self.assertRegex(parked.text, r"^parked \d+")
        for number in (720, 721):
            good = reporting.ask(report(number))
            self.assertEqual((good.code, good.text), ("AA", ""))
        reporting.close()
        self.assertEqual(self.outcomes("PARK"), ["parked"])

    def test_P5_a_held_lane_holds_its_own_patient_and_nobody_else(self):
        self.accepted(order(740))
        other_person = order(741, patient="M740").replace(b"19800102|F", b"19550505|M")
        ris = self.engine.sender()
        self.assertRegex(ris.ask(other_person).text, "^held: ")
        behind = ris.ask(order(742, patient="M740"))
        self.assertRegex(behind.text, "^held: it stands behind message")
        for number in range(743, 750):
            good = ris.ask(order(number))
            self.assertEqual((good.code, good.text), ("AA", ""))
        ris.close()
        self.assertEqual(self.engine.count("imaging_order WHERE accession IN ('A741', 'A742')"), 0)
        self.assertEqual(self.engine.count("imaging_order WHERE accession BETWEEN 'A743' AND 'A749'"), 7)

    def test_P5_a_result_that_the_receiver_refuses_is_parked_and_the_others_go_on(self):
        self.ehr.decide = lambda message: "AE" if b"~Refuse me|" in message else "AA"
        self.accepted(order(760)), self.accepted(order(761))
        for number, status, text in ((760, "P", "Refuse me"), (761, "P", "one"), (760, "F", "two"), (761, "F", "three")):
            self.accepted(report(number, control_id=f"Q{text}", status=status, text=text), "reporting-mllp")
        self.assertTrue(self.all_settled(20))
        self.assertEqual(self.impressions("M760"), ["two"])
        self.assertEqual(self.impressions("M761"), ["one", "three"])
        states = self.engine.sql("SELECT state, attempts FROM parcel_state s JOIN parcel p ON p.id = s.parcel"
                                 " WHERE outlet = 'ehr-mllp' AND position('~Refuse me|'::bytea IN document) > 0")
        self.assertEqual(states, ["parked|1"])


if __name__ == "__main__":
    main()
