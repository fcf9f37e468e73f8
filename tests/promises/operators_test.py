#!/usr/bin/env python3
"""What an operator sees: /metrics, the rules in docs/operators/alerts.yaml, `pons status`, and the log.

Usage: operators_test.py PONS"""

import json
import os
import pathlib
import re
import subprocess
import time
import urllib.request

from case import HurriedHospital, main
from engine import ROOT, Engine, change, wait_until
from messages import header, order, pid, report

ALERTS = ROOT / "docs/operators/alerts.yaml"


class OperatorsTest(HurriedHospital):
    def metrics(self):
        """{"pons_parcels{endpoint="ehr-mllp",state="queued"}": 0.0, …}"""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.engine.ports['http']}/metrics", timeout=20) as page:
            lines = page.read().decode().splitlines()
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}

    def metric(self, name, **labels):
        """The sum of all with that name and those labels; 0 where there is none."""
        wanted = [f'{key}="{value}"' for key, value in labels.items()]
        return sum(value for key, value in self.metrics().items()
                   if key.split("{")[0] == name and all(each in key for each in wanted))

    def status(self):
        done = subprocess.run([self.engine.binary, "status", "--json", "--state", self.engine.state], text=True,
                              capture_output=True, timeout=30)
        return done.returncode, json.loads(done.stdout)

    def endpoint(self, name):
        return next(each for each in self.status()[1]["endpoints"] if each["name"] == name)

    def test_messages_are_counted_by_inlet_and_outcome_and_those_that_came_again_by_themselves(self):
        before = self.metrics()
        self.engine.ask(order(100))
        self.engine.ask(order(100))
        self.engine.ask((header("ORM^O01", "C101") + pid("M101")).encode())
        gained = {name: value - before.get(name, 0) for name, value in self.metrics().items()}
        self.assertEqual(gained['pons_messages_total{inlet="ris-mllp",outcome="done"}'], 1)
        self.assertEqual(gained['pons_messages_total{inlet="ris-mllp",outcome="refused"}'], 1)
        self.assertEqual(gained['pons_duplicates_total{inlet="ris-mllp"}'], 1)
        self.assertEqual(gained['pons_answer_seconds_count{inlet="ris-mllp"}'], 3)
        self.assertGreaterEqual(gained["pons_commit_seconds_count"], 2)

    def test_a_worklist_query_is_counted_with_its_items(self):
        self.engine.ask(order(110))
        before = self.metric("pons_worklist_items_total"), self.metric("pons_worklist_seconds_count")
        found = self.engine.worklist(AccessionNumber="A110")
        self.assertEqual(len(found), 1)
        self.assertEqual((self.metric("pons_worklist_items_total"), self.metric("pons_worklist_seconds_count")),
                         (before[0] + 1, before[1] + 1))

    def test_an_endpoint_that_takes_nothing_is_seen_with_what_waits_for_it_and_since_when(self):
        self.ehr.decide = lambda message: None
        try:
            for number in (120, 121, 122):
                self.engine.ask(order(number, patient="M120"))
                self.assertEqual(self.engine.ask(report(number, patient="M120"), "reporting-mllp").code, "AA")
            self.assertTrue(wait_until(lambda: self.metric("pons_endpoint_failing", endpoint="ehr-mllp") == 1))
            self.assertTrue(wait_until(lambda: self.metric("pons_oldest_parcel_seconds", endpoint="ehr-mllp") >= 2))
            self.assertEqual(self.metric("pons_parcels", endpoint="ehr-mllp", state="queued"), 3)
            self.assertEqual(self.metric("pons_longest_lane_parcels", endpoint="ehr-mllp"), 3)
            told = self.endpoint("ehr-mllp")
            self.assertEqual((told["queued"], told["longest_lane"]), (3, 3))
            self.assertGreaterEqual(told["attempts"], 1)
        finally:
            self.ehr.decide = lambda message: "AA"
        self.assertTrue(wait_until(lambda: self.metric("pons_parcels", endpoint="ehr-mllp", state="queued") == 0))
        self.assertTrue(wait_until(lambda: self.metric("pons_endpoint_failing", endpoint="ehr-mllp") == 0))
        self.assertEqual(self.endpoint("ehr-mllp")["queued"], 0)

    def test_a_delivery_that_was_refused_is_seen_as_parked(self):
        self.ehr.decide = lambda message: "AR"
        try:
            self.engine.ask(order(130))
            self.engine.ask(report(130), "reporting-mllp")
            self.assertTrue(wait_until(lambda: self.metric("pons_parcels", endpoint="ehr-mllp", state="parked") == 1))
            self.assertEqual(self.metric("pons_deliveries_total", endpoint="ehr-mllp", outcome="refused"), 1)
        finally:
            self.ehr.decide = lambda message: "AA"

    def test_a_run_that_is_held_is_seen_by_its_route(self):
        self.assertIn("held", self.engine.ask(order(140, section="XX")).text)
        self.assertTrue(wait_until(lambda: self.metric("pons_runs", state="held") == 1))
        self.assertIn(("ris-orders", "held", 1), [(each["route"], each["state"], each["runs"]) for each in self.status()[1]["set_aside"]])

    def test_what_couriers_and_runs_that_are_due_do_not_get_from_the_database_is_counted(self):
        for table in ("parcel_state", "pending_run"):
            before = self.metric("pons_database_errors_total")
            self.engine.sql(f"ALTER TABLE {table} RENAME TO elsewhere")
            try:
                self.assertTrue(wait_until(lambda: self.metric("pons_database_errors_total") > before), table)
            finally:
                self.engine.sql(f"ALTER TABLE elsewhere RENAME TO {table}")

    def test_every_figure_in_the_alerts_is_one_that_the_engine_shows(self):
        self.engine.ask(order(150))
        self.engine.ask(report(150), "reporting-mllp")
        self.assertTrue(wait_until(lambda: self.metric("pons_deliveries_total", endpoint="ehr-mllp") > 0))
        with urllib.request.urlopen(f"http://127.0.0.1:{self.engine.ports['http']}/metrics", timeout=20) as page:
            shown = set(re.findall(r"^# TYPE (\S+) ", page.read().decode(), re.M))
        rules = ALERTS.read_text()
        used = {re.sub("_bucket$", "", name) for name in re.findall(r"\b(?:pons|process)_[a-z_]+\b", rules)}
        self.assertGreater(len(used), 10)
        self.assertEqual(used - shown, set())

    def test_every_label_in_the_alerts_is_one_that_the_engine_shows_or_the_scrape_configuration_gives(self):
        labels = {}  # by figure: those of its labels
        values = {"job": re.findall(r"job_name: (\w+)", (ROOT / "docs/operators/running.md").read_text())}
        for figure in self.metrics():
            for label, value in re.findall(r'(\w+)="([^"]*)"', figure):
                labels.setdefault(figure.split("{")[0], {"job"}).add(label)
                values.setdefault(label, []).append(value)
        used = [(figure, label, value) for figure, selector in re.findall(r"\b([a-z_]+){([^{}]+)}", ALERTS.read_text())
                for label, either in re.findall(r'(\w+)=~?"([^"]*)"', selector) for value in either.split("|")]
        self.assertGreater(len(used), 5)
        for figure, label, value in used:
            self.assertIn(label, labels.get(figure, {label}))  # a figure of nothing has none
            self.assertIn(value, values[label], f"{figure} with {label}")

    def test_when_each_certificate_ends_is_shown_and_the_log_warns_of_those_that_end_soon(self):
        files = pathlib.Path(self.folder.name)
        endpoints = files / "routes/endpoints.yaml"
        for name, days in (("ris", 90), ("his", 20)):
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                            "-subj", "/CN=localhost", "-days", str(days), "-out", files / f"{name}.pem", "-keyout",
                            files / f"{name}.key"], check=True, capture_output=True)
        before = endpoints.read_text()
        engine = Engine(self.engine.binary, files)
        self.addCleanup(engine.close)
        self.addCleanup(endpoints.write_text, before)
        for name in ("ris", "his"):
            change(endpoints, rf"(\n  {name}-mllp:\n)",
                   rf"\g<1>    certificate: {files}/{name}.pem\n    key: {files}/{name}.key\n")
        engine.environment |= {"DICOM_CERTIFICATE": str(files / "his.pem"), "DICOM_KEY": str(files / "his.key")}
        engine.start()
        (files / "ris.pem").write_text("broken")
        (files / "his.pem").write_text("broken")
        with urllib.request.urlopen(f"http://127.0.0.1:{engine.ports['http']}/metrics", timeout=20) as page:
            shown = dict(re.findall(r'^pons_certificate_expiry_timestamp_seconds{endpoint="(.+)"} (\S+)$',
                                    page.read().decode(), re.M))
        self.assertEqual((float(shown["ris-mllp"]), sorted(shown)), (0, ["dicom", "his-mllp", "ris-mllp"]))
        self.assertAlmostEqual(float(shown["dicom"]), time.time() + 20 * 86400, delta=3600)
        for name, warns in (("ris-mllp", 0), ("his-mllp", 1), ("dicom", 1)):
            self.assertEqual(engine.log().count(f"{name}: the certificate ends at"), warns, name)

    def test_status_says_in_words_and_by_its_exit_code_whether_all_is_well(self):
        done = subprocess.run([self.engine.binary, "status", "--state", self.engine.state], text=True, capture_output=True)
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"engine +runs\ndatabase +answers")
        done = subprocess.run([self.engine.binary, "status", "--state", self.engine.folder.name], text=True, capture_output=True)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, "engine +does not run on this state")

    def test_the_log_is_an_object_a_line_and_what_a_sender_wrote_begins_none(self):
        self.engine.ask(b"no HL7\n{\"level\":\"critical\"}")
        lines = self.engine.log().splitlines()
        self.assertTrue(lines)
        for line in lines:
            self.assertEqual(sorted(json.loads(line)), ["level", "text", "time"])

    def test_a_log_that_nobody_reads_stops_nothing_and_says_afterwards_how_much_is_lost(self):
        engine = Engine(self.engine.binary)
        self.addCleanup(engine.close)
        reads, engine.stderr = os.pipe()
        engine.start()
        os.close(engine.stderr)
        sender = engine.sender()
        self.addCleanup(sender.close)
        for number in range(1500):  # each is a warning of more than 100 bytes, and a pipe holds 64 KB
            engine.ask(b"no HL7 at all")
            if number % 100 == 0:
                self.assertEqual(sender.ask(order(5000 + number)).code, "AA")
        unread = os.read(reads, 1 << 20)
        while b"\n" in unread and not unread.endswith(b"\n"):
            unread += os.read(reads, 1 << 20)
        engine.ask(b"no HL7 at all")
        lines = [json.loads(line) for line in os.read(reads, 1 << 20).splitlines() if line]
        self.assertRegex(lines[0]["text"], r"^\d+ lines of the log were lost")
        os.close(reads)


if __name__ == "__main__":
    main()
