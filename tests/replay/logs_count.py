#!/usr/bin/env python3
"""usage: logs_count.py SOURCE_DIR BUILD_DIR

Counts the messages of the real logs (../shared or BITGOEUL_SHARED) with readers that are not ours, and holds tests/replay/logs_table.csv
against them: Python's sqlite3 for .db3, the index of ROS 1 bags, frames of OSI traces and TFRecords, lines and files of
KITTI, and @mcap/core (npm) for MCAP. Exit 77: no logs.
"""
import csv
import json
import os
import pathlib
import re
import sqlite3
import struct
import subprocess
import sys

source, build = map(pathlib.Path, sys.argv[1:3])
data = pathlib.Path(os.environ.get("BITGOEUL_SHARED", source / "../shared")) / "data"
if not (data / "logs").exists():
    print(f"skipped: no {data}/logs")
    sys.exit(77)


def sqlite_messages(path):
    with sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True) as database:
        return database.execute("SELECT COUNT(*) FROM messages").fetchone()[0]


def ros1_messages(path):
    """The chunk infos at the end of a bag (format 2.0) tell how many messages of which connection each chunk holds."""
    content = path.read_bytes()

    def record(at):
        size = struct.unpack_from("<I", content, at)[0]
        fields, end = {}, at + 4 + size
        at += 4
        while at < end:
            length = struct.unpack_from("<I", content, at)[0]
            name, _, value = content[at + 4 : at + 4 + length].partition(b"=")
            fields[name] = value
            at += 4 + length
        size = struct.unpack_from("<I", content, at)[0]
        return fields, content[at + 4 : at + 4 + size], at + 4 + size

    start = content.index(b"\n") + 1
    header, _, _ = record(start)
    at, total = struct.unpack("<Q", header[b"index_pos"])[0], 0
    while at < len(content):
        fields, body, at = record(at)
        if fields[b"op"] == b"\x06":
            total += sum(count for _, count in struct.iter_unpack("<II", body))
    return total


def framed(path, head, tail):
    content, at, count = path.read_bytes(), 0, 0
    while at < len(content):
        size = struct.unpack_from("<I" if head == 4 else "<Q", content, at)[0]
        at += head + (4 if tail else 0) + size + (4 if tail else 0)
        count += 1
    assert at == len(content), path
    return count


def mcap_messages(paths):
    folder = subprocess.run(["bash", source / "tests/replay/npm_install.sh", build], stdout=subprocess.PIPE, text=True)
    if folder.returncode != 0:
        print("MCAP files are not counted: no npm")
        return {}
    script = pathlib.Path(folder.stdout.strip()) / "npm_count.mjs"
    script.write_text((source / "tests/replay/npm_count.mjs").read_text())
    counted = subprocess.run(["node", script, *paths], stdout=subprocess.PIPE, text=True, check=True)
    return {pathlib.Path(path): messages for path, (messages, _) in json.loads(counted.stdout).items()}


def files_of(folder):
    """As metadata.yaml of a rosbag2 folder names them."""
    text = (folder / "metadata.yaml").read_text()
    block = re.search(r"relative_file_paths:\s*\n((?:\s*-.*\n?)*)", text)
    names = re.findall(r"-\s*(\S+)", block.group(1)) if block else []
    return [folder / pathlib.Path(name).name for name in names]


rows = list(csv.DictReader(open(source / "tests/replay/logs_table.csv", encoding="utf-8")))
mcap = mcap_messages([str(p) for p in sorted((data / "logs").rglob("*.mcap"))])


def messages_of(path):
    if path.suffix == ".db3":
        return sqlite_messages(path)
    if path.suffix == ".bag":
        return ros1_messages(path)
    if path.suffix == ".osi":
        return framed(path, 4, False)
    if path.suffix == ".mcap":
        return mcap.get(path)
    if (path / "metadata.yaml").exists():
        parts = [messages_of(file) for file in files_of(path)]
        return None if None in parts else sum(parts)
    return None


checked, wrong, listed = 0, [], set()
for row in rows:
    path = data / row["log"]
    listed.add(path)
    if not path.exists() or row["format"].startswith("refused"):
        continue
    expected = messages_of(path)
    if expected is None:
        continue
    checked += 1
    if int(row["messages"]) != expected:
        wrong.append(f"{row['log']}: the table says {row['messages']} messages, there are {expected}")
# Every file of a kind that is a log by its name stands in the table, by itself or in the folder that names it.
for pattern in ("*.mcap", "*.db3", "*.bag", "*.osi", "*.tfrecord"):
    for path in (data / "logs").rglob(pattern):
        if not listed & {path, *path.parents}:
            wrong.append(f"{path.relative_to(data)} is not in the table")
for line in wrong:
    print("FAILED:", line)
print(f"{checked} of {len(rows)} logs counted by readers that are not ours")
sys.exit(1 if wrong or checked < 50 else 0)
