"""Messages that ask for much: a report with a PDF of 100 MB, scripts that never have enough."""

import pathlib
import re
import time

from engine import change
from large_document import Peer
from messages import order
from process_rows import rss
from row import row


def peak(pid):
    """The most memory it held since the last call, MB."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")
    return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024


@row(29, "a report with a PDF of 100 MB in OBX-5")
def large_document(run):
    lab = run.lab(reply_within="20s")
    ehr = lab.kept(Peer("receive", lab.folder))
    lab.engine.environment["EHR_PORT"] = ehr.line()
    lab.start(rate=50)
    ports = lab.engine.ports
    reporting = lab.kept(Peer("send", lab.folder, ports["ris-mllp"], ports["reporting-mllp"], run.seed))
    digest = reporting.line()
    lab.grow(600)
    usual, pid = lab.load.p99(0), lab.engine.process.pid
    base, _ = rss(pid), peak(pid)
    began = time.monotonic()
    reporting.go()
    answer, answered = reporting.line(), time.monotonic() - began
    arrived, forwarded, most = ehr.line(), time.monotonic() - began, peak(pid)
    slow = lab.load.p99(began)
    run.expect(answer.startswith("AA"), f"it was answered {answer}")
    run.expect(arrived == digest, "the PDF arrived otherwise than it was sent")
    run.expect(most - base < 300, f"memory grew from {base:.0f} to {most:.0f} MB")
    run.expect(slow <= max(2 * usual, 0.03), f"p99 of small messages grew from {usual * 1000:.0f} to {slow * 1000:.0f} ms")
    lab.grow(60)
    run.note(f"answered after {answered:.1f} s, there after {forwarded:.1f} s; memory {base:.0f} to {most:.0f} MB; "
             f"p99 of the others {usual * 1000:.0f}, meanwhile {slow * 1000:.0f} ms")
    run.judge()


# What NTE-3 asks for, the script does.
GREEDY_SCRIPT = """
local greedy = {}
function greedy.loop() while true do end end
function greedy.text() return string.rep("x", 10 * 1024 ^ 3 // 1) end
function greedy.texts() local t = "x" while true do t = t .. t end end
function greedy.tables() local t = {} while true do t[#t + 1] = {} end end
function greedy.recursion() local function f() return 1 + f() end return f() end
function greedy.pattern() return string.find(string.rep("a", 30000), string.rep("a*", 30) .. "b") end
function greedy.caught() while true do pcall(greedy.loop) end end
function run(lines) return {text = greedy[lines[1]]()} end
"""
GREEDY = ["loop", "text", "texts", "tables", "recursion", "pattern", "caught"]
GREEDY_ROUTE = """
route: greedy
about: What its script asks for is never enough.
from: greedy-mllp
steps:
  - script: greedy
    in: NTE-3
    out: [text]
to:
  - endpoint: pacs-north-mllp
    send: received
"""


def add_greedy_route(site):
    (site / "mappings/scripts/greedy.lua").write_text(GREEDY_SCRIPT)
    (site / "routes/greedy.yaml").write_text(GREEDY_ROUTE)
    listener = "  greedy-mllp:\n    listen: mllp://127.0.0.1:0\n\n"
    change(site / "routes/endpoints.yaml", r"\nendpoints:\n", "\nendpoints:\n" + listener)


@row(51, "one route's script loops for ever, builds texts of 10 GB, recurses, searches with a hostile pattern")
def greedy_scripts(run):
    lab = run.lab()
    add_greedy_route(pathlib.Path(lab.site))
    lab.start(rate=100)
    lab.grow(1500, within=60)
    usual, base = lab.load.p99(0), rss(lab.engine.process.pid)
    peak(lab.engine.process.pid)
    began, refused, took = time.monotonic(), 0, []
    sender = lab.engine.sender("greedy-mllp")
    while time.monotonic() < began + 20:
        asked, what = time.monotonic(), GREEDY[refused % len(GREEDY)]
        answer = sender.ask(order(1, patient="G1", control_id=f"G{refused}", more=f"NTE|1||{what}\r"))
        run.expect(answer is not None and answer.code == "AE" and "greedy.lua" in answer.text,
                   f"{what} was answered {answer}")
        took.append(time.monotonic() - asked)
        refused += 1
        time.sleep(0.1)
    sender.close()
    slow, most = lab.load.p99(began), peak(lab.engine.process.pid)
    run.note(f"{refused} were refused, within at most {max(took):.2f} s; memory {base:.0f} to {most:.0f} MB; "
             f"p99 of the others {usual * 1000:.0f}, then {slow * 1000:.0f} ms")
    # Whoever shares a batch with such a message waits for one script, and for no second.
    run.expect(slow <= usual + max(took), f"p99 of the others grew from {usual * 1000:.0f} to {slow * 1000:.0f} ms")
    run.expect(most - base <= 64, f"memory grew from {base:.0f} to {most:.0f} MB")
    run.judge()
