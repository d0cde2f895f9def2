#include "tests/faults/log_inputs.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "replay/mcap/salvage.h"
#include "replay/mcap/writer.h"

#include "tests/faults/campaign.h"
#include "tests/replay/mcap_oracle.h"

namespace bitgoeul::tests {

using namespace replay::mcap;

namespace {

std::string digest(const MessageView& view) {
  return view.channel.topic + '|' + view.channel.message_encoding + '|' + std::to_string(view.message.log_time) + '|' +
         std::to_string(view.message.publish_time) + '|' + std::to_string(view.message.sequence) + '|' +
         (view.schema ? view.schema->name + '|' + view.schema->data : "") + '|' + std::string(view.message.data);
}

struct Content {
  int channels = 1, messages = 60, per_chunk = 10;
  std::size_t size = 40;
  bool random = false;    // bytes that do not compress
  bool backward = false;  // stamps that run back and forth, chunks that overlap
  bool schemaless = false;
  bool extras = false;  // attachments and metadata between the chunks
};

Content content_of(int kind) {
  switch (kind) {
    case 0:
      return {};
    case 1:
      return {.messages = 30, .size = 0};
    case 2:
      return {.messages = 12, .per_chunk = 3, .size = 3000, .random = true};
    case 3:
      return {.channels = 20, .messages = 80};
    case 4:
      return {.messages = 40, .per_chunk = 4, .backward = true};
    case 5:
      return {.channels = 2, .messages = 40, .schemaless = true};
    case 6:
      return {.channels = 3, .messages = 40, .extras = true};
    default:
      return {.messages = 50, .per_chunk = 1, .size = 7};
  }
}

std::string data_of(const Content& content, int number) {
  Numbers numbers{static_cast<std::uint64_t>(number)};
  std::string data;
  while (data.size() < content.size)
    data += static_cast<char>(content.random ? numbers.next() : static_cast<std::uint64_t>(number) + data.size() % 5);
  return data;
}

WriterOptions options_of(const std::string& compression, Layout layout) {
  WriterOptions options;
  options.compression = compression == "zstd"  ? Compression::kZstd
                        : compression == "lz4" ? Compression::kLz4
                                               : Compression::kNone;
  options.chunked = layout != Layout::kUnchunked;
  if (layout == Layout::kNoSummary) {
    options.statistics = options.chunk_index = options.attachment_index = options.metadata_index = false;
    options.repeat_schemas = options.repeat_channels = options.summary_offsets = options.message_index = false;
  }
  return options;
}

std::uint16_t add_channel(Writer& writer, const Content& content, int number) {
  const std::string name = number == 0 ? "/광주/차선" : "/topic" + std::to_string(number);
  const std::uint16_t schema =
      content.schemaless ? std::uint16_t{0} : writer.add_schema("Type" + std::to_string(number), "text", "schema text");
  return writer.add_channel(schema, name, content.schemaless ? "json" : "cdr", {{"key", "value"}});
}

// Gives the number of messages in each chunk.
std::vector<int> write_content(Writer& writer, const Content& content) {
  std::vector<std::uint16_t> channels;
  for (int i = 0; i < content.channels; ++i) channels.push_back(add_channel(writer, content, i));
  std::vector<int> chunks{0};
  for (int i = 0; i < content.messages; ++i) {
    const int step = content.backward ? (i * 7) % 23 : i;
    const auto time = static_cast<std::uint64_t>(1000 + 10 * step);
    const std::uint16_t channel = channels[static_cast<std::size_t>(i) % channels.size()];
    REQUIRE(writer.write(channel, time, time - 1, data_of(content, i), static_cast<std::uint32_t>(i)));
    ++chunks.back();
    const bool extras = content.extras && i % 13 == 5;
    if (!extras && i % content.per_chunk != content.per_chunk - 1) continue;
    REQUIRE(writer.flush());
    chunks.push_back(0);
    if (!extras) continue;
    REQUIRE(writer.attach("사진" + std::to_string(i) + ".bin", "application/octet-stream", time, data_of(content, i)));
    REQUIRE(writer.metadata("note" + std::to_string(i), {{"a", "b"}, {"c", "d"}}));
  }
  REQUIRE(writer.close());
  return chunks;
}

// Where each message's record, or the chunk that holds it, ends.
void find_ends(LogFile& log, const std::vector<int>& chunks, bool chunked) {
  std::size_t chunk = 0;
  for (const oracle::Record& record : oracle::records(log.bytes, 8, log.bytes.size())) {
    if (record.op == 0x09 || record.op == 0x0C) ++log.extras;
    if (chunked && record.op == 0x06)
      log.ends.insert(log.ends.end(), static_cast<std::size_t>(chunks.at(chunk++)), record.end());
    if (!chunked && record.op == 0x05) log.ends.push_back(record.end());
  }
}

}  // namespace

std::filesystem::path scratch_file() {
  return std::filesystem::temp_directory_path() / ("bitgoeul_faults_" + std::to_string(::getpid()) + ".mcap");
}

LogFile make_log_file(int kind, const std::string& compression, Layout layout) {
  const Content content = content_of(kind);
  const std::filesystem::path file = scratch_file();
  auto writer = Writer::open(file, options_of(compression, layout));
  REQUIRE(writer);
  const std::vector<int> chunks = write_content(*writer, content);
  LogFile log;
  log.layout = layout;
  log.name = "kind " + std::to_string(kind) + " " + (compression.empty() ? "none" : compression) + " layout " +
             std::to_string(static_cast<int>(layout));
  log.bytes = oracle::read_file(file);
  const LogReading reading = read_log_file(file);
  REQUIRE(reading.opened);
  REQUIRE(!reading.reported);
  REQUIRE(reading.salvage_whole);
  log.messages = reading.file_order;
  find_ends(log, chunks, layout != Layout::kUnchunked);
  REQUIRE(log.messages.size() == log.ends.size());
  std::filesystem::remove(file);
  return log;
}

namespace {

void note(LogReading& reading, const sim::Issue& issue) {
  reading.reported = true;
  if (reading.error.empty()) reading.error = sim::to_string(issue);
}

void read_all(const Reader& reader, LogReading& reading) {
  for (const Order order : {Order::kFile, Order::kLogTime}) {
    auto& out = order == Order::kFile ? reading.file_order : reading.time_order;
    const auto read = reader.each_message(
        [&](const MessageView& view) {
          out.push_back(digest(view));
          return true;
        },
        order);
    if (!read) note(reading, read.error());
  }
  for (std::size_t i = 0; i < reader.info().attachments.size(); ++i) {
    const auto attachment = reader.attachment(i);
    if (!attachment) note(reading, attachment.error());
    if (attachment) reading.extras.push_back(reader.info().attachments[i].name + '|' + *attachment);
  }
  for (std::size_t i = 0; i < reader.info().metadata.size(); ++i) {
    const auto metadata = reader.metadata(i);
    if (!metadata) note(reading, metadata.error());
    if (!metadata) continue;
    std::string text = metadata->name;
    for (const auto& [key, value] : metadata->entries) text += '|' + key + '=' + value;
    reading.extras.push_back(std::move(text));
  }
}

}  // namespace

LogReading read_log_file(const std::filesystem::path& file) {
  LogReading reading;
  if (const auto reader = Reader::open(file)) {
    reading.opened = true;
    if (!reader->info().complete) reading.reported = true;
    read_all(*reader, reading);
  } else {
    note(reading, reader.error());
  }
  SalvageSink sink;
  sink.message = [&](const MessageView& view) {
    reading.salvaged.push_back(digest(view));
    return sim::Result<void>{};
  };
  const auto report = salvage(file, sink);
  reading.salvage_failed = !report;
  reading.salvage_whole = report && report->whole();
  return reading;
}

std::string open_log(std::string_view bytes) {
  const std::filesystem::path file = scratch_file();
  oracle::write_file(file, bytes);
  const auto reader = Reader::open(file);
  std::filesystem::remove(file);
  return reader ? "" : sim::to_string(reader.error());
}

LogReading read_log(std::string_view bytes) {
  const std::filesystem::path file = scratch_file();
  oracle::write_file(file, bytes);
  LogReading reading = read_log_file(file);
  std::filesystem::remove(file);
  return reading;
}

}  // namespace bitgoeul::tests
