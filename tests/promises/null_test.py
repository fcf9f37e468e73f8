#!/usr/bin/env python3
"""P8: HL7 "" clears what is known, an empty field leaves it alone.

Usage: null_test.py PONS"""

from case import SampleHospital, main
from engine import value
from messages import adt, header, pid

NULL = '""'
NAME, SEX, BORN = "00100010", "00100040", "00100030"
COMMENTS, REQUESTING, DESCRIPTION = "00401400", "00321032", "00321060"
PERFORMING, DATE, MODALITY = "00400006", "00400002", "00080060"


class NullTest(SampleHospital):
    def order(self, number, control_id, control="NW", comment="Fasting.", requester="D7^GRAY^MEREDITH",
              performer="R1&SMITH&ANN", start="^^^20261125093000", **person):
        """An order with everything that may be cleared."""
        message = (header("ORM^O01", control_id) + pid(f"M{number}", **person) +
                   f"ORC|{control}|P{number}|F{number}||SC||{start}\r"
                   f"OBR|1|P{number}|F{number}|CT1^CT head^L||||||||||||{requester}||A{number}|R1|S1||||CT"
                   f"||||||||||{performer}\rNTE|1||{comment}\r")
        self.assertEqual(self.engine.ask(message.encode()).code, "AA")

    def send(self, message):
        self.assertEqual(self.engine.ask(message, "his-mllp").code, "AA")

    def patient(self, number):
        return self.engine.sql("SELECT name, birth_date, sex, address FROM patient p JOIN patient_identifier i"
                               f" ON i.patient = p.id WHERE i.value = 'M{number}'")

    def item(self, number):
        items = self.engine.worklist(AccessionNumber=f"A{number}")
        self.assertEqual(len(items), 1)
        return lambda tag: value(items[0], tag)

    def test_P8_two_quotes_in_a_patient_update_clear_the_field(self):
        self.order(1, "N1")
        self.send(adt("N2", "M1", name="DOE^JANE", more="|||1 Main St^^Leeds"))
        self.assertRegex(self.patient(1)[0], r"^DOE\^JANE\|19800102\|F\|.*Main St")
        self.send(adt("N3", "M1", name="DOE^JANE", born=NULL, sex=NULL, more="|||" + NULL))
        self.assertEqual(self.patient(1), ["DOE^JANE|||"])
        item = self.item(1)
        self.assertEqual((item(NAME), item(BORN), item(SEX)), ("DOE^JANE", "", ""))

    def test_P8_an_empty_field_of_a_patient_update_leaves_what_is_known(self):
        self.order(2, "N10")
        self.send(adt("N11", "M2", more="|||1 Main St^^Leeds"))
        before = self.patient(2)
        self.send(adt("N12", "M2", name="", born="", sex="", more="|||"))
        self.assertEqual(self.patient(2), before)
        item = self.item(2)
        self.assertEqual((item(NAME), item(BORN), item(SEX)), ("DOE^JANE", "19800102", "F"))

    def test_P8_two_quotes_in_an_order_change_clear_the_field(self):
        self.order(3, "N20")
        item = self.item(3)
        self.assertEqual([item(COMMENTS), item(REQUESTING), item(PERFORMING)],
                         ["Fasting.", "GRAY^MEREDITH", "SMITH^ANN"])
        self.order(3, "N21", control="XO", comment=NULL, requester=NULL, performer=NULL, start="")
        item = self.item(3)
        self.assertEqual([item(COMMENTS), item(REQUESTING), item(PERFORMING)], ["", "", ""])
        self.assertEqual([item(DATE), item(MODALITY), item(DESCRIPTION)], ["20261125", "CT", "CT head"])
        self.assertEqual(self.engine.count("scheduled_step s JOIN imaging_order o ON o.id = s.imaging_order"
                                           " WHERE accession = 'A3' AND performing_physician = ''"), 1)

    def test_P8_an_empty_field_of_an_order_change_leaves_what_is_known(self):
        self.order(4, "N30")
        self.order(4, "N31", control="XO", comment="", requester="", performer="", start="", name="", born="", sex="")
        item = self.item(4)
        self.assertEqual([item(COMMENTS), item(REQUESTING), item(PERFORMING)],
                         ["Fasting.", "GRAY^MEREDITH", "SMITH^ANN"])
        self.assertEqual([item(DATE), item(NAME), item(BORN), item(SEX)], ["20261125", "DOE^JANE", "19800102", "F"])

    def test_P8_what_a_type_1_attribute_needs_cannot_be_cleared(self):
        self.order(5, "N40")
        cleared = header("ORM^O01", "N41") + pid("M5", name=NULL) + ("ORC|XO|P5|F5||SC\rOBR|1|P5|F5|CT1^CT head^L"
                                                                     "||||||||||||||A5|R1|S1||||CT\r")
        self.assertEqual(self.engine.ask(cleared.encode()).code, "AE")
        self.assertEqual(self.item(5)(NAME), "DOE^JANE")


if __name__ == "__main__":
    main()
