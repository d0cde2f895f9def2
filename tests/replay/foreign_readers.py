#!/usr/bin/env python3
"""usage: foreign_readers.py SOURCE_DIR FOLDER [SHARED]

Reads what `log convert` wrote of a run (FOLDER/run.csv, run.tfrecord, run.osi) with Python's csv module and Google's
own Protobuf runtime, and a framing of its own, and holds it against FOLDER/live.csv, which `run --trajectories` wrote
from the live run, and against the real files in SHARED. Exit 77: no protoc or no python3-protobuf.
"""
import csv
import math
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile



try:
    import google.protobuf  # noqa: F401
except ImportError:
    print("skipped: no python3-protobuf")
    sys.exit(77)
if shutil.which("protoc") is None:
    print("skipped: no protoc")
    sys.exit(77)

source, folder = map(pathlib.Path, sys.argv[1:3])
shared = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
generated = tempfile.TemporaryDirectory()
protos = [p.relative_to(source).as_posix() for d in ("osi", "womd") for p in (source / "replay/schema" / d).glob("*.proto")]
subprocess.run(["protoc", f"-I{source}", f"--python_out={generated.name}", *protos], check=True, cwd=source)
sys.path.insert(0, generated.name)
from replay.schema.osi import osi_ground_truth_pb2, osi_sensor_pb2  # noqa: E402
from replay.schema.womd import scenario_pb2  # noqa: E402


def check(condition, what):
    if not condition:
        raise SystemExit(f"FAILED: {what}")


def near(a, b, most):
    return abs(a - b) <= most


def near_angle(a, b, most):
    return abs(math.remainder(a - b, 2 * math.pi)) <= most


def field_paths(message, prefix="", out=None):
    """Every field that is set somewhere in it, as a path of names."""
    out = set() if out is None else out
    for field, value in message.ListFields():
        path = prefix + field.name
        out.add(path)
        if field.message_type is not None:
            for one in value if field.label == field.LABEL_REPEATED else [value]:
                field_paths(one, path + ".", out)
    return out


# ---- CSV. A recorded place is within half a centimetre, an angle within half a milliradian, a speed within half a cm/s.
with open(folder / "live.csv", newline="", encoding="utf-8") as file:
    live = {(row["time_s"], row["entity"]): row for row in csv.DictReader(file)}
with open(folder / "run.csv", newline="", encoding="utf-8") as file:
    table = list(csv.DictReader(file))
check(len(table) == len(live) > 1000, f"{len(table)} rows, the live run had {len(live)}")
for row in table:
    of = live[row["time_s"], row["entity"]]
    for axis in ("x_m", "y_m", "z_m"):
        check(near(float(row[axis]), float(of[axis]), 0.0051 + 1e-3), f"csv {axis}: {row} {of}")
    check(near_angle(float(row["heading_rad"]), float(of["heading_rad"]), 0.0006), f"csv heading: {row} {of}")
    check(near(float(row["speed_mps"]), float(of["speed_mps"]), 0.0051 + 1e-3), f"csv speed: {row} {of}")
for name, columns in (("run.events.csv", 11), ("run.signals.csv", 4)):
    with open(folder / name, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    check(all(len(row) == columns for row in rows), name)
    check(len(rows) > (1 if name == "run.signals.csv" else 0), name)
print(f"CSV: {len(table)} rows as the live run had them")

boxes = {}  # time in tenths of a second -> centres of boxes, by way of the table
for row in table:
    yaw, pitch, roll = (float(row[k]) for k in ("heading_rad", "pitch_rad", "roll_rad"))
    arm, up = float(row["center_x_m"]), float(row["height_m"]) / 2
    cy, sy, cp, sp, cr, sr = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch), math.cos(roll), math.sin(roll)
    centre = (
        float(row["x_m"]) + arm * cy * cp + up * (cy * sp * cr + sy * sr),
        float(row["y_m"]) + arm * sy * cp + up * (sy * sp * cr - cy * sr),
        float(row["z_m"]) - arm * sp + up * cp * cr,
    )
    boxes.setdefault(round(10 * float(row["time_s"])), []).append((centre, yaw, row))


def same_boxes(found, tenth, reach=None, around=None):
    """found: centre, yaw, length, width, height of all boxes, or at least of those within reach of a place."""
    expected = boxes[tenth]
    if reach is not None:
        expected = [b for b in expected if math.dist(b[0][:2], around) < reach]
    else:
        check(len(found) == len(expected), f"{len(found)} boxes at {tenth / 10} s, the table has {len(expected)}")
    for centre, yaw, row in expected:
        best = min(found, key=lambda b: math.dist(b[0], centre))
        check(math.dist(best[0], centre) < 2e-3, f"{row['entity']} at {tenth / 10} s is {math.dist(best[0], centre)} m away")
        check(near_angle(best[1], yaw, 1e-5), f"heading of {row['entity']}")
        for got, column in zip(best[2:], ("length_m", "width_m", "height_m")):
            check(near(got, float(row[column]), 1e-3), f"{column} of {row['entity']}")
    return len(expected)


# ---- Waymo Open Motion: TFRecord (length, masked CRC-32C of it, data, masked CRC-32C of them), one Scenario each.
def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc32c.table[(crc ^ byte) & 255] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


crc32c.table = []
for n in range(256):
    for _ in range(8):
        n = (n >> 1) ^ (0x82F63B78 if n & 1 else 0)
    crc32c.table.append(n)
check(crc32c(b"123456789") == 0xE3069283, "CRC-32C's published check value")


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def tfrecords(path):
    data, at = path.read_bytes(), 0
    while at < len(data):
        size, crc = struct.unpack_from("<QI", data, at)
        check(crc == masked(data[at : at + 8]), f"{path}: CRC of the length at {at}")
        record = data[at + 12 : at + 12 + size]
        check(struct.unpack_from("<I", data, at + 12 + size)[0] == masked(record), f"{path}: CRC of the record at {at}")
        yield record
        at += 16 + size


def scenarios(path):
    return [scenario_pb2.Scenario.FromString(record) for record in tfrecords(path)]


def check_scenario(s, name):
    """What every user of the data set relies on; also true of the real ones."""
    check(s.IsInitialized() and s.scenario_id, name)
    check(len(s.timestamps_seconds) == 91 and s.current_time_index == 10, f"{name}: 91 steps, 10 of them past")
    check(len(s.dynamic_map_states) == 91, f"{name}: signal states of every step")
    check(all(near(t, 0.1 * i, 0.03) for i, t in enumerate(s.timestamps_seconds)), f"{name}: ten steps a second")
    check(len({t.id for t in s.tracks}) == len(s.tracks), f"{name}: ids are unique")
    check(all(len(t.states) == 91 and t.object_type != 0 for t in s.tracks), f"{name}: tracks of 91 steps with a type")
    check(s.tracks[s.sdc_track_index].states[10].valid, f"{name}: the host is there")
    check(all(s.tracks[p.track_index].states[10].valid for p in s.tracks_to_predict), f"{name}: tracks to predict")
    features = {f.id: f for f in s.map_features}
    check(len(features) == len(s.map_features), f"{name}: ids of features are unique")
    lanes = [f.lane for f in s.map_features if f.HasField("lane")]
    check(len(lanes) > 2 and all(0 <= l.speed_limit_mph < 75 for l in lanes), f"{name}: lanes, limits in mph")
    gaps = [math.dist((a.x, a.y), (b.x, b.y)) for l in lanes for a, b in zip(l.polyline, l.polyline[1:-1])]
    check(near(sorted(gaps)[len(gaps) // 2], 0.5, 0.05), f"{name}: half a metre from point to point")
    # Units and frames: who moves goes where heading and velocity say. Real tracks are measured, so the median counts.
    errors, turns = [], []
    for track in s.tracks:
        if track.object_type != scenario_pb2.Track.TYPE_VEHICLE:
            continue
        for i in range(90):
            a, b = track.states[i], track.states[i + 1]
            if not (a.valid and b.valid and math.hypot(a.velocity_x, a.velocity_y) > 3):
                continue
            dt = s.timestamps_seconds[i + 1] - s.timestamps_seconds[i]
            vx, vy = (a.velocity_x + b.velocity_x) / 2, (a.velocity_y + b.velocity_y) / 2
            errors.append(math.dist((b.center_x - a.center_x, b.center_y - a.center_y), (vx * dt, vy * dt)) / dt)
            turns.append(abs(math.remainder(a.heading - math.atan2(a.velocity_y, a.velocity_x), 2 * math.pi)))
            check(2 < a.length < 30 and 1 < a.width < 5 and a.length > a.width, f"{name}: sizes")
    check(errors and sorted(errors)[len(errors) // 2] < 0.5, f"{name}: velocities in m/s")
    check(sorted(turns)[len(turns) // 2] < 0.1, f"{name}: headings")


ours = scenarios(folder / "run.tfrecord")
check(len(ours) == 2, f"{len(ours)} windows of 9.1 s in 20 s")
near_host = 0
for number, scenario in enumerate(ours):
    check_scenario(scenario, f"window {number}")
    now = scenario.tracks[scenario.sdc_track_index].states[10]
    host = (now.center_x, now.center_y)
    for step in range(0, 91, 9):
        found = []
        for track in scenario.tracks:
            state = track.states[step]
            if state.valid:
                centre = (state.center_x, state.center_y, state.center_z)
                found.append((centre, state.heading, state.length, state.width, state.height))
        near_host += same_boxes(found, 91 * number + step, 140, host)
check(near_host > 40, f"{near_host} boxes near the host in 22 steps")
# A junction with signals and crosswalks, for what a ring road has not.
for number, scenario in enumerate(junction := scenarios(folder / "junction.tfrecord")):
    check_scenario(scenario, f"junction, window {number}")
paths = set().union(*(field_paths(s) for s in ours + junction))
print(f"Waymo Open Motion: {len(ours)} scenarios, {[len(s.tracks) for s in ours]} tracks")
real_folder = shared / "data/logs/waymo/src/waymo_open_dataset/utils/testdata" if shared else None
if real_folder and real_folder.exists():
    real = set()
    for name in ("motion_data_one_scenario.tfrecord", "womd_scenario_input.tfrecord"):
        for scenario in scenarios(real_folder / name):
            check_scenario(scenario, name)
            real |= field_paths(scenario)
    # Gwangju has no stop signs and bumps; nobody has labelled whom to look at.
    absent = {p for p in real - paths if not p.startswith(("map_features.stop_sign", "map_features.speed_bump"))}
    check(absent <= {"objects_of_interest"}, f"real scenarios have what ours have not: {sorted(absent)}")
    check(paths - real <= {"map_features.lane.interpolating"}, f"ours have more: {paths - real}")
    print(f"as the real ones: {len(real)} kinds of fields")


# ---- OSI trace: u32 length, GroundTruth.
def osi_trace(path):
    data, at = path.read_bytes(), 0
    while at < len(data):
        (size,) = struct.unpack_from("<I", data, at)
        check(at + 4 + size <= len(data), f"{path}: torn at {at}")
        yield data[at + 4 : at + 4 + size]
        at += 4 + size


truths = [osi_ground_truth_pb2.GroundTruth.FromString(message) for message in osi_trace(folder / "run.osi")]
check(len(truths) == 50, f"{len(truths)} messages in 5 s")
for tenth in (0, 17, 49):
    truth = truths[tenth]
    check(truth.timestamp.seconds * 10 + truth.timestamp.nanos // 100_000_000 == tenth, "time of a message")
    found = []
    for moving in truth.moving_object:
        base = moving.base
        size = (base.dimension.length, base.dimension.width, base.dimension.height)
        found.append(((base.position.x, base.position.y, base.position.z), base.orientation.yaw, *size))
    same_boxes(found, tenth)
# What every vehicle of a real trace tells, ours tell; what they need not: see npm_osi.mjs.
if shared and (shared / "data/logs/osi").exists():
    per_object = [field_paths(m) for t in truths for m in t.moving_object]
    always = set.intersection(*per_object)
    for path in sorted((shared / "data/logs/osi").rglob("*.osi")):
        for message in osi_trace(path):
            view = osi_sensor_pb2.SensorView.FromString(message)
            for moving in view.global_ground_truth.moving_object:
                wanted = {p for p in field_paths(moving) if p.split(".")[0] in ("id", "base", "type")}
                absent = wanted - always
                check(all("orientation_acceleration" in p for p in absent), f"{path}: ours have not {sorted(absent)}")
print(f"OSI trace: {len(truths)} messages")
