#include "maps/compiled_map.h"

#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <system_error>
#include <type_traits>

namespace bitgoeul::maps {
namespace {

// File: Prefix, head (texts, frame, hash, row counts), then the text pool and the arrays as raw bytes in Map::arrays
// order.
constexpr char kMagic[8] = {'B', 'T', 'G', 'L', 'M', 'A', 'P', '\n'};
constexpr std::uint32_t kFormatVersion = 1;
constexpr std::uint64_t kMaxHead = 1u << 24;

struct Prefix {
  char magic[8];
  std::uint32_t version = kFormatVersion;
  std::uint32_t layout = 0;  // of the row types: tells a file of another build with other rows
  std::uint64_t head_size = 0;
  sim::Hash128 head_hash;
};
static_assert(sizeof(Prefix) == 40);

std::uint32_t layout_of(const Map& map) {
  std::uint32_t value = 2166136261u;  // FNV-1a over names and row sizes
  const auto add = [&](std::uint32_t byte) { value = (value ^ (byte & 0xffu)) * 16777619u; };
  map.arrays([&](const char* name, const auto& rows) {
    for (const char* c = name; *c != '\0'; ++c) add(static_cast<unsigned char>(*c));
    const auto size = static_cast<std::uint32_t>(sizeof(rows[0]));
    add(size);
    add(size >> 8);
  });
  return value;
}

// One list of what stands in the head, for writing and reading.
template <class M, class F>
void head_fields(M& map, F&& f) {
  f(map.name), f(map.source), f(map.notice), f(map.projection);
  f(map.offset_x), f(map.offset_y), f(map.offset_z), f(map.offset_heading);
  f(map.box.min_x), f(map.box.min_y), f(map.box.max_x), f(map.box.max_y);
  f(map.hash.high), f(map.hash.low);
}

struct HeadWriter {
  std::string bytes;
  void raw(const void* data, std::size_t size) { bytes.append(static_cast<const char*>(data), size); }
  void count(std::uint64_t n) { raw(&n, sizeof n); }
  void operator()(const std::string& text) { count(text.size()), raw(text.data(), text.size()); }
  void operator()(double value) { raw(&value, sizeof value); }
  void operator()(std::uint64_t value) { raw(&value, sizeof value); }
};

struct HeadReader {
  const std::string& bytes;
  std::size_t at = 0;
  bool ok = true;
  void raw(void* data, std::size_t size) {
    ok = ok && bytes.size() - at >= size;
    if (!ok) return;
    std::memcpy(data, bytes.data() + at, size);
    at += size;
  }
  std::uint64_t count() {
    std::uint64_t n = 0;
    raw(&n, sizeof n);
    return n;
  }
  void operator()(std::string& text) {
    const std::uint64_t size = count();
    ok = ok && size <= bytes.size() - at;
    if (!ok) return;
    text.assign(bytes, at, size);
    at += size;
  }
  void operator()(double& value) { raw(&value, sizeof value); }
  void operator()(std::uint64_t& value) { raw(&value, sizeof value); }
};

std::string make_head(const Map& map) {
  HeadWriter head;
  head_fields(map, head);
  head.count(map.text.size());
  map.arrays([&](const char*, const auto& rows) { head.count(rows.size()); });
  return std::move(head.bytes);
}

struct File {
  std::FILE* handle = nullptr;
  ~File() {
    if (handle != nullptr) std::fclose(handle);
  }
  bool write(const void* data, std::size_t size) { return size == 0 || std::fwrite(data, 1, size, handle) == size; }
  bool read(void* data, std::size_t size) { return size == 0 || std::fread(data, 1, size, handle) == size; }
  bool close() {
    const bool good = std::fflush(handle) == 0 && fsync(fileno(handle)) == 0;
    const bool closed = std::fclose(handle) == 0;
    handle = nullptr;
    return good && closed;
  }
};

bool write_all(File& file, const Map& map) {
  const std::string head = make_head(map);
  Prefix prefix;
  std::memcpy(prefix.magic, kMagic, sizeof kMagic);
  prefix.layout = layout_of(map);
  prefix.head_size = head.size();
  prefix.head_hash = sim::hash_text(head);
  bool ok = file.write(&prefix, sizeof prefix) && file.write(head.data(), head.size()) &&
            file.write(map.text.data(), map.text.size());
  map.arrays([&](const char*, const auto& rows) { ok = ok && file.write(rows.data(), rows.size() * sizeof(rows[0])); });
  return ok;
}

// Sets the sizes of text and arrays from the head; false when they do not add up to the bytes that follow it.
bool size_arrays(HeadReader& head, Map& map, std::uint64_t body) {
  std::vector<std::uint64_t> counts;
  const auto take = [&](std::uint64_t row_size) {
    const std::uint64_t n = head.count();
    head.ok = head.ok && n <= body / row_size && n < 0x7fffffff;
    if (head.ok) body -= n * row_size;
    counts.push_back(head.ok ? n : 0);
  };
  take(1);
  map.arrays([&](const char*, const auto& rows) { take(sizeof(rows[0])); });
  if (!head.ok || body != 0 || head.at != head.bytes.size()) return false;
  std::size_t next = 0;
  map.text.resize(counts[next++]);
  map.arrays([&](const char*, auto& rows) { rows.resize(counts[next++]); });
  return true;
}

// Empty when all is well, else what is wrong.
std::string read_all(File& file, std::uint64_t size, Map& map) {
  Prefix prefix;
  if (size < sizeof prefix || !file.read(&prefix, sizeof prefix) ||
      std::memcmp(prefix.magic, kMagic, sizeof kMagic) != 0)
    return "is not a compiled map";
  if (prefix.version != kFormatVersion || prefix.layout != layout_of(map))
    return "was compiled by another version of the engine";
  if (prefix.head_size > kMaxHead || prefix.head_size > size - sizeof prefix) return "is damaged: the head is cut off";
  std::string bytes(prefix.head_size, '\0');
  if (!file.read(bytes.data(), bytes.size()) || sim::hash_text(bytes) != prefix.head_hash)
    return "is damaged: the head does not match its hash";
  HeadReader head{bytes};
  head_fields(map, head);
  if (!size_arrays(head, map, size - sizeof prefix - bytes.size()))
    return "is damaged: its size does not match its head";
  bool ok = file.read(map.text.data(), map.text.size());
  map.arrays([&](const char*, auto& rows) { ok = ok && file.read(rows.data(), rows.size() * sizeof(rows[0])); });
  if (!ok) return "could not be read to its end";
  return map_hash(map) == map.hash ? "" : "is damaged: the content does not match its hash";
}

}  // namespace

sim::Hash128 map_hash(const Map& map) {
  sim::Hash128 hash = sim::hash_text(map.text);
  map.arrays([&](const char*, const auto& rows) {
    static_assert(std::is_trivially_copyable_v<std::remove_cvref_t<decltype(rows[0])>>);
    hash = sim::combine(hash, sim::hash_bytes(rows.data(), rows.size() * sizeof(rows[0]), rows.size()));
  });
  return hash;
}

sim::Result<void> write_compiled(const Map& map, const std::filesystem::path& path) {
  std::error_code code;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), code);
  std::filesystem::path temporary = path;
  temporary += ".tmp" + std::to_string(getpid());
  File file{std::fopen(temporary.c_str(), "wb")};
  const bool opened = file.handle != nullptr;
  const bool written = opened && write_all(file, map) && file.close();
  if (written) std::filesystem::rename(temporary, path, code);
  if (written && !code) return {};
  std::error_code ignored;
  if (opened) std::filesystem::remove(temporary, ignored);
  return sim::fail("the compiled map could not be written", path.string(), 0, {},
                   "check that the folder exists and has space");
}

sim::Result<std::shared_ptr<const Map>> read_compiled(const std::filesystem::path& path) {
  std::error_code code;
  const std::uint64_t size = std::filesystem::is_regular_file(path, code) ? std::filesystem::file_size(path, code) : 0;
  File file{code ? nullptr : std::fopen(path.c_str(), "rb")};
  if (file.handle == nullptr) return sim::fail("the compiled map cannot be opened", path.string());
  auto map = std::make_shared<Map>();
  const std::string wrong = read_all(file, size, *map);
  if (!wrong.empty())
    return sim::fail("the file " + wrong, path.string(), 0, {}, "compile the map again from its source");
  return std::shared_ptr<const Map>(std::move(map));
}

}  // namespace bitgoeul::maps
