"""Runs every test of what ./test has built, one line a suite, the output of what failed, and the sum as the last line.

A Catch2 suite counts its test cases, the peers and Python's unittest theirs; anything else, a fuzz target too, counts
one. A suite that can't start, crashes, runs out of time or finds nothing to run counts as failed.
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent
PONS = ROOT / "build/release/pons"
TIME_LIMIT = 900  # seconds a suite
FUZZ_SECONDS = os.environ.get("FUZZ_SECONDS", "10")  # of mutations, a target
SIM_SEEDS = os.environ.get("SIM_SEEDS", "100")  # simulated days and more, about half a second each
FUZZ_SEED = os.environ.get("FUZZ_SEED", "1")  # the same mutations each time: a change that did nothing wrong lands
PROMISES = {  # tests/promises, and what each shows
    "acknowledged_test.py": "P1: AA means done",
    "kill_test.py": "P2, P3: kill -9 in loops",
    "resent_test.py": "P3: sent again",
    "links_test.py": "P1 to P3: numbered, in pieces",
    "calling_test.py": "P2, P4: whoever connects",
    "lanes_test.py": "P4, P5: order, one bad one",
    "apply_test.py": "P7: another configuration",
    "null_test.py": "P8: null and empty",
    "structure_test.py": "P9: values stay values",
    "restored_test.py": "P2, P3: a backup is restored",
    "operators_test.py": "metrics, alerts, status, log",
    "state_test.py": "one engine on a folder",
    "patient_data_test.py": "P10: patients' data stays in",
    "bad_input_test.py": "bad input, no database",
    "demo_test.py": "the demo beside an engine",
    "corpus_flow_test.py": "other people's messages",
}
FAULTS = {  # tests/faults, and what each shows; of the matrix' rows a few, in less than a minute
    "faults: the checker": ["checker_test.py"],
    "faults: the proxy": ["proxy_test.py"],
    "faults: what a row must do": ["row_test.py"],
    "faults: nothing is planted": ["release_test.py", PONS],
    "faults: killed, cut off": ["run", "1", "7", "17", "20", "--times", "2", "--pons", PONS],
    "faults: no more threads": ["run", "56", "--times", "1", "--pons", PONS],
    "faults: an hour, at 1 %": ["soak", "--scale", "0.01", "--crowd", "200", "--pons", PONS],
}
BENCHES = {  # tests/bench at a hundredth: that they run and what they count adds up, not how fast anything is
    "bench_ingest": [PONS, "--scale", "0.01", "--seconds", "1"],
    "bench_deliver": [PONS, "--scale", "0.01"],
    "bench_worklist": ["--scale", "0.01", "--seconds", "1"],
    "bench_isolation": [PONS, "--scale", "0.01", "--seconds", "1"],
    "bench_parse": ["--seconds", "0.1"],
}

# How each runner reports, and what it counts. Catch2: "All tests passed (9 assertions in 4 test cases)" or
# "test cases: 4 | 3 passed | 1 failed". Node: "# pass 4", "# fail 1".
CATCH_PASSED = re.compile(r"^All tests passed \(\d+ assertions? in (\d+) test cases?\)", re.M)
CATCH_FAILED = re.compile(r"^test cases: +(\d+) \|(?: +(\d+) passed \|)?", re.M)
NODE = re.compile(r"^# pass (\d+)$.*?^# fail (\d+)$.*?^# cancelled (\d+)$", re.M | re.S)
UNITTEST = re.compile(r"^Ran (\d+) tests? in .*?^(?:OK|FAILED \((?:failures=(\d+))?,? ?(?:errors=(\d+))?\))$", re.M | re.S)
PLAIN = re.compile(r"^(\d+) passed, (\d+) failed$", re.M)


def counted(output, exit_code):
    """Passed and failed test cases of a suite's output."""
    if found := CATCH_PASSED.search(output):
        passed, failed = int(found[1]), 0
    elif found := CATCH_FAILED.search(output):
        passed = int(found[2] or 0)
        failed = int(found[1]) - passed if exit_code else 0
    elif found := NODE.search(output):
        passed, failed = int(found[1]), int(found[2]) + int(found[3])
    elif found := UNITTEST.search(output):
        # Of one test several parts may fail.
        failed = min(int(found[1]), int(found[2] or 0) + int(found[3] or 0))
        passed = int(found[1]) - failed
    elif found := list(PLAIN.finditer(output)):
        passed, failed = int(found[-1][1]), int(found[-1][2])
    else:
        passed, failed = (0, 1) if exit_code or "No tests ran" in output else (1, 0)
    if exit_code and not failed:
        failed = 1
    if not passed and not failed:
        failed = 1
    return passed, failed


def output_of(command, directory, environment, time_limit):
    """Output and exit code; at the time limit the suite ends with everything that it started."""
    with tempfile.TemporaryFile() as log:
        try:
            process = subprocess.Popen(command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=subprocess.STDOUT, start_new_session=True)
        except OSError as error:
            return str(error), 127
        note = ""
        try:
            process.wait(time_limit)
        except subprocess.TimeoutExpired:
            note = f"\nstopped after {time_limit} s"
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        log.seek(0)
        return log.read().decode("utf-8", "replace") + note, process.returncode


def measured(name, command, directory=ROOT, environment=None, time_limit=TIME_LIMIT):
    began = time.monotonic()
    output, exit_code = output_of(command, directory, environment or os.environ, time_limit)
    return name, output, exit_code, time.monotonic() - began


def told(name, output, exit_code, seconds):
    passed, failed = counted(output, exit_code)
    print(f"{name:<28} {passed:>5} passed {failed:>4} failed {seconds:>7.1f} s")
    print("".join(f"    {line}\n" for line in output.splitlines() if "virtual hours" in line), end="")
    if failed:
        lines = output.splitlines()
        if len(lines) > 400:
            lines = lines[:200] + [f"… {len(lines) - 400} lines left out …"] + lines[-200:]
        print("\n".join("    " + line for line in lines))
    sys.stdout.flush()
    return passed, failed


def ctest_suites():
    listing = subprocess.run(["ctest", "--preset", "dev", "--show-only=json-v1"], cwd=ROOT, capture_output=True, text=True)
    tests = json.loads(listing.stdout)["tests"] if listing.returncode == 0 else []
    if not tests:
        yield "ctest lists no tests", ["false"]
    kept = ROOT / "build/fuzz"  # what breaks a fuzz target
    kept.mkdir(parents=True, exist_ok=True)
    for test in tests:
        properties = {p["name"]: p["value"] for p in test.get("properties", [])}
        environment = {**os.environ, **dict(pair.split("=", 1) for pair in properties.get("ENVIRONMENT", []))}
        command = test.get("command", ["not-built"])
        if test["name"].startswith("fuzz/"):
            command = ["nice", "-n", "19", command[0], "--seconds", FUZZ_SECONDS, "--seed", FUZZ_SEED, "--kept", kept]
        yield (test["name"], command, properties.get("WORKING_DIRECTORY", ROOT), environment,
               properties.get("TIMEOUT", TIME_LIMIT))


def node():
    """The Node of the peers' lock file, and only that one."""
    found = list((ROOT / "tests/peers/node_modules").glob("node-linux-*/bin/node"))
    return str(found[0]) if found else "tests/peers/node_modules/node-linux-*/bin/node"


def suites():
    yield from ctest_suites()
    yield "pons test (sample site)", [PONS, "test"]
    yield "peers", [node(), "--test", "--test-reporter=tap", "--test-concurrency=1"], ROOT / "tests/peers"
    for suite, title in PROMISES.items():
        yield title, [sys.executable, suite, PONS], ROOT / "tests/promises"
    # In a release build, since it is so much quicker.
    yield "pons-sim's own tests", [ROOT / "build/release/tests/sim/sim_tests"]
    yield "P2, P3, P4: simulated", [ROOT / "build/release/tests/sim/pons-sim", "--seeds", SIM_SEEDS]
    for bench, options in BENCHES.items():
        yield bench, [ROOT / "build/release/tests/bench" / bench, *options]
    for title, command in FAULTS.items():
        yield title, [sys.executable, *command], ROOT / "tests/faults"


def main():
    os.environ["PONS"] = str(PONS)
    fuzz, others = [], []
    for suite in suites():
        (fuzz if suite[0].startswith("fuzz/") else others).append(suite)
    # Two at a time: most wait more than they compute, and each has its own engine, database and ports. What they leave
    # of the processors the fuzz targets use up, two at a time as well.
    with ThreadPoolExecutor(2) as pool, ThreadPoolExecutor(2) as leftovers:
        fuzzed = leftovers.map(lambda suite: measured(*suite), fuzz)
        results = [told(*result) for result in pool.map(lambda suite: measured(*suite), others)]
        results += [told(*result) for result in fuzzed]
    with tempfile.TemporaryDirectory(prefix="pons-demo-") as state:
        os.chmod(state, 0o755)  # as root, the database runs as the user postgres and must reach it
        # Alone, since it takes the ports that a user gets.
        results.append(told(*measured("./run --demo --once", ["./run", "--demo", "--once", "--state", state])))
    passed, failed = (sum(column) for column in zip(*results))
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
