#!/usr/bin/env python3
"""Vehicle updates per core-second of background traffic, ours against SUMO's, in one run.

The same network (a map of ours, exported to OpenDRIVE and read by netconvert), the same number of vehicles, the same step
length, one thread each; CPU time of the process, that of loading taken off by a shorter run. Prints both sides'
commands, numbers and the ratio. Needs Debian's `sumo`.

usage: traffic_against_sumo.py BUILD_FOLDER [--map gwangju] [--vehicles 20000] [--step-ms 100] [--seconds 40] [--warm 20]
"""
import argparse
import random
import re
import resource
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

TYPES = Path(__file__).resolve().parents[2] / "assets" / "sumo" / "opendrive_types.xml"
WALK_M = 3000.0  # longer than anybody drives in a run


def cpu_seconds(command, log):
    """User and system time of the command."""
    print("  $", " ".join(map(str, command)), flush=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with open(log, "w", encoding="utf-8") as out:
        subprocess.run([str(c) for c in command], check=True, stdout=out, stderr=subprocess.STDOUT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def write_routes(net, file, vehicles):
    """Turns drawn at random, as our own background traffic draws them."""
    length, following = {}, {}
    for _, node in ElementTree.iterparse(net):
        if node.tag == "edge" and node.get("function") != "internal":
            length[node.get("id")] = float(node.find("lane").get("length"))
        if node.tag == "connection" and not node.get("from").startswith(":"):
            following.setdefault(node.get("from"), set()).add(node.get("to"))
        if node.tag in ("edge", "connection", "junction", "tlLogic"):
            node.clear()
    following = {edge: sorted(to) for edge, to in following.items()}
    edges = sorted(edge for edge in length if length[edge] > 12 and edge in following)
    weights = [length[edge] for edge in edges]
    draw = random.Random(1)
    with open(file, "w", encoding="utf-8") as out:
        out.write("<routes>\n")
        for i, edge in enumerate(draw.choices(edges, weights, k=vehicles)):
            route, far = [edge], 0.0
            while far < WALK_M and route[-1] in following:
                route.append(draw.choice(following[route[-1]]))
                far += length[route[-1]]
            out.write(f'<vehicle id="{i}" depart="0" departPos="random_free" departLane="best" departSpeed="0">'
                      f'<route edges="{" ".join(route)}"/></vehicle>\n')
        out.write("</routes>\n")


def sumo_side(args, folder):
    net, routes = folder / "net.xml", folder / "routes.xml"
    if not net.exists():
        cpu_seconds([args.build / "bin/bitgoeul", "map", "export", args.map, "--out", folder / "map.xodr"], folder / "export.log")
        cpu_seconds(["netconvert", "--opendrive", folder / "map.xodr", "-t", TYPES, "-o", net], folder / "net.log")
    write_routes(net, routes, args.vehicles)
    times, running = [], 0
    for end in (args.warm, args.warm + args.seconds):
        log, summary = folder / "sumo.log", folder / "summary.xml"
        times.append(cpu_seconds(["sumo", "-n", net, "-r", routes, "--step-length", args.step_ms / 1000, "--end", end,
                                  "--max-depart-delay", 5, "--no-step-log", "--xml-validation", "never",
                                  "--ignore-route-errors", "--summary-output", summary, "--summary-output.period", 1], log))
        counts = [int(n) for n in re.findall(r' running="(\d+)"', summary.read_text(encoding="utf-8"))]
        running = sum(counts[args.warm:]) / max(1, len(counts[args.warm:]))
    return running * args.seconds * 1000 / args.step_ms / (times[1] - times[0]), running


def our_side(args, folder):
    name = f"traffic_alone/{args.vehicles}/1/{args.step_ms}"
    log = folder / "ours.log"
    cpu_seconds([args.build / "bin/bench", f"--benchmark_filter=^{name}/", "--benchmark_min_time=5"], log)
    text = log.read_text(encoding="utf-8")
    rate = re.search(r"updates_per_core_second=([\d.]+)(\w?)", text)
    running = re.search(r"vehicles=([\d.]+)(k?)", text)
    scale = {"": 1, "k": 1e3, "M": 1e6, "G": 1e9}
    return float(rate[1]) * scale[rate[2].strip("/s")], float(running[1]) * scale[running[2]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path)
    parser.add_argument("--map", default="gwangju")
    parser.add_argument("--vehicles", type=int, default=20000)
    parser.add_argument("--step-ms", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=40)
    parser.add_argument("--warm", type=int, default=20, help="simulated before measuring begins, s")
    args = parser.parse_args()
    folder = args.build / "sumo"
    folder.mkdir(exist_ok=True)
    try:
        subprocess.run(["sumo", "--version"], check=True, stdout=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        print("skipped: sumo (Debian package) is not installed")
        return 0
    theirs, their_count = sumo_side(args, folder)
    ours, our_count = our_side(args, folder)
    print(f"SUMO      {their_count:8.0f} vehicles {theirs:12.0f} updates per core-second")
    print(f"bitgoeul  {our_count:8.0f} vehicles {ours:12.0f} updates per core-second")
    print(f"ratio     {ours / theirs:.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
