#!/usr/bin/env python3
"""P9: a value never becomes structure: not a delimiter, a segment, SQL, JSON, YAML, a shell's command or a log line.

Usage: structure_test.py PONS"""

import json
import pathlib

from case import HurriedHospital, main
from engine import value, wait_until
from messages import header, order, pid, report
from mllp import field

NAME, COMMENTS = "00100010", "00401400"
NO_NAME = set("^=\\\r\n")  # what no part of a DICOM name can hold
TOUCHED = pathlib.Path("/tmp/pons-promise-touched")

# What a person reads, by what it pretends to be. Nothing in here may be obeyed by anybody.
HOSTILE = {
    "HL7 delimiters": "a|b^c~d&e\\f",
    "an HL7 segment": "fine\rOBX|9|TX|1^X^L||injected||||||F",
    "a line feed and a segment": "fine\nPID|2||M666^^^HOSP^MR",
    "SQL": "'); DROP TABLE pons.patient; --",
    "SQL in dollars": "$1 $$; TRUNCATE pons.journal; $$ \\. \\N",
    "an array of PostgreSQL": "{\"a\",NULL}",
    "JSON": "\"}],\"resourceType\":\"Binary\",\"x\":{\"y\":\"\\u0000",
    "YAML": "- {a: *b} # ${env:HOME} !!python/object &x\n---\nroute: evil",
    "a shell's command": f"$(touch {TOUCHED}) `touch {TOUCHED}` ; touch {TOUCHED} & | x",
    "a log line": "x\n[2026-11-25 00:00:00.000] [pons] [critical] the sky falls",
    "a header": "x\r\nX-Evil: 1\r\n\r\nGET /",
    "an expression": "{PID-5} ${secret:ehr-fhir-client} text(\"{PID-3}\") %s %n {} {0}",
    "markup": "<script>alert(1)</script>&lt;&#13;",
    "a path": "../../../../etc/passwd",
}


def escaped(text):
    """A value as a careful HL7 sender writes it."""
    signs = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "~": "\\R\\", "&": "\\T\\", "\r": "\\X0D\\", "\n": "\\X0A\\"}
    return "".join(signs.get(character, character) for character in text)


def unescaped(text):
    for code, character in (("F", "|"), ("S", "^"), ("R", "~"), ("T", "&"), ("X0D", "\r"), ("X0A", "\n")):
        text = text.replace(f"\\{code}\\", character)
    return text.replace("\\E\\", "\\")


def segments(message):
    return [line[:3] for line in message.split(b"\r") if line]


def lines(text):
    """Line ends are all one to DICOM's text and to a FHIR string."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


class StructureTest(HurriedHospital):
    def send(self, message, endpoint="ris-mllp"):
        answer = self.engine.ask(message, endpoint)
        self.assertEqual((answer.code, answer.text), ("AA", ""), message)

    def each(self, first, check):
        for number, (what, text) in enumerate(HOSTILE.items(), first):
            with self.subTest(what):
                check(number, text)

    def received(self, number):
        """The EHR's message about a report."""
        of_it = lambda: [message for message in self.ehr.received() if field(message, b"OBR", 3) == f"F{number}".encode()]
        self.assertTrue(wait_until(of_it), f"report {number} did not reach the EHR")
        self.assertEqual(len(of_it()), 1)
        return of_it()[0]

    def resource(self, kind, identifier):
        found = lambda: [each for each in self.fhir.resources(kind) if each["identifier"][0]["value"] == identifier]
        self.assertTrue(wait_until(found), f"{kind} {identifier} did not reach the EHR")
        return found()[0]

    def test_P9_a_comment_reaches_the_modality_as_it_was_meant(self):
        def check(number, text):
            self.send(order(number, more=f"NTE|1||{escaped(text)}\r"))
            items = self.engine.worklist(AccessionNumber=f"A{number}")
            self.assertEqual([lines(value(item, COMMENTS)) for item in items], [lines(text)])

        self.each(100, check)

    def test_P9_a_name_is_one_family_name_on_the_worklist_or_is_loudly_held(self):
        def check(number, text):
            family = text[:40]
            answer = self.engine.ask(order(number, name=f"{escaped(family)}^JANE"))
            items = self.engine.worklist(AccessionNumber=f"A{number}")
            if NO_NAME & set(family):
                self.assertEqual(answer.code, "AA")
                self.assertRegex(answer.text, "^held: PatientName: ")
                self.assertEqual(items, [])
            else:
                self.assertEqual((answer.code, answer.text), ("AA", ""))
                self.assertEqual([value(item, NAME) for item in items], [f"{family.strip()}^JANE"])

        self.each(200, check)

    def test_P9_a_value_adds_no_segment_and_no_field_on_its_way_to_the_EHR(self):
        def check(number, text):
            message = report(number, text=escaped(text), name=f"{escaped(text[:40])}^JANE")
            self.send(order(number))
            self.send(message, "reporting-mllp")
            got = self.received(number)
            self.assertEqual(segments(got), segments(message))
            self.assertEqual(unescaped(field(got, b"OBX", 5).decode().split("~")[3]), text)
            self.assertEqual([unescaped(part) for part in field(got, b"PID", 5).decode().split("^")], [text[:40], "JANE"])
            self.assertEqual(field(got, b"OBX", 11), b"F")

        self.each(300, check)

    def test_P9_a_value_is_one_string_in_the_FHIR_bundle(self):
        def check(number, text):
            family = "DOE" if NO_NAME & set(text[:40]) else text[:40]
            self.send(order(number, name=f"{escaped(family)}^JANE"))
            self.send(report(number, text=escaped(text), name=f"{escaped(family)}^JANE"), "reporting-mllp")
            self.assertEqual(lines(self.resource("DiagnosticReport", f"F{number}")["conclusion"]), lines(text))
            self.assertEqual(self.resource("Patient", f"M{number}")["name"], [{"family": family.strip(), "given": ["JANE"]}])

        self.each(400, check)
        kinds = [entry["resource"]["resourceType"] for bundle in self.fhir.bundles for entry in bundle["entry"]]
        self.assertEqual(set(kinds), {"Patient", "ServiceRequest", "DiagnosticReport"})

    def test_P9_a_number_that_looks_like_structure_is_one_number_or_is_loudly_held(self):
        def check(number, text):
            mrn = escaped(text[:20])
            message = (header("ORM^O01", f"K{number}") + pid(mrn) + f"ORC|NW|{mrn}|F{number}||SC||^^^20261125093000\r"
                       f"OBR|1|{mrn}|F{number}|CT1^CT head^L||||||||||||||A{number}|R1|S1||||CT\r").encode()
            answer = self.engine.ask(message)
            self.assertEqual(answer.code, "AA")
            known = self.engine.sql("SELECT encode(convert_to(i.value || '/' || o.placer, 'UTF8'), 'hex')"
                                    " FROM patient_identifier i JOIN imaging_order o USING (patient)"
                                    f" WHERE filler = 'F{number}'")
            if answer.text:
                self.assertRegex(answer.text, "^held: PatientID: ")
                self.assertEqual(known, [])
            else:
                self.assertEqual([bytes.fromhex(each).decode() for each in known], [f"{text[:20].strip()}/{text[:20].strip()}"])

        self.each(500, check)

    def test_P9_nothing_of_it_was_obeyed_or_logged(self):
        def check(number, text):
            self.engine.ask(order(number, name=f"{escaped(text[:40])}^JANE", more=f"NTE|1||{escaped(text)}\r"))
            self.engine.ask((header("ORM^O01", escaped(text[:40])) + f"PID|1||||{escaped(text)}\r").encode())
            self.engine.ask(text.encode())

        before = self.engine.count("journal")
        self.each(600, check)
        self.assertFalse(TOUCHED.exists())
        self.assertEqual(self.engine.count("journal"), before + 3 * len(HOSTILE))
        self.assertEqual(self.engine.count("patient_identifier WHERE value = 'M666'"), 0)
        log = self.engine.log()
        for line in log.splitlines():
            self.assertEqual(sorted(json.loads(line)), ["level", "text", "time"])
        for told in ("sky falls", "JANE", "injected", "DROP TABLE", "X-Evil", "etc/passwd"):
            self.assertNotIn(told, log)

    def test_P9_a_byte_that_frames_MLLP_never_leaves_inside_a_message(self):
        for number in (700, 701):
            self.send(order(number))
        answer = self.engine.ask(report(700, text="a\\X1C0D0B\\b"), "reporting-mllp")
        self.assertRegex(answer.text, "^held: conclusion: ")
        self.send(report(701), "reporting-mllp")
        self.received(701)
        for message in self.ehr.received():
            self.assertFalse(set(b"\x0b\x1c") & set(message))

    def test_P9_a_NUL_is_refused_with_its_offset(self):
        message = order(800).replace(b"JANE", b"JA\0NE")
        answer = self.engine.ask(message)
        self.assertEqual((answer.code, answer.control_id), ("AE", "C800"))
        self.assertIn(f"a NUL byte at offset {message.index(0)}", answer.errors[0])
        self.assertEqual(self.engine.count("imaging_order WHERE accession = 'A800'"), 0)

    def test_P9_a_second_MSH_is_refused_with_its_offset(self):
        message = order(810) + order(811)
        answer = self.engine.ask(message)
        self.assertEqual((answer.code, answer.control_id), ("AE", "C810"))
        self.assertIn(f"a second MSH at offset {len(order(810))}", answer.errors[0])
        self.assertEqual(self.engine.count("imaging_order WHERE accession IN ('A810', 'A811')"), 0)


if __name__ == "__main__":
    main()
