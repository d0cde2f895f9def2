// Reads the sample log (see sample_log_test.cpp) with @mcap/core, indexed and as a stream, and checks what is in it.
import assert from "node:assert/strict";
import fs from "node:fs";
import {McapIndexedReader, McapStreamReader} from "@mcap/core";
import {loadDecompressHandlers} from "@mcap/support";
import protobuf from "protobufjs";
import descriptor from "protobufjs/ext/descriptor/index.js";

const bytes = fs.readFileSync(process.argv[2]);
const decompressHandlers = await loadDecompressHandlers();
const readable = {
  size: async () => BigInt(bytes.length),
  read: async (offset, size) => new Uint8Array(bytes.subarray(Number(offset), Number(offset + size))),
};

const types = new Map();
function decode(schema, data) {
  assert.equal(schema.encoding, "protobuf");
  if (!types.has(schema.name)) {
    const root = protobuf.Root.fromDescriptor(descriptor.FileDescriptorSet.decode(schema.data));
    types.set(schema.name, root.lookupType(schema.name));
  }
  return types.get(schema.name).toObject(types.get(schema.name).decode(data), {longs: Number, bytes: Buffer});
}

const reader = await McapIndexedReader.Initialize({readable, decompressHandlers});
const counts = {};
const frames = [];
let lastTime = -1n;
for await (const message of reader.readMessages({validateCrcs: true})) {
  const channel = reader.channelsById.get(message.channelId);
  const value = decode(reader.schemasById.get(channel.schemaId), message.data);
  assert.equal(message.sequence, counts[channel.topic] ?? 0);
  counts[channel.topic] = (counts[channel.topic] ?? 0) + 1;
  assert(message.logTime >= lastTime);
  lastTime = message.logTime;
  if (channel.topic === "/run/header") assert.equal(Buffer.from(value.scenario_file).toString("utf8"), "광주.xosc");
  if (channel.topic === "/run/frames") frames.push(value);
}
assert.deepEqual(counts, {"/run/header": 1, "/run/frames": 101, "/run/signals": 7, "/run/hashes": 1000, "/run/commands": 200, "/run/events": 27});
assert.equal(reader.statistics.messageCount, 1336n);
assert(reader.chunkIndexes.length >= 2);

// The comment in frame.proto is enough to unpack a column: row 0 drives 12 m/s +- 8, so 0.4 m to 2 m per frame of 0.1 s.
function first_number(bits) {
  let zigzag = 0;
  for (let k = 0; k < bits[0]; k++) zigzag += (bits[1 + 2 * k] & 1) * 2 ** k;
  return zigzag % 2 ? -(zigzag + 1) / 2 : zigzag / 2;
}
let q1 = 0, q2 = 0, x = [];
for (const frame of frames) {
  const fresh = frame.key || (frame.changed_row_gap ?? [])[0] === 0;
  const number = first_number(frame.x_bits);
  const q = fresh ? number : number + 2 * q1 - q2;
  q2 = fresh ? q : q1;
  q1 = q;
  x.push(q / 100);
}
assert.equal(x.length, 101);
for (let i = 1; i < 60; i++) assert(Math.abs(x[i] - x[i - 1]) <= 2.02, `frame ${i}: ${x[i - 1]} -> ${x[i]}`);
assert(Math.abs(x[59] - x[0]) > 5);

// A range by the index.
let inRange = 0;
for await (const message of reader.readMessages({topics: ["/run/hashes"], startTime: 2_000_000_000n, endTime: 2_990_000_000n})) inRange++;
assert.equal(inRange, 100);

// The same as a stream, in pieces.
const stream = new McapStreamReader({decompressHandlers, validateCrcs: true});
let messages = 0;
for (let at = 0; at < bytes.length; at += 1000) {
  stream.append(bytes.subarray(at, at + 1000));
  for (let record; (record = stream.nextRecord()); ) if (record.type === "Message") messages++;
}
assert(stream.done());
assert.equal(messages, 1336);

// It does look: one changed byte in a chunk is refused.
const bad = Buffer.from(bytes);
const chunk = reader.chunkIndexes.at(-1);
bad[Number(chunk.chunkStartOffset + chunk.chunkLength) - 20] ^= 1;
const badReader = await McapIndexedReader.Initialize({
  readable: {size: readable.size, read: async (o, s) => new Uint8Array(bad.subarray(Number(o), Number(o + s)))}, decompressHandlers});
await assert.rejects(async () => { for await (const m of badReader.readMessages({validateCrcs: true})) void m; });
console.log(`read ${messages} messages in ${reader.chunkIndexes.length} chunks with CRC checks`);
