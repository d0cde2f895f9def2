#include "replay/mcap/playback.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "replay/file.h"
#include "replay/mcap/compression.h"

namespace bitgoeul::replay::mcap {
namespace {

struct Place {  // of a message: log time, and where it lies
  std::uint64_t time = 0, at = 0;
  auto operator<=>(const Place&) const = default;
};

struct ChunkPlace {
  std::uint64_t start = 0, end = 0, offset = 0;
};

// A chunk (or all messages outside chunks) that takes part in the merge by time.
struct Open {
  std::uint64_t offset = 0;
  std::string payload;
  std::vector<Place> at;  // sorted
  std::size_t next = 0;
  bool loose = false;
  auto head() const { return std::pair(at[next].time, loose ? at[next].at : offset); }
};

}  // namespace

struct Playback::Impl {
  Impl(InFile in, const ReaderOptions& o) : file(std::move(in)), options(o) {}

  InFile file;
  ReaderOptions options;
  Header header;
  std::map<std::uint16_t, Channel> channels;
  std::map<std::uint16_t, Schema> schemas;
  std::map<std::uint16_t, ChannelCount> counts;
  std::uint64_t first = 0, last = 0;
  bool complete = false;
  std::string why_not_complete;
  std::vector<Loss> losses;
  std::vector<ChunkPlace> chunks;  // by (start, offset)
  std::vector<char> bad;           // by chunk: told already
  std::vector<Place> loose;        // messages outside chunks, by time

  Decompressor decompressor;
  std::string content, loose_content;
  std::vector<Open> open;
  std::size_t next_chunk = 0;
  std::uint64_t from = 0, open_bytes = 0, given_at = 0;
  std::size_t given = std::numeric_limits<std::size_t>::max();  // index in `open` of the message given last

  // The index of a sound summary; false: it does not tell enough, so the file must be walked.
  bool take_summary(const ReaderInfo& info) {
    if (!info.complete || !info.statistics || info.chunks.empty()) return false;
    std::uint64_t indexed = 0;
    for (const ChunkIndex& chunk : info.chunks) {
      const std::uint64_t frames = 15 * chunk.message_index_offsets.size();  // prefix, channel, array length
      if (chunk.message_index_length < frames) return false;
      indexed += (chunk.message_index_length - frames) / 16;
      chunks.push_back({chunk.message_start_time, chunk.message_end_time, chunk.chunk_start_offset});
    }
    if (indexed != info.statistics->message_count) return false;
    for (const auto& [id, count] : info.statistics->channel_message_counts) {
      if (count > 0 && !info.channels.contains(id)) return false;
      counts[id] = {count, info.statistics->message_start_time, info.statistics->message_end_time};
    }
    header = info.header;
    channels = info.channels;
    schemas = info.schemas;
    first = info.statistics->message_start_time;
    last = info.statistics->message_end_time;
    return true;
  }

  sim::Result<void> walk(const std::filesystem::path& path) {
    chunks.clear();
    counts.clear();
    std::map<std::uint64_t, ChunkPlace> found;  // by offset
    SalvageSink sink;
    sink.message = [&](const MessageView& view) -> sim::Result<void> {
      const auto [channel, is_new] = channels.try_emplace(view.channel.id, view.channel);
      if (is_new && view.schema != nullptr) schemas.try_emplace(view.schema->id, *view.schema);
      const std::uint64_t time = view.message.log_time;
      const auto [count, first_of_channel] = counts.try_emplace(view.channel.id, ChannelCount{0, time, time});
      ++count->second.messages;
      count->second.first_ns = std::min(count->second.first_ns, time);
      count->second.last_ns = std::max(count->second.last_ns, time);
      take_place(view, found);
      return {};
    };
    auto report = salvage(path, sink, options);
    if (!report) return tl::unexpected(report.error());
    header = report->header;
    losses = std::move(report->losses);
    first = report->first_ns;
    last = report->last_ns;
    for (const auto& [offset, chunk] : found) chunks.push_back(chunk);
    std::sort(loose.begin(), loose.end());
    return {};
  }

  void take_place(const MessageView& view, std::map<std::uint64_t, ChunkPlace>& found) {
    const std::uint64_t time = view.message.log_time;
    const auto known = found.find(view.offset);
    if (known == found.end()) {
      char op = 0;
      const bool is_chunk = file.read_at(view.offset, &op, 1).has_value() && static_cast<Op>(op) == Op::kChunk;
      if (!is_chunk) return loose.push_back({time, view.offset});
      found[view.offset] = {time, time, view.offset};
      return;
    }
    known->second.start = std::min(known->second.start, time);
    known->second.end = std::max(known->second.end, time);
  }

  sim::Result<void> read_record(std::uint64_t offset, Op op, std::string& out) const {
    char prefix[kPrefixSize];
    if (auto read = file.read_at(offset, prefix, sizeof(prefix)); !read) return read;
    Cursor cursor(std::string_view(prefix, sizeof(prefix)));
    const auto found = static_cast<Op>(cursor.take<std::uint8_t>());
    std::uint64_t size = cursor.take<std::uint64_t>();
    const std::uint64_t rest = file.size() - offset - kPrefixSize;
    if (size == std::numeric_limits<std::uint64_t>::max()) size = rest;  // a writer that was killed
    if (found != op || size > rest || size > options.most_chunk_bytes + (1u << 20)) {
      return fail_at(file.name(), offset, "the record that the index names is not here");
    }
    out.resize(size);
    return file.read_at(offset + kPrefixSize, out.data(), out.size());
  }

  sim::Result<void> unpack(const ChunkPlace& place, std::string& payload) {
    if (auto read = read_record(place.offset, Op::kChunk, content); !read) return read;
    ChunkHeader chunk;
    std::size_t at = 0;
    const auto bad_chunk = [&](std::string what) { return fail_at(file.name(), place.offset, std::move(what)); };
    if (!parse(content, chunk, at)) return bad_chunk("a chunk record is damaged");
    if (chunk.uncompressed_size > options.most_chunk_bytes) return bad_chunk("a chunk is larger than the limit");
    payload.resize(chunk.uncompressed_size);
    auto done = decompressor.decompress(chunk.compression, std::string_view(content).substr(at), payload.data(),
                                        payload.size());
    if (!done) return bad_chunk(done.error().what);
    if (chunk.uncompressed_crc != 0 && crc32(payload) != chunk.uncompressed_crc) {
      return bad_chunk("a chunk is damaged: its CRC does not match");
    }
    return {};
  }

  sim::Result<Open> load(const ChunkPlace& place) {
    Open chunk;
    chunk.offset = place.offset;
    if (auto done = unpack(place, chunk.payload); !done) return tl::unexpected(done.error());
    Cursor cursor(chunk.payload);
    while (!cursor.rest().empty()) {
      const auto op = static_cast<Op>(cursor.take<std::uint8_t>());
      const std::string_view record = cursor.take_bytes(cursor.take<std::uint64_t>());
      Message message;
      if (!cursor.ok()) return fail_at(file.name(), place.offset, "a record in a chunk ends behind it");
      if (op == Op::kMessage && parse(record, message)) {
        const auto at = static_cast<std::uint64_t>(record.data() - chunk.payload.data());
        if (channels.contains(message.channel_id)) chunk.at.push_back({message.log_time, at});
      }
    }
    std::sort(chunk.at.begin(), chunk.at.end());
    return chunk;
  }

  void lose(std::size_t index, const std::string& why) {
    if (std::exchange(bad[index], 1) != 0) return;
    const ChunkPlace& place = chunks[index];
    losses.push_back({place.offset, 0, why, place.start, place.end, std::nullopt});
  }

  // Opens every chunk that may hold the message whose turn it is.
  sim::Result<void> open_due() {
    for (; next_chunk < chunks.size(); ++next_chunk) {
      const ChunkPlace& place = chunks[next_chunk];
      if (place.end < from) continue;
      const std::size_t head = head_of();
      if (head < open.size() && open[head].head().first < place.start) return {};
      auto chunk = load(place);
      if (!chunk) {
        lose(next_chunk, chunk.error().what);
        continue;
      }
      skip_early(*chunk);
      if (chunk->next == chunk->at.size()) continue;
      open_bytes += chunk->payload.size();
      if (open_bytes > options.most_open_bytes) {
        return fail_at(file.name(), place.offset, "too many chunks overlap in time to be merged in bounded memory");
      }
      open.push_back(std::move(*chunk));
    }
    return {};
  }

  void skip_early(Open& chunk) const {
    const auto begin = std::lower_bound(chunk.at.begin(), chunk.at.end(), Place{from, 0});
    chunk.next = static_cast<std::size_t>(begin - chunk.at.begin());
  }

  std::size_t head_of() const {
    const auto head =
        std::min_element(open.begin(), open.end(), [](const Open& a, const Open& b) { return a.head() < b.head(); });
    return static_cast<std::size_t>(head - open.begin());
  }

  void finish_given() {
    if (given >= open.size()) return;
    Open& chunk = open[given];
    given = std::numeric_limits<std::size_t>::max();
    if (++chunk.next < chunk.at.size()) return;
    open_bytes -= chunk.payload.size();
    open.erase(open.begin() + (&chunk - open.data()));
  }

  void restart(std::uint64_t time_ns) {
    open.clear();
    open_bytes = 0;
    next_chunk = 0;
    given = std::numeric_limits<std::size_t>::max();
    from = time_ns;
    if (loose.empty()) return;
    Open all;
    all.loose = true;
    all.at = loose;
    skip_early(all);
    if (all.next < all.at.size()) open.push_back(std::move(all));
  }

  sim::Result<bool> next(Message& message) {
    for (;;) {
      finish_given();
      if (auto done = open_due(); !done) return tl::unexpected(done.error());
      if (open.empty()) return false;
      given = head_of();
      const Open& chunk = open[given];
      const std::uint64_t at = chunk.at[chunk.next].at;
      given_at = chunk.loose ? at : chunk.offset;
      if (!chunk.loose) {
        Cursor size(std::string_view(chunk.payload).substr(at - sizeof(std::uint64_t)));
        const auto bytes = size.take<std::uint64_t>();
        if (parse(size.take_bytes(bytes), message)) return true;
        continue;
      }
      auto read = read_record(at, Op::kMessage, loose_content);
      if (!read) return tl::unexpected(read.error());
      if (parse(loose_content, message)) return true;
    }
  }
};

Playback::Playback(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Playback::Playback(Playback&&) noexcept = default;
Playback::~Playback() = default;

sim::Result<Playback> Playback::open(const std::filesystem::path& file, const ReaderOptions& options) {
  auto in = InFile::open(file);
  if (!in) return tl::unexpected(in.error());
  auto impl = std::make_unique<Impl>(std::move(*in), options);
  const auto reader = Reader::open(file, options);
  impl->complete = reader && reader->info().complete;
  if (!impl->complete) impl->why_not_complete = reader ? reader->info().why_not_complete : reader.error().what;
  if (!reader || !impl->take_summary(reader->info())) {
    if (auto walked = impl->walk(file); !walked) return tl::unexpected(walked.error());
    // Topics without a message are known from the summary alone.
    if (reader) impl->channels.insert(reader->info().channels.begin(), reader->info().channels.end());
    if (reader) impl->schemas.insert(reader->info().schemas.begin(), reader->info().schemas.end());
  }
  std::sort(impl->chunks.begin(), impl->chunks.end(), [](const ChunkPlace& a, const ChunkPlace& b) {
    return std::pair(a.start, a.offset) < std::pair(b.start, b.offset);
  });
  impl->bad.assign(impl->chunks.size(), 0);
  impl->restart(0);
  return Playback(std::move(impl));
}

const Header& Playback::header() const { return impl_->header; }
const std::map<std::uint16_t, Channel>& Playback::channels() const { return impl_->channels; }
const std::map<std::uint16_t, ChannelCount>& Playback::counts() const { return impl_->counts; }
std::uint64_t Playback::first_ns() const { return impl_->first; }
std::uint64_t Playback::last_ns() const { return impl_->last; }
bool Playback::complete() const { return impl_->complete; }
const std::string& Playback::why_not_complete() const { return impl_->why_not_complete; }
const std::vector<Loss>& Playback::losses() const { return impl_->losses; }
std::uint64_t Playback::offset() const { return impl_->given_at; }

const Schema* Playback::schema_of(const Channel& channel) const {
  const auto found = impl_->schemas.find(channel.schema_id);
  return channel.schema_id == 0 || found == impl_->schemas.end() ? nullptr : &found->second;
}

sim::Result<void> Playback::seek(std::uint64_t time_ns) {
  impl_->restart(time_ns);
  return {};
}

sim::Result<bool> Playback::next(Message& message) { return impl_->next(message); }

}  // namespace bitgoeul::replay::mcap
