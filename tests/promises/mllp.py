"""MLLP from both ends: a sender that reads its answer, and an EHR that writes down what it gets before it answers."""

import json
import os
import re
import socket
import socketserver
import tempfile
import threading
import time

FRAME = re.compile(rb"\x0b([^\x1c]*)\x1c", re.S)
START, END = b"\x0b", b"\x1c"


def frame(message):
    return b"\x0b" + message + b"\x1c\r"


def take_frame(unread):
    """Off the front of what was read; None: no frame has come to its end. Also large messages are searched once."""
    if (end := unread.find(END)) < 0:
        return None
    message = bytes(unread[unread.find(START) + 1:end])
    del unread[:end + 1]
    return message


def field(message, segment, number):
    """A field as it stands: field(message, b"MSA", 1), counted as HL7 does."""
    separator = message[3:4]  # the message's own
    for line in message.split(b"\r"):
        parts = line.split(separator)
        if parts[0] == segment:
            index = number - (segment == b"MSH")
            return parts[index] if index < len(parts) else b""
    return b""


class Answer:
    """An ACK as the sender reads it."""

    def __init__(self, message):
        self.message = message
        self.code = field(message, b"MSA", 1).decode()
        self.control_id = field(message, b"MSA", 2).decode("latin-1")
        self.text = field(message, b"MSA", 3).decode("latin-1")
        self.errors = [line.decode("latin-1") for line in message.split(b"\r") if line.startswith(b"ERR")]

    def __repr__(self):
        return " ".join([self.code, self.text, *self.errors])


class Sender:
    """Sends one message at a time and reads the answer; None when none came and the connection is over."""

    def __init__(self, port, patience=30):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=patience)
        self.unread = b""

    def ask(self, message):
        try:
            self.socket.sendall(frame(message))
            return self.answer()
        except OSError:
            return None

    def answer(self):
        while not (found := FRAME.search(self.unread)):
            piece = self.socket.recv(65536)
            if not piece:
                return None
            self.unread += piece
        self.unread = self.unread[found.end():]
        return Answer(found[1])

    def close(self):
        self.socket.close()


class Resender:
    """Sends a message again, over as many connections as it takes, until it is answered; None where `goes_on()` says no
    before. `connect()` gives a Sender."""

    def __init__(self, connect, goes_on=lambda: True):
        self.connect, self.goes_on = connect, goes_on
        self.sender, self.resent = None, 0

    def ask(self, message):
        while self.goes_on():
            try:
                self.sender = self.sender or self.connect()
            except OSError:
                time.sleep(0.05)
                continue
            answer = self.sender.ask(message)
            if answer is not None:
                return answer
            self.close()
            self.resent += 1
        return None

    def close(self):
        if self.sender:
            self.sender.close()
        self.sender = None


class Ehr:
    """Receives over MLLP. A message is on its disk before it is answered. `decide(message)` says the answer: "AA", "AE",
    or None to hang up without one."""

    def __init__(self, decide=lambda message: "AA"):
        self.decide = decide
        self.text = b""  # MSA-3
        self.file = tempfile.NamedTemporaryFile(prefix="pons-ehr-", mode="a", buffering=1)
        self.lock = threading.Lock()
        ehr = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                ehr.serve(self.request)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def serve(self, connection):
        unread = bytearray()
        try:
            while piece := connection.recv(65536):
                unread += piece
                while END in piece and (message := take_frame(unread)) is not None:
                    code = self.decide(message)
                    self.keep(message, code)
                    if code is None:
                        return
                    control_id = field(message, b"MSH", 10)
                    connection.sendall(frame(b"MSH|^~\\&|EHR|HOSP|IMAGING|HOSP|||ACK|E" + control_id + b"|P|2.5\rMSA|" +
                                             code.encode() + b"|" + control_id + b"|" + self.text + b"\r"))
        except OSError:
            pass  # the engine was killed

    def keep(self, message, code):
        with self.lock:
            self.file.write(json.dumps({"message": message.decode("latin-1"), "answer": code}) + "\n")
            self.file.flush()
            os.fsync(self.file.fileno())

    def received(self, answered="AA"):
        """Messages in the order in which they came; answered=None: those without an answer."""
        with self.lock, open(self.file.name) as lines:
            kept = [json.loads(line) for line in lines]
        return [each["message"].encode("latin-1") for each in kept if each["answer"] == answered]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.file.close()
