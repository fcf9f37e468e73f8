#!/usr/bin/env python3
"""The checker is checked: a clean history is clean, and each kind of error is found in one that was written with it."""

import json
import pathlib
import tempfile
import unittest

from checker import Answered, Dump, History, Mark, Received, Sent, check, read_history

GOES_TO = {"adt": ["pacs"], "orm": [], "oru": ["ehr", "fhir"]}
A, B, C = Mark(1, 1), Mark(1, 2), Mark(1, 3)  # an order, a change of demographics, a report


def clean():
    kinds = {A: "orm", B: "adt", C: "oru"}
    sent = [Sent(mark, kind, at) for at, (mark, kind) in enumerate(kinds.items())]
    answered = [Answered(each.mark, each.kind, each.at + 0.5, "AA") for each in sent]
    received = [Received("pacs", B, "H2", "AA"), Received("ehr", C, "E3", "AA"), Received("fhir", C, "F3", "AA")]
    parcels = [("pacs", B, "delivered"), ("ehr", C, "delivered"), ("fhir", C, "delivered")]
    dump = Dump(10, [(A, "done"), (B, "done"), (C, "done")], parcels, {1: B}, {1: A})
    return History(sent, answered, received, [dump], GOES_TO)


class CheckerTest(unittest.TestCase):
    def setUp(self):
        self.history = clean()
        self.dump = self.history.dumps[-1]

    def assert_found(self, **expected):
        found = {error: sorted(marks) for error, marks in check(self.history).guilty.items() if marks}
        self.assertEqual(found, expected)

    def test_a_history_without_errors_is_clean(self):
        self.assert_found()

    def test_lost_is_what_was_acknowledged_and_is_not_in_the_store(self):
        self.dump.journal.remove((A, "done"))
        self.assert_found(lost=[A])

    def test_lost_is_what_was_acknowledged_and_took_no_effect(self):
        self.dump.journal[0] = (A, "refused")
        self.assert_found(lost=[A])

    def test_lost_is_what_is_not_queued_for_a_receiver(self):
        self.dump.parcels.remove(("fhir", C, "delivered"))
        self.history.received.pop()
        self.assert_found(lost=[C])

    def test_lost_is_what_is_called_delivered_and_did_not_arrive(self):
        self.history.received.pop()
        self.assert_found(lost=[C])

    def test_lost_is_what_arrived_and_was_not_accepted(self):
        self.history.received[-1].answer = None
        self.assert_found(lost=[C])

    def test_what_a_receiver_refused_and_stands_parked_is_not_lost(self):
        self.history.received[-1].answer = "AE"
        self.dump.parcels[-1] = ("fhir", C, "parked")
        self.assert_found()

    def test_lost_is_what_stands_parked_and_was_not_refused(self):
        self.dump.parcels[-1] = ("fhir", C, "parked")
        for answer in (None, "503"):
            self.history.received[-1].answer = answer
            self.assert_found(lost=[C])
        self.history.received.pop()
        self.assert_found(lost=[C])
        self.history.received.append(Received("ehr", C, "E3", "AE"))  # another's refusal is none of this one
        self.assert_found(lost=[C])

    def test_lost_is_an_order_without_its_step(self):
        del self.dump.worklist[1]
        self.assert_found(lost=[A])

    def test_what_was_not_acknowledged_may_be_absent_and_may_be_there(self):
        D = Mark(1, 4)
        self.history.sent.append(Sent(D, "orm", 9))
        self.assert_found()
        self.dump.journal.append((D, "done"))
        self.dump.registry[1] = self.dump.worklist[1] = D
        self.assert_found()

    def test_what_was_sent_again_is_one_message(self):
        self.history.sent.append(Sent(A, "orm", 0.2))
        self.assert_found()

    def test_doubled_is_what_took_effect_twice(self):
        self.dump.journal.append((C, "done"))
        self.assert_found(doubled=[C])

    def test_doubled_is_what_was_queued_twice(self):
        self.dump.parcels.append(("ehr", C, "delivered"))
        self.assert_found(doubled=[C])

    def test_a_redelivery_under_the_same_control_id_is_not_doubled(self):
        self.history.received.append(Received("ehr", C, "E3", "AA"))
        self.assert_found()

    def test_doubled_is_a_redelivery_under_another_control_id(self):
        self.history.received.append(Received("ehr", C, "E4", "AA"))
        self.assert_found(doubled=[C])

    def test_doubled_is_a_control_id_with_two_messages(self):
        self.add_report(Mark(2, 1), "E3")
        self.assert_found(doubled=[Mark(2, 1)])

    def test_reordered_is_what_took_effect_after_a_later_message_of_its_patient(self):
        self.dump.journal[0], self.dump.journal[2] = self.dump.journal[2], self.dump.journal[0]
        self.assert_found(reordered=[A, B])

    def test_patients_may_overtake_each_other(self):
        other = Mark(2, 1)
        self.add_report(other, "E9")
        self.dump.journal.insert(0, self.dump.journal.pop())
        self.history.received.insert(0, self.history.received.pop())
        self.assert_found()

    def test_reordered_is_what_was_queued_after_a_later_message(self):
        self.add_report(Mark(1, 4), "E4")
        self.dump.parcels.insert(0, self.dump.parcels.pop(-2))
        self.assert_found(reordered=[C])

    def test_reordered_is_what_arrived_after_a_later_message(self):
        self.add_report(Mark(1, 4), "E4")
        self.history.received.insert(0, self.history.received.pop(-2))
        self.assert_found(reordered=[C])

    def test_reordered_is_a_redelivery_after_a_later_message(self):
        self.add_report(Mark(1, 4), "E4")
        self.history.received.append(Received("ehr", C, "E3", "AA"))
        self.assert_found(reordered=[C])

    def test_a_copy_that_a_slow_network_brings_late_is_known_by_its_control_id(self):
        self.add_report(Mark(1, 4), "E4")
        self.history.received.append(Received("ehr", C, "E3", "AA"))
        self.history.may_repeat_late = True
        self.assert_found()

    def test_reordered_is_an_old_value_over_a_new_one(self):
        self.dump.registry[1] = A
        self.assert_found(reordered=[B])

    def test_phantom_is_what_nobody_sent(self):
        ghost = Mark(7, 1)
        self.dump.journal.append((ghost, "done"))
        self.assert_found(phantom=[ghost])

    def test_phantom_is_what_was_delivered_and_is_not_in_the_store(self):
        D = Mark(1, 4)
        self.history.sent.append(Sent(D, "oru", 9))
        self.history.received.append(Received("ehr", D, "E4", "AA"))
        self.assert_found(phantom=[D])

    def test_phantom_is_what_was_refused_and_took_effect(self):
        self.history.answered[0].code = "AE"
        self.assert_found(phantom=[A], strange=[A])

    def test_acknowledged_before_commit_is_what_a_dump_after_its_AA_does_not_hold(self):
        self.history.dumps.insert(0, Dump(2, [(A, "done")]))
        self.assert_found(early=[B])

    def test_a_dump_before_the_AA_says_nothing(self):
        self.history.dumps.insert(0, Dump(0.4, []))
        self.assert_found()

    def test_what_was_acknowledged_after_the_backup_is_forgotten_and_named(self):
        self.restore(saved_at=1.6, kept=[A, B])
        found = check(self.history)
        self.assertTrue(found.is_clean(), str(found))
        self.assertEqual(found.forgotten, [C])

    def test_lost_is_what_was_acknowledged_before_the_backup(self):
        self.restore(saved_at=2.6, kept=[A, B])
        self.assert_found(lost=[C], early=[C], phantom=[C])

    def test_what_was_not_answered_before_the_restore_may_be_sent_and_delivered_again(self):
        self.history.answered.pop()
        self.restore(saved_at=1.6, kept=[A, B])
        self.history.sent.append(Sent(C, "oru", 11))
        self.history.answered.append(Answered(C, "oru", 11.5, "AA"))
        self.history.received += [Received("ehr", C, "E9", "AA", 12), Received("fhir", C, "F9", "AA", 12)]
        self.assert_found(lost=[C], phantom=[C])
        self.dump.journal.append((C, "done"))
        self.dump.parcels += [("ehr", C, "delivered"), ("fhir", C, "delivered")]
        self.assert_found()

    def test_doubled_is_a_control_id_that_was_used_before_the_restore(self):
        self.restore(saved_at=1.6, kept=[A, B])
        self.add_report(Mark(1, 4), "E3")
        for each in self.history.sent[-1:] + self.history.answered[-1:] + self.history.received[-2:]:
            each.at += 10
        self.assert_found(doubled=[Mark(1, 4)])

    def test_strange_is_an_answer_that_no_fault_explains(self):
        self.history.answered[1].text = "held: it stands behind message 3"
        self.assert_found(strange=[B])

    def test_a_line_that_a_crash_cut_short_counts_as_not_written(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "about.json").write_text(json.dumps({"goes_to": GOES_TO}))
            (folder / "sender-0.log").write_text('{"mark": "1/1", "kind": "orm", "at": 1}\n{"mark": "1/1", "ki')
            (folder / "receiver-ehr.log").write_text(
                '{"mark": "1/1", "control_id": "E1", "answer": "AA", "at": 2}\n')
            (folder / "dump-1.json").write_text(json.dumps(
                {"at": 3, "journal": [["1/1", "done"]], "parcels": [], "registry": {"1": "1/1"}, "worklist": {"1": "1/1"}}))
            history = read_history(folder)
            self.assertEqual((len(history.sent), len(history.answered), len(history.received)), (1, 0, 1))
            self.assertTrue(check(history).is_clean())

    def restore(self, saved_at, kept):
        """The store comes back with these; what receivers got stays with them."""
        self.dump.journal = [(mark, "done") for mark in kept]
        self.dump.parcels = [each for each in self.dump.parcels if each[1] in kept]
        self.history.dumps.insert(0, Dump(9, list(self.dump.journal)))
        self.history.restored = {"saved_at": saved_at, "dump": 1}

    def add_report(self, mark, control_id):
        self.history.sent.append(Sent(mark, "oru", 8))
        self.history.answered.append(Answered(mark, "oru", 8.5, "AA"))
        self.dump.journal.append((mark, "done"))
        self.dump.parcels += [("ehr", mark, "delivered"), ("fhir", mark, "delivered")]
        self.history.received += [Received("fhir", mark, control_id, "AA"), Received("ehr", mark, control_id, "AA")]


if __name__ == "__main__":
    unittest.main()
