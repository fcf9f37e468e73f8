"""The network: cut in the middle of frames, answers that vanish, half-open, slow, in slices, twice."""

import pathlib
import subprocess
import time

from engine import change, wait_until
from lab import Stuck
from load import ENDPOINTS
from messages import order
from mllp import Sender, frame
from process_rows import open_files, rss
from proxy import Proxy
from row import row
from shims import preload


def lab_behind_proxies(run, proxied=False, **settings):
    """A laboratory whose senders reach the engine through proxies of their own, by endpoint."""
    lab = run.lab(proxied=proxied, **settings)
    return lab, behind_proxies(lab)


def behind_proxies(lab):
    lab.engine.start()
    return {name: lab.kept(Proxy(lab.engine.ports[name])) for name in ENDPOINTS.values()}


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
    lost = sum(proxy.answers_dropped for proxy in inbound.values())
    run.expect(lost >= 5 * run.times, f"only {lost} answers were lost")
    run.note(f"{lost} answers lost")
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
    run.note(f"p99 of the senders meanwhile {lab.load.p99(began) * 1000:.0f} ms")
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
    before, began = rss(lab.engine.process.pid), time.monotonic()
    lab.grow(200, within=120)
    after = rss(lab.engine.process.pid)
    run.expect(lab.load.p99(began) >= 0.2, "no answer took longer")
    run.expect(after - before <= 20, f"memory grew from {before:.0f} to {after:.0f} MB")
    run.note(f"memory {before:.0f} to {after:.0f} MB")
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
    messages, sent = (sum(proxy.duplicated for proxy in those.values()) for those in (inbound, lab.proxies))
    run.expect(min(messages, sent) >= 20, f"only {messages} messages and {sent} deliveries came twice")
    run.note(f"{messages} messages, {sent} deliveries twice")
    run.judge()


@row(54, "two receivers' names: one is found after 5 s, one is not found", wants=["cc"])
def slow_names(run):
    lab = run.lab()
    slow = pathlib.Path(lab.home.name) / "slow"
    preload(lab, "slow_names", SLOW_NAMES=str(slow))
    change(pathlib.Path(lab.site) / "routes/endpoints.yaml",
           r"mllp://127.0.0.1:(\d+)\n    reply_within: 3s", r"mllp://pacs.slow:\g<1>\n    reply_within: 10s")
    lab.engine.environment |= {"EHR_HOST": "localhost", "EHR_FHIR_URL": f"http://fhir.gone:{lab.fhir.port}/fhir"}
    lab.start(rate=60)
    lab.grow(600, within=60)
    answered, delivered = lab.load.p99(0), deliveries(lab, since=0)
    slow.touch()
    for receiver in (lab.pacs, lab.fhir):  # whoever has a connection needs no name
        hang_up(lab, receiver)
    lab.grow(60)
    began, delivered_before = time.monotonic(), lab.engine.sql("SELECT max(parcel) FROM attempt")[0]
    pacs, fhir = lab.pacs.count, lab.fhir.count
    lab.grow(1200, within=60)
    answered_then, delivered_then = lab.load.p99(began), deliveries(lab, since=delivered_before)
    run.note(f"meanwhile {lab.pacs.count - pacs} and {lab.fhir.count - fhir} deliveries to these two; "
             f"p99 of the senders {answered * 1000:.0f}, then {answered_then * 1000:.0f} ms, "
             f"of deliveries to a third {delivered * 1000:.0f}, then {delivered_then * 1000:.0f} ms")
    run.expect(answered_then <= 2 * answered, "senders wait for the names of receivers")
    run.expect(delivered_then <= 2 * delivered, "receivers wait for each other's names")
    run.expect(lab.fhir.count == fhir, "a name that is not found was found")
    slow.unlink()
    run.judge()


def deliveries(lab, since):
    """The p99 from arrival to delivery at the EHR, of parcels after that one, seconds."""
    return float(lab.engine.sql("SELECT percentile_disc(0.99)"
                                " WITHIN GROUP (ORDER BY extract(epoch FROM ended - arrived))"
                                " FROM attempt a JOIN parcel_state p ON p.parcel = a.parcel"
                                f" WHERE outlet = 'ehr-mllp' AND outcome = 'delivered' AND p.parcel > {since}")[0])


def hang_up(lab, receiver):
    """The next message is not answered, and its connection is over."""
    before, decide = receiver.count, receiver.decide
    receiver.decide = lambda message: None
    if not wait_until(lambda: receiver.count > before + 3, 20):
        raise Stuck("nothing came over the connections that shall end")
    receiver.decide = decide


def lose(share, change="-A"):
    """Packets of the loopback that only this run has, either way."""
    subprocess.run(["iptables", change, "INPUT", "-i", "lo", "-p", "tcp", "-m", "statistic", "--mode", "random",
                    "--probability", str(share), "-j", "DROP"], check=True)


@row(21, "5 %, then 20 % of all packets are lost, of senders and receivers alike", wants=["packet loss"])
def lost_packets(run):
    lab = run.started(patience=60)
    lab.grow(40)
    for share in (0.05, 0.2):
        lose(share)
        began, before = time.monotonic(), lab.load.sent
        time.sleep(20)
        run.note(f"{100 * share:.0f} %: {lab.load.sent - before} answered in 20 s, "
                 f"p99 of the senders {lab.load.p99(began) * 1000:.0f} ms")
        run.expect(lab.load.sent > before, f"nothing was answered at {100 * share:.0f} %")
        lose(share, "-D")
    lab.recovered_since(time.monotonic())
    lab.grow(40)
    run.judge()
