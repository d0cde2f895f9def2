// Our Foxglove schemas against Foxglove's own (@foxglove/schemas): every field of every message that we define has the
// number, type and label that generateProto gives it; and a converted run is decoded by Foxglove's definitions.
import assert from "node:assert/strict";
import fs from "node:fs";
import {McapIndexedReader} from "@mcap/core";
import {loadDecompressHandlers} from "@mcap/support";
import {foxgloveMessageSchemas, foxgloveEnumSchemas, generateProto} from "@foxglove/schemas/internal.js";
import protobuf from "protobufjs";
import descriptor from "protobufjs/ext/descriptor/index.js";

// All of Foxglove's messages as one root.
const theirs = new protobuf.Root();
const parsed = new Map();
for (const schema of Object.values(foxgloveMessageSchemas)) {
  const enums = Object.values(foxgloveEnumSchemas).filter((e) => e.parentSchemaName === schema.name);
  parsed.set(schema.name, generateProto(schema, enums).replace(/^import .*$/gm, ""));
}
protobuf.parse(`syntax = "proto3"; package google.protobuf;
  message Timestamp { int64 seconds = 1; int32 nanos = 2; } message Duration { int64 seconds = 1; int32 nanos = 2; }`, theirs);
for (const text of parsed.values()) protobuf.parse(text, theirs, {keepCase: true});
theirs.resolveAll();

const bytes = fs.readFileSync(process.argv[2]);
const reader = await McapIndexedReader.Initialize({
  readable: {size: async () => BigInt(bytes.length),
             read: async (o, n) => new Uint8Array(bytes.subarray(Number(o), Number(o + n)))},
  decompressHandlers: await loadDecompressHandlers()});

let fields = 0;
const seen = new Set();
function compare(ours, other) {
  if (seen.has(ours.fullName)) return;
  seen.add(ours.fullName);
  assert.equal(ours.fullName, other.fullName);
  for (const field of ours.fieldsArray) {
    const known = other.fields[field.name];
    assert(known, `${ours.fullName}.${field.name} is not Foxglove's`);
    assert.equal(field.id, known.id, `${ours.fullName}.${field.name}`);
    assert.equal(field.repeated, known.repeated, `${ours.fullName}.${field.name}`);
    const a = field.resolve().resolvedType, b = known.resolve().resolvedType;
    if (!a) assert.equal(field.type, known.type, `${ours.fullName}.${field.name}`);
    if (a instanceof protobuf.Enum) {
      for (const [name, value] of Object.entries(a.values)) assert.equal(value, b.values[name], `${a.fullName}.${name}`);
    } else if (a) compare(a, b);
    ++fields;
  }
  assert.equal(ours.fieldsArray.length, other.fieldsArray.length, ours.fullName);
}
for (const schema of reader.schemasById.values()) {
  const root = protobuf.Root.fromDescriptor(descriptor.FileDescriptorSet.decode(schema.data));
  root.resolveAll();
  for (const name of Object.keys(root.lookup("foxglove").nested))
    compare(root.lookupType(`foxglove.${name}`), theirs.lookupType(`foxglove.${name}`));
}
assert(fields > 80);

const counts = {};
const first = {};
for await (const message of reader.readMessages({validateCrcs: true})) {
  const channel = reader.channelsById.get(message.channelId);
  const schema = reader.schemasById.get(channel.schemaId);
  const type = theirs.lookupType(schema.name);
  const value = type.toObject(type.decode(message.data), {longs: Number, enums: String});
  counts[channel.topic] = (counts[channel.topic] ?? 0) + 1;
  first[channel.topic] ??= value;
}
assert.equal(counts["/scene"], 60);
assert.equal(counts["/map"], 1);
assert.equal(counts["/tf"], 60);
assert.equal(counts["/gnss"], 60);
assert(counts["/events"] > 50);
assert(first["/map"].entities[0].lines[0].points.length > 100);
const box = first["/scene"].entities.find((e) => e.id === "ego_000").cubes[0];
const tf = first["/tf"].transforms.find((t) => t.child_frame_id === "ego_000");
const arm = Math.hypot(...["x", "y", "z"].map((k) => box.pose.position[k] - tf.translation[k]));
assert(Math.abs(arm - Math.hypot(1.3, 0.75)) < 1e-6, `the box centre lies ${arm} m from the rear axle`);
assert(Math.abs(Math.hypot(tf.rotation.x, tf.rotation.y, tf.rotation.z, tf.rotation.w) - 1) < 1e-12);
assert(Math.abs(first["/gnss"].latitude - 35.16) < 0.3 && Math.abs(first["/gnss"].longitude - 126.85) < 0.3);
console.log(`${fields} fields as Foxglove has them; ${Object.values(counts).reduce((a, b) => a + b)} messages decoded`);
