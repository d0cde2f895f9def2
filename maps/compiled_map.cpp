#include "maps/compiled_map.h"

#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <string>
#include <system_error>
#include <type_traits>

#include "maps/detail/mapped_file.h"

namespace bitgoeul::maps {
namespace {

// File: Prefix, head (texts, frame, hash, row counts), the text pool, then the arrays as raw bytes in Map::arrays
// order, each at a multiple of kAlignment so that the file can be used where it is mapped; what lies between them is
// zero.
constexpr char kMagic[8] = {'B', 'T', 'G', 'L', 'M', 'A', 'P', '\n'};
constexpr std::uint32_t kFormatVersion = 4;
constexpr std::size_t kAlignment = 64;

std::size_t aligned(std::size_t size) { return (size + kAlignment - 1) / kAlignment * kAlignment; }

struct Prefix {
  char magic[8];
  std::uint32_t version = kFormatVersion;
  std::uint32_t layout = 0;  // of the row types: tells a file of another build with other rows
  std::uint64_t head_size = 0;
  std::uint64_t file_size = 0;
  sim::Hash128 head_hash;
};
static_assert(sizeof(Prefix) == 48);

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
  std::string_view bytes;
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
    text.assign(bytes.substr(at, size));
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
  bool close() {
    const bool good = std::fflush(handle) == 0 && fsync(fileno(handle)) == 0;
    const bool closed = std::fclose(handle) == 0;
    handle = nullptr;
    return good && closed;
  }
};

// Writes what lies in the file one after the other, with zeros up to the next aligned place.
struct BodyWriter {
  File& file;
  std::size_t at = 0;
  bool ok = true;
  void operator()(const void* data, std::size_t size) {
    static constexpr char kZeros[kAlignment] = {};
    const std::size_t gap = aligned(at + size) - at - size;
    ok = ok && file.write(data, size) && file.write(kZeros, gap);
    at += size + gap;
  }
};

bool write_all(File& file, const Map& map) {
  const std::string head = make_head(map);
  Prefix prefix;
  std::memcpy(prefix.magic, kMagic, sizeof kMagic);
  prefix.layout = layout_of(map);
  prefix.head_size = head.size();
  prefix.file_size = aligned(sizeof prefix + head.size()) + aligned(map.text.size());
  map.arrays([&](const char*, const auto& rows) { prefix.file_size += aligned(rows.size() * sizeof(rows[0])); });
  prefix.head_hash = sim::combine(sim::hash_bytes(&prefix.file_size, sizeof prefix.file_size), sim::hash_text(head));
  std::string front(reinterpret_cast<const char*>(&prefix), sizeof prefix);
  front += head;
  BodyWriter write{file};
  write(front.data(), front.size());
  write(map.text.data(), map.text.size());
  map.arrays([&](const char*, const auto& rows) { write(rows.data(), rows.size() * sizeof(rows[0])); });
  return write.ok && write.at == prefix.file_size;
}

bool all_zero(std::string_view bytes) { return bytes.find_first_not_of('\0') == std::string_view::npos; }

// Takes the bytes of one array after the other from the mapped file.
struct BodyReader {
  std::string_view bytes;
  std::size_t at = 0;
  bool ok = true;
  const char* take(std::uint64_t count, std::size_t row_size) {
    ok = ok && count < 0x7fffffff && count * row_size <= bytes.size() - at;
    const std::size_t size = ok ? static_cast<std::size_t>(count) * row_size : 0, end = aligned(at + size);
    ok = ok && end <= bytes.size() && all_zero(bytes.substr(at + size, end - at - size));
    if (!ok) return nullptr;
    const char* const data = bytes.data() + at;
    at = end;
    return data;
  }
};

// Points text and arrays at their bytes; false when they do not add up to the file.
bool place_arrays(HeadReader& head, std::string_view bytes, std::size_t at, Map& map) {
  BodyReader body{bytes, at};
  const std::uint64_t text_size = head.count();
  if (const char* text = body.take(text_size, 1)) map.text.assign(text, text_size);
  map.arrays([&]<class T>(const char*, Array<T>& rows) {
    static_assert(alignof(T) <= kAlignment);
    const std::uint64_t count = head.count();
    if (const char* data = body.take(count, sizeof(T)))
      rows = Array<T>::view({reinterpret_cast<const T*>(data), static_cast<std::size_t>(count)});
  });
  return head.ok && head.at == head.bytes.size() && body.ok && body.at == bytes.size();
}

// Empty when all is well, else what is wrong. The map's arrays are views of the bytes.
std::string place_all(std::string_view bytes, Map& map) {
  Prefix prefix;
  if (bytes.size() < sizeof prefix || std::memcmp(bytes.data(), kMagic, sizeof kMagic) != 0)
    return "is not a compiled map";
  std::memcpy(&prefix, bytes.data(), sizeof prefix);
  if (prefix.version != kFormatVersion || prefix.layout != layout_of(map))
    return "was compiled by another version of the engine";
  if (prefix.file_size != bytes.size() || prefix.head_size > bytes.size() - sizeof prefix)
    return "is damaged: it is not as long as it says";
  HeadReader head{bytes.substr(sizeof prefix, prefix.head_size)};
  const sim::Hash128 hash =
      sim::combine(sim::hash_bytes(&prefix.file_size, sizeof prefix.file_size), sim::hash_text(head.bytes));
  if (hash != prefix.head_hash) return "is damaged: the head does not match its hash";
  head_fields(map, head);
  const std::size_t body = aligned(sizeof prefix + prefix.head_size);
  const std::size_t head_end = sizeof prefix + prefix.head_size;
  if (body > bytes.size() || !all_zero(bytes.substr(head_end, body - head_end)) ||
      !place_arrays(head, bytes, body, map))
    return "is damaged: its size does not match its head";
  return map_hash(map) == map.hash ? "" : "is damaged: the content does not match its hash";
}

// A map together with the file that its arrays lie in.
struct MappedMap {
  detail::MappedFile file;
  Map map;
};

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
  auto mapped = std::make_unique<MappedMap>();
  mapped->file = detail::MappedFile(path);
  if (mapped->file.data() == nullptr) return sim::fail("the compiled map cannot be opened", path.string());
  const std::string wrong =
      place_all({reinterpret_cast<const char*>(mapped->file.data()), mapped->file.size()}, mapped->map);
  if (!wrong.empty())
    return sim::fail("the file " + wrong, path.string(), 0, {}, "compile the map again from its source");
  const MappedMap* const owner = mapped.release();
  return std::shared_ptr<const Map>(&owner->map, [owner](const Map*) { delete owner; });
}

}  // namespace bitgoeul::maps
