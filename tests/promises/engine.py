"""A running engine and whoever talks to it, for promises that need whole processes: kill -9 is no good inside one."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

from mllp import Sender, frame

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NOBODY = "1"  # a port of this machine at which nobody listens
# What the surroundings set must not decide where the engine sends to.
SITE_VARIABLES = ["PACS_NORTH_HOST", "DUTY_DESK_URL", "DROP_HOST", "EHR_CA_FILE", "VIEWER_URL", "IID_URL", "PONS_DATABASE"]
READY_WITHIN = 90  # seconds


class Engine:
    """`pons run` on a state folder of its own, on free ports. kill() is kill -9."""

    def __init__(self, binary, site=ROOT, ehr=None, fhir=None):
        self.binary = os.path.abspath(binary)
        self.site = str(site)
        self.folder = tempfile.TemporaryDirectory(prefix="pons-promise-")
        os.chmod(self.folder.name, 0o755)  # as root the database runs as postgres, who must come this far
        self.state = os.path.join(self.folder.name, "var")
        self.log_file = os.path.join(self.folder.name, "log")
        self.environment = {name: value for name, value in os.environ.items() if name not in SITE_VARIABLES}
        self.environment |= dict.fromkeys(["RIS_PORT", "HIS_PORT", "REPORTS_PORT", "DICOM_PORT", "HTTP_PORT"], "0")
        self.environment |= {"EHR_HOST": "127.0.0.1", "EHR_PORT": str(ehr.port) if ehr else NOBODY,
                             "EHR_FHIR_URL": f"http://127.0.0.1:{fhir.port if fhir else NOBODY}/fhir"}
        self.stderr = None  # a file to log to, in place of log_file
        self.before = []  # what starts the binary: ["prlimit", "--nofile=64"]
        self.process = None
        self.database = None
        self.ports = {}

    def start(self):
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen([*self.before, self.binary, "run", self.site, "--state", self.state],
                                            text=True, env=self.environment, stdout=subprocess.PIPE,
                                            stderr=self.stderr or log)
        end = time.monotonic() + READY_WITHIN
        for line in self.process.stdout:
            self.take_note(line)
            if line.strip() == "ready":
                return self
            if time.monotonic() > end:
                break
        self.kill()
        raise RuntimeError("the engine did not become ready:\n" + self.log())

    def take_note(self, line):
        """`listening  ris-mllp  mllp://127.0.0.1:2575`, `listening  dicom://127.0.0.1:11112 PONS`"""
        if not line.startswith("listening"):
            return
        scheme, port = re.search(r"(\w+)://[^ ]*:(\d+)", line).groups()
        name = line.split()[1]
        self.ports[scheme if "://" in name else name] = int(port)

    def sender(self, endpoint="ris-mllp"):
        return Sender(self.ports[endpoint])

    def ask(self, message, endpoint="ris-mllp"):
        """One message over a connection of its own."""
        sender = self.sender(endpoint)
        try:
            return sender.ask(message)
        finally:
            sender.close()

    def tell(self, message, endpoint):
        """One message that is not acknowledged: an acknowledgement."""
        sender = self.sender(endpoint)
        sender.socket.sendall(frame(message))
        sender.close()

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        self.process.stdout.close()
        return code

    def is_up(self):
        return self.process.poll() is None

    def log(self):
        return pathlib.Path(self.log_file).read_text(errors="replace")

    def postmaster_file(self):
        return (pathlib.Path(self.state) / "postgres/data/postmaster.pid").read_text().split("\n")

    def postmaster(self):
        return int(self.postmaster_file()[0])

    def database_processes(self):
        """The postmaster and every process that it has started."""
        postmaster = self.postmaster()
        listing = subprocess.run(["ps", "-o", "pid=", "--ppid", str(postmaster)], capture_output=True, text=True)
        return [postmaster, *map(int, listing.stdout.split())]

    def close(self):
        if self.database:
            self.database.close()
        if self.process and self.is_up():
            sockets = self.postmaster_file()[4]
            self.stop()
            shutil.rmtree(sockets, ignore_errors=True)
        self.folder.cleanup()

    def sql(self, query):
        """The answer's lines, over a connection that stays open; a new one where the database was restarted."""
        for tries_left in (1, 0):
            try:
                self.database = self.database or Database(self.postmaster_file()[4])
                return self.database.ask(query)
            except (OSError, ConnectionError):
                if self.database:
                    self.database.close()
                self.database = None
                if not tries_left:
                    raise

    def count(self, what):
        """count("patient WHERE sex = 'F'")"""
        return int(self.sql(f"SELECT count(*) FROM {what}")[0])

    def worklist(self, station="CT1", called="PONS", **keys):
        """What findscu reads, as DICOM JSON; None when the association is refused."""
        step = {"ScheduledProcedureStepStartDate": "", "ScheduledProcedureStepStartTime": "", "Modality": "",
                "ScheduledProcedureStepDescription": "", "ScheduledPerformingPhysicianName": "",
                "ScheduledProcedureStepID": "", "CommentsOnTheScheduledProcedureStep": ""}
        root = {"PatientName": "", "PatientID": "", "PatientBirthDate": "", "PatientSex": "", "AccessionNumber": "",
                "RequestedProcedureDescription": "", "RequestedProcedureComments": "", "RequestingPhysician": "",
                "ReferringPhysicianName": "", **keys}
        wanted = [f"{name}={value}" for name, value in root.items()]
        wanted += [f"ScheduledProcedureStepSequence[0].{name}={value}" for name, value in step.items()]
        with tempfile.TemporaryDirectory() as answers:
            found = subprocess.run(["findscu", "-W", "-aet", station, "-aec", called, "-X", "-od", answers, "127.0.0.1",
                                    str(self.ports["dicom"]), *(part for key in wanted for part in ("-k", key))],
                                   capture_output=True, timeout=30)
            if found.returncode != 0:
                return None
            return [json.loads(subprocess.run(["dcm2json", file], capture_output=True, check=True).stdout)
                    for file in sorted(pathlib.Path(answers).iterdir())]


class Database:
    """psql, kept open: a question is asked within a millisecond of what it is about."""

    END = "that was all"

    def __init__(self, folder):
        self.psql = subprocess.Popen(["psql", "-X", "-h", folder, "-U", "postgres", "-At", "postgres"],
                                     env={**os.environ, "PGOPTIONS": "-csearch_path=pons"}, text=True,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def ask(self, query):
        self.psql.stdin.write(f"{query};\n\\echo :ERROR {self.END}\n")
        self.psql.stdin.flush()
        lines = []
        for line in self.psql.stdout:
            if line.endswith(self.END + "\n"):
                if line.startswith("true"):
                    raise ValueError(f"the database refused: {query}")
                return lines
            lines.append(line.rstrip("\n"))
        raise ConnectionError("the database is away")

    def close(self):
        self.psql.kill()
        self.psql.wait()
        self.psql.stdout.close()
        try:
            self.psql.stdin.close()
        except BrokenPipeError:
            pass


def value(item, tag):
    """Text of an element of DICOM JSON: value(item, "00100010"); of the step's where the root has none of it."""
    element = item.get(tag) or item["00400100"]["Value"][0][tag]
    found = element.get("Value", [""])
    text = found[0] if found else ""
    return text.get("Alphabetic", "") if isinstance(text, dict) else text


def hurried_site(folder, **endpoint_settings):
    """The sample hospital for people in a hurry: a report does not wait for images, a lost answer is asked for again
    at once, and the EHR may be written to by four connections. `rejected="hold"` and the like change ehr-mllp further."""
    for name in ("routes", "mappings"):
        shutil.copytree(ROOT / name, pathlib.Path(folder) / name)
    results = pathlib.Path(folder) / "routes/results-to-ehr.yaml"
    change(results, r"missing: \{wait: .*\}", "missing: continue")
    change(results, r"(?s)\n  - name: no images yet.*", "\n")  # the test of that wait
    endpoints = pathlib.Path(folder) / "routes/endpoints.yaml"
    settings = {"reply_within": "3s", "retry": "{every: 1s, up_to: 1s, for: 3d}", "at_once": "4", "rate": "1000/s",
                "rejected": "park", **endpoint_settings}
    for key, setting in settings.items():
        change(endpoints, rf"(?s)(\n  ehr-mllp:\n.*?\n    {key}: )[^\n]*", rf"\g<1>{setting}")
    change(endpoints, r"(?s)(\n  ehr-fhir:\n.*?\n    )retry: [^\n]*",
           r"\g<1>retry: {every: 1s, up_to: 1s, for: 3d}\n    reply_within: 3s")
    return folder


def change(file, pattern, replacement):
    text, times = re.subn(pattern, replacement, file.read_text())
    if times != 1:
        raise ValueError(f"{file} does not say {pattern} once")
    file.write_text(text)


def wait_until(holds, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return False
