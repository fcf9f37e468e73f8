"""Senders as hospitals have them: one message at a time, again until it is answered, now and then a correction under the
control id of another message. Each owns its patients, and writes its log before and after each message."""

import random
import threading
import time

import paths  # noqa: F401
from checker import Mark
from log import Log
from messages import adt, order, report
from mllp import Sender

SENDERS, PATIENTS = 8, 64
ENDPOINTS = {"orm": "ris-mllp", "adt": "his-mllp", "oru": "reporting-mllp"}
REUSES = 0.03  # of orders and reports


def message(kind, mark, control_id, is_first=False):
    """The mark is where every mapping keeps it: in the name of orders and ADT, in an order's comment, and in a report's
    impression."""
    text = f"{mark.patient}N{mark.number}"
    patient = f"M{mark.patient}"
    if kind == "adt":
        return adt(control_id, patient, name=f"DOE^W{text}")
    if kind == "orm":
        return order(mark.patient, control_id=control_id, control="NW" if is_first else "XO", name=f"DOE^W{text}",
                     more=f"NTE|1||R{text}\r")
    return report(mark.patient, control_id=control_id, status="C", text=f"R{text}")


class Load:
    """`ports()` says where the engine listens now: after a restart it may be elsewhere. `rate`: messages a second.
    `dress(mark, message)` may change what is sent; `connect`: how, a Sender over TLS for one."""

    def __init__(self, folder, ports, seed, rate=150, patience=10, kinds=tuple(ENDPOINTS),
                 dress=lambda mark, bytes_: bytes_, connect=Sender):
        self.folder, self.ports, self.patience, self.dress, self.connect = folder, ports, patience, dress, connect
        self.pause = SENDERS / rate if rate else 0
        self.kinds = kinds
        self.running, self.resent, self.sent = True, 0, 0
        self.latest = {}  # sender: when it read its last AA
        self.answer_times = []
        self.lock = threading.Lock()
        share = PATIENTS // SENDERS
        self.threads = [threading.Thread(target=self.send, args=(n, range(n * share, (n + 1) * share), seed))
                        for n in range(SENDERS)]
        for thread in self.threads:
            thread.start()

    def send(self, sender, patients, seed):
        dice = random.Random(f"{seed} {sender}")
        log = Log(self.folder / f"sender-{sender}.log")
        connections, numbers, last_ids, counter = {}, dict.fromkeys(patients, 0), {}, 0
        while self.running:
            patient = dice.choice(patients)
            numbers[patient] += 1
            counter += 1
            mark = Mark(patient, numbers[patient])
            kind = dice.choice(self.kinds) if mark.number > 1 else "orm"
            control_id = f"{kind}{sender}X{counter}"
            if kind != "adt" and kind in last_ids and dice.random() < REUSES:
                control_id = last_ids[kind]
            last_ids[kind] = control_id
            bytes_ = self.dress(mark, message(kind, mark, control_id, mark.number == 1))
            began = time.monotonic()
            self.send_until_answered(connections, kind, mark, bytes_, log, sender)
            rest = self.pause - (time.monotonic() - began)
            if rest > 0 and self.running:
                time.sleep(rest * dice.uniform(0.5, 1.5))
        for each in connections.values():
            each.close()
        log.close()

    def send_until_answered(self, connections, kind, mark, bytes_, log, sender):
        tries = 0
        while self.running:
            try:
                if kind not in connections:
                    connections[kind] = self.connect(self.ports()[ENDPOINTS[kind]], self.patience)
            except (OSError, KeyError):
                time.sleep(0.05)
                continue
            log.write(mark, kind=kind)
            began = time.monotonic()
            answer = connections[kind].ask(bytes_)
            if answer is None:
                connections.pop(kind).close()
                tries += 1
                time.sleep(min(0.02 * tries, 0.5))
                continue
            log.write(mark, kind=kind, code=answer.code, text=answer.text)
            with self.lock:
                self.sent += 1
                self.resent += tries
                self.latest[sender] = time.monotonic()
                self.answer_times.append((time.monotonic(), time.monotonic() - began))
            return

    def first_answer_after(self, instant):
        """Seconds from the instant to the first answer to what was sent after it; None when there was none yet."""
        with self.lock:
            later = [at for at, took in self.answer_times if at - took > instant]
        return min(later) - instant if later else None

    def quiet_for(self):
        """Seconds since the last answer."""
        with self.lock:
            return time.monotonic() - max(self.latest.values(), default=0)

    def longest_silence(self, since):
        """Seconds in which nobody was answered."""
        with self.lock:
            times = [since, *sorted(at for at, _ in self.answer_times if at > since)]
        return max(later - earlier for earlier, later in zip(times, times[1:]))

    def p99(self, since):
        """Of the answers since, in seconds; None when there was none."""
        with self.lock:
            times = sorted(took for at, took in self.answer_times if at > since)
        return times[int(len(times) * 0.99)] if times else None

    def stop(self):
        self.running = False
        for thread in self.threads:
            thread.join()
