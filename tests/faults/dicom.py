"""As little of a DICOM requestor as the rows need, and able to do what no toolkit does: stop between two fragments,
abort, and say what is no DICOM. PDUs of PS3.8 9.3, commands of PS3.7 annex E, all in implicit VR little endian."""

import socket
import struct

IMPLICIT, EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
VERIFICATION, WORKLIST, MPPS = "1.2.840.10008.1.1", "1.2.840.10008.5.1.4.31", "1.2.840.10008.3.1.2.3.3"
CONTEXTS = {1: VERIFICATION, 3: WORKLIST, 5: MPPS}

ASSOCIATE_RQ, ASSOCIATE_AC, ASSOCIATE_RJ, DATA, RELEASE_RQ, RELEASE_RP, ABORT = range(1, 8)
C_FIND, C_ECHO, N_SET, N_CREATE, C_CANCEL = 0x0020, 0x0030, 0x0120, 0x0140, 0x0FFF
NO_DATA_SET = 0x0101
PENDING = (0xFF00, 0xFF01)
COMMAND, LAST = 1, 2  # bits of a fragment's header


class Ended(Exception):
    """The other side aborted, rejected or hung up."""


def pdu(kind, body, length=None):
    return struct.pack(">BBL", kind, 0, len(body) if length is None else length) + body


def item(kind, body):
    return struct.pack(">BBH", kind, 0, len(body)) + body


def associate(calling, called, contexts, syntaxes=(IMPLICIT,)):
    proposed = b"".join(
        item(0x20, bytes([number, 0, 0, 0]) + item(0x30, sop_class.encode()) +
             b"".join(item(0x40, each.encode()) for each in syntaxes)) for number, sop_class in contexts.items())
    user = item(0x50, item(0x51, struct.pack(">L", 16384)) + item(0x52, b"2.25.45"))
    titles = called.ljust(16).encode() + calling.ljust(16).encode()
    return pdu(ASSOCIATE_RQ, struct.pack(">HH", 1, 0) + titles + bytes(32) +
               item(0x10, b"1.2.840.10008.3.1.1.1") + proposed + user)


def element(tag, value):
    """Text, a number (US), or a list of items, each a dictionary."""
    if isinstance(value, list):
        value = b"".join(struct.pack("<HHL", 0xFFFE, 0xE000, len(each)) + each for each in map(data_set, value))
    elif isinstance(value, int):
        value = struct.pack("<H", value)
    elif isinstance(value, str):
        # A UID is filled up with a NUL, any other text with a space (PS3.5 6.2).
        value = value.encode() + (b"\0" if value[:2] in ("1.", "2.") else b" ") * (len(value) % 2)
    return struct.pack("<HHL", tag >> 16, tag & 0xFFFF, len(value)) + value


def data_set(elements):
    return b"".join(element(tag, value) for tag, value in sorted(elements.items()))


def command(field, message_id, data_set_type, **more):
    elements = {0x00000100: field, 0x00000800: data_set_type}
    if field == C_CANCEL:
        elements[0x00000120] = message_id
    else:
        elements[0x00000110] = message_id
    elements |= {TAGS[name]: value for name, value in more.items()}
    body = data_set(elements)
    return element(0x00000000, struct.pack("<L", len(body))) + body


TAGS = {"affected_class": 0x00000002, "requested_class": 0x00000003, "priority": 0x00000700,
        "affected_uid": 0x00001000, "requested_uid": 0x00001001}


def fragment(context, header, body):
    return pdu(DATA, struct.pack(">LBB", len(body) + 2, context, header) + body)


def pieces(context, body, size=8192):
    """A data set in fragments, a PDU each."""
    return [fragment(context, LAST if at + size >= len(body) else 0, body[at:at + size])
            for at in range(0, len(body), size)]


class Modality:
    """One association. `source`: the address of this machine from which it calls."""

    def __init__(self, port, calling="CT1", called="PONS", contexts=None, syntaxes=(IMPLICIT,), source=None,
                 patience=10):
        self.socket = socket.create_connection(("127.0.0.1", port), patience, (source, 0) if source else None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.unread, self.message_id = b"", 0
        try:
            self.socket.sendall(associate(calling, called, contexts or CONTEXTS, syntaxes))
            kind, body = self.pdu()
            if kind != ASSOCIATE_AC:
                raise Ended(f"rejected {body[1:4].hex()}" if kind == ASSOCIATE_RJ else f"PDU {kind}")
        except (OSError, Ended):
            self.socket.close()
            raise
        self.results = accepted(body)

    def exactly(self, count):
        while len(self.unread) < count:
            piece = self.socket.recv(65536)
            if not piece:
                raise Ended("hung up")
            self.unread += piece
        taken, self.unread = self.unread[:count], self.unread[count:]
        return taken

    def pdu(self):
        kind, _, length = struct.unpack(">BBL", self.exactly(6))
        return kind, self.exactly(length)

    def status(self):
        """Of the next response; its data set is skipped."""
        read = b""
        while True:
            kind, body = self.pdu()
            if kind != DATA:
                raise Ended("aborted" if kind == ABORT else f"PDU {kind}")
            while body:
                length, _, header = struct.unpack(">LBB", body[:6])
                if header & COMMAND:
                    read += body[6:4 + length]
                if header == COMMAND | LAST:
                    return status_in(read)
                body = body[4 + length:]

    def send(self, context, request, body=b""):
        self.socket.sendall(fragment(context, COMMAND | LAST, request) + b"".join(pieces(context, body)))

    def next_id(self):
        self.message_id += 1
        return self.message_id

    def echo(self):
        self.send(1, command(C_ECHO, self.next_id(), NO_DATA_SET, affected_class=VERIFICATION))
        return self.status()

    def create(self, uid, elements):
        self.send(5, command(N_CREATE, self.next_id(), 0, affected_class=MPPS, affected_uid=uid), data_set(elements))
        return self.status()

    def set_command(self, uid):
        return command(N_SET, self.next_id(), 0, requested_class=MPPS, requested_uid=uid)

    def set(self, uid, elements):
        self.send(5, self.set_command(uid), data_set(elements))
        return self.status()

    def find(self, elements, cancel_after=None):
        """The final status and how many answers came before it."""
        self.send(3, command(C_FIND, self.next_id(), 0, affected_class=WORKLIST, priority=0), data_set(elements))
        answers = 0
        while (status := self.status()) in PENDING:
            answers += 1
            if answers == cancel_after:
                self.send(3, command(C_CANCEL, self.message_id, NO_DATA_SET))
        return status, answers

    def release(self):
        self.socket.sendall(pdu(RELEASE_RQ, bytes(4)))
        kind, _ = self.pdu()
        self.close()
        return kind == RELEASE_RP

    def abort(self):
        self.socket.sendall(pdu(ABORT, bytes(4)))
        self.close()

    def close(self):
        self.socket.close()


def status_in(read):
    """Of a command, (0000,0900)."""
    at = 0
    while at < len(read):
        group, number, length = struct.unpack("<HHL", read[at:at + 8])
        if (group, number) == (0, 0x0900):
            return struct.unpack("<H", read[at + 8:at + 10])[0]
        at += 8 + length
    raise ValueError("a response without a status")


def accepted(body):
    """{context: its result} of an A-ASSOCIATE-AC: 0 accepted, 3 abstract syntax, 4 transfer syntaxes not supported."""
    results, at = {}, 68
    while at < len(body):
        kind, _, length = struct.unpack(">BBH", body[at:at + 4])
        if kind == 0x21:
            results[body[at + 4]] = body[at + 6]
        at += 4 + length
    return results


def in_progress(step, study, accession):
    """What N-CREATE says of a performed step: all that PS3.4 table F.7.2-1 wants."""
    scheduled = {0x0020000D: study, 0x00080050: accession, 0x00081110: [], 0x00401001: "", 0x00321060: "",
                 0x00400009: step, 0x00400007: "", 0x00400008: []}
    empty = dict.fromkeys([0x00100010, 0x00100020, 0x00100030, 0x00100040, 0x00200010, 0x00400242, 0x00400243,
                           0x00400250, 0x00400251, 0x00400254, 0x00400255], "")
    return empty | {0x00400270: [scheduled], 0x00081120: [], 0x00081032: [], 0x00400260: [], 0x00400340: [],
                    0x00400253: "PPS1", 0x00400241: "CT1", 0x00400244: "20261125", 0x00400245: "093000",
                    0x00400252: "IN PROGRESS", 0x00080060: "CT"}


def ended(status="COMPLETED", series="2.25.46", images=2):
    """What the last N-SET says: its images make it as long as one likes."""
    shown = [{0x00081150: "1.2.840.10008.5.1.4.1.1.2", 0x00081155: f"{series}.{n + 1}"} for n in range(images)]
    return {0x00400252: status, 0x00400250: "20261125", 0x00400251: "094500",
            0x00400340: [{0x00081050: "", 0x00181030: "HEAD", 0x00081070: "", 0x0020000E: series, 0x0008103E: "",
                          0x00080054: "", 0x00081140: shown, 0x00400220: []}]}


def worklist_keys(station="", date="", modality=""):
    return {0x00100010: "", 0x00100020: "", 0x00080050: "", 0x0020000D: "",
            0x00400100: [{0x00400001: station, 0x00400002: date, 0x00400003: "", 0x00080060: modality, 0x00400009: ""}]}
