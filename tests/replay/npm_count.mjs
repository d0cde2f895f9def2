// Messages and topics with messages of MCAP files, counted by @mcap/core's stream reader with CRC checks:
// `node npm_count.mjs FILE...` prints one JSON object, file -> [messages, channels].
import fs from "node:fs";
import {McapStreamReader} from "@mcap/core";
import {loadDecompressHandlers} from "@mcap/support";

const decompressHandlers = await loadDecompressHandlers();
const out = {};
for (const file of process.argv.slice(2)) {
  const reader = new McapStreamReader({decompressHandlers, validateCrcs: true});
  reader.append(fs.readFileSync(file));
  let messages = 0;
  const channels = new Set();
  for (let record; (record = reader.nextRecord()); ) {
    if (record.type === "Message") ++messages;
    if (record.type === "Channel") channels.add(record.id);
  }
  if (!reader.done()) throw new Error(`${file}: the reader is not at its end`);
  out[file] = [messages, channels.size];
}
console.log(JSON.stringify(out));
