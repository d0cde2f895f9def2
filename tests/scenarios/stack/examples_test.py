#!/usr/bin/env python3
"""The driving stacks of assets/stacks as their users start them: held against the protocol, three of them in one town, and as an
environment for learning.   examples_test.py SOURCE_DIR BUILD_DIR"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SOURCE, BUILD = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
PROGRAM, STACKS = BUILD / "bin/bitgoeul", SOURCE / "assets/stacks"
PYTHON, LOOP = "/usr/bin/python3", SOURCE / "assets/scenarios/loop.xodr"


def run(*words, code=0, **more):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=240, **more)
    assert done.returncode == code, f"{words}: exit code {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def ready():
    missing = [p for p in ("g++", "protoc", "make") if shutil.which(p) is None]
    if missing or subprocess.run([PYTHON, "-c", "import google.protobuf"], capture_output=True).returncode != 0:
        print("skipped: needs python3-protobuf, protobuf-compiler, g++ and make;", missing)
        sys.exit(77)


def conform(spec, **more):
    report = json.loads(run(PROGRAM, "stack", "conform", spec, "--exchanges", "60", "--json", **more))
    verdicts = {c["name"]: c["verdict"] for c in report["checks"]}
    assert set(verdicts.values()) == {"PASS"}, report
    assert {"start", "versions", "answers", "limits", "end", "determinism", "pause", "refusal"} <= set(verdicts), report
    print(f"conforms: {spec}: p50 {report['latency_us']['p50']:.0f} us for 2 vehicles, 50 objects each")


def town(scratch, cpp):
    """Six vehicles, three stacks of three languages, and each is told about its own vehicles only."""
    scenario, out = scratch / "town.xosc", scratch / "town"
    run(PROGRAM, "fleet", "--map", LOOP, "--vehicles", 6, "--traffic", 4, "-o", scenario)
    result = json.loads(run(
        PROGRAM, "run", scenario, "--duration", 20, "--out", out, "--json",
        "--stack", f"ego_000,ego_001=exec:{PYTHON} {STACKS}/python/planner.py", "--stack", f"ego_002,ego_003=exec:{cpp}",
        "--stack", "ego_004,ego_005=builtin:planner"))
    assert result["verdict"] in ("PASS", "INCONCLUSIVE"), result
    assert [s["vehicles"] for s in result["stacks"]] == [2, 2, 2], result["stacks"]
    run(PROGRAM, "verify", out / "run.mcap", "--stacks")
    print("three stacks:", [s["client"] for s in result["stacks"]], result["verdict"])
    return scenario


def driver(scratch, scenario):
    """The built-in driver's decisions made in Python: the same drive but for the last bits of sine and arc tangent."""
    results = []
    for words in ([], ["--stack-driver-view", "--stack", f"ego_*=exec:{PYTHON} {STACKS}/python/driver.py"]):
        out = scratch / f"driver_{len(words)}"
        results.append(json.loads(run(PROGRAM, "run", scenario, "--duration", 20, "--out", out, "--json", *words)))
    own, asked = (r["distance_m"] for r in results)
    assert own > 500 and abs(own - asked) < 1e-3 * own, (own, asked)
    run(PROGRAM, "verify", out / "run.mcap", "--stacks")
    print(f"driver's view: {asked:.3f} m driven, the built-in driver {own:.3f} m")


def gym(scratch):
    """The same seed gives the same rewards, the vehicle moves, and the run ends with a verdict."""
    words = [PYTHON, STACKS / "gym/bitgoeul_gym.py", SOURCE / "assets/scenarios/loop.xosc", "first", 10, PROGRAM]
    first, again = run(*words), run(*words)
    assert first == again and "200 steps" in first and "verdict" in first, first + again
    assert float(first.split("reward ")[1].split(",")[0]) > 20, first
    print("gym:", first.strip())


def main():
    ready()
    with tempfile.TemporaryDirectory() as name:
        scratch = pathlib.Path(name)
        os.environ["XDG_CACHE_HOME"] = str(scratch / "cache")
        shutil.copytree(STACKS / "cpp", scratch / "cpp")
        run("make", "-C", scratch / "cpp", f"PROTO={SOURCE}/replay/schema/stack")
        cpp = scratch / "cpp/example"
        conform(f"exec:{PYTHON} {STACKS}/python/planner.py")
        conform(f"exec:{cpp}")
        conform(f"exec:{PYTHON} {SOURCE}/tests/scenarios/stack/ros_doubles.py {STACKS}/ros2/bridge.py")
        driver(scratch, town(scratch, cpp))
        gym(scratch)
    lines = len((STACKS / "python/planner.py").read_text().splitlines())
    assert lines < 150, lines


main()
