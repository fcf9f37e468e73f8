"""A network that can fail: a TCP proxy for MLLP and HTTP on this machine. What goes wrong is set while it runs and holds
for what passes from then on."""

import re
import selectors
import socket
import struct
import threading
import time
import zlib

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with RST


class Proxy:
    def __init__(self, port):
        self.target = port
        self.calm()
        self.cuts, self.accepted, self.answers_dropped, self.duplicated = 0, 0, 0, 0
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self.listening.getsockname()[1]
        self.running = True
        threading.Thread(target=self.accept, daemon=True).start()

    def calm(self):
        """No fault."""
        self.latency = 0          # seconds, both ways
        self.slice = 0            # bytes at a time; 0: as they come
        self.reset_after = None   # bytes of requests on a connection, then RST both ways
        self.is_half_open = False  # nothing passes and nobody is told
        self.drop_answers = 0     # how many answers from now on vanish; the connection then closes
        self.duplicates = 0.0     # share of requests that the server gets once more, over a connection of its own
        self.refuses = False      # new connections

    def accept(self):
        while self.running:
            try:
                client, _ = self.listening.accept()
            except OSError:
                return
            if self.refuses:
                abort(client)
                continue
            cuts = self.cuts  # before it counts as accepted: the next cut is one of it too
            self.accepted += 1
            threading.Thread(target=self.serve, args=(client, cuts), daemon=True).start()

    def serve(self, client, cuts):
        try:
            server = socket.create_connection(("127.0.0.1", self.target), timeout=5)
        except OSError:
            abort(client)
            return
        server.settimeout(None)
        for each in (client, server):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.pump(client, server, Requests(), cuts)
        except OSError:
            pass
        for each in (client, server):
            each.close()

    def pump(self, client, server, requests, cuts):
        with selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_READ, server)
            selector.register(server, selectors.EVENT_READ, client)
            sent = 0
            while self.running:
                if self.cuts != cuts:
                    abort(client), abort(server)
                    return
                for key, _ in selector.select(0.05):
                    if self.is_half_open:
                        time.sleep(0.05)
                        continue
                    piece = key.fileobj.recv(65536)
                    if not piece:
                        return
                    if key.fileobj is client:
                        sent += len(piece)
                        if self.reset_after is not None and sent > self.reset_after:
                            server.sendall(piece[:max(0, len(piece) - (sent - self.reset_after))])
                            abort(client), abort(server)
                            return
                        self.note(requests, piece)
                    elif self.drop_answers > 0:
                        self.drop_answers -= 1
                        self.answers_dropped += 1
                        return
                    self.pass_on(piece, key.data)

    def pass_on(self, piece, to):
        if self.latency:
            time.sleep(self.latency)
        step = self.slice or len(piece)
        for start in range(0, len(piece), step):
            to.sendall(piece[start:start + step])
            if self.slice and start % (64 * step) == 0:
                time.sleep(0.0005)

    def note(self, requests, piece):
        for request in requests.feed(piece):
            if self.duplicates and zlib.crc32(request) % 1000 < self.duplicates * 1000:
                self.duplicated += 1
                threading.Thread(target=self.send_once_more, args=(request,), daemon=True).start()

    def send_once_more(self, request):
        try:
            with socket.create_connection(("127.0.0.1", self.target), timeout=5) as server:
                server.sendall(request)
                server.recv(65536)
        except OSError:
            pass

    def cut(self):
        """RST on every connection that is open."""
        self.cuts += 1

    def close(self):
        self.running = False
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.cut()


class Requests:
    """Whole requests out of pieces: MLLP frames, or HTTP with a Content-Length."""

    LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.I)

    def __init__(self):
        self.unread = b""

    def feed(self, piece):
        self.unread += piece
        while (size := self.size()) and size <= len(self.unread):
            request, self.unread = self.unread[:size], self.unread[size:]
            yield request

    def size(self):
        """Of the first request; 0 when it cannot be said yet."""
        if self.unread.startswith(b"\x0b"):
            end = self.unread.find(b"\x1c\r")
            return end + 2 if end >= 0 else 0
        head = self.unread.find(b"\r\n\r\n")
        if head < 0:
            return 0
        found = self.LENGTH.search(self.unread[:head])
        return head + 4 + (int(found[1]) if found else 0)


def abort(connection):
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        connection.close()
    except OSError:
        pass
