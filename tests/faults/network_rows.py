"""The network: cut in the middle of frames, answers that vanish, half-open, slow, in slices, twice."""

import time

from engine import wait_until
from load import ENDPOINTS
from messages import order
from mllp import Sender, frame
from process_rows import open_files, rss
from proxy import Proxy
from row import row


def lab_behind_proxies(run, proxied=False, **settings):
    """A laboratory whose senders reach the engine through proxies of their own, by endpoint."""
    lab = run.lab(proxied=proxied, **settings)
    lab.engine.start()
    inbound = {name: lab.kept(Proxy(lab.engine.ports[name])) for name in ENDPOINTS.values()}
    return lab, inbound


def start(lab, inbound, **load):
    return lab.start_load(lambda: {name: proxy.port for name, proxy in inbound.items()}, **load)


@row(16, "a sender is cut off in the middle of a frame", at_once=10)
def cut_mid_frame(run):
    lab, inbound = lab_behind_proxies(run)
    start(lab, inbound)
    for _ in range(run.times):
        lab.grow(20)
        for proxy in inbound.values():
            proxy.reset_after = run.dice.randint(1, 600)
        cut = time.monotonic()
        time.sleep(run.dice.uniform(0.3, 1))
        for proxy in inbound.values():
            proxy.calm()
        lab.recovered_since(cut)
    lab.grow(20)
    lab.load.stop()
    whole = lab.engine.count("journal WHERE encode(bytes, 'escape') ~ '^MSH.*[RW][0-9]+N[0-9]+'"
                             " AND get_byte(bytes, length(bytes) - 1) = 13")
    run.expect(whole == lab.engine.count("journal WHERE kind = 'hl7'"), "a part of a frame was stored")
    run.judge()


@row(17, "answers to senders are lost", at_once=10)
def lost_acknowledgements(run):
    lab, inbound = lab_behind_proxies(run)
    start(lab, inbound)
    for _ in range(run.times):
        lab.grow(20)
        for proxy in inbound.values():
            proxy.drop_answers = 5
        lab.grow(20)
    run.note(f"{sum(proxy.answers_dropped for proxy in inbound.values())} answers lost")
    run.judge()


@row(18, "two receivers of three are cut off for 20 s")
def partition(run):
    lab = run.lab(proxied=True, may_repeat_late=True).start()
    lab.grow(100)
    away = [lab.proxies[name] for name in ("ehr-mllp", "ehr-fhir")]
    for proxy in away:
        proxy.is_half_open = proxy.refuses = True
    before, began, answered = lab.pacs.count, time.monotonic(), lab.load.sent
    time.sleep(20)
    run.expect(lab.pacs.count - before > 0.2 * (lab.load.sent - answered), "the third receiver waited with them")
    run.note(f"p99 of the senders meanwhile {lab.load.slowest(began) * 1000:.0f} ms")
    for proxy in away:
        proxy.calm()
        proxy.cut()
    lab.grow(50)
    run.judge()


@row(19, "connections are half-open: nobody answers and nobody hangs up", at_once=3)
def half_open(run):
    lab, inbound = lab_behind_proxies(run, proxied=True, may_repeat_late=True)
    start(lab, inbound, patience=3)
    lab.grow(40)
    before = open_files(lab.engine.process.pid)
    for _ in range(run.times):
        silent = [*inbound.values(), *lab.proxies.values()]
        for proxy in silent:
            proxy.is_half_open = True
        time.sleep(8)
        calmed = time.monotonic()
        for proxy in silent:
            proxy.calm()
        lab.recovered_since(calmed)
        lab.grow(40)
    lab.load.stop()
    if not wait_until(lambda: open_files(lab.engine.process.pid) <= before + 8, 60):
        run.expect(False, f"{open_files(lab.engine.process.pid)} files are open, {before} before")
    run.judge()


@row(20, "connections are reset, both ways, also in the middle of a message", at_once=10)
def reset(run):
    lab, inbound = lab_behind_proxies(run, proxied=True)
    start(lab, inbound)
    for _ in range(run.times):
        lab.grow(20)
        for proxy in [*inbound.values(), *lab.proxies.values()]:
            proxy.cut()
        for proxy in lab.proxies.values():
            proxy.reset_after = run.dice.randint(1, 3000)
        lab.grow(20)
        for proxy in lab.proxies.values():
            proxy.calm()
    run.judge()


@row(22, "100 ms of latency each way, on all sides")
def latency(run):
    lab, inbound = lab_behind_proxies(run, proxied=True)
    start(lab, inbound)
    lab.grow(40)
    for proxy in [*inbound.values(), *lab.proxies.values()]:
        proxy.latency = 0.1
    before = rss(lab.engine.process.pid)
    lab.grow(200, within=120)
    run.note(f"memory {before:.0f} to {rss(lab.engine.process.pid):.0f} MB")
    for proxy in lab.proxies.values():
        proxy.calm()
    run.judge()


@row(23, "one byte at a time, and two frames at once")
def slices(run):
    lab, inbound = lab_behind_proxies(run, proxied=True)
    for proxy in [*inbound.values(), *lab.proxies.values()]:
        proxy.slice = 1
    start(lab, inbound)
    lab.grow(200, within=120)
    sender = Sender(lab.engine.ports["ris-mllp"])
    sender.socket.sendall(b"".join(frame(order(9000 + n, control_id=f"TWO{n}")) for n in range(2)))
    answers = [sender.answer() for _ in range(2)]
    sender.close()
    run.expect([(each.code, each.control_id) for each in answers] == [("AA", "TWO0"), ("AA", "TWO1")],
               f"two frames at once were answered {answers}")
    run.judge()


@row(55, "a fifth of all messages and deliveries arrive twice")
def duplicates(run):
    lab, inbound = lab_behind_proxies(run, proxied=True, may_repeat_late=True)
    for proxy in [*inbound.values(), *lab.proxies.values()]:
        proxy.duplicates = 0.2
    start(lab, inbound)
    lab.grow(400, within=120)
    run.note(f"{sum(proxy.duplicated for proxy in inbound.values())} messages,"
             f" {sum(proxy.duplicated for proxy in lab.proxies.values())} deliveries twice")
    run.judge()
