#include "replay/mcap/salvage.h"

#include <algorithm>
#include <map>
#include <utility>

#include "replay/file.h"
#include "replay/mcap/compression.h"

namespace bitgoeul::replay::mcap {
namespace {

constexpr std::size_t kWindow = 1 << 20;         // bytes looked through at once for a place to go on
constexpr std::uint64_t kMostHead = 1 << 16;     // of a record, for telling whether it is one
constexpr std::uint64_t kMostSmall = 64u << 20;  // of any record but chunks, messages and attachments
constexpr int kChain = 3;                        // plausible records in a row that make a place to go on

struct Place {
  Op op{};
  std::uint64_t offset = 0, size = 0;
  std::uint64_t content() const { return offset + kPrefixSize; }
  std::uint64_t end() const { return content() + size; }
};

template <class T>
bool fits(std::string_view content) {
  T value;
  return parse(content, value);
}

bool known(Op op) { return op >= Op::kHeader && op <= Op::kDataEnd; }

// A message index is a channel and an array of (log time, offset).
std::optional<std::uint64_t> entries_of_index(std::string_view content) {
  Cursor cursor(content);
  cursor.take<std::uint16_t>();
  const auto bytes = cursor.take<std::uint32_t>();
  if (!cursor.ok() || bytes % 16 != 0 || bytes > cursor.rest().size()) return std::nullopt;
  return bytes / 16;
}

// Whether these first bytes of a content (all of it, when it is short) can be what the opcode says.
bool plausible_content(Op op, std::uint64_t size, std::string_view head) {
  const bool all = head.size() == size;
  switch (op) {
    case Op::kMessage:
      return size >= 22;
    case Op::kDataEnd:
      return size == kDataEndSize;
    case Op::kFooter:
      return size == kFooterSize;
    case Op::kChunk: {
      ChunkHeader header;
      std::size_t payload = 0;
      return parse(head, header, payload) && header.compressed_size == size - payload &&
             header.message_start_time <= header.message_end_time;
    }
    case Op::kMessageIndex:
      return size >= 6 && size - 6 == Cursor(head.substr(2)).take<std::uint32_t>() && (size - 6) % 16 == 0;
    case Op::kHeader:
      return all && fits<Header>(head);
    case Op::kSchema:
      return !all || fits<Schema>(head);
    case Op::kChannel:
      return all && fits<Channel>(head);
    case Op::kChunkIndex:
      return all && fits<ChunkIndex>(head);
    case Op::kStatistics:
      return !all || fits<Statistics>(head);
    case Op::kAttachmentIndex:
      return all && fits<AttachmentIndex>(head);
    case Op::kMetadata:
      return !all || fits<Metadata>(head);
    case Op::kMetadataIndex:
      return all && fits<MetadataIndex>(head);
    case Op::kSummaryOffset:
      return size == 17;
    case Op::kAttachment:
      return size >= 16 + 4 + 4 + 8 + 4;
  }
  return false;
}

class Walk {
 public:
  Walk(InFile in, const SalvageSink& sink, const ReaderOptions& options)
      : file_(std::move(in)), sink_(sink), options_(options) {}

  sim::Result<SalvageReport> run(const std::filesystem::path& path) {
    if (auto tail = Reader::open(path, options_)) {
      report_.header = tail->info().header;
      if (tail->info().complete) {
        schemas_ = tail->info().schemas, channels_ = tail->info().channels;
        index_ = tail->info().chunks;
        statistics_ = tail->info().statistics;
        data_end_ = tail->info().data_end;
        chunked_ = !index_.empty();
      } else {
        report_.defects.push_back("the end of the log is missing or damaged: " + tail->info().why_not_complete);
      }
    } else {
      report_.defects.push_back(tail.error().what);
    }
    if (auto done = walk(); !done) return tl::unexpected(done.error());
    if (report_.messages + report_.attachments + report_.metadata == 0 && !records_)
      return fail_at(file_.name(), 0, "holds nothing of an MCAP file", "check that the file is an MCAP log");
    if (auto done = check_data_crc(); !done) return tl::unexpected(done.error());
    finish();
    return std::move(report_);
  }

 private:
  sim::Result<void> read(std::uint64_t at, std::uint64_t size, std::string& out) {
    out.resize(size);
    return file_.read_at(at, out.data(), out.size());
  }

  // The record at `offset`, when its framing and its head can be believed.
  sim::Result<std::optional<Place>> look(std::uint64_t offset) {
    if (file_.size() - offset < kPrefixSize) return std::nullopt;
    if (auto got = read(offset, kPrefixSize, prefix_); !got) return tl::unexpected(got.error());
    Cursor cursor(prefix_);
    Place place;
    place.op = static_cast<Op>(cursor.take<std::uint8_t>());
    place.size = cursor.take<std::uint64_t>();
    place.offset = offset;
    if (static_cast<std::uint8_t>(place.op) == 0 || place.size > file_.size() - place.content()) return std::nullopt;
    if (!known(place.op)) return place;  // the norm's later records and private ones are stepped over
    if (auto got = read(place.content(), std::min(place.size, kMostHead), head_); !got)
      return tl::unexpected(got.error());
    if (!plausible_content(place.op, place.size, head_)) return std::nullopt;
    return place;
  }

  bool may_go_on_at(Op op) const {
    if (!known(op)) return false;
    // What lies inside a chunk has no checksum of its own: a chunked log goes on between chunks.
    return !chunked_ || (op != Op::kMessage && op != Op::kSchema && op != Op::kChannel);
  }

  sim::Result<bool> chain_at(std::uint64_t offset) {
    for (int i = 0; i < kChain; ++i) {
      if (i > 0 && offset + kMagic.size() == file_.size()) return true;  // the closing magic
      auto place = look(offset);
      if (!place) return tl::unexpected(place.error());
      if (!*place || !known((*place)->op) || (i == 0 && !may_go_on_at((*place)->op))) return false;
      offset = (*place)->end();
      if (offset == file_.size()) return true;
    }
    return true;
  }

  // Where the log goes on behind a place that makes no sense; the file's end when it does not.
  sim::Result<std::uint64_t> resync(std::uint64_t from) {
    const auto next = std::find_if(index_.begin(), index_.end(),
                                   [&](const ChunkIndex& chunk) { return chunk.chunk_start_offset >= from; });
    const std::uint64_t limit = next != index_.end() ? next->chunk_start_offset : file_.size();
    std::string window;
    while (from < limit && file_.size() - from >= kPrefixSize) {
      if (auto got = read(from, std::min<std::uint64_t>(kWindow, file_.size() - from), window); !got)
        return tl::unexpected(got.error());
      for (std::size_t i = 0; i + kPrefixSize <= window.size(); ++i) {
        if (from + i >= limit) return limit;
        Cursor cursor(std::string_view(window).substr(i, kPrefixSize));
        const auto op = static_cast<Op>(cursor.take<std::uint8_t>());
        if (!may_go_on_at(op) || cursor.take<std::uint64_t>() > file_.size() - (from + i) - kPrefixSize) continue;
        auto chain = chain_at(from + i);
        if (!chain) return tl::unexpected(chain.error());
        if (*chain) return from + i;
      }
      from += window.size() - kPrefixSize + 1;
    }
    return limit;
  }

  sim::Result<void> walk() {
    std::uint64_t at = 0;
    std::string magic;
    if (file_.size() >= kMagic.size())
      if (auto got = read(0, kMagic.size(), magic); !got) return got;
    if (magic == kMagic) at = kMagic.size();
    while (at < data_end_.value_or(file_.size()) && !at_end_) {
      auto place = look(at);
      if (!place) return tl::unexpected(place.error());
      std::uint64_t next = 0;
      if (*place) {
        if (auto done = take(**place); !done) return done;
        next = (*place)->end();
      } else {
        // A torn or damaged chunk at the very place still tells that this log is chunked.
        if (file_.size() > at) {
          if (auto got = read(at, 1, prefix_); !got) return got;
          chunked_ = chunked_ || static_cast<Op>(prefix_[0]) == Op::kChunk;
        }
        auto found = resync(at + 1);
        if (!found) return tl::unexpected(found.error());
        next = *found;
        lose(at, next, next == file_.size() ? "the log ends inside a record" : "no record begins here");
        report_.losses.back().from_ns = last_;
        open_loss_ = report_.losses.size() - 1;
      }
      at = next;
    }
    return {};
  }

  void lose(std::uint64_t begin, std::uint64_t end, std::string why) {
    Loss loss;
    loss.begin = begin;
    loss.end = end;
    loss.why = std::move(why);
    report_.losses.push_back(std::move(loss));
    behind_chunk_.reset();
  }

  // The first time that is known again closes the range of what went before.
  void known_time(std::uint64_t ns) {
    if (open_loss_) report_.losses[*open_loss_].to_ns = ns;
    open_loss_.reset();
  }

  sim::Result<void> take(const Place& place) {
    if (place.op != Op::kMessageIndex && place.op != Op::kChunk) behind_chunk_.reset();
    switch (place.op) {
      case Op::kChunk:
        return take_chunk(place);
      case Op::kMessageIndex:
        return take_index(place);
      case Op::kMessage:
      case Op::kSchema:
      case Op::kChannel:
      case Op::kAttachment:
      case Op::kMetadata:
      case Op::kHeader:
        return take_record(place);
      case Op::kDataEnd:
        records_ = at_end_ = true;  // what follows is the summary, and Reader::open has proved that
        return {};
      default:
        at_end_ = known(place.op);  // a summary whose DataEnd is lost
        return {};
    }
  }

  sim::Result<void> take_record(const Place& place) {
    if (place.size > options_.most_chunk_bytes) {
      lose(place.offset, place.end(), "a record of " + std::to_string(place.size) + " bytes is beyond the limit");
      return {};
    }
    if (auto got = read(place.content(), place.size, content_); !got) return got;
    if (place.op == Op::kAttachment) return take_attachment(place);
    if (place.op == Op::kMetadata) {
      Metadata value;
      if (!parse(content_, value))
        return lose(place.offset, place.end(), "a metadata record is damaged"), sim::Result<void>{};
      ++report_.metadata;
      return sink_.metadata ? sink_.metadata(value) : sim::Result<void>{};
    }
    if (place.op == Op::kHeader) {
      records_ = parse(content_, report_.header) || records_;
      return {};
    }
    auto given = give(place.op, content_, place.offset);
    if (!given) return tl::unexpected(given.error());
    if (!*given) lose(place.offset, place.end(), why_);
    return {};
  }

  sim::Result<void> take_attachment(const Place& place) {
    Cursor cursor(content_);
    AttachmentIndex index;
    index.offset = place.offset;
    index.length = place.end() - place.offset;
    index.log_time = cursor.take<std::uint64_t>();
    index.create_time = cursor.take<std::uint64_t>();
    index.name = cursor.take_string();
    index.media_type = cursor.take_string();
    index.data_size = cursor.take<std::uint64_t>();
    const std::string_view data = cursor.take_bytes(index.data_size);
    const auto covered = std::string_view(content_).substr(0, content_.size() - cursor.rest().size());
    const auto crc = cursor.take<std::uint32_t>();
    if (!cursor.ok() || ((crc != 0 || options_.require_crc) && crc32(covered) != crc)) {
      lose(place.offset, place.end(), "an attachment is damaged");
      return {};
    }
    ++report_.attachments;
    return sink_.attachment ? sink_.attachment(index, data) : sim::Result<void>{};
  }

  sim::Result<void> take_index(const Place& place) {
    if (!behind_chunk_) return {};
    if (place.size > kMostSmall) return {};
    if (auto got = read(place.content(), place.size, content_); !got) return got;
    if (const auto entries = entries_of_index(content_)) {
      Loss& loss = report_.losses[*behind_chunk_];
      loss.messages = loss.messages.value_or(0) + *entries;
    }
    return {};
  }

  sim::Result<void> take_chunk(const Place& place) {
    chunked_ = records_ = true;
    behind_chunk_.reset();
    ChunkHeader header;
    std::size_t payload = 0;
    parse(head_, header, payload);  // look() has proved that it parses
    known_time(header.message_start_time);
    const std::string wrong = unpack(place, header);
    if (wrong.empty() && check_chunk(header)) {
      ++report_.chunks;
      return give_chunk(place.offset);
    }
    lose(place.offset, place.end(), wrong.empty() ? why_ : wrong);
    report_.losses.back().from_ns = header.message_start_time;
    report_.losses.back().to_ns = header.message_end_time;
    behind_chunk_ = report_.losses.size() - 1;
    return {};
  }

  std::string unpack(const Place& place, const ChunkHeader& header) {
    if (header.uncompressed_size > options_.most_chunk_bytes || place.size > options_.most_chunk_bytes + kWindow)
      return "a chunk declares " + std::to_string(header.uncompressed_size) + " bytes, beyond the limit";
    if (!read(place.content(), place.size, content_)) return "a chunk cannot be read";
    if (!can_hold(header.compression, header.compressed_size, header.uncompressed_size))
      return "a chunk declares " + std::to_string(header.uncompressed_size) + " bytes, which its payload cannot hold";
    payload_.resize(header.uncompressed_size);
    const auto packed = std::string_view(content_).substr(content_.size() - header.compressed_size);
    const auto done = decompressor_.decompress(header.compression, packed, payload_.data(), payload_.size());
    if (!done) return "a chunk is damaged: " + done.error().what;
    if (header.uncompressed_crc == 0 && options_.require_crc) return "a chunk has no CRC";
    if (header.uncompressed_crc != 0 && crc32(payload_) != header.uncompressed_crc)
      return "a chunk is damaged: its CRC does not match";
    if (header.uncompressed_crc == 0) no_crc_ = true;
    return {};
  }

  // All records of the open payload are whole, and their messages lie within the chunk's times.
  bool check_chunk(const ChunkHeader& header) {
    Cursor cursor(payload_);
    while (!cursor.rest().empty()) {
      const auto op = static_cast<Op>(cursor.take<std::uint8_t>());
      const std::string_view content = cursor.take_bytes(cursor.take<std::uint64_t>());
      const bool allowed = op == Op::kSchema || op == Op::kChannel || op == Op::kMessage || op > Op::kDataEnd;
      if (!cursor.ok() || !allowed) return why_ = "a chunk holds a damaged record", false;
      Message message;
      if (op != Op::kMessage) continue;
      if (!parse(content, message)) return why_ = "a chunk holds a damaged message", false;
      if (message.log_time < header.message_start_time || message.log_time > header.message_end_time)
        return why_ = "a message lies outside the times that its chunk declares", false;
    }
    return true;
  }

  sim::Result<void> give_chunk(std::uint64_t offset) {
    Cursor cursor(payload_);
    while (!cursor.rest().empty()) {
      const auto op = static_cast<Op>(cursor.take<std::uint8_t>());
      const std::string_view content = cursor.take_bytes(cursor.take<std::uint64_t>());
      auto given = give(op, content, offset);
      if (!given) return tl::unexpected(given.error());
      if (!*given) ++lost_in_chunks_[why_];
    }
    return {};
  }

  template <class T>
  bool learn(std::map<std::uint16_t, T>& all, std::string_view content, const char* what) {
    T value;
    if (!parse(content, value)) return why_ = std::string("a ") + what + " record is damaged", false;
    const auto [at, is_new] = all.try_emplace(value.id, value);
    if (!is_new && !(at->second == value)) {
      ++redefined_[std::string(what) + " " + std::to_string(value.id)];
      at->second = std::move(value);
    }
    return true;
  }

  // False: it cannot be used, and why_ says why.
  sim::Result<bool> give(Op op, std::string_view content, std::uint64_t offset) {
    if (op == Op::kSchema) return learn(schemas_, content, "schema");
    if (op == Op::kChannel) return learn(channels_, content, "channel");
    if (op != Op::kMessage) return true;
    Message message;
    if (!parse(content, message)) return why_ = "a message record is damaged", false;
    const auto channel = channels_.find(message.channel_id);
    if (channel == channels_.end())
      return why_ = "messages of channel " + std::to_string(message.channel_id) + ", whose record is lost", false;
    const auto schema = schemas_.find(channel->second.schema_id);
    if (channel->second.schema_id != 0 && schema == schemas_.end())
      return why_ = "messages of " + channel->second.topic + ", whose schema is lost", false;
    if (last_ && message.log_time < *last_) backward_ = true;
    known_time(message.log_time);
    report_.first_ns = report_.messages == 0 ? message.log_time : std::min(report_.first_ns, message.log_time);
    report_.last_ns = std::max(report_.last_ns, message.log_time);
    last_ = message.log_time;
    ++report_.messages;
    if (!sink_.message) return true;
    auto done =
        sink_.message({channel->second, channel->second.schema_id == 0 ? nullptr : &schema->second, message, offset});
    if (!done) return tl::unexpected(done.error());
    return true;
  }

  // The one checksum that also covers what lies between the chunks.
  sim::Result<void> check_data_crc() {
    if (!data_end_ || !report_.losses.empty()) return {};
    if (auto got = read(*data_end_ + kPrefixSize, kDataEndSize, content_); !got) return got;
    const auto expected = Cursor(content_).take<std::uint32_t>();
    if (expected == 0 && !options_.require_crc) return {};
    std::uint32_t crc = 0;
    for (std::uint64_t at = 0; at < *data_end_; at += content_.size()) {
      if (auto got = read(at, std::min<std::uint64_t>(kWindow, *data_end_ - at), content_); !got) return got;
      crc = crc32(content_, crc);
    }
    if (crc != expected) report_.defects.push_back("the CRC of the data section does not match");
    return {};
  }

  void finish() {
    for (const auto& [why, count] : lost_in_chunks_) {
      Loss loss;
      loss.why = why;
      loss.messages = count;
      report_.losses.push_back(std::move(loss));
    }
    for (const auto& [what, count] : redefined_)
      report_.defects.push_back(what + " is declared again with other content");
    if (statistics_ && report_.losses.empty() && statistics_->message_count != report_.messages)
      report_.remarks.push_back("the statistics count " + std::to_string(statistics_->message_count) +
                                " messages, the log holds " + std::to_string(report_.messages));
    if (backward_) report_.remarks.push_back("log times run backward in places");
    if (no_crc_) report_.remarks.push_back("chunks without a CRC: a changed byte in them cannot be told");
    if (!chunked_ && report_.messages > 0)
      report_.remarks.push_back("messages outside chunks: a changed byte in them cannot be told");
    for (const auto& [id, channel] : channels_) {
      static constexpr std::string_view kEncodings[] = {"ros1", "cdr",     "protobuf", "flatbuffer",
                                                        "cbor", "msgpack", "json",     "capnproto"};
      if (std::find(std::begin(kEncodings), std::end(kEncodings), channel.message_encoding) == std::end(kEncodings))
        report_.remarks.push_back("channel " + channel.topic + " has the unknown message encoding \"" +
                                  channel.message_encoding + "\"");
    }
  }

  InFile file_;
  const SalvageSink& sink_;
  const ReaderOptions options_;
  SalvageReport report_;
  Decompressor decompressor_;
  std::map<std::uint16_t, Schema> schemas_;
  std::map<std::uint16_t, Channel> channels_;
  std::vector<ChunkIndex> index_;
  std::optional<Statistics> statistics_;
  std::optional<std::uint64_t> data_end_;  // when the tail is sound
  std::string prefix_, head_, content_, payload_, why_;
  std::optional<std::uint64_t> last_;        // log time of the last message
  std::optional<std::size_t> open_loss_;     // whose end in time is not known yet
  std::optional<std::size_t> behind_chunk_;  // the loss that the next message indexes count
  std::map<std::string, std::uint64_t> lost_in_chunks_, redefined_;
  bool chunked_ = false, records_ = false, at_end_ = false, backward_ = false, no_crc_ = false;
};

}  // namespace

sim::Result<SalvageReport> salvage(const std::filesystem::path& file, const SalvageSink& sink,
                                   const ReaderOptions& options) {
  auto in = InFile::open(file);
  if (!in) return tl::unexpected(in.error());
  return Walk(std::move(*in), sink, options).run(file);
}

}  // namespace bitgoeul::replay::mcap
