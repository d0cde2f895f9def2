// ROS 1 bags, version 2.0 (wiki.ros.org/Bags/Format/2.0). The file is walked once from its start, record by record, so
// that a bag without an index (its recorder was killed) opens as far as it is whole. Chunks: none, bz2, lz4.
#include <bzlib.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "replay/file.h"
#include "replay/import/messages.h"
#include "replay/mcap/compression.h"
#include "replay/mcap/records.h"

namespace bitgoeul::replay::import {
namespace {

constexpr std::string_view kMagic = "#ROSBAG V2.0\n";
constexpr std::uint64_t kMostRecord = 256u << 20;
enum Op : int { kMessage = 2, kHeader = 3, kIndex = 4, kChunk = 5, kChunkInfo = 6, kConnection = 7 };

using Fields = std::map<std::string, std::string_view, std::less<>>;

// "name=value" after a u32 length each.
bool parse_fields(std::string_view header, Fields& out) {
  mcap::Cursor cursor(header);
  while (!cursor.rest().empty()) {
    const std::string_view field = cursor.take_bytes(cursor.take<std::uint32_t>());
    const std::size_t equals = field.find('=');
    if (!cursor.ok() || equals == std::string_view::npos) return false;
    out.emplace(field.substr(0, equals), field.substr(equals + 1));
  }
  return true;
}

template <class T>
T number(const Fields& fields, std::string_view name, T otherwise) {
  const auto found = fields.find(name);
  if (found == fields.end() || found->second.size() != sizeof(T)) return otherwise;
  T value;
  std::memcpy(&value, found->second.data(), sizeof(T));
  return value;
}

std::string text(const Fields& fields, std::string_view name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string() : std::string(found->second);
}

std::int64_t time_of(const Fields& fields) {
  const auto both = number<std::uint64_t>(fields, "time", 0);
  return static_cast<std::int64_t>(both & 0xFFFFFFFFu) * 1'000'000'000 + static_cast<std::int64_t>(both >> 32);
}

struct Record {
  Fields fields;
  std::string_view data;
  int op() const { return number<std::uint8_t>(fields, "op", 0); }
};

// The next record of a chunk's payload; false: damaged.
bool take_record(mcap::Cursor& cursor, Record& out) {
  out.fields.clear();
  const std::string_view header = cursor.take_bytes(cursor.take<std::uint32_t>());
  out.data = cursor.take_bytes(cursor.take<std::uint32_t>());
  return cursor.ok() && parse_fields(header, out.fields);
}

struct Chunk {
  std::int64_t start = 0, end = 0;
  std::uint64_t offset = 0;
};
struct Place {
  std::int64_t time = 0;
  std::uint64_t order = 0;
  std::uint32_t connection = 0;
  std::string data;
};

class Bag final : public Source {
 public:
  Bag(InFile file, const Rules& rules) : file_(std::move(file)), topics_(rules) {}

  sim::Result<void> start() {
    description_.format = "ros1 bag";
    description_.time_base = "unix";
    description_.files.push_back({.path = file_.name(), .format = "ros1 bag", .bytes = file_.size()});
    for (std::uint64_t at = kMagic.size(); at < file_.size();) {
      std::string bytes;
      Record record;
      auto read = read_record(at, bytes, record);
      if (!read) {
        lose(read.error());
        break;
      }
      take_top(record, at);
      at = *read;
    }
    FileInfo& info = description_.files.front();
    if (info.complete && !indexed_) {
      info.complete = false;
      info.why_not_complete = "the bag has no index: its recorder did not end";
    }
    std::sort(chunks_.begin(), chunks_.end(), [](const Chunk& a, const Chunk& b) {
      return std::pair(a.start, a.offset) < std::pair(b.start, b.offset);
    });
    return seek(description_.start_ns);
  }

  const Description& description() const override { return description_; }
  void select(const std::vector<TopicRole>& roles) override { topics_.select(roles); }

  sim::Result<void> seek(std::int64_t time_ns) override {
    from_ = time_ns;
    next_chunk_ = 0;
    heap_.clear();
    return {};
  }

  sim::Result<bool> next(Item& item) override {
    for (;;) {
      while (next_chunk_ < chunks_.size() && (heap_.empty() || chunks_[next_chunk_].start <= heap_.front().time))
        open(chunks_[next_chunk_++]);
      if (heap_.empty()) return false;
      std::pop_heap(heap_.begin(), heap_.end(), later);
      const Place place = std::move(heap_.back());
      heap_.pop_back();
      item.time_ns = place.time;
      if (topics_.take(description_, topic_of_.at(place.connection), place.data, item)) return true;
    }
  }

 private:
  static bool later(const Place& a, const Place& b) { return std::pair(a.time, a.order) > std::pair(b.time, b.order); }

  void lose(const sim::Issue& issue) {
    FileInfo& info = description_.files.front();
    if (info.complete) info.why_not_complete = (issue.where.empty() ? "" : issue.where + ": ") + issue.what;
    info.complete = false;
    description_.issues.push_back(issue);
    description_.issues.back().severity = sim::Severity::kWarning;
  }

  // Where the next record begins.
  sim::Result<std::uint64_t> read_record(std::uint64_t at, std::string& bytes, Record& record) const {
    const auto part = [&](std::uint64_t& from, std::string& out) -> sim::Result<void> {
      std::uint32_t size = 0;
      char raw[4];
      if (file_.size() - from < 4) return fail_at(file_.name(), at, "the bag ends inside a record");
      if (auto read = file_.read_at(from, raw, 4); !read) return read;
      std::memcpy(&size, raw, 4);
      if (size > file_.size() - from - 4 || size > kMostRecord)
        return fail_at(file_.name(), at, "the bag ends inside a record");
      out.resize(size);
      from += 4 + std::uint64_t{size};
      return file_.read_at(from - size, out.data(), size);
    };
    std::string header, data;
    std::uint64_t end = at;
    if (auto read = part(end, header); !read) return tl::unexpected(read.error());
    if (auto read = part(end, data); !read) return tl::unexpected(read.error());
    const std::size_t size = header.size();
    bytes = std::move(header);
    bytes += data;
    record.data = std::string_view(bytes).substr(size);
    if (!parse_fields(std::string_view(bytes).substr(0, size), record.fields))
      return fail_at(file_.name(), at, "no record begins here");
    return end;
  }

  void take_top(const Record& record, std::uint64_t at) {
    if (record.op() == kHeader) indexed_ = number<std::uint64_t>(record.fields, "index_pos", 0) != 0;
    if (record.op() == kConnection) connect(record);
    if (record.op() != kChunk) return;
    std::string payload;
    auto done = unpack(record, payload, at);
    if (!done) return lose(done.error());
    Chunk chunk{.offset = at};
    bool any = false;
    const bool whole = each_message(payload, [&](std::uint32_t connection, std::int64_t time, std::string_view) {
      count(connection, time);
      chunk.start = any ? std::min(chunk.start, time) : time;
      chunk.end = any ? std::max(chunk.end, time) : time;
      any = true;
    });
    if (!whole) lose(fail_at(file_.name(), at, "a chunk ends inside a record").value());
    if (any) chunks_.push_back(chunk);
  }

  void count(std::uint32_t connection, std::int64_t time) {
    TopicInfo& topic = description_.topics[topic_of_.at(connection)];
    topic.start_ns = topic.count == 0 ? time : std::min(topic.start_ns, time);
    topic.end_ns = topic.count == 0 ? time : std::max(topic.end_ns, time);
    ++topic.count;
    description_.start_ns = any_ ? std::min(description_.start_ns, time) : time;
    description_.end_ns = any_ ? std::max(description_.end_ns, time) : time;
    any_ = true;
  }

  void connect(const Record& record) {
    const auto id = number<std::uint32_t>(record.fields, "conn", 0);
    if (topic_of_.contains(id)) return;
    Fields inner;
    if (!parse_fields(record.data, inner)) return;
    const std::string topic = text(record.fields, "topic"), type = text(inner, "type");
    // Several publishers of one topic are one topic.
    for (std::uint32_t i = 0; i < description_.topics.size(); ++i)
      if (description_.topics[i].name == topic && description_.topics[i].type == type) {
        topic_of_[id] = i;
        return;
      }
    topic_of_[id] = topics_.add(description_, topic, {type, "ros1", "ros1msg", text(inner, "message_definition")});
  }

  template <class F>
  bool each_message(std::string_view payload, F&& f) {
    mcap::Cursor cursor(payload);
    Record record;
    while (!cursor.rest().empty()) {
      if (!take_record(cursor, record)) return false;
      if (record.op() == kConnection) connect(record);
      const auto connection = number<std::uint32_t>(record.fields, "conn", 0);
      if (record.op() == kMessage && topic_of_.contains(connection)) f(connection, time_of(record.fields), record.data);
    }
    return true;
  }

  sim::Result<void> unpack(const Record& record, std::string& payload, std::uint64_t at) {
    const std::string compression = text(record.fields, "compression");
    const std::uint64_t size = number<std::uint32_t>(record.fields, "size", 0);
    const auto bad = [&](const std::string& why) { return fail_at(file_.name(), at, "a chunk is damaged: " + why); };
    if (size > kMostRecord) return bad("it is larger than the limit");
    payload.resize(size);
    if (compression == "bz2") {
      auto got = static_cast<unsigned>(size);
      const int code = BZ2_bzBuffToBuffDecompress(payload.data(), &got, const_cast<char*>(record.data.data()),
                                                  static_cast<unsigned>(record.data.size()), 0, 0);
      if (code != BZ_OK || got != size) return bad("bz2 gives error " + std::to_string(code));
      return {};
    }
    auto done = decompressor_.decompress(compression == "none" ? "" : compression, record.data, payload.data(), size);
    if (!done) return bad(done.error().what);
    return {};
  }

  void open(const Chunk& chunk) {
    if (chunk.end < from_) return;
    std::string bytes, payload;
    Record record;
    auto read = read_record(chunk.offset, bytes, record);
    if (!read) return lose(read.error());
    if (auto done = unpack(record, payload, chunk.offset); !done) return lose(done.error());
    (void)each_message(payload, [&](std::uint32_t connection, std::int64_t time, std::string_view data) {
      if (time < from_ || !topics_.wants(description_.topics[topic_of_.at(connection)])) return;
      heap_.push_back({time, order_++, connection, std::string(data)});
      std::push_heap(heap_.begin(), heap_.end(), later);
    });
  }

  InFile file_;
  MessageTopics topics_;
  Description description_;
  std::map<std::uint32_t, std::uint32_t> topic_of_;  // by connection
  std::vector<Chunk> chunks_;
  std::vector<Place> heap_;
  mcap::Decompressor decompressor_;
  std::size_t next_chunk_ = 0;
  std::uint64_t order_ = 0;
  std::int64_t from_ = 0;
  bool indexed_ = false, any_ = false;
};

}  // namespace

bool is_ros1_bag(const std::filesystem::path& path) { return first_bytes(path, kMagic.size()) == kMagic; }

sim::Result<std::unique_ptr<Source>> open_ros1_bag(const std::filesystem::path& path, const Rules& rules) {
  auto file = InFile::open(path);
  if (!file) return tl::unexpected(file.error());
  auto bag = std::make_unique<Bag>(std::move(*file), rules);
  if (auto started = bag->start(); !started) return tl::unexpected(started.error());
  return bag;
}

}  // namespace bitgoeul::replay::import
