// What `log convert` writes as OSI in MCAP and in the omega-prime profile, read by @mcap/core with CRC checks and decoded
// by ASAM's own descriptors, as the files of other tools carry them (SHARED/data/logs/osi_mcap); without these files,
// by the descriptors in our own. Usage: npm_osi.mjs FOLDER [SHARED]
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import {McapIndexedReader} from "@mcap/core";
import {loadDecompressHandlers} from "@mcap/support";
import protobuf from "protobufjs";
import descriptor from "protobufjs/ext/descriptor/index.js";

const [folder, shared] = process.argv.slice(2);
const decompressHandlers = await loadDecompressHandlers();

async function open(file) {
  const bytes = fs.readFileSync(file);
  return McapIndexedReader.Initialize({
    readable: {size: async () => BigInt(bytes.length),
               read: async (o, n) => new Uint8Array(bytes.subarray(Number(o), Number(o + n)))},
    decompressHandlers});
}

function typeOf(schema) {
  const root = protobuf.Root.fromDescriptor(descriptor.FileDescriptorSet.decode(schema.data));
  root.resolveAll();
  return root;
}

// Messages by type, decoded by `root`, or by the file's own descriptors.
async function messages(reader, root) {
  const out = {}, roots = new Map();
  for await (const message of reader.readMessages({validateCrcs: true})) {
    const channel = reader.channelsById.get(message.channelId);
    const schema = reader.schemasById.get(channel.schemaId);
    assert.equal(channel.messageEncoding, "protobuf");
    assert.equal(schema.encoding, "protobuf");
    if (!roots.has(schema.name)) roots.set(schema.name, typeOf(schema));
    const known = root?.lookup(schema.name) ? root : roots.get(schema.name);
    const type = known.lookupType(schema.name);
    const value = type.toObject(type.decode(message.data), {longs: String, enums: String});  // ids have 63 bits
    (out[schema.name] ??= []).push({topic: channel.topic, time: message.logTime, value});
  }
  return out;
}

function paths(value, at = "", out = new Set()) {
  if (Array.isArray(value)) for (const one of value) paths(one, at, out);
  else if (value && typeof value === "object" && !(value instanceof Uint8Array))
    for (const key of Object.keys(value)) paths(value[key], at ? `${at}.${key}` : key, out);
  else out.add(at);
  return out;
}

// The metadata that the norm demands (OSI, trace file formats), of the file and of each channel.
async function checkMetadata(reader) {
  let traces = 0;
  for await (const {name, metadata} of reader.readMetadata()) {
    if (name !== "net.asam.osi.trace") continue;
    ++traces;
    for (const key of ["version", "min_osi_version", "max_osi_version", "min_protobuf_version", "max_protobuf_version"])
      assert.match(metadata.get(key), /^\d+\.\d+\.\d+$/, key);
    const zero = metadata.get("zero_time");
    if (zero !== undefined) assert.match(zero, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/, "zero_time");
  }
  assert.equal(traces, 1);
  for (const channel of reader.channelsById.values())
    for (const key of ["osi_version", "protobuf_version"])
      assert.match(channel.metadata.get(`net.asam.osi.trace.channel.${key}`), /^\d+\.\d+\.\d+$/);
}

// Units and frames, of ours and of theirs alike: positions change as velocities say, sizes are metres, times go on.
function checkMotion(truths, name) {
  const last = new Map();
  const errors = [];
  for (const {value, time} of truths) {
    const stamp = Number(value.timestamp.seconds) + 1e-9 * value.timestamp.nanos;
    assert(Math.abs(stamp - Number(time) * 1e-9) < 1e-6, `${name}: log time ${time}, timestamp ${stamp}`);
    for (const object of value.moving_object) {
      const {position, velocity, dimension, orientation} = object.base;
      assert(dimension.length > 0.2 && dimension.length < 40 && dimension.width > 0.2 && dimension.width < 5);
      const before = last.get(object.id.value);
      if (before && stamp > before.stamp) {
        const dt = stamp - before.stamp;
        const [vx, vy] = ["x", "y"].map((k) => 0.5 * (velocity[k] + before.velocity[k]));
        if (Math.hypot(vx, vy) > 1)
          errors.push(Math.hypot(position.x - before.position.x - vx * dt, position.y - before.position.y - vy * dt) / dt);
      }
      last.set(object.id.value, {stamp, position, velocity});
      assert(Math.abs(orientation.yaw) <= Math.PI + 1e-9);
    }
  }
  errors.sort((a, b) => a - b);
  assert(errors.length > 50, `${name}: nobody moves`);
  return errors[errors.length >> 1];  // median, m/s
}

const samples = shared ? path.join(shared, "data/logs/osi_mcap/example-data") : "";
let asam = null, theirs = {}, real = 0;
if (shared && fs.existsSync(samples)) {
  for (const file of ["MovingHostWith3DModel.mcap", "sensorDataDetectedLaneBoundaries.mcap"]) {
    const reader = await open(path.join(samples, file));
    await checkMetadata(reader);
    for (const schema of reader.schemasById.values()) if (schema.name === "osi3.SensorData") asam = typeOf(schema);
    for (const [type, list] of Object.entries(await messages(reader))) (theirs[type] ??= []).push(list), real += list.length;
  }
  for (const list of theirs["osi3.SensorView"])
    assert(checkMotion(list.map((m) => ({time: m.time, value: {...m.value.global_ground_truth, timestamp: m.value.timestamp}})), "sample") < 0.5);
}

const reader = await open(path.join(folder, "run.osi.mcap"));
await checkMetadata(reader);
const ours = await messages(reader, asam);
assert.deepEqual(Object.keys(ours).sort(), ["osi3.GroundTruth", "osi3.SensorData", "osi3.SensorView"]);
for (const list of Object.values(ours)) assert.equal(list.length, 50);
assert(checkMotion(ours["osi3.GroundTruth"], "ours") < 0.1);
const lights = ours["osi3.GroundTruth"][0].value.traffic_light;
assert(lights.length > 100 && lights.length % 3 === 0);  // one per bulb
const ids = new Set();
for (const truth of [ours["osi3.GroundTruth"][40].value])
  for (const one of [...truth.moving_object, ...truth.traffic_light]) ids.add(one.id.value);
assert.equal(ids.size, ours["osi3.GroundTruth"][40].value.moving_object.length + lights.length);

// What the sensor tells of another vehicle is where the truth has it, seen from the host.
let seen = 0;
for (let i = 0; i < 50; i += 5) {
  const view = ours["osi3.SensorView"][i].value, data = ours["osi3.SensorData"][i].value;
  const truth = view.global_ground_truth;
  assert.equal(truth.host_vehicle_id.value, view.host_vehicle_id.value);
  const host = truth.moving_object.find((o) => o.id.value === view.host_vehicle_id.value);
  const {yaw} = host.base.orientation, arm = host.vehicle_attributes.bbcenter_to_rear;
  for (const found of data.moving_object ?? []) {
    const of = truth.moving_object.find((o) => o.id.value === found.header.ground_truth_id[0].value);
    const d = {x: of.base.position.x - host.base.position.x, y: of.base.position.y - host.base.position.y};
    const x = d.x * Math.cos(yaw) + d.y * Math.sin(yaw) - arm.x, y = -d.x * Math.sin(yaw) + d.y * Math.cos(yaw);
    // The road's slope turns the frame a little more.
    assert(Math.hypot(found.base.position.x - x, found.base.position.y - y) < 0.02 * Math.hypot(x, y) + 0.05);
    ++seen;
  }
}
assert(seen > 5);

// What theirs tell of every moving object and in the head of the truth, and ours do not: nothing but this.
const without = /^(global_ground_truth\.)?(moving_object\.(base\.orientation_acceleration|assigned_lane_id|moving_object_classification|vehicle_attributes\.(bbcenter_to_front|wheel_data|steering_wheel_angle)|vehicle_classification\.light_state|model_reference)|lane|lane_boundary|reference_line|logical_lane|logical_lane_boundary|stationary_object|environmental_conditions|model_reference)(\.|$)/;
let compared = 0;
if (real) {
  const own = paths(ours["osi3.SensorView"].map((m) => m.value));
  for (const list of theirs["osi3.SensorView"])
    for (const field of paths(list.map((m) => m.value))) {
      ++compared;
      assert(own.has(field) || without.test(field), `samples have ${field}`);
    }
  const detected = paths(ours["osi3.SensorData"].map((m) => m.value));
  for (const field of paths(theirs["osi3.SensorData"].flat().map((m) => m.value))) {
    if (!/^(version|timestamp|sensor_id|mounting_position|moving_object)/.test(field)) continue;
    ++compared;
    assert(detected.has(field) || /mounting_position_rmse|light_state|orientation_acceleration/.test(field), `samples have ${field}`);
  }
}

// omega-prime: one channel of GroundTruth, one message with the whole map as OpenDRIVE.
const prime = await open(path.join(folder, "run.omega-prime.mcap"));
await checkMetadata(prime);
const world = await messages(prime, null);
assert.deepEqual(Object.keys(world).sort(), ["osi3.GroundTruth", "osi3.MapAsamOpenDrive"]);
assert.equal(world["osi3.GroundTruth"].length, 50);
assert.equal(world["osi3.GroundTruth"][0].topic, "ground_truth");
assert.equal(world["osi3.MapAsamOpenDrive"].length, 1);
const map = world["osi3.MapAsamOpenDrive"][0];
assert.equal(map.topic, "/ground_truth_map");
assert.match(map.value.open_drive_xml_content, /^<\?xml[^]*<OpenDRIVE>[^]*<road [^]*<\/OpenDRIVE>\s*$/);
assert.equal(map.value.map_reference, world["osi3.GroundTruth"][0].value.map_reference);
assert(checkMotion(world["osi3.GroundTruth"], "omega-prime") < 0.1);
console.log(`OSI: ${ours["osi3.GroundTruth"].length} steps, ${seen} detections, ${compared} kinds of fields beside ${real} messages of others; ` +
            `omega-prime with a map of ${map.value.open_drive_xml_content.length} bytes`);
