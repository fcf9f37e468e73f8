#!/usr/bin/env python3
"""Messages that we did not write, bytes as found, through the whole engine: it survives, each ends in a state that
the journal shows, and its sender gets the answer that fits or a closed connection.

Usage: corpus_flow_test.py PONS. PONS_CORPUS names the folder with messages/ and bad/ (and batch/); without it
../shared/corpus beside the repository, or else the selection in tests/corpus."""

import collections
import hashlib
import os
import pathlib
import re
import socket

from case import SampleHospital, main, together
from engine import ROOT
from mllp import FRAME, Answer, field, frame

CONNECTIONS = 8
ACCEPTED = {"done", "held", "waiting", "dropped"}
REFUSED = {"refused", "unrouted"}
BATCH_PARTS = re.compile(rb"(?<![^\r\n])MSH\W.*?(?=(?<=[\r\n])(?:MSH|FHS|BHS|BTS|FTS)\b|\Z)", re.S)
MSH = re.compile(rb"\A(?:\xef\xbb\xbf)?[ \t\r\n]*MSH([^\w\s])([^\r\n]*)")


def corpus():
    named = os.environ.get("PONS_CORPUS")
    folder = pathlib.Path(named) if named else ROOT.parent / "shared/corpus"
    if (folder / "messages").is_dir():
        return folder
    if named:
        raise FileNotFoundError(f"PONS_CORPUS is {named}, which holds no messages/")
    print("runs the kept selection tests/corpus; PONS_CORPUS may name the whole one")
    return ROOT / "tests/corpus"


def header_field(message, number):
    found = MSH.match(message)
    fields = found[2].split(found[1]) if found else []
    return fields[number - 2] if number - 2 < len(fields) else b""


def endpoint_for(message):
    kind = header_field(message, 9)[:3]
    return {b"ADT": "his-mllp", b"ORU": "reporting-mllp"}.get(kind, "ris-mllp")


def is_answered_once(message):
    """In original mode, and no acknowledgement itself. What MSH-15 and MSH-16 ask for may be none, one or two."""
    wishes = {header_field(message, number).strip() for number in (15, 16)}
    return wishes <= {b"", b'""'} and header_field(message, 9)[:3] != b"ACK"


class Sent:
    """One frame as it went over the wire, and what its sender got. No answer at all is a closed connection, but for
    who asked for none."""

    def __init__(self, file, message, endpoint, answers):
        self.file, self.message, self.endpoint, self.answers = file, message, endpoint, answers
        self.hash = hashlib.sha256(message).hexdigest()


def send_batch(engine, file, data, endpoint):
    """One frame with many messages, and one with their answers, in the same order."""
    sender = engine.sender(endpoint)
    answer = sender.ask(data)
    sender.close()
    messages = BATCH_PARTS.findall(data)
    answers = [Answer(each) for each in BATCH_PARTS.findall(answer.message)] if answer else []
    asked = [each for each in messages if is_answered_once(each)]
    assert len(answers) >= len(asked), f"{file.name}: {len(answers)} answers to {len(messages)} messages"
    return [Sent(file, message, endpoint, [each for each in answers if each.control_id.encode("latin-1")
                                           == header_field(message, 10)][:1]) for message in messages]


def send_file(engine, senders, file):
    """A file may hold framing bytes of its own: then it is as many frames as a receiver finds in it."""
    data = file.read_bytes()
    if data[:3] in (b"FHS", b"BHS") and not set(data) & {0x0B, 0x1C}:
        return send_batch(engine, file, data, endpoint_for(BATCH_PARTS.search(data)[0]))
    endpoint = endpoint_for(data)
    if not is_answered_once(data):
        return send_alone(engine, file, data, endpoint)
    sender = senders.get(endpoint) or engine.sender(endpoint)
    sent = []
    stream = frame(data)
    try:
        sender.socket.sendall(stream)
        for found in FRAME.finditer(stream):
            answer = sender.answer()
            sent.append(Sent(file, found[1], endpoint, [answer] if answer else []))
            if answer is None:
                break
    except ConnectionError:
        sent.append(Sent(file, FRAME.search(stream)[1], endpoint, []))
    if not sent[-1].answers:
        sender.close()
        senders.pop(endpoint, None)
    else:
        senders[endpoint] = sender
    return sent


def send_alone(engine, file, data, endpoint):
    """A connection of its own, read to its end."""
    sender = engine.sender(endpoint)
    stream = frame(data)
    sender.socket.sendall(stream)
    sender.socket.shutdown(socket.SHUT_WR)
    answers = list(iter(sender.answer, None))
    sender.close()
    messages = [found[1] for found in FRAME.finditer(stream)]
    return [Sent(file, message, endpoint, [answer for answer in answers
                                           if field(answer.message, b"MSA", 2) == header_field(message, 10)])
            for message in messages]


class CorpusFlowTest(SampleHospital):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = corpus()
        files = sorted(file for part in ("messages", "bad", "batch") for file in (folder / part).rglob("*.hl7"))
        cls.sent = [each for part in together(*(lambda n=n: cls.feed(files[n::CONNECTIONS]) for n in range(CONNECTIONS)))
                    for each in part]
        cls.files = files
        cls.journal = collections.defaultdict(list)
        for line in cls.engine.sql("SELECT encode(sha256(bytes), 'hex'), inlet, outcome FROM journal ORDER BY message"):
            hash_, inlet, outcome = line.split("|")
            cls.journal[hash_].append((inlet, outcome))

    @classmethod
    def feed(cls, files):
        senders = {}
        sent = [each for file in files for each in send_file(cls.engine, senders, file)]
        for each in senders.values():
            each.close()
        return sent

    def outcomes_of(self, sent):
        return {outcome for inlet, outcome in self.journal[sent.hash] if inlet == sent.endpoint}

    def test_the_engine_survives_every_message(self):
        self.assertTrue(self.engine.is_up())
        self.assertGreaterEqual(len({each.file for each in self.sent}), len(self.files))
        log = self.engine.log()
        self.assertNotIn("a bug in the engine", log)
        self.assertNotIn("could not even be parked", log)

    def test_the_bytes_in_the_journal_are_the_bytes_that_were_sent(self):
        self.assertEqual(set(self.journal), {each.hash for each in self.sent})

    def test_every_message_ends_in_a_state_that_its_sender_was_told(self):
        table = collections.Counter()
        for each in self.sent:
            with self.subTest(each.file.name):
                outcomes = self.outcomes_of(each)
                self.assertTrue(outcomes, "it is not in the journal")
                code = "/".join(answer.code for answer in each.answers) or self.silence(each.message)
                table[(each.endpoint, "/".join(sorted(outcomes)), code)] += 1
                if code == "closed":
                    self.assertEqual(outcomes, {"refused"})
                    self.assertFalse(self.could_be_answered(each.message), "what has a readable MSH gets an answer")
                elif code in ("AA", "CA/AA", "CA"):
                    self.assertTrue(outcomes & ACCEPTED or outcomes == {"parked"} and
                                    (each.endpoint == "reporting-mllp" or each.answers[-1].text.startswith("held")))
                elif code != "none wanted":
                    self.assertIn(code, ("AE", "AR", "CE", "CR", "CA/AE"))
                    self.assertTrue(outcomes & (REFUSED | {"parked"}))
        print(f"\n{len(self.files)} files, {len(self.sent)} frames, {len(self.journal)} different messages")
        for (endpoint, outcome, code), count in sorted(table.items()):
            print(f"  {endpoint:<15} {outcome:<18} {code:<7} {count:>5}")

    def silence(self, message):
        wishes = {header_field(message, number) for number in (15, 16)}
        asked_for_none = not is_answered_once(message) and (b"AL" not in wishes or header_field(message, 9)[:3] == b"ACK")
        return "none wanted" if asked_for_none and self.could_be_answered(message) else "closed"

    @staticmethod
    def could_be_answered(message):
        found = MSH.match(message)
        if not found or b"\0" in found[0]:
            return False
        encoding = found[2].split(found[1])[0]
        return (1 <= len(encoding) <= 5 and len(set(encoding)) == len(encoding) and found[1] not in encoding and
                all(0x20 < byte < 0x7f and not chr(byte).isalnum() for byte in encoding))

    def test_every_answer_names_the_control_id_of_its_message_and_no_other(self):
        for each in self.sent:
            for answer in each.answers:
                with self.subTest(each.file.name):
                    self.assertEqual(field(answer.message, b"MSA", 2), header_field(each.message, 10))

    def test_nothing_is_left_half_done(self):
        self.assertEqual(self.engine.count("scheduled_step s LEFT JOIN imaging_order o ON o.id = s.imaging_order"
                                           " LEFT JOIN patient p ON p.id = o.patient WHERE p.id IS NULL"), 0)
        self.assertEqual(self.engine.count("journal j WHERE outcome IN ('held', 'waiting') AND NOT EXISTS"
                                           " (SELECT FROM pending_run r WHERE r.message = j.message)"), 0)
        self.assertEqual(self.engine.count("change c JOIN journal j USING (message) WHERE outcome IN"
                                           " ('refused', 'unrouted')"), 0)


if __name__ == "__main__":
    main()
