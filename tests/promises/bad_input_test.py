#!/usr/bin/env python3
"""What must not happen when what comes is bad, too much, or comes while the database is away.

Usage: bad_input_test.py PONS"""

import os
import signal

from case import SampleHospital, main
from engine import wait_until
from messages import adt, header, merge, order, order_group, pid
from mllp import frame

SEGMENTS = 10_000
MEGABYTE = 1 << 20


class BadInputTest(SampleHospital):
    def tearDown(self):
        self.assertTrue(self.engine.is_up(), "the engine has ended")

    def records(self):
        return [self.engine.count(table) for table in ("patient", "imaging_order", "scheduled_step", "report", "parcel")]

    def refused(self, message, code, field, number, endpoint="ris-mllp"):
        """Refused with that answer, naming the field and the number of table 0357; in the journal, without effect."""
        before, arrived = self.records(), self.engine.count("journal")
        answer = self.engine.ask(message, endpoint)
        self.assertEqual(answer.code, code, answer)
        self.assertRegex(answer.errors[0], rf"^ERR\|\|{field}\^1(\^\d+)*\|{number}\^")
        self.assertEqual(self.records(), before)
        self.assertEqual(self.engine.count("journal"), arrived + 1)
        return answer

    def test_P2_a_batch_that_is_cut_off_is_journaled_and_refused_whole(self):
        before, arrived = self.records(), self.engine.count("journal")
        answer = self.engine.sender().ask(b"BHS|^~\\&|RIS|NORTH|||||||B7\r" + order(21) + order(22) + b"BTS|3\r")
        self.assertEqual(answer.message.count(b"MSA|AE|"), 2, answer)
        self.assertIn(b"BTS|2|BTS-1 says 3, and 2 messages came", answer.message)
        self.assertIn(b"|B7\r", answer.message)
        self.assertEqual(self.records(), before)
        self.assertEqual(self.engine.count("journal"), arrived + 2)

    def test_P2_what_is_no_HL7_is_journaled_and_gets_no_answer(self):
        for junk in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"MSH", b"", b"\x00\xff\xfe", b"PID|1||M1", b"MSH|^^^^|A|B",
                     '{"resourceType":"Patient"}'.encode("utf-16")):
            arrived = self.engine.count("journal")
            sender = self.engine.sender()
            self.assertIsNone(sender.ask(junk), "an answer to what is no message")
            self.assertEqual(sender.socket.recv(1), b"", "the connection stays open")
            sender.close()
            self.assertEqual(self.engine.count("journal"), arrived + 1)
            self.assertEqual(self.engine.sql("SELECT outcome, encode(bytes, 'hex') FROM journal ORDER BY message DESC"
                                             " LIMIT 1"), [f"refused|{junk.hex()}"])

    def test_P2_what_stands_between_frames_is_skipped(self):
        sender = self.engine.sender()
        sender.socket.sendall(b"noise\r\n" + frame(order(1)) + b"\r\n\r\n" + frame(order(2)))
        self.assertEqual([sender.answer().control_id, sender.answer().control_id], ["C1", "C2"])
        sender.close()

    def test_P2_a_frame_that_is_never_finished_leaves_nothing(self):
        before, arrived = self.records(), self.engine.count("journal")
        sender = self.engine.sender()
        sender.socket.sendall(frame(order(3))[:-3])
        sender.close()
        self.assertEqual(self.engine.ask(order(4)).code, "AA")
        self.assertEqual(self.engine.count("journal"), arrived + 1)
        self.assertEqual(self.records()[1], before[1] + 1)

    def test_a_wrong_processing_id_or_version_is_rejected_with_AR(self):
        for processing in ("X", "", "PP"):
            message = header("ORM^O01", "V1", processing=processing) + pid("M10") + order_group(10)
            self.refused(message.encode(), "AR", "MSH", 202)
        for version in ("9.9", "", "2.x", "3"):
            message = header("ORM^O01", "V2", version=version) + pid("M10") + order_group(10)
            self.refused(message.encode(), "AR", "MSH", 203)

    def test_a_type_that_no_route_takes_is_rejected_with_AR(self):
        self.refused((header("SIU^S12", "T1") + pid("M10")).encode(), "AR", "MSH", 200)

    def test_an_order_control_that_is_not_handled_is_refused(self):
        self.refused(order(11, control="ZZ"), "AE", "ORC", 103)

    def test_a_cancel_for_nothing_is_refused_and_creates_nothing(self):
        for control in ("CA", "OC", "DC"):
            self.refused(order(12, control_id=f"N{control}", control=control, start=""), "AE", "ORC", 204)
        self.assertEqual(self.engine.count("patient_identifier WHERE value = 'M12'"), 0)

    def test_a_merge_with_itself_or_without_MRG_is_refused(self):
        self.engine.ask(adt("G0", "M13", "A04"), "his-mllp")
        before = self.records()
        itself = self.engine.ask(merge("G1", "M13", "M13"), "his-mllp")
        self.assertEqual(itself.code, "AE")
        self.assertIn("two different patients", itself.text)
        self.refused(merge("G2", "M13", None), "AE", "MRG", 101, "his-mllp")
        self.assertEqual(self.records(), before)
        self.assertEqual(self.engine.count("patient WHERE merged_into IS NOT NULL"), 0)

    def test_P11_ten_thousand_segments_are_processed(self):
        notes = "".join(f"NTE|{n}||Line {n}\r" for n in range(SEGMENTS))
        self.assertEqual(self.engine.ask(order(14, more=notes)).code, "AA")
        self.assertEqual(self.engine.count("journal WHERE position('|C14|'::bytea IN bytes) > 0 AND outcome = 'done'"), 1)
        self.assertEqual(len(self.engine.worklist(AccessionNumber="A14")), 1)

    def test_P11_a_field_of_a_megabyte_is_processed(self):
        for number, segment in ((15, "NTE|1||"), (16, "OBX|1|ED|PDF^Report^L||")):
            self.assertEqual(self.engine.ask(order(number, more=segment + "x" * MEGABYTE + "\r")).code, "AA")
            self.assertEqual(self.engine.sql(f"SELECT length(bytes) > {MEGABYTE}, outcome FROM journal"
                                             f" WHERE position('|C{number}|'::bytea IN bytes) > 0"), ["t|done"])
            self.assertEqual(len(self.engine.worklist(AccessionNumber=f"A{number}")), 1)

    def test_P2_while_the_database_stands_still_nothing_is_acknowledged_and_then_it_is_done_once(self):
        sender = self.engine.sender()
        stopped = self.engine.database_processes()
        for process in stopped:
            os.kill(process, signal.SIGSTOP)
        try:
            sender.socket.sendall(frame(order(17)))
            sender.socket.settimeout(2)
            with self.assertRaises(TimeoutError):
                sender.answer()
        finally:
            for process in stopped:
                os.kill(process, signal.SIGCONT)
        sender.socket.settimeout(30)
        self.assertEqual(sender.answer().code, "AA")
        self.assertEqual(self.engine.ask(order(17)).code, "AA")
        sender.close()
        self.assertEqual(self.engine.count("imaging_order WHERE accession = 'A17'"), 1)
        self.assertEqual(self.engine.count("journal WHERE position('|C17|'::bytea IN bytes) > 0"), 1)

    def test_P2_while_the_database_is_away_nothing_is_acknowledged_and_afterwards_it_works(self):
        self.engine.ask(order(18))
        before = self.records()
        sender = self.engine.sender()
        killed = self.engine.postmaster()
        os.kill(killed, signal.SIGKILL)
        number, answer = 1000, sender.ask(order(1000))
        self.assertTrue(answer is None or answer.code == "AA", answer)
        sender.close()

        def back():
            """A backend that has not yet noticed may still take an order, durably; the new PostgreSQL has it too."""
            try:
                again = self.engine.postmaster() != killed
            except (OSError, ValueError):  # its file is just being written
                return False
            answer = self.engine.ask(order(number))
            return again and answer is not None and answer.code == "AA"

        self.assertTrue(wait_until(back, 60), "it does not work again")
        self.assertEqual(self.records(), [count + (n < 3) for n, count in enumerate(before)])
        self.assertEqual(len(self.engine.worklist(AccessionNumber="A1000")), 1)

    def test_an_AE_title_that_is_not_known_is_refused(self):
        self.engine.ask(order(19))
        self.assertEqual(len(self.engine.worklist(AccessionNumber="A19")), 1)
        self.assertIsNone(self.engine.worklist(station="NOBODY", AccessionNumber="A19"))
        self.assertIsNone(self.engine.worklist(called="OTHER", AccessionNumber="A19"))


if __name__ == "__main__":
    main()
