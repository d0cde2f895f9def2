#include <unistd.h>

#include <cstdlib>
#include <fstream>

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
  const fs::path temporary = file.string() + "." + std::to_string(getpid()) + ".tmp";
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
  // The path as the user wrote it stands in the issues, so it is part of the key; the file's name tells maps apart.
  key_ = sim::combine(key_, sim::hash_text(source.string()));
  const std::string name = absolute.stem().string() + "-" + to_hex(sim::hash_text(absolute.string())).substr(0, 16);
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
  return write_all(note_file_, encode(key_, map.hash, issues));
}

}  // namespace bitgoeul::maps::detail
