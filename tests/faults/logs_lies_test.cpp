// L3 of the fault matrix: logs whose bytes are whole, CRCs included, and whose fields lie: counts, sizes, offsets,
// times, ids, nesting. Each lie is told in three compressions. What comes out is reported as damaged, or it is all that
// was written: nothing is silently missing, added or changed.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/faults/campaign.h"
#include "tests/faults/log_inputs.h"
#include "tests/faults/log_model.h"
#include "tests/replay/mcap_generator.h"

using namespace bitgoeul;
using namespace bitgoeul::tests;
using oracle::le;
using oracle::list;
using oracle::text;

namespace {

enum class Expect {
  kReported,  // an error or a log that is not whole; what came out before is true
  kSame,      // harmless: everything is read as if the lie were not there
  kRead,      // odd but allowed: everything is read, and is not what the sound model holds
};

struct Lie {
  const char* name;
  Expect expect;
  void (*tell)(LogModel&);
};

constexpr std::uint64_t kHuge = std::uint64_t{1} << 62;

const std::vector<Lie> kChunkLies{
    {"chunk size one too large", Expect::kReported, [](LogModel& m) { m.chunks[1].size = 1000; }},
    {"chunk size too small", Expect::kReported, [](LogModel& m) { m.chunks[1].size = 300; }},
    {"chunk size zero", Expect::kReported, [](LogModel& m) { m.chunks[1].size = 0; }},
    {"chunk size 2^62", Expect::kReported, [](LogModel& m) { m.chunks[1].size = kHuge; }},
    {"chunk CRC wrong", Expect::kReported, [](LogModel& m) { m.chunks[1].crc = 12345; }},
    {"chunk CRC not given", Expect::kSame, [](LogModel& m) { m.chunks[1].crc = 0; }},
    {"compression unknown", Expect::kReported, [](LogModel& m) { m.chunks[1].compression_name = "brotli"; }},
    {"compression of another kind", Expect::kReported,
     [](LogModel& m) { m.chunks[1].compression_name = m.chunks[1].compression == "zstd" ? "lz4" : "zstd"; }},
    {"payload longer than its record", Expect::kReported, [](LogModel& m) { m.chunks[1].payload_length = 100'000; }},
    {"payload shorter than its record", Expect::kReported, [](LogModel& m) { m.chunks[1].payload_length = 7; }},
    {"chunk record one byte short", Expect::kReported, [](LogModel& m) { m.chunks[1].length = 100; }},
    {"chunk record length all ones", Expect::kReported, [](LogModel& m) { m.chunks[1].length = ~std::uint64_t{0}; }},
    {"message before its chunk", Expect::kReported, [](LogModel& m) { m.chunks[1].start = 105; }},
    {"message after its chunk", Expect::kReported, [](LogModel& m) { m.chunks[1].end = 145; }},
    {"chunk times wider than its messages", Expect::kSame,
     [](LogModel& m) {
       m.chunks[1].start = m.chunks[1].index_start = 1, m.chunks[1].end = m.chunks[1].index_end = 900;
     }},
    {"empty chunk", Expect::kSame,
     [](LogModel& m) {
       m.chunks.push_back({.compression = m.chunks[0].compression}), m.chunks.back().compression = "";
     }},
    {"chunk in a chunk", Expect::kReported,
     [](LogModel& m) {
       m.chunks[1].after.push_back({0x06, le(0, 8) + le(0, 8) + le(0, 8) + le(0, 4) + text("") + le(0, 8)});
     }},
    {"attachment in a chunk", Expect::kReported,
     [](LogModel& m) { m.chunks[1].after.push_back(attachment("x", "y").record); }},
    {"message index in a chunk", Expect::kReported,
     [](LogModel& m) {
       m.chunks[1].after.push_back({0x07, le(1, 2) + list("")});
     }},
    {"private record in a chunk", Expect::kSame,
     [](LogModel& m) {
       m.chunks[1].after.push_back({0x80, "anything"});
     }},
    {"opcode 0 in a chunk", Expect::kReported,
     [](LogModel& m) {
       m.chunks[1].after.push_back({0x00, "anything"});
     }},
    {"record longer than its chunk", Expect::kReported,
     [](LogModel& m) {
       m.chunks[1].after.push_back({0x80, "anything", 9000});
     }},
    {"record of 2^64 - 1 bytes in a chunk", Expect::kReported,
     [](LogModel& m) {
       m.chunks[1].after.push_back({0x80, "anything", ~std::uint64_t{0}});
     }},
    {"message of 21 bytes", Expect::kReported,
     [](LogModel& m) {
       m.chunks[1].after.push_back({0x05, std::string(21, '\0')});
     }},
};

const std::vector<Lie> kNameLies{
    {"message of an unknown channel", Expect::kReported, [](LogModel& m) { m.chunks[1].messages[2].channel = 77; }},
    {"message of channel 0", Expect::kReported, [](LogModel& m) { m.chunks[1].messages[2].channel = 0; }},
    {"channel of a missing schema", Expect::kReported,
     [](LogModel& m) { m.chunks[0].before[1] = m.summary[1] = channel_record(1, 9, "/a"); }},
    {"channel without schema", Expect::kRead,
     [](LogModel& m) { m.chunks[0].before[1] = m.summary[1] = channel_record(1, 0, "/a"); }},
    {"channel declared again, otherwise", Expect::kReported,
     [](LogModel& m) { m.chunks[1].before.push_back(channel_record(1, 2, "/other")); }},
    {"schema declared again, otherwise", Expect::kReported,
     [](LogModel& m) { m.chunks[1].before.push_back(schema_record(1, "A", "another text")); }},
    {"everything declared again, the same", Expect::kSame,
     [](LogModel& m) { m.chunks[1].before = m.chunks[0].before; }},
    {"summary names a channel otherwise", Expect::kReported,
     [](LogModel& m) { m.summary[1] = channel_record(1, 1, "/elsewhere"); }},
    {"summary names no channel", Expect::kSame, [](LogModel& m) { m.summary.clear(); }},
    {"summary names channels that are not used", Expect::kSame,
     [](LogModel& m) { m.summary.push_back(channel_record(9, 1, "/never")); }},
    {"two channels of one topic", Expect::kRead,
     [](LogModel& m) { m.chunks[0].before[3] = m.summary[3] = channel_record(2, 2, "/a"); }},
    {"65,534 channels", Expect::kSame,
     [](LogModel& m) {
       for (std::uint16_t id = 3; id != 0; ++id) m.first.push_back(channel_record(id, 0, "/t" + std::to_string(id)));
     }},
    {"schema text longer than its record", Expect::kReported,
     [](LogModel& m) { m.chunks[0].before[0].content = le(1, 2) + text("A") + text("text") + le(5000, 4) + "short"; }},
    {"topic longer than its record", Expect::kReported,
     [](LogModel& m) { m.chunks[0].before[1].content = le(1, 2) + le(1, 2) + le(0xFFFFFFFF, 4) + "/a"; }},
};

const std::vector<Lie> kIndexLies{
    {"index: times too narrow", Expect::kReported, [](LogModel& m) { m.chunks[1].index_end = 120; }},
    {"index: times of another chunk", Expect::kReported,
     [](LogModel& m) { m.chunks[1].index_start = 0, m.chunks[1].index_end = 50; }},
    {"index: another chunk", Expect::kReported, [](LogModel& m) { m.chunks[1].index_offset = 8 + 9 + 4 + 8; }},
    {"index: inside a chunk", Expect::kReported, [](LogModel& m) { m.chunks[1].index_offset = 60; }},
    {"index: beyond the file", Expect::kSame, [](LogModel& m) { m.chunks[1].index_offset = kHuge; }},
    {"index: offset 2^64 - 1", Expect::kSame, [](LogModel& m) { m.chunks[1].index_offset = ~std::uint64_t{0}; }},
    {"index: length wrong", Expect::kReported, [](LogModel& m) { m.chunks[1].index_length = 40; }},
    {"index: size wrong", Expect::kSame, [](LogModel& m) { m.chunks[1].index_size = kHuge; }},
    {"index: compression wrong", Expect::kSame, [](LogModel& m) { m.chunks[1].index_compression = "brotli"; }},
    {"index: a chunk left out", Expect::kSame,
     [](LogModel& m) { m.chunks[1].indexed = false, m.statistics_chunks = 3; }},
    {"index: a chunk left out, statistics agree", Expect::kSame, [](LogModel& m) { m.chunks[1].indexed = false; }},
    {"index: the last chunk left out, statistics agree", Expect::kSame,
     [](LogModel& m) { m.chunks[2].indexed = false; }},
    {"index: no chunk at all, statistics agree", Expect::kSame,
     [](LogModel& m) {
       for (ModelChunk& chunk : m.chunks) chunk.indexed = false;
     }},
    {"message index names places outside", Expect::kSame,
     [](LogModel& m) { m.chunks[1].message_index = le(1, 2) + list(le(0, 8) + le(kHuge, 8)); }},
    {"message index of an unknown channel", Expect::kSame,
     [](LogModel& m) { m.chunks[1].message_index = le(99, 2) + list(""); }},
    {"message index longer than its record", Expect::kSame,
     [](LogModel& m) { m.chunks[1].message_index = le(1, 2) + le(0xFFFFFFF0, 4); }},
    {"messages outside chunks beside chunks", Expect::kReported,
     [](LogModel& m) {
       m.last.push_back({0x05, le(1, 2) + le(0, 4) + le(500, 8) + le(500, 8) + "loose"});
     }},
    {"statistics: message count", Expect::kSame, [](LogModel& m) { m.statistics_messages = 1'000'000; }},
    {"statistics: chunk count", Expect::kSame, [](LogModel& m) { m.statistics_chunks = 7; }},
    {"statistics: none", Expect::kSame, [](LogModel& m) { m.with_statistics = false; }},
    {"statistics: too short", Expect::kReported, [](LogModel& m) { m.statistics = std::string(5, '\0'); }},
};

const std::vector<Lie> kOtherLies{
    {"equal stamps", Expect::kRead,
     [](LogModel& m) {
       for (auto& one : m.chunks[1].messages) one.log_time = 100;
     }},
    {"stamps that run backward", Expect::kRead,
     [](LogModel& m) { std::reverse(m.chunks[1].messages.begin(), m.chunks[1].messages.end()); }},
    {"stamps at the end of time", Expect::kRead,
     [](LogModel& m) {
       for (auto& one : m.chunks[2].messages) one.log_time = ~std::uint64_t{0};
     }},
    {"chunks in backward order", Expect::kRead,
     [](LogModel& m) { std::swap(m.chunks[1].messages, m.chunks[2].messages); }},
    {"attachment longer than its record", Expect::kReported,
     [](LogModel& m) { m.indexed[0] = attachment("photo", "bytes", 5000); }},
    {"attachment of 2^62 bytes", Expect::kReported,
     [](LogModel& m) { m.indexed[0] = attachment("photo", "x", kHuge); }},
    {"attachment CRC wrong", Expect::kReported, [](LogModel& m) { m.indexed[0] = attachment("photo", "x", {}, 99); }},
    {"attachment CRC not given", Expect::kSame,
     [](LogModel& m) { m.indexed[0] = attachment("photo", "bytes of a photo", {}, 0); }},
    {"attachment index elsewhere", Expect::kReported,
     [](LogModel& m) { m.indexed[0] = attachment("photo", "bytes of a photo", {}, {}, 29); }},
    {"attachment index beyond", Expect::kReported,
     [](LogModel& m) { m.indexed[0] = attachment("photo", "bytes of a photo", {}, {}, kHuge); }},
    {"metadata map longer than its record", Expect::kReported,
     [](LogModel& m) { m.indexed[1] = metadata("note", le(4000, 4) + "x"); }},
    {"metadata key twice", Expect::kReported,
     [](LogModel& m) { m.indexed[1] = metadata("note", list(text("a") + text("1") + text("a") + text("2"))); }},
    {"metadata index elsewhere", Expect::kReported,
     [](LogModel& m) { m.indexed[1] = metadata("note", list(text("key") + text("value")), 29); }},
    {"header longer than its record", Expect::kReported, [](LogModel& m) { m.header.content = le(900, 4) + "x"; }},
    {"a second header", Expect::kSame, [](LogModel& m) { m.first.push_back(m.header); }},
    {"private record", Expect::kSame,
     [](LogModel& m) {
       m.first.push_back({0xC0, "vendor"});
     }},
    {"record of a later norm", Expect::kSame,
     [](LogModel& m) {
       m.first.push_back({0x30, "unknown"});
     }},
    {"footer: summary in the data", Expect::kReported, [](LogModel& m) { m.summary_start = 40; }},
    {"footer: summary beyond the file", Expect::kReported, [](LogModel& m) { m.summary_start = kHuge; }},
    {"footer: no summary, but there is one", Expect::kReported, [](LogModel& m) { m.summary_start = 0; }},
    {"footer: offsets elsewhere", Expect::kSame, [](LogModel& m) { m.summary_offset_start = 17; }},
    {"footer: CRC not given", Expect::kSame, [](LogModel& m) { m.summary_crc = 0; }},
    {"footer: CRC wrong", Expect::kReported, [](LogModel& m) { m.summary_crc = 4711; }},
    {"data CRC not given", Expect::kSame, [](LogModel& m) { m.data_crc = 0; }},
    {"data CRC wrong", Expect::kReported, [](LogModel& m) { m.data_crc = 4711; }},
    {"no DataEnd", Expect::kReported, [](LogModel& m) { m.with_data_end = false; }},
    {"two DataEnds", Expect::kReported,
     [](LogModel& m) {
       m.last.push_back({0x0F, le(0, 4)});
     }},
    {"DataEnd before the chunks", Expect::kReported,
     [](LogModel& m) {
       m.first.push_back({0x0F, le(0, 4)});
     }},
    {"no footer", Expect::kReported, [](LogModel& m) { m.with_footer = false; }},
    {"no magic at the end", Expect::kReported, [](LogModel& m) { m.with_magic = false; }},
    {"bytes after the end", Expect::kReported, [](LogModel& m) { m.tail = "more"; }},
    {"a whole second log after the end", Expect::kReported, [](LogModel& m) { m.tail = bytes_of(sound_model("")); }},
};

std::vector<Lie> all_lies() {
  std::vector<Lie> lies;
  for (const auto* group : {&kChunkLies, &kNameLies, &kIndexLies, &kOtherLies})
    lies.insert(lies.end(), group->begin(), group->end());
  return lies;
}

std::size_t count_of(const LogModel& model) {
  std::size_t count = 0;
  for (const ModelChunk& chunk : model.chunks) count += chunk.messages.size();
  return count;
}

std::string judge(const Lie& lie, const std::string& compression) {
  const LogReading sound = read_log(bytes_of(sound_model(compression)));
  if (sound.reported || sound.file_order.size() != 18) return "the model itself is not sound: " + sound.error;
  LogModel model = sound_model(compression);
  lie.tell(model);
  const LogReading reading = read_log(bytes_of(model));
  if (lie.expect == Expect::kReported) return reading.reported ? "" : "not reported";
  if (reading.reported) return "reported: " + reading.error;
  if (reading.file_order.size() != count_of(model)) return std::to_string(reading.file_order.size()) + " messages";
  auto a = reading.file_order, b = reading.time_order;
  std::sort(a.begin(), a.end()), std::sort(b.begin(), b.end());
  if (a != b) return "other messages in time order: " + std::to_string(b.size());
  if (reading.salvaged != reading.file_order) return "other messages salvaged";
  if (lie.expect == Expect::kSame && (reading.file_order != sound.file_order || reading.time_order != sound.time_order))
    return "other messages";
  return reading.extras == sound.extras ? "" : "other attachments or metadata";
}

}  // namespace

TEST_CASE("L3: a log whose fields lie is reported, or read whole") {
  const std::vector<Lie> lies = all_lies();
  const std::string compressions[] = {"", "lz4", "zstd"};
  Campaign campaign;
  campaign.cases = 3 * lies.size();
  campaign.describe = [&](std::size_t i) {
    return std::string(lies[i / 3].name) + ", compression '" + compressions[i % 3] + "'";
  };
  campaign.run = [&](std::size_t i) {
    allow_memory(96u << 20);
    return judge(lies[i / 3], compressions[i % 3]);
  };
  const std::vector<Failure> failures = run_campaign(campaign);
  const std::string text = to_string(failures);
  CHECK_MESSAGE(failures.empty(), text);
  MESSAGE("lies: ", lies.size(), " in 3 compressions, ", failures.size(), " failures");
}
