"""Peers that are slow, wrong, hostile or too many, and an engine that is short of memory or files."""

import os
import pathlib
import resource
import socket
import threading
import time
import urllib.request

import lab as laboratory
from engine import wait_until
from lab import Stuck
from messages import order
from mllp import FRAME, Sender, field, frame
from process_rows import cpu_seconds, open_files, rss
from row import row
from shims import Number, preload
from threads import stacks


@row(24, "a receiver takes a second for each message")
def slow_receiver(run):
    lab = run.started(rate=60)
    lab.grow(40)
    before, began = rss(lab.engine.process.pid), time.monotonic()
    lab.ehr.takes = 1
    time.sleep(30)
    run.expect(rss(lab.engine.process.pid) - before <= 50, f"memory grew from {before:.0f} MB to "
               f"{rss(lab.engine.process.pid):.0f} MB")
    run.note(f"{lab.engine.count('parcel_state WHERE state = ' + repr('queued'))} waited, p99 of the senders "
             f"{lab.load.p99(began) * 1000:.0f} ms")
    lab.ehr.takes = 0
    run.judge()


class Scripted(laboratory.MllpReceiver):
    """Answers some messages with everything but a plain AA, then takes them the second time."""

    WRONG = ("other id", "garbage", "late", "twice", "nothing")

    def serve(self, connection):
        unread, last = b"", b"NOBODY"
        try:
            while piece := connection.recv(65536):
                unread += piece
                while found := FRAME.search(unread):
                    unread = unread[found.end():]
                    last = self.answer(connection, found[1], last)
        except OSError:
            pass

    def answer(self, connection, message, last):
        control_id = field(message, b"MSH", 10)
        how = self.decide(message)
        is_right = how in ("AA", "twice")
        self.keep(message, "AA" if is_right else how if how in ("AE", "AR", "CR") else None)
        said = {"other id": [(b"AA", b"X" + control_id)], "late": [(b"AA", last)], "nothing": [],
                "twice": [(b"AA", control_id)] * 2}.get(how, [(how.encode()[:2], control_id)])
        if how == "garbage":
            connection.sendall(frame(b"\x00\xffno message at all"))
            said = []
        for code, about in said:
            connection.sendall(frame(b"MSH|^~\\&|EHR|HOSP|IMAGING|HOSP|||ACK|E" + control_id + b"|P|2.5\rMSA|" + code + b"|" +
                                     about + b"\r"))
        return control_id


@row(25, "a receiver answers with other control ids, garbage, the last answer again, two answers, AE, AR, CR")
def wrong_answers(run):
    lab = run.lab()
    tried, ways = {}, [*Scripted.WRONG, "AE", "AR", "CR"]

    def decide(message):
        control_id = field(message, b"MSH", 10)
        if control_id in tried or run.dice.random() > 0.1:
            return "AA"
        tried[control_id] = ways[len(tried) % len(ways)]
        return tried[control_id]

    scripted = lab.kept(Scripted(lab.folder, "ehr-mllp", laboratory.REPORT_MARK, decide))
    lab.engine.environment["EHR_PORT"] = str(scripted.port)
    lab.start(rate=60)
    lab.grow(600, within=120)
    run.judge(within=300)
    run.expect(set(tried.values()) == set(ways), f"only these were tried: {set(tried.values())}")
    run.note(f"{len(tried)} answers were wrong")


def addresses(count):
    """Of this machine, one for each caller: 127.1.0.1 …"""
    return [f"127.1.{n // 250}.{1 + n % 250}" for n in range(count)]


def flood(port, callers, each, first=b""):
    """Connections that say `first` and then nothing."""
    opened = []
    for address in addresses(callers):
        for _ in range(each):
            connection = socket.socket()
            connection.settimeout(2)
            try:
                connection.bind((address, 0))
                connection.connect(("127.0.0.1", port))
                if first:
                    connection.sendall(first)
            except OSError:
                connection.close()
                continue
            opened.append(connection)
    return opened


@row(26, "5,000 connections from 50 addresses that say nothing")
def many_connections(run):
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    lab = run.lab()
    lab.start()
    lab.grow(600)
    usual, began = lab.load.p99(0), time.monotonic()
    opened = flood(lab.engine.ports["ris-mllp"], 50, 100)
    before, cpu = lab.load.sent, cpu_seconds(lab.engine.process.pid)
    time.sleep(10)
    used = (cpu_seconds(lab.engine.process.pid) - cpu) / 10
    files = open_files(lab.engine.process.pid)
    run.expect(len(opened) == 5000 and files > 5000, f"{len(opened)} were opened, the engine holds {files} files")
    run.expect(lab.load.sent > before + 200, "healthy senders were starved")
    slow = run.expect_p99(usual, began)
    run.note(f"{len(opened)} were open, {files} files, {used * 100:.0f} % of a core; p99 of the "
             f"senders {usual * 1000:.0f}, then {slow * 1000:.0f} ms")
    for connection in opened:
        connection.close()
    lab.recovered_since(time.monotonic())
    run.judge()


@row(27, "2,000 connections begin a frame and go on with a byte each ten seconds")
def slow_lorises(run):
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    lab = run.lab()
    lab.start()
    lab.grow(600)
    usual, port = lab.load.p99(0), lab.engine.ports["ris-mllp"]
    opened = flood(port, 20, 100, b"\x0bMSH|")
    began, before = time.monotonic(), lab.load.sent
    dripping = threading.Event()
    threading.Thread(target=drip, args=(opened, dripping), daemon=True).start()
    time.sleep(20)
    files = open_files(lab.engine.process.pid)
    run.expect(len(opened) == 2000 and files > 2000, f"{len(opened)} were opened, the engine holds {files} files")
    run.expect(lab.load.sent > before + 200, f"healthy senders were starved: {lab.load.sent - before} answers in 20 s")
    slow = run.expect_p99(usual, began)
    run.note(f"{len(opened)} were open, {lab.load.sent - before} answers in 20 s; p99 of the senders {usual * 1000:.0f}, then "
             f"{slow * 1000:.0f} ms")
    freed = wait_until(lambda: open_files(lab.engine.process.pid) < 200, began + 35 - time.monotonic())
    run.expect(freed, f"{open_files(lab.engine.process.pid)} files are open still after {time.monotonic() - began:.0f} s")
    run.note(f"freed after {time.monotonic() - began:.0f} s")
    dripping.set()
    for connection in opened:
        connection.close()
    lab.recovered_since(time.monotonic())
    run.judge()


def drip(connections, is_over):
    while not is_over.wait(10):
        for connection in connections:
            try:
                connection.send(b"X")
            except OSError:
                pass


@row(30, "a frame without an end")
def endless_frame(run):
    lab = run.started(rate=50)
    lab.grow(40)
    before, began = rss(lab.engine.process.pid), time.monotonic()
    most, sent = before, 0
    with socket.create_connection(("127.0.0.1", lab.engine.ports["ris-mllp"]), timeout=30) as connection:
        try:
            connection.sendall(b"\x0bMSH|^~\\&|")
            while sent < 300 << 20:
                connection.sendall(b"A" * (1 << 20))
                sent += 1 << 20
                most = max(most, rss(lab.engine.process.pid))
        except OSError:
            pass
    run.expect(sent < 300 << 20, "300 MB were read and nobody hung up")
    run.expect(most - before < 350, f"memory grew from {before:.0f} to {most:.0f} MB")
    run.note(f"hung up after {sent >> 20} MB, memory {before:.0f} to {most:.0f} MB, p99 of the senders "
             f"{lab.load.p99(began) * 1000:.0f} ms")
    run.judge()


@row(31, "a receiver refuses some patients for ever")
def poison(run):
    lab = run.lab()
    lab.ehr.decide = lambda message: "AE" if b"||M3^" in message or b"||M11^" in message else "AA"
    lab.start()
    lab.grow(500, within=120)
    run.judge()
    run.note(f"{lab.engine.count('parcel_state WHERE state = ' + repr('parked'))} parcels are parked")


@row(48, "the engine may have 100 MB more of address space than it has, and gets messages of 30 to 60 MB")
def short_of_memory(run):
    lab = run.lab()
    lab.start(rate=50)
    lab.grow(20)
    pid = lab.engine.process.pid
    resource.prlimit(pid, resource.RLIMIT_AS, (address_space(pid) + (100 << 20),) * 2)
    head = b"\x0bMSH|^~\\&|RIS|NORTH|IMAGING|HOSP|20261124100000||ORM^O01|BIG|P|2.5\rNTE|1||"
    refused = 0
    for megabytes in (60, 50, 40, 30):
        try:
            with socket.create_connection(("127.0.0.1", lab.engine.ports["ris-mllp"]), timeout=20) as connection:
                connection.sendall(head + b"A" * (megabytes << 20) + b"\r\x1c\r")
                refused += not connection.recv(4096)
        except ConnectionError:
            refused += 1
        if not lab.engine.is_up():
            run.note("it ended, and was started again")
            lab.engine.process.stdout.close()
            lab.restart()
    run.expect(refused, "memory sufficed for all of them")
    run.note(f"{refused} of 4 were not answered")
    lab.recovered_since(time.monotonic())
    run.judge()


def address_space(pid):
    with open(f"/proc/{pid}/statm") as statm:
        return int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


@row(49, "one allocation of the engine fails, somewhere, every second time in libpq", at_once=50, wants=["cc"])
def failing_malloc(run):
    lab = run.lab()
    left = Number(pathlib.Path(lab.home.name) / "allocations-left")
    preload(lab, "fail_malloc", FAIL_MALLOC=str(left.file))
    lab.start()
    ended = 0
    for time_of_many in range(run.times):
        lab.grow(5)
        began = time.monotonic()
        in_libpq = time_of_many % 2 == 1
        left.set(-int(10 ** run.dice.uniform(0, 3.5)) if in_libpq else int(10 ** run.dice.uniform(0, 4.5)))
        if not wait_until(lambda: left.get() == 0 or not lab.engine.is_up(), 60):
            raise Stuck("so many allocations never came")
        if wait_until(lambda: not lab.engine.is_up(), 0.5):
            ended += 1
            left.set(0)
            lab.engine.process.stdout.close()
            lab.restart()
        else:
            lab.recovered_since(began)
            lab.dump()
    lab.grow(40)
    run.note(f"it ended {ended} times of {run.times}")
    run.judge()
    lab.engine.process.terminate()
    if not wait_until(lambda: not lab.engine.is_up(), 60):
        run.expect(False, "it does not stop: something waits for ever\n" + stacks(lab.engine.process.pid))
        lab.engine.kill()


class SlowCaller:
    """Asks for a page and never comes to an end of it; hung up on, it calls again."""

    HUGE = b"GET /metrics HTTP/1.1\r\n" + b"X-More: " + b"x" * 8000 + b"\r\n"
    BEGINS = (b"GET /metrics HTTP/1.1\r\nHost: a\r\n", HUGE,
              b"POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")

    def __init__(self, port, address, number):
        self.port, self.address, self.begin, self.calls = port, address, self.BEGINS[number % 3], 0
        self.running = True
        self.thread = threading.Thread(target=self.call)
        self.thread.start()

    def call(self):
        while self.running:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 2, (self.address, 0)) as caller:
                    self.calls += 1
                    caller.sendall(self.begin)
                    while self.running:
                        time.sleep(0.5)
                        caller.sendall(self.HUGE[25:] if self.begin is self.HUGE else b"x")
            except OSError:
                time.sleep(0.2)

    def stop(self):
        self.running = False
        self.thread.join()


@row(28, "300 callers of the HTTP port never come to the end of what they ask: slow, in huge headers, in a body")
def slow_http(run):
    lab = run.started(rate=100)
    lab.grow(200)
    usual, memory = lab.load.p99(0), rss(lab.engine.process.pid)
    port, began = lab.engine.ports["http"], time.monotonic()
    callers = [SlowCaller(port, address, number) for number, address in enumerate(addresses(30) * 10)]
    slowest = {}
    for _ in range(60):
        for page in ("healthz", "readyz", "metrics"):
            asked = time.monotonic()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/{page}", timeout=10) as answer:
                    answer.read()
            except OSError as error:
                run.expect(False, f"/{page} was not answered: {error}")
            slowest[page] = max(slowest.get(page, 0), time.monotonic() - asked)
        time.sleep(0.2)
    slow, grown = lab.load.p99(began), rss(lab.engine.process.pid) - memory
    for each in callers:
        each.running = False
    for each in callers:
        each.stop()
    run.expect(max(slowest.values()) <= 1, f"a page came after {max(slowest.values()):.1f} s")
    run.expect(grown < 20, f"memory grew by {grown:.0f} MB")
    run.note(f"they called {sum(each.calls for each in callers)} times; /metrics after at most {slowest['metrics']:.2f} s; "
             f"p99 of the senders {usual * 1000:.0f}, then {slow * 1000:.0f} ms")
    run.judge()


@row(50, "the engine may open 100 files, and 200 connections come, 100 of them DICOM")
def short_of_files(run):
    lab = run.lab()
    lab.engine.before = ["prlimit", "--nofile=100:4096"]
    lab.start()
    lab.grow(40)
    opened = flood(lab.engine.ports["ris-mllp"], 1, 100) + flood(lab.engine.ports["dicom"], 1, 100)
    cpu = cpu_seconds(lab.engine.process.pid)
    time.sleep(10)
    used = (cpu_seconds(lab.engine.process.pid) - cpu) / 10
    files = open_files(lab.engine.process.pid)
    run.note(f"{used * 100:.0f} % of a core, {files} files")
    run.expect(files >= 95, f"it had {files} of 100 files open")
    run.expect(used < 0.2, f"it spins: {used * 100:.0f} % of a core")
    closed = time.monotonic()
    for connection in opened:
        connection.close()
    lab.recovered_since(closed)
    lab.grow(40)
    run.judge()


def asks(port, message):
    """Over a connection of its own; whether it was answered."""
    sender = Sender(port, 30)
    try:
        return sender.ask(message) is not None
    finally:
        sender.close()


@row(56, "no thread is to be had for 10 s, and 40 connections of each kind come", wants=["cc", "findscu"])
def short_of_threads(run):
    lab = run.lab()
    fails = Number(lab.folder / "threads-fail")
    preload(lab, "fail_threads", FAIL_THREADS=str(fails.file))
    lab.start()
    lab.grow(40)
    answered, found = [], []
    ask = [threading.Thread(target=lambda n=n: answered.append(
        asks(lab.engine.ports["ris-mllp"], order(5000 + n)))) for n in range(40)]
    look = [threading.Thread(target=lambda: found.append(
        lab.engine.worklist(PatientID="M5001") is not None)) for _ in range(40)]
    fails.set(1)
    for each in ask + look:
        each.start()
    before = lab.load.sent
    time.sleep(10)
    run.expect(lab.engine.is_up(), "the engine ended")
    run.expect(lab.load.sent > before, "those who were connected are not answered any more")
    fails.set(0)
    calm = time.monotonic()
    for each in ask + look:
        each.join()
    run.note(f"{sum(answered)} of 40 senders were answered, {sum(found)} of 40 worklists read, the last "
             f"{max(0, time.monotonic() - calm):.1f} s after")
    run.expect(all(answered), "a sender was not answered")
    run.expect(all(found), "a worklist was not read")
    lab.recovered_since(calm)
    lab.grow(40)
    run.judge()
