#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>

#include "maps/compiled_map.h"
#include "maps/detail/map_cache.h"
#include "maps/sources_hash.h"
#include "maps/xml.h"

namespace bitgoeul::maps::detail {

namespace {

namespace fs = std::filesystem;

constexpr char kFieldEnd = '\x1f', kRecordEnd = '\x1e';

// Control characters of our own format cannot stand in a field.
void append(std::string& out, std::string field, char end) {
  for (char& c : field)
    if (c == kFieldEnd || c == kRecordEnd) c = ' ';
  out += field;
  out += end;
}

std::string encode(sim::Hash128 key, sim::Hash128 map_hash, const sim::Issues& issues) {
  std::string out;
  append(out, to_hex(key), kFieldEnd);
  append(out, to_hex(map_hash), kRecordEnd);
  for (const sim::Issue& i : issues) {
    append(out, std::to_string(static_cast<int>(i.severity)), kFieldEnd);
    append(out, i.file, kFieldEnd);
    append(out, std::to_string(i.line), kFieldEnd);
    append(out, std::to_string(i.column), kFieldEnd);
    append(out, i.where, kFieldEnd);
    append(out, i.what, kFieldEnd);
    append(out, i.rule, kFieldEnd);
    append(out, i.remedy, kRecordEnd);
  }
  return out + to_hex(sim::hash_text(out));
}

std::vector<std::string> split(std::string_view text, char end) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t stop = std::min(text.find(end, at), text.size());
    parts.emplace_back(text.substr(at, stop - at));
    at = stop + 1;
  }
  return parts;
}

std::optional<sim::Issue> decode_issue(std::string_view record) {
  const std::vector<std::string> f = split(record, kFieldEnd);
  if (f.size() != 8) return std::nullopt;
  const auto severity = parse_int(f[0]), line = parse_int(f[2]), column = parse_int(f[3]);
  if (!severity || *severity < 0 || *severity > 2 || !line || !column) return std::nullopt;
  return sim::Issue{static_cast<sim::Severity>(*severity), f[1], *line, *column, f[4], f[5], f[6], f[7]};
}

std::string read_all(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

sim::Result<void> write_all(const fs::path& file, const std::string& bytes) {
  const fs::path temporary = file.string() + ".tmp" + std::to_string(getpid());
  std::error_code error;
  {
    std::ofstream stream(temporary, std::ios::binary);
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    stream.close();
    if (stream) fs::rename(temporary, file, error);
    if (stream && !error) return {};
  }
  fs::remove(temporary, error);
  return sim::fail("cannot be written", file.string());
}

struct Entry {
  fs::path path;
  fs::file_time_type written;
  std::uint64_t bytes = 0;
};

// Files of the folder, the newest first. What another process removes meanwhile is not there.
std::vector<Entry> entries_of(const fs::path& folder) {
  std::vector<Entry> all;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::error_code gone;
    Entry entry{it->path(), fs::last_write_time(it->path(), gone), 0};
    if (!gone) entry.bytes = fs::file_size(it->path(), gone);
    if (!gone) all.push_back(std::move(entry));
  }
  std::sort(all.begin(), all.end(), [](const Entry& a, const Entry& b) {
    return a.written != b.written ? a.written > b.written : a.path < b.path;
  });
  return all;
}

// Keeps the newest maps of each name and of all, and what a process that died half-way left for an hour. A process that
// has a removed map open keeps it; one that was about to open it makes it anew.
void clean(const fs::path& folder, const fs::path& just_written) {
  constexpr std::size_t kMapsPerName = 4, kHexDigits = 16;
  constexpr std::uint64_t kMaxBytes = 4ull << 30;
  std::error_code error;
  const auto now = fs::last_write_time(just_written, error);
  if (error) return;
  std::map<std::string, std::size_t> kept;
  std::uint64_t bytes = 0;
  for (const Entry& entry : entries_of(folder)) {
    const std::string name = entry.path.filename().string(), stem = entry.path.stem().string();
    const bool stale = name.find(".map.tmp") != std::string::npos || name.find(".issues.tmp") != std::string::npos;
    if (stale && now - entry.written > std::chrono::hours(1)) fs::remove(entry.path, error);
    if (entry.path.extension() != ".map" || stem.size() <= kHexDigits) continue;
    bytes += entry.bytes;
    const bool wanted = ++kept[stem.substr(0, stem.size() - kHexDigits)] <= kMapsPerName && bytes <= kMaxBytes;
    if (wanted || entry.path == just_written) continue;
    fs::remove(entry.path, error);
    fs::remove(fs::path(entry.path).replace_extension(".issues"), error);
  }
}

fs::path environment_path(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? fs::path() : fs::path(value);
}

}  // namespace

fs::path default_cache_dir() {
  if (const fs::path xdg = environment_path("XDG_CACHE_HOME"); xdg.is_absolute()) return xdg / "bitgoeul";
  if (const fs::path home = environment_path("HOME"); home.is_absolute()) return home / ".cache" / "bitgoeul";
  return {};
}

MapCache::MapCache(const fs::path& folder, const fs::path& source, sim::Hash128 inputs)
    : key_(sim::combine(inputs, sim::hash_text(kMapSourcesHash))) {
  std::error_code error;
  const fs::path absolute = fs::absolute(source, error).lexically_normal();
  // The path as the user wrote it stands in the map and in the issues, so it is part of the key.
  key_ = sim::combine(key_, sim::hash_text(source.string()));
  const std::string name = absolute.stem().string() + "-" + to_hex(key_).substr(0, 16);
  map_file_ = folder / (name + ".map");
  note_file_ = folder / (name + ".issues");
}

std::optional<CachedMap> MapCache::load() const {
  constexpr std::size_t kHexDigits = 32;
  const std::string note = read_all(note_file_);
  if (note.size() < kHexDigits) return std::nullopt;
  const std::string_view body = std::string_view(note).substr(0, note.size() - kHexDigits);
  if (sim::hash_from_hex(std::string_view(note).substr(body.size())) != sim::hash_text(body)) return std::nullopt;
  std::vector<std::string> records = split(body, kRecordEnd);
  records.pop_back();  // behind the last end
  if (records.empty()) return std::nullopt;
  const std::vector<std::string> head = split(records[0], kFieldEnd);
  if (head.size() != 2 || sim::hash_from_hex(head[0]) != key_) return std::nullopt;
  CachedMap cached;
  for (std::size_t i = 1; i < records.size(); ++i) {
    const auto issue = decode_issue(records[i]);
    if (!issue) return std::nullopt;
    cached.issues.push_back(*issue);
  }
  auto map = read_compiled(map_file_);
  if (!map || sim::hash_from_hex(head[1]) != (*map)->hash) return std::nullopt;
  cached.map = std::move(*map);
  return cached;
}

sim::Result<void> MapCache::store(const Map& map, const sim::Issues& issues) const {
  std::error_code error;
  fs::create_directories(map_file_.parent_path(), error);
  if (auto written = write_compiled(map, map_file_); !written) return written;
  auto noted = write_all(note_file_, encode(key_, map.hash, issues));
  clean(map_file_.parent_path(), map_file_);
  return noted;
}

// Reading hundreds of megabytes to learn that they are the same as last time takes longer than opening the compiled
// map. So big inputs are known again by size, times and inode, as git does; what changed within two seconds before they
// were last read is read again, because the file system's clock may not tell two changes apart.
sim::Result<sim::Hash128> hash_inputs(const MapSource& source, const fs::path& folder) {
  constexpr std::uint64_t kBigBytes = 8u << 20;
  constexpr std::int64_t kSureNs = 2'000'000'000;
  const InputStamp stamp = stamp_files(source);
  if (stamp.bytes < kBigBytes) return hash_files(source);
  std::error_code error;
  const std::string path = fs::absolute(source.path, error).lexically_normal().string();
  const fs::path file = folder / ("inputs-" + to_hex(sim::hash_text(path)).substr(0, 16) + ".stamp");
  const std::string known = read_all(file);
  const std::string wanted = to_hex(stamp.hash);
  if (known.size() == 96 && known.starts_with(wanted) &&
      to_hex(sim::hash_text(known.substr(0, 64))) == known.substr(64) && changed_ns(file) - stamp.newest_ns > kSureNs)
    return *sim::hash_from_hex(known.substr(32, 32));
  const auto inputs = hash_files(source);
  if (!inputs) return inputs;
  // What was read is what the stamp says only if nothing changed meanwhile. A stamp that cannot be written costs time.
  if (stamp_files(source).hash == stamp.hash) {
    fs::create_directories(folder, error);
    const std::string text = wanted + to_hex(*inputs);
    (void)write_all(file, text + to_hex(sim::hash_text(text)));
  }
  return inputs;
}

}  // namespace bitgoeul::maps::detail
