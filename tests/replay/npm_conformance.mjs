// L6 of the fault matrix: the 416 published conformance files read by @mcap/core, as a stream and, where a file has the
// indexes for it, by these: the same messages in the same order as our reader gives (readings.txt).
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import {McapIndexedReader, McapStreamReader} from "@mcap/core";

const folder = process.argv[2];
const text = (topic, m) => `${topic}/${m.logTime}/${m.publishTime}/${m.sequence}/${m.data.length}`;

function stream(bytes) {
  const reader = new McapStreamReader({validateCrcs: true});
  reader.append(bytes);
  const topics = new Map(), out = [];
  for (let record; (record = reader.nextRecord()); ) {
    if (record.type === "Channel") topics.set(record.id, record.topic);
    if (record.type === "Message") out.push(text(topics.get(record.channelId), record));
  }
  assert(reader.done());
  return out;
}

async function indexed(bytes) {
  const reader = await McapIndexedReader.Initialize({readable: {
    size: async () => BigInt(bytes.length),
    read: async (o, n) => new Uint8Array(bytes.subarray(Number(o), Number(o + n)))}});
  const out = [];
  for await (const m of reader.readMessages({validateCrcs: true})) out.push(text(reader.channelsById.get(m.channelId).topic, m));
  return out;
}

let streams = 0, indexes = 0;
for (const line of fs.readFileSync(path.join(folder, "readings.txt"), "utf8").trimEnd().split("\n")) {
  const [file, way, ...ours] = line.split(" ");
  const bytes = fs.readFileSync(path.join(folder, file));
  const features = file.replace(".mcap", "").split("-").slice(1);
  if (way === "stream") {
    assert.deepEqual(stream(bytes), ours, file);
    ++streams;
  } else if (["ch", "chx", "mx", "rch", "rsh"].every((code) => features.includes(code))) {
    assert.deepEqual(await indexed(bytes), ours, file);
    ++indexes;
  }
}
assert.equal(streams, 416);
assert.equal(indexes, 16);
console.log(`${streams} files as streams and ${indexes} by their indexes: the same messages`);
