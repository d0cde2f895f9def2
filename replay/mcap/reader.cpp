#include "replay/mcap/reader.h"

#include <algorithm>
#include <utility>

#include "replay/file.h"
#include "replay/mcap/compression.h"

namespace bitgoeul::replay::mcap {
namespace {

constexpr std::uint64_t kPiece = 1 << 20;  // bytes read at once where only their CRC is wanted

struct Place {  // of a record
  Op op{};
  std::uint64_t offset = 0;  // of its prefix
  std::uint64_t size = 0;    // of its content
  std::uint64_t content() const { return offset + kPrefixSize; }
  std::uint64_t end() const { return content() + size; }
};

std::string hex_op(Op op) {
  static constexpr char kDigits[] = "0123456789abcdef";
  const auto value = static_cast<unsigned>(op);
  return std::string("0x") + kDigits[value >> 4] + kDigits[value & 15];
}

}  // namespace

struct Reader::Impl {
  explicit Impl(InFile in, const ReaderOptions& reader_options) : file(std::move(in)), options(reader_options) {}

  InFile file;
  ReaderOptions options;
  ReaderInfo info;
  mutable Decompressor decompressor;
  mutable std::string compressed, unpacked;  // buffers, kept from pass to pass
  std::uint64_t loose = 0;  // offset of a message outside the chunks of a file that has chunks; 0: none

  auto fail(std::uint64_t offset, std::string what) const { return fail_at(file.name(), offset, std::move(what)); }

  // The record at offset; it must end at or before limit.
  sim::Result<Place> place_at(std::uint64_t offset, std::uint64_t limit) const {
    if (limit < offset || limit - offset < kPrefixSize) return fail(offset, "the data ends inside a record");
    std::string prefix(kPrefixSize, '\0');
    if (auto read = file.read_at(offset, prefix.data(), prefix.size()); !read) return tl::unexpected(read.error());
    Cursor cursor(prefix);
    Place place;
    place.op = static_cast<Op>(cursor.take<std::uint8_t>());
    place.size = cursor.take<std::uint64_t>();
    place.offset = offset;
    if (static_cast<std::uint8_t>(place.op) == 0) return fail(offset, "no record begins here (opcode 0)");
    if (place.size > limit - place.content()) {
      return fail(offset, "a record " + hex_op(place.op) + " of " + std::to_string(place.size) +
                              " bytes does not fit in the " + std::to_string(limit - place.content()) + " that follow");
    }
    return place;
  }

  sim::Result<void> read_content(const Place& place, std::string& out) const {
    out.clear();
    auto content = read_into(place, out);
    if (!content) return tl::unexpected(content.error());
    return {};
  }

  // The same into a buffer that may be longer: it only grows, because growing fills it with zeros.
  sim::Result<std::string_view> read_into(const Place& place, std::string& buffer) const {
    if (place.size > options.most_chunk_bytes + kPiece) {
      return fail(place.offset, "a record of " + std::to_string(place.size) + " bytes is more than the limit of " +
                                    std::to_string(options.most_chunk_bytes));
    }
    if (buffer.size() < place.size) buffer.resize(place.size);
    if (auto read = file.read_at(place.content(), buffer.data(), place.size); !read)
      return tl::unexpected(read.error());
    return std::string_view(buffer).substr(0, place.size);
  }

  template <class T>
  sim::Result<T> read_record(const Place& place) const {
    std::string content;
    if (auto read = read_content(place, content); !read) return tl::unexpected(read.error());
    T value;
    if (!parse(content, value)) return fail(place.offset, "a record " + hex_op(place.op) + " is damaged");
    return value;
  }

  struct Unpacked {
    ChunkHeader header;
    std::string_view payload;  // in the buffer, which may be longer: it only grows, because growing fills it with zeros
  };

  // Decompresses the chunk whose content is given and proves size and CRC.
  sim::Result<Unpacked> unpack_chunk(std::uint64_t offset, std::string_view content, std::string& buffer) const {
    ChunkHeader header;
    std::size_t payload_offset = 0;
    if (!parse(content, header, payload_offset) || header.compressed_size != content.size() - payload_offset) {
      return fail(offset, "a chunk is damaged in its header");
    }
    if (header.uncompressed_size > options.most_chunk_bytes) {
      return fail(offset, "a chunk declares " + std::to_string(header.uncompressed_size) + " bytes; the limit is " +
                              std::to_string(options.most_chunk_bytes));
    }
    if (!can_hold(header.compression, header.compressed_size, header.uncompressed_size)) {
      return fail(offset, "a chunk declares " + std::to_string(header.uncompressed_size) + " bytes, which its " +
                              std::to_string(header.compressed_size) + " cannot hold");
    }
    if (buffer.size() < header.uncompressed_size) buffer.resize(header.uncompressed_size);
    const auto payload = std::string_view(buffer).substr(0, header.uncompressed_size);
    auto done =
        decompressor.decompress(header.compression, content.substr(payload_offset), buffer.data(), payload.size());
    if (!done) return fail(offset, "a chunk is damaged: " + done.error().what);
    if ((header.uncompressed_crc != 0 || options.require_crc) && crc32(payload) != header.uncompressed_crc) {
      return fail(offset, "a chunk is damaged: its CRC does not match");
    }
    return Unpacked{std::move(header), payload};
  }

  sim::Result<Unpacked> read_chunk(const Place& place, std::string& buffer) const {
    auto content = read_into(place, compressed);
    if (!content) return tl::unexpected(content.error());
    return unpack_chunk(place.offset, *content, buffer);
  }

  sim::Result<Unpacked> read_indexed_chunk(const ChunkIndex& index, std::string& buffer) const {
    auto place = place_at(index.chunk_start_offset, info.data_end);
    if (!place) return tl::unexpected(place.error());
    if (place->op != Op::kChunk || place->size + kPrefixSize != index.chunk_length) {
      return fail(index.chunk_start_offset, "the chunk that the index names is not here");
    }
    return read_chunk(*place, buffer);
  }

  // Calls f(op, content, offset in payload) for every record, until it fails or has set `stopped`.
  template <class F>
  sim::Result<void> each_record(std::uint64_t chunk_offset, std::string_view payload, const bool& stopped,
                                F&& f) const {
    Cursor cursor(payload);
    while (!cursor.rest().empty() && !stopped) {
      const std::uint64_t at = payload.size() - cursor.rest().size();
      const auto op = static_cast<Op>(cursor.take<std::uint8_t>());
      const std::string_view content = cursor.take_bytes(cursor.take<std::uint64_t>());
      const bool allowed = op == Op::kSchema || op == Op::kChannel || op == Op::kMessage || op > Op::kDataEnd;
      if (!cursor.ok() || !allowed) {
        return fail(chunk_offset, "the chunk holds a damaged record at byte " + std::to_string(at) + " of its payload");
      }
      if (sim::Result<void> done = f(op, content, at); !done) return done;
    }
    return {};
  }

  // ---- what is where

  // Schemas and channels, also those seen on the way. Twice the same id must be twice the same thing.
  struct Names {
    std::map<std::uint16_t, Schema> schemas;
    std::map<std::uint16_t, Channel> channels;

    bool learn(Op op, std::string_view content) {
      if (op == Op::kSchema) return learn_one<Schema>(schemas, content);
      if (op == Op::kChannel) return learn_one<Channel>(channels, content);
      return true;
    }
    template <class T>
    static bool learn_one(std::map<std::uint16_t, T>& known, std::string_view content) {
      T value;
      if (!parse(content, value)) return false;
      const auto [at, is_new] = known.try_emplace(value.id, value);
      return is_new || at->second == value;
    }
  };

  sim::Result<void> start() {
    std::string magic(kMagic.size(), '\0');
    if (file.size() < kMagic.size()) return fail(0, "is not an MCAP file: too short");
    if (auto read = file.read_at(0, magic.data(), magic.size()); !read) return read;
    if (magic != kMagic) return fail(0, "is not an MCAP file: it does not begin with the magic bytes");
    auto place = place_at(kMagic.size(), file.size());
    if (!place) return tl::unexpected(place.error());
    if (place->op != Op::kHeader) return fail(place->offset, "an MCAP header is expected here");
    auto header = read_record<Header>(*place);
    if (!header) return tl::unexpected(header.error());
    info.header = *header;
    bool summary = false;
    if (auto tail = read_tail(summary); !tail) {
      info = {.header = info.header, .why_not_complete = tail.error().what + " (" + tail.error().where + ")"};
      walk(file.size());
    } else if (!summary) {
      walk(info.data_end);
    }
    return {};
  }

  // Footer, DataEnd and summary. Sets complete and data_end; summary: the chunks are known from it.
  sim::Result<void> read_tail(bool& summary) {
    constexpr std::uint64_t kTail = kPrefixSize + kFooterSize + 8;
    if (file.size() < kMagic.size() + kTail) return fail(file.size(), "the file ends before its footer");
    const std::uint64_t footer_at = file.size() - kTail;
    std::string tail(kTail, '\0');
    if (auto read = file.read_at(footer_at, tail.data(), tail.size()); !read) return read;
    if (!tail.ends_with(kMagic)) return fail(file.size() - 8, "the file does not end with the magic bytes");
    Footer footer;
    const bool whole = tail[0] == static_cast<char>(Op::kFooter) && static_cast<std::uint8_t>(tail[1]) == kFooterSize &&
                       parse(std::string_view(tail).substr(kPrefixSize, kFooterSize), footer);
    if (!whole) return fail(footer_at, "the footer is damaged");
    const std::uint64_t data_end = footer.summary_start != 0 ? footer.summary_start : footer_at;
    constexpr std::uint64_t kDataEndRecord = kPrefixSize + kDataEndSize;
    if (data_end > footer_at || data_end < kMagic.size() + kDataEndRecord) {
      return fail(footer_at, "the footer points outside the file");
    }
    info.data_end = data_end - kDataEndRecord;
    auto place = place_at(info.data_end, footer_at);
    if (!place) return tl::unexpected(place.error());
    if (place->op != Op::kDataEnd || place->end() != data_end) return fail(place->offset, "DataEnd is expected here");
    if (auto sound = check_summary_crc(footer, data_end, footer_at, tail); !sound) return sound;
    if (auto read = read_summary(data_end, footer_at, summary); !read) return read;
    info.complete = true;
    return {};
  }

  sim::Result<void> check_summary_crc(const Footer& footer, std::uint64_t begin, std::uint64_t footer_at,
                                      const std::string& tail) const {
    if (footer.summary_crc == 0 && !options.require_crc) return {};
    auto crc = crc_of(begin, footer_at, 0);
    if (!crc) return tl::unexpected(crc.error());
    const std::string_view covered = std::string_view(tail).substr(0, kPrefixSize + kFooterSize - 4);
    if (crc32(covered, *crc) != footer.summary_crc)
      return fail(begin, "the summary is damaged: its CRC does not match");
    return {};
  }

  sim::Result<std::uint32_t> crc_of(std::uint64_t begin, std::uint64_t end, std::uint32_t crc) const {
    std::string piece;
    while (begin < end) {
      piece.resize(std::min(kPiece, end - begin));
      if (auto read = file.read_at(begin, piece.data(), piece.size()); !read) return tl::unexpected(read.error());
      crc = crc32(piece, crc);
      begin += piece.size();
    }
    return crc;
  }

  sim::Result<void> read_summary(std::uint64_t begin, std::uint64_t end, bool& summary) {
    Names names;
    std::string content;
    for (std::uint64_t at = begin; at < end;) {
      auto place = place_at(at, end);
      if (!place) return tl::unexpected(place.error());
      at = place->end();
      if (place->op > Op::kSummaryOffset) continue;
      if (auto read = read_content(*place, content); !read) return read;
      if (!take_summary_record(place->op, content, names)) return fail(place->offset, "a summary record is damaged");
    }
    info.schemas = std::move(names.schemas);
    info.channels = std::move(names.channels);
    std::sort(info.chunks.begin(), info.chunks.end(),
              [](const ChunkIndex& a, const ChunkIndex& b) { return a.chunk_start_offset < b.chunk_start_offset; });
    // A summary without its groups names nothing: then the file is walked, unless it has nothing to name.
    const auto named = names_all_chunks();
    if (!named) return tl::unexpected(named.error());
    const bool all_chunks = *named && info.statistics && info.statistics->chunk_count == info.chunks.size();
    const bool all_channels = info.statistics && info.statistics->channel_count <= info.channels.size();
    const bool all_others = info.statistics && info.statistics->attachment_count == info.attachments.size() &&
                            info.statistics->metadata_count == info.metadata.size();
    summary = all_chunks && all_channels && all_others;
    return {};
  }

  // Passes over the records between the chunks of the index: is there a chunk that it does not name?
  sim::Result<bool> names_all_chunks() {
    std::uint64_t at = kMagic.size();
    for (const ChunkIndex& chunk : info.chunks) {
      const std::uint64_t room = info.data_end - std::min(info.data_end, chunk.chunk_start_offset);
      if (chunk.chunk_start_offset < at || chunk.chunk_length > room ||
          chunk.message_index_length > room - chunk.chunk_length)
        return fail(at, "the chunk index names places that do not fit each other");
      const auto named = no_chunk_between(at, chunk.chunk_start_offset);
      if (!named || !*named) return named;
      at = chunk.chunk_start_offset + chunk.chunk_length + chunk.message_index_length;
    }
    return no_chunk_between(at, info.data_end);
  }

  sim::Result<bool> no_chunk_between(std::uint64_t at, std::uint64_t end) {
    while (at < end) {
      const auto place = place_at(at, end);
      if (!place) return tl::unexpected(place.error());
      if (place->op == Op::kDataEnd || place->op == Op::kFooter) return fail(at, "the data section ends twice");
      if (place->op == Op::kChunk) return false;
      if (place->op == Op::kMessage && info.chunks.empty()) return true;  // a file without chunks
      if (place->op == Op::kMessage) loose = at;
      at = place->end();
    }
    return true;
  }

  template <class T>
  static bool take(std::string_view content, std::vector<T>& out) {
    out.emplace_back();
    return parse(content, out.back());
  }

  bool take_summary_record(Op op, std::string_view content, Names& names) {
    if (op == Op::kSchema || op == Op::kChannel) return names.learn(op, content);
    if (op == Op::kStatistics) return parse(content, info.statistics.emplace());
    if (op == Op::kChunkIndex) return take(content, info.chunks);
    if (op == Op::kAttachmentIndex) return take(content, info.attachments);
    if (op == Op::kMetadataIndex) return take(content, info.metadata);
    return true;
  }

  // Finds what is there from the start of the file to limit, record by record; ends at the first that is not whole.
  void walk(std::uint64_t limit) {
    info.chunks.clear();
    info.attachments.clear();
    info.metadata.clear();
    Names names{info.schemas, info.channels};
    std::uint64_t at = kMagic.size();
    while (at < limit) {
      const auto place = place_at(at, limit);
      if (!place || place->op == Op::kDataEnd || place->op == Op::kFooter) break;
      if (!walk_record(*place, names)) break;
      if (place->op == Op::kMessage) loose = at;
      at = place->end();
    }
    if (info.chunks.empty()) loose = 0;
    info.data_end = at;
    info.schemas = std::move(names.schemas);
    info.channels = std::move(names.channels);
  }

  bool walk_record(const Place& place, Names& names) {
    if (place.op == Op::kSchema || place.op == Op::kChannel) {
      std::string content;
      return read_content(place, content).has_value() && names.learn(place.op, content);
    }
    if (place.op == Op::kChunk) return walk_chunk(place, names);
    if (place.op == Op::kAttachment) return walk_attachment(place);
    if (place.op == Op::kMetadata) {
      const auto metadata = read_record<Metadata>(place);
      if (metadata) info.metadata.push_back({place.offset, place.size + kPrefixSize, metadata->name});
      return metadata.has_value();
    }
    return true;
  }

  // A chunk that is whole but damaged inside stays in the list: reading it gives the error.
  bool walk_chunk(const Place& place, Names& names) {
    std::string head(std::min<std::uint64_t>(place.size, 4096), '\0');
    ChunkHeader header;
    std::size_t payload_offset = 0;
    if (!file.read_at(place.content(), head.data(), head.size()) || !parse(head, header, payload_offset)) return false;
    info.chunks.push_back({header.message_start_time,
                           header.message_end_time,
                           place.offset,
                           place.size + kPrefixSize,
                           {},
                           0,
                           header.compression,
                           header.compressed_size,
                           header.uncompressed_size});
    std::string buffer;
    const auto chunk = read_chunk(place, buffer);
    if (!chunk) return true;
    bool stopped = false;
    (void)each_record(place.offset, chunk->payload, stopped,
                      [&](Op op, std::string_view content, std::uint64_t) -> sim::Result<void> {
                        stopped = !names.learn(op, content);
                        return {};
                      });
    return true;
  }

  bool walk_attachment(const Place& place) {
    std::string head(std::min<std::uint64_t>(place.size, kPiece), '\0');
    if (!file.read_at(place.content(), head.data(), head.size())) return false;
    Cursor cursor(head);
    AttachmentIndex index;
    index.offset = place.offset;
    index.length = place.size + kPrefixSize;
    index.log_time = cursor.take<std::uint64_t>();
    index.create_time = cursor.take<std::uint64_t>();
    index.name = cursor.take_string();
    index.media_type = cursor.take_string();
    index.data_size = cursor.take<std::uint64_t>();
    if (!cursor.ok()) return false;
    info.attachments.push_back(std::move(index));
    return true;
  }

  // ---- messages

  // One pass over messages: what it knows by now, and whether the caller has had enough.
  struct Pass {
    const Impl& reader;
    const Callback& f;
    Names names;
    std::vector<std::pair<const Channel*, const Schema*>> of_id;  // by channel id; null: not looked up yet
    bool stopped = false;

    Pass(const Impl& of, const Callback& callback)
        : reader(of), f(callback), names{of.info.schemas, of.info.channels} {}

    sim::Result<void> learn(Op op, std::string_view content, std::uint64_t offset) {
      if (names.learn(op, content)) return {};
      return reader.fail(offset, "a schema or channel record is damaged or contradicts an earlier one of the same id");
    }

    sim::Result<void> give(std::string_view content, std::uint64_t offset) {
      Message message;
      if (!parse(content, message)) return reader.fail(offset, "a message record is damaged");
      return give(message, offset);
    }

    sim::Result<void> give(const Message& message, std::uint64_t offset) {
      if (message.channel_id >= of_id.size()) of_id.resize(message.channel_id + 1u);
      auto& [known, its_schema] = of_id[message.channel_id];
      if (known == nullptr)
        if (auto found = look_up(message, offset, known, its_schema); !found) return found;
      stopped = !f({*known, its_schema, message, offset});
      return {};
    }

    sim::Result<void> look_up(const Message& message, std::uint64_t offset, const Channel*& known,
                              const Schema*& its_schema) const {
      const auto channel = names.channels.find(message.channel_id);
      if (channel == names.channels.end()) {
        return reader.fail(offset, "a message of channel " + std::to_string(message.channel_id) +
                                       " stands before that channel's record");
      }
      const auto schema = names.schemas.find(channel->second.schema_id);
      if (channel->second.schema_id != 0 && schema == names.schemas.end()) {
        return reader.fail(offset,
                           "channel " + std::to_string(message.channel_id) + " names a schema that is not there");
      }
      known = &channel->second;
      its_schema = channel->second.schema_id == 0 ? nullptr : &schema->second;
      return {};
    }

    sim::Result<void> give_chunk(const ChunkHeader& header, std::string_view payload, std::uint64_t offset) {
      return reader.each_record(offset, payload, stopped, [&](Op op, std::string_view content, std::uint64_t) {
        return op == Op::kMessage ? give_within(header, content, offset) : learn(op, content, offset);
      });
    }

    sim::Result<void> give_within(const ChunkHeader& header, std::string_view content, std::uint64_t offset) {
      Message message;
      if (!parse(content, message)) return reader.fail(offset, "a message record is damaged");
      if (message.log_time < header.message_start_time || message.log_time > header.message_end_time) {
        return reader.fail(offset, "a message lies outside the times that its chunk declares");
      }
      return give(message, offset);
    }
  };

  sim::Result<void> in_file_order(const Callback& f) const {
    Pass pass(*this, f);
    std::uint32_t crc = crc32(kMagic);
    std::string content = std::exchange(compressed, {}), payload = std::exchange(unpacked, {});  // buffers
    auto expected = info.chunks.begin();
    for (std::uint64_t at = kMagic.size(); at < info.data_end && !pass.stopped;) {
      auto place = place_at(at, info.data_end);
      if (!place) return tl::unexpected(place.error());
      // A chunk whose record type is damaged looks like an unknown record to pass over; the index knows better.
      if (expected != info.chunks.end() && at >= expected->chunk_start_offset) {
        const bool here = at == expected->chunk_start_offset && place->op == Op::kChunk;
        if (!here) return fail(at, "the chunk that the index names is not here");
        ++expected;
      }
      sim::Result<void> done;
      if (place->op == Op::kChunk || place->op == Op::kMessage || place->op == Op::kSchema ||
          place->op == Op::kChannel) {
        done = give_record(pass, *place, content, payload, crc);
      } else {
        auto sum = crc_of(place->offset, place->end(), crc);
        if (!sum) return tl::unexpected(sum.error());
        crc = *sum;
      }
      if (!done) return done;
      at = place->end();
    }
    compressed = std::move(content), unpacked = std::move(payload);
    return pass.stopped || !info.complete ? sim::Result<void>{} : check_data_crc(crc);
  }

  sim::Result<void> give_record(Pass& pass, const Place& place, std::string& buffer, std::string& payload,
                                std::uint32_t& crc) const {
    const auto content = read_into(place, buffer);
    if (!content) return tl::unexpected(content.error());
    std::string prefix;
    put(prefix, static_cast<std::uint8_t>(place.op));
    put(prefix, place.size);
    crc = crc32(*content, crc32(prefix, crc));
    if (place.op == Op::kMessage) return pass.give(*content, place.offset);
    if (place.op != Op::kChunk) return pass.learn(place.op, *content, place.offset);
    auto chunk = unpack_chunk(place.offset, *content, payload);
    if (!chunk) return tl::unexpected(chunk.error());
    return pass.give_chunk(chunk->header, chunk->payload, place.offset);
  }

  sim::Result<void> check_data_crc(std::uint32_t crc) const {
    std::string content(kDataEndSize, '\0');
    if (auto read = file.read_at(info.data_end + kPrefixSize, content.data(), content.size()); !read) return read;
    const auto expected = Cursor(content).take<std::uint32_t>();
    if ((expected != 0 || options.require_crc) && expected != crc) {
      return fail(info.data_end, "the data section is damaged: its CRC does not match");
    }
    return {};
  }

  // A chunk that takes part in the merge by log time.
  struct Merging {
    std::uint64_t chunk_offset = 0;
    std::string payload;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> at;  // log time, place of the content in the payload; sorted
    std::size_t next = 0;
  };

  sim::Result<Merging> open_for_merge(const ChunkIndex& index, Pass& pass) const {
    Merging merging;
    merging.chunk_offset = index.chunk_start_offset;
    const auto chunk = read_indexed_chunk(index, merging.payload);  // its own buffer: exactly as long
    if (!chunk) return tl::unexpected(chunk.error());
    const bool never = false;
    auto read =
        each_record(index.chunk_start_offset, chunk->payload, never,
                    [&](Op op, std::string_view content, std::uint64_t at) -> sim::Result<void> {
                      if (op != Op::kMessage) return pass.learn(op, content, index.chunk_start_offset);
                      Message message;
                      if (!parse(content, message))
                        return fail(index.chunk_start_offset, "a message record is damaged");
                      if (message.log_time < index.message_start_time || message.log_time > index.message_end_time)
                        return fail(index.chunk_start_offset, "a message lies outside the times of the chunk index");
                      merging.at.emplace_back(message.log_time, at);
                      return {};
                    });
    if (!read) return tl::unexpected(read.error());
    std::sort(merging.at.begin(), merging.at.end());
    return merging;
  }

  static std::string_view content_at(const std::string& payload, std::uint64_t at) {
    Cursor cursor(std::string_view(payload).substr(at + 1));
    return cursor.take_bytes(cursor.take<std::uint64_t>());
  }

  // The merge's view of messages that stand outside chunks: log time and place of each, sorted.
  sim::Result<std::vector<std::pair<std::uint64_t, Place>>> loose_messages(Pass& pass) const {
    std::vector<std::pair<std::uint64_t, Place>> loose;
    std::string content;
    for (std::uint64_t at = kMagic.size(); at < info.data_end;) {
      auto place = place_at(at, info.data_end);
      if (!place) return tl::unexpected(place.error());
      at = place->end();
      if (place->op == Op::kChunk) return fail(place->offset, "a chunk stands among messages outside chunks");
      if (place->op != Op::kMessage && place->op != Op::kSchema && place->op != Op::kChannel) continue;
      if (auto read = read_content(*place, content); !read) return tl::unexpected(read.error());
      Message message;
      if (place->op != Op::kMessage) {
        if (auto learned = pass.learn(place->op, content, place->offset); !learned)
          return tl::unexpected(learned.error());
      } else if (!parse(content, message)) {
        return fail(place->offset, "a message record is damaged");
      } else {
        loose.emplace_back(message.log_time, *place);
      }
    }
    std::sort(loose.begin(), loose.end(), [](const auto& a, const auto& b) {
      return std::pair(a.first, a.second.offset) < std::pair(b.first, b.second.offset);
    });
    return loose;
  }

  // A file without chunks: only the places of its messages are kept in memory.
  sim::Result<void> loose_in_time_order(const Callback& f) const {
    Pass pass(*this, f);
    auto loose = loose_messages(pass);
    if (!loose) return tl::unexpected(loose.error());
    std::string content;
    for (const auto& [time, place] : *loose) {
      if (auto read = read_content(place, content); !read) return read;
      if (auto given = pass.give(content, place.offset); !given) return given;
      if (pass.stopped) break;
    }
    return {};
  }

  // Chunks are opened when the merge reaches their start time, so that only those which overlap are open together.
  sim::Result<void> in_time_order(const Callback& f) const {
    if (loose != 0) return fail(loose, "a message stands outside the chunks, so that time order cannot find it");
    Pass pass(*this, f);
    std::vector<const ChunkIndex*> chunks;
    for (const ChunkIndex& chunk : info.chunks) chunks.push_back(&chunk);
    std::sort(chunks.begin(), chunks.end(), [](const ChunkIndex* a, const ChunkIndex* b) {
      return std::pair(a->message_start_time, a->chunk_start_offset) <
             std::pair(b->message_start_time, b->chunk_start_offset);
    });
    std::vector<Merging> open;
    const auto head_of = [&] {  // the open chunk whose turn it is
      return std::min_element(open.begin(), open.end(), [](const Merging& a, const Merging& b) {
        return std::pair(a.at[a.next].first, a.chunk_offset) < std::pair(b.at[b.next].first, b.chunk_offset);
      });
    };
    std::uint64_t open_bytes = 0;
    for (std::size_t next = 0; !pass.stopped && (next < chunks.size() || !open.empty());) {
      const auto head = head_of();
      if (next < chunks.size() && (open.empty() || chunks[next]->message_start_time <= head->at[head->next].first)) {
        auto merging = open_for_merge(*chunks[next++], pass);
        if (!merging) return tl::unexpected(merging.error());
        open_bytes += merging->payload.size();
        if (open_bytes > options.most_open_bytes) {
          return fail(merging->chunk_offset, "too many chunks overlap in time to be merged in bounded memory");
        }
        if (!merging->at.empty()) open.push_back(std::move(*merging));
        continue;
      }
      auto given = pass.give(content_at(head->payload, head->at[head->next].second), head->chunk_offset);
      if (!given) return given;
      if (++head->next < head->at.size()) continue;
      open_bytes -= head->payload.size();
      open.erase(head);
    }
    return {};
  }
};

Reader::Reader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Reader::Reader(Reader&&) noexcept = default;
Reader::~Reader() = default;

sim::Result<Reader> Reader::open(const std::filesystem::path& file, const ReaderOptions& options) {
  auto in = InFile::open(file);
  if (!in) return tl::unexpected(in.error());
  auto impl = std::make_unique<Impl>(std::move(*in), options);
  if (auto started = impl->start(); !started) return tl::unexpected(started.error());
  return Reader(std::move(impl));
}

const ReaderInfo& Reader::info() const { return impl_->info; }

sim::Result<void> Reader::each_message(const Callback& f, Order order) const {
  if (order == Order::kFile) return impl_->in_file_order(f);
  return impl_->info.chunks.empty() ? impl_->loose_in_time_order(f) : impl_->in_time_order(f);
}

sim::Result<void> Reader::each_message_of_chunk(std::size_t chunk, const Callback& f) const {
  const ChunkIndex& index = impl_->info.chunks.at(chunk);
  std::string buffer;
  auto unpacked = impl_->read_indexed_chunk(index, buffer);
  if (!unpacked) return tl::unexpected(unpacked.error());
  Impl::Pass pass(*impl_, f);
  return pass.give_chunk(unpacked->header, unpacked->payload, index.chunk_start_offset);
}

sim::Result<std::string> Reader::attachment(std::size_t index) const {
  const AttachmentIndex& at = impl_->info.attachments.at(index);
  auto place = impl_->place_at(at.offset, impl_->info.data_end);
  if (!place) return tl::unexpected(place.error());
  if (place->op != Op::kAttachment) return impl_->fail(at.offset, "the attachment that the index names is not here");
  std::string content;
  if (auto read = impl_->read_content(*place, content); !read) return tl::unexpected(read.error());
  Cursor cursor(content);
  cursor.take_bytes(16);  // log time, create time
  cursor.take_string();   // name
  cursor.take_string();   // media type
  std::string data(cursor.take_bytes(cursor.take<std::uint64_t>()));
  const auto covered = std::string_view(content).substr(0, content.size() - cursor.rest().size());
  const auto crc = cursor.take<std::uint32_t>();
  if (!cursor.ok()) return impl_->fail(at.offset, "an attachment is damaged");
  if ((crc != 0 || impl_->options.require_crc) && crc32(covered) != crc) {
    return impl_->fail(at.offset, "an attachment is damaged: its CRC does not match");
  }
  return data;
}

sim::Result<Metadata> Reader::metadata(std::size_t index) const {
  auto place = impl_->place_at(impl_->info.metadata.at(index).offset, impl_->info.data_end);
  if (!place) return tl::unexpected(place.error());
  if (place->op != Op::kMetadata) return impl_->fail(place->offset, "the metadata that the index names is not here");
  return impl_->read_record<Metadata>(*place);
}

}  // namespace bitgoeul::replay::mcap
