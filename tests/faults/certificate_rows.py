"""Certificates of the listeners: renewed, ended, broken, while messages come over TLS."""

import os
import pathlib
import re
import ssl
import subprocess
import time
import urllib.request

from engine import change
from messages import order
from mllp import Sender
from row import row

DAY = 86400
OWN_ORDERS = 5000  # beyond those of the load
EXPIRY = r'^pons_certificate_expiry_timestamp_seconds{endpoint="ris-mllp"} (\S+)$'


class TlsSender(Sender):
    def __init__(self, port, patience=30):
        super().__init__(port, patience)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket)
        self.shown = self.socket.getpeercert(binary_form=True)


AUTHORITY = """[ca]
default_ca = itself
[itself]
database = {folder}/issued
serial = {folder}/serial
new_certs_dir = {folder}
default_md = sha256
unique_subject = no
policy = any
[any]
commonName = supplied
"""


class Files:
    """The certificate and key that the listeners name, and what is put in their place."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.certificate, self.key = self.folder / "certificate.pem", self.folder / "key.pem"
        (self.folder / "authority").write_text(AUTHORITY.format(folder=folder))
        (self.folder / "issued").touch()

    def put(self, days):
        """A new one, which ends, or ended, so many days from now; returns it as it is shown."""
        def openssl(*command):
            subprocess.run(["openssl", *command], check=True, capture_output=True, cwd=self.folder)

        end = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * DAY))
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", "/CN=localhost", "-keyout", "new.key", "-out", "new.request")
        # `openssl req -x509` makes none that has ended.
        openssl("ca", "-batch", "-selfsign", "-config", "authority", "-keyfile", "new.key", "-in", "new.request",
                "-create_serial", "-startdate", "20260101000000Z", "-enddate", end, "-notext", "-out", "new.pem")
        shown = ssl.PEM_cert_to_DER_cert((self.folder / "new.pem").read_text())
        os.replace(self.folder / "new.key", self.key)  # in between the two do not fit, and the former stay
        os.replace(self.folder / "new.pem", self.certificate)
        return shown


def listen_over_tls(lab, files):
    endpoints = pathlib.Path(lab.site) / "routes/endpoints.yaml"
    named = f"    certificate: {files.certificate}\n    key: {files.key}\n"
    for name in ("ris", "his", "reporting"):
        change(endpoints, rf"(\n  {name}-mllp:\n)", rf"\g<1>{named}")


def expiry(lab):
    """Days from now, as /metrics says; 0: it cannot be read."""
    with urllib.request.urlopen(f"http://127.0.0.1:{lab.engine.ports['http']}/metrics", timeout=20) as page:
        seconds = float(re.search(EXPIRY, page.read().decode(), re.M)[1])
    return (seconds - time.time()) / DAY if seconds else 0


def shows(lab, certificate, number):
    """Whether a new connection sees that certificate, and is answered."""
    sender = TlsSender(lab.engine.ports["ris-mllp"])
    answer = sender.ask(order(OWN_ORDERS + number))
    sender.close()
    return sender.shown == certificate and answer is not None and answer.code == "AA"


@row(44, "certificates under load: renewed, then one that has ended, then a broken file, then renewed again",
     at_once=10, wants=["openssl"])
def certificates(run):
    lab = run.lab()
    files = Files(lab.home.name)
    files.put(90)
    listen_over_tls(lab, files)
    lab.start(connect=TlsSender)
    lab.grow(20)
    began, number = time.monotonic(), 0
    for _ in range(run.times):
        for days in (90, 20):
            shown = files.put(days)
            run.expect(shows(lab, shown, number := number + 1), f"the certificate of {days} days is not seen")
            run.expect(days - 1 <= expiry(lab) <= days, f"{days} days are left, /metrics says {expiry(lab):.1f}")
        lab.grow(20)
        files.put(-1)
        run.expect(shows(lab, shown, number := number + 1), "one that has ended took the place of one that holds")
        run.expect(expiry(lab) < -0.9, f"it has ended, and /metrics says in {expiry(lab):.1f} days")
        files.certificate.write_text("broken")
        run.expect(shows(lab, shown, number := number + 1), "a broken file took the place of a certificate")
        run.expect(expiry(lab) == 0, f"it cannot be read, and /metrics says in {expiry(lab):.1f} days")
        lab.grow(20)
        shown = files.put(90)
        run.expect(shows(lab, shown, number := number + 1), "a new connection does not see the mended certificate")
    for said, times in (("holds from now on", 3), ("ends at", 1), ("has ended at", 1), ("cannot be loaded", 1)):
        found = sum(said in line and "ris-mllp" in line for line in lab.engine.log().splitlines())
        run.expect(found >= times * run.times, f"the log says \"{said}\" {found} times")
    run.expect(lab.load.resent == 0, f"{lab.load.resent} messages had to be sent again")
    run.note(f"{number} new connections saw the right certificate, "
             f"p99 of the senders {lab.load.p99(began) * 1000:.0f} ms")
    lab.grow(20)
    run.judge()
