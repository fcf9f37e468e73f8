"""Draws where the processors' time goes while a bench runs: an SVG, widest what cost most, callers below.

Usage, from the repository's root: python3 tests/bench/flamegraph.py OUT.svg BENCH [ARGUMENT…]
For six seconds, five after the bench has begun, perf (package linux-perf) looks 499 times a second at what each
processor does. A release build is wanted; its symbols suffice. What has less than 0.3 % of the time is not drawn.
"""

import re
import subprocess
import sys
import tempfile
import time
from html import escape

BEGINS_AFTER, SECONDS = 5, 6
TOLD = {"pons": "engine", "postgres": "PostgreSQL"}  # the bench itself is drawn by its own name
WIDTH, LINE, SMALLEST = 1200, 15, 0.003
HUES = {"engine": 205, "PostgreSQL": 28}


class Frame:
    def __init__(self):
        self.samples = 0
        self.callees = {}

    def count(self, names):
        self.samples += 1
        if names:
            self.callees.setdefault(names[0], Frame()).count(names[1:])

    def depth(self, smallest):
        return 1 + max((each.depth(smallest) for each in self.callees.values() if each.samples >= smallest), default=0)


def plain(symbol):
    """Without arguments, template arguments and the address in it."""
    symbol = re.sub(r"\+0x[0-9a-f]+$", "", symbol).replace("(anonymous namespace)::", "").replace("operator()", "lambda")
    symbol = re.sub(r"\[.*?\]|\(.*", "", symbol)
    while (shorter := re.sub(r"<[^<>]*>", "", symbol)) != symbol:
        symbol = shorter
    return symbol.replace("pons::", "").strip()


def stacks(data):
    """Of each sample that was no idling: process and its calls, the outermost first."""
    text = subprocess.run(["perf", "script", "-i", data, "-F", "comm,ip,sym"], capture_output=True, text=True,
                          errors="replace", check=True).stdout
    for sample in text.split("\n\n"):
        lines = sample.strip().splitlines()
        if not lines or lines[0].strip() in ("swapper", "perf"):
            continue
        calls = [plain(line.split(None, 1)[1]) for line in reversed(lines[1:]) if len(line.split(None, 1)) == 2]
        yield [TOLD.get(lines[0].strip(), lines[0].strip()), *(call for call in calls if call and call != "unknown")]


def drawn(name, frame, x, y, root, colour):
    """The frame's box and those of its callees above it."""
    width = WIDTH * frame.samples / root.samples
    share = f"{escape(name)}: {100 * frame.samples / root.samples:.1f} %"
    yield f'<g><title>{share}</title><rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{LINE - 1}" fill="{colour(name)}"/>'
    if room := int((width - 4) / 6.6):
        text = name if len(name) <= room else name[: room - 1] + "…"
        if room >= 3:
            yield f'<text x="{x + 2:.1f}" y="{y + LINE - 4}">{escape(text)}</text>'
    yield "</g>\n"
    for callee, inner in sorted(frame.callees.items()):
        if inner.samples >= SMALLEST * root.samples:
            yield from drawn(callee, inner, x, y - LINE, root, colour)
        x += WIDTH * inner.samples / root.samples


def svg(root, title):
    height = LINE * (root.depth(SMALLEST * root.samples) + 2)
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="monospace" font-size="11">\n'
           f'<rect width="100%" height="100%" fill="white"/><text x="4" y="12">{escape(title)}</text>\n')
    x = 0
    for process, frame in sorted(root.callees.items()):
        hue = HUES.get(process, 120)
        yield from drawn(process, frame, x, height - LINE, root,
                         lambda name, hue=hue: f"hsl({hue},{55 + sum(name.encode()) % 30}%,{68 + sum(name.encode()) % 17}%)")
        x += WIDTH * frame.samples / root.samples
    yield "</svg>\n"


def main():
    out, command = sys.argv[1], sys.argv[2:]
    with tempfile.NamedTemporaryFile(prefix="pons-perf-") as data:
        bench = subprocess.Popen(command)
        time.sleep(BEGINS_AFTER)
        subprocess.run(["perf", "record", "-q", "-a", "--call-graph", "dwarf,16384", "-F", "499", "-o", data.name, "--",
                        "sleep", str(SECONDS)], check=True)
        busy_to_the_end = bench.poll() is None
        if bench.wait() != 0 or not busy_to_the_end:
            sys.exit("the bench failed, or ended before it had been watched: give it more seconds")
        root = Frame()
        for names in stacks(data.name):
            root.count(names)
    with open(out, "w", encoding="utf-8") as file:
        file.writelines(svg(root, f"{' '.join(part.rsplit('/', 1)[-1] for part in command)}: {root.samples} samples"))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main()
