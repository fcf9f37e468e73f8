"""A running engine and its partners, for promises that need whole processes: kill -9 is no good inside one."""

import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Engine:
    """`pons run` on a state folder of its own, on free ports. kill() is kill -9."""

    def __init__(self, binary):
        self.binary = binary
        self.folder = tempfile.TemporaryDirectory(prefix="pons-promise-")
        os.chmod(self.folder.name, 0o755)  # as root the database runs as postgres, who must come this far
        self.state = os.path.join(self.folder.name, "var")
        self.process = None
        self.ports = {}

    def start(self):
        environment = {**os.environ, "RIS_PORT": "0", "DICOM_PORT": "0", "HTTP_PORT": "0"}
        self.process = subprocess.Popen([self.binary, "run", "--state", self.state], env=environment, text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        for line in self.process.stdout:
            if line.startswith("listening"):
                scheme, rest = line.split()[1].split("://")
                self.ports[scheme] = int(rest.rsplit(":", 1)[1])
            if line.strip() == "ready":
                return
        raise RuntimeError("the engine did not become ready")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(15)
        self.process.stdout.close()
        return code

    def postmaster(self):
        return int((pathlib.Path(self.state) / "postgres/data/postmaster.pid").read_text().split()[0])

    def close(self):
        if self.process.poll() is None:
            self.stop()
        self.folder.cleanup()

    def sql(self, query):
        """One column of answers, asked over the engine's own socket."""
        arguments = pathlib.Path(f"/proc/{self.postmaster()}/cmdline").read_text().split("\0")
        folder = next(a.split("=", 1)[1] for a in arguments if a.startswith("unix_socket_directories="))
        out = subprocess.run(["psql", "-h", folder, "-U", "postgres", "-Atc", query, "postgres"], capture_output=True,
                             text=True, check=True, env={**os.environ, "PGOPTIONS": "-csearch_path=pons"})
        return out.stdout.split()


class Ris:
    """Sends one message at a time and reads MSA-1; None when no answer came."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)

    def send(self, message):
        try:
            self.socket.sendall(b"\x0b" + message + b"\x1c\r")
            answer = b""
            while not answer.endswith(b"\x1c\r"):
                piece = self.socket.recv(65536)
                if not piece:
                    return None
                answer += piece
        except OSError:
            return None
        return answer.split(b"\rMSA|")[1].split(b"|")[0].decode()

    def close(self):
        self.socket.close()


def order(number, patient=None):
    """A new order: everything it says follows from its number."""
    patient = patient or f"M{number}"
    return (f"MSH|^~\\&|RIS|NORTH|IMAGING|HOSP|20261124100000||ORM^O01|C{number}|P|2.5\r"
            f"PID|1||{patient}^^^HOSP^MR||DOE^JANE||19800102|F\r"
            f"ORC|NW|P{number}|F{number}||SC||^^^20261125093000\r"
            f"OBR|1|P{number}|F{number}|CT1^CT head^L||||||||||||||A{number}|R1|S1||||CT\r").encode()


def wait_until(holds, seconds=20):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.1)
    return False
