// Point clouds in PCD 0.7 (pointclouds.org): ascii, binary, binary_compressed (LZF). One file, or a folder of them as
// frames of a tenth of a second.
#include <algorithm>
#include <charconv>
#include <optional>
#include <sstream>

#include "replay/file.h"
#include "replay/import/indexed.h"
#include "replay/import/packed_points.h"

namespace bitgoeul::replay::import {
namespace {

constexpr std::uint64_t kMostBytes = 512u << 20;

struct Header {
  PackedPoints packed;
  std::vector<std::uint64_t> counts;  // values per field
  std::uint64_t points = 0;
  std::string data;
};

Number number_of(char type, std::uint64_t size) {
  if (type == 'F') return size == 4 ? Number::kF32 : size == 8 ? Number::kF64 : Number::kNone;
  const bool is_signed = type == 'I';
  if (!is_signed && type != 'U') return Number::kNone;
  if (size == 1) return is_signed ? Number::kI8 : Number::kU8;
  if (size == 2) return is_signed ? Number::kI16 : Number::kU16;
  return size != 4 ? Number::kNone : is_signed ? Number::kI32 : Number::kU32;
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

std::uint64_t whole(const std::string& text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// Takes the header off; false: it is not one.
bool parse_header(std::string_view& bytes, Header& out) {
  std::vector<std::string> names, sizes, types, counts;
  while (out.data.empty()) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos || end > 4096) return false;
    const auto words = words_of(std::string(bytes.substr(0, end)));
    bytes.remove_prefix(end + 1);
    if (words.empty() || words[0].starts_with('#')) continue;
    const std::vector<std::string> rest(words.begin() + 1, words.end());
    if (words[0] == "FIELDS") names = rest;
    if (words[0] == "SIZE") sizes = rest;
    if (words[0] == "TYPE") types = rest;
    if (words[0] == "COUNT") counts = rest;
    if (words[0] == "POINTS" && !rest.empty()) out.points = whole(rest[0]);
    if (words[0] == "DATA" && !rest.empty()) out.data = rest[0];
  }
  if (counts.empty()) counts.assign(names.size(), "1");
  if (names.empty() || sizes.size() != names.size() || types.size() != names.size() || counts.size() != names.size())
    return false;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::uint64_t size = whole(sizes[i]), count = whole(counts[i]);
    if (size > 8 || count > 65536) return false;
    out.packed.fields.push_back({names[i], out.packed.stride, number_of(types[i].empty() ? ' ' : types[i][0], size)});
    out.counts.push_back(count);
    out.packed.stride += size * count;
  }
  return out.packed.stride > 0;
}

// LZF (Marc Lehmann's liblzf): a control byte below 32 = that many literals and one more; otherwise a copy from behind.
bool unpack_lzf(std::string_view in, std::string& out, std::size_t size) {
  out.clear();
  out.reserve(std::min<std::size_t>(size, in.size() * 264));
  std::size_t at = 0;
  const auto byte = [&] { return static_cast<unsigned char>(in[at++]); };
  while (at < in.size()) {
    const unsigned control = byte();
    if (control < 32) {
      if (control + 1 > in.size() - at) return false;
      out.append(in.substr(at, control + 1));
      at += control + 1;
    } else {
      std::size_t length = control >> 5;
      if (length == 7) {
        if (at >= in.size()) return false;
        length += byte();
      }
      if (at >= in.size()) return false;
      const std::size_t back = ((control & 31u) << 8 | byte()) + 1u;
      if (back > out.size()) return false;
      for (std::size_t i = 0; i < length + 2; ++i) out.push_back(out[out.size() - back]);
    }
    if (out.size() > size) return false;
  }
  return out.size() == size;
}

// Compressed clouds hold each field's values together.
std::string by_point(const Header& h, const std::string& by_field) {
  std::string out(by_field.size(), '\0');
  std::size_t from = 0;
  for (std::size_t f = 0; f < h.packed.fields.size(); ++f) {
    const std::uint64_t next = f + 1 < h.packed.fields.size() ? h.packed.fields[f + 1].offset : h.packed.stride;
    const std::size_t size = next - h.packed.fields[f].offset;
    for (std::uint64_t p = 0; p < h.points; ++p, from += size)
      by_field.copy(out.data() + p * h.packed.stride + h.packed.fields[f].offset, size, from);
  }
  return out;
}

bool read_ascii(const Header& h, std::string_view text, PointCloud& out) {
  std::size_t width = 0, at[4] = {};
  bool there[4] = {};
  constexpr std::string_view kNames[] = {"x", "y", "z", "intensity"};
  for (std::size_t f = 0; f < h.packed.fields.size(); ++f) {
    for (std::size_t k = 0; k < 4; ++k)
      if (h.packed.fields[f].name == kNames[k]) at[k] = width, there[k] = true;
    width += h.counts[f];
  }
  if (!there[0] || !there[1] || !there[2]) return false;
  std::vector<double> values;
  for (std::uint64_t p = 0; p < h.points && !text.empty(); ++p) {
    const std::size_t end = text.find('\n');
    values.clear();
    if (!read_numbers(text.substr(0, end), values) || values.size() != width) return false;
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    const double* v = values.data();
    if (!(v[at[0]] - v[at[0]] == 0 && v[at[1]] - v[at[1]] == 0 && v[at[2]] - v[at[2]] == 0)) continue;  // not finite
    out.x.push_back(static_cast<float>(v[at[0]]));
    out.y.push_back(static_cast<float>(v[at[1]]));
    out.z.push_back(static_cast<float>(v[at[2]]));
    if (there[3]) out.intensity.push_back(static_cast<float>(v[at[3]]));
  }
  return true;
}

// Why a file is no point cloud, by its header and size.
std::optional<sim::Issue> problem_of(const std::filesystem::path& path) {
  constexpr std::uint64_t kMostHeader = 64u << 10;
  const auto file = InFile::open(path);
  if (!file) return file.error();
  std::string start(std::min(file->size(), kMostHeader), '\0');
  if (auto read = file->read_at(0, start.data(), start.size()); !read) return read.error();
  std::string_view rest = start;
  Header h;
  if (!parse_header(rest, h)) return sim::Issue{.file = path.string(), .what = "has no PCD header"};
  const std::uint64_t room = file->size() - (start.size() - rest.size());
  if (h.data == "binary" && h.points > room / h.packed.stride)
    return sim::Issue{.file = path.string(), .what = "ends before its last point"};
  return std::nullopt;
}

class PcdFrames final : public Indexed {
 public:
  // Of each file its problem; where there is one its frame is missing.
  PcdFrames(std::vector<std::filesystem::path> files, const std::vector<std::optional<sim::Issue>>& problems,
            const std::filesystem::path& path, const Rules& rules)
      : files_(std::move(files)) {
    description_.format = "pcd";
    description_.time_base = "frame numbers, a tenth of a second each";
    add_file(path, "pcd");
    const auto topic = add_topic("points", "PCD", TopicRole::kLidar);
    for (std::uint64_t i = 0; i < files_.size(); ++i) {
      if (!problems[i]) {
        entries_.push_back({static_cast<std::int64_t>(i) * 100'000'000, topic, i});
        continue;
      }
      description_.issues.push_back(*problems[i]);
      description_.issues.back().severity = sim::Severity::kWarning;
    }
    finish(rules);
  }

 private:
  sim::Result<void> load(const Entry& entry, Item& item) override {
    const auto bytes = read_whole(files_[entry.key], kMostBytes);
    if (!bytes) return tl::unexpected(bytes.error());
    PointCloud cloud;
    std::string why;
    if (!read_pcd(*bytes, cloud, why)) return sim::fail(files_[entry.key].filename().string() + ": " + why);
    item.frame = kBodyFrame;
    item.payload = std::move(cloud);
    return {};
  }
  std::vector<std::filesystem::path> files_;
};

}  // namespace

bool read_pcd(std::string_view bytes, PointCloud& out, std::string& why) {
  const auto bad = [&](std::string_view what) {
    why = what;
    return false;
  };
  Header h;
  if (!parse_header(bytes, h)) return bad("has no PCD header");
  if (h.data == "ascii") return read_ascii(h, bytes, out) || bad("a line does not fit the fields");
  if (h.points > kMostBytes / h.packed.stride) return bad("declares more points than can be");
  const std::size_t size = h.points * h.packed.stride;
  std::string unpacked;
  if (h.data == "binary_compressed") {
    if (bytes.size() < 8) return bad("ends before its points");
    const auto in = static_cast<std::uint64_t>(read_number(Number::kU32, bytes.data()));
    const auto raw = static_cast<std::uint64_t>(read_number(Number::kU32, bytes.data() + 4));
    if (in > bytes.size() - 8 || raw != size || !unpack_lzf(bytes.substr(8, in), unpacked, size))
      return bad("its compressed points are damaged");
    unpacked = by_point(h, unpacked);
    bytes = unpacked;
  } else if (h.data != "binary") {
    return bad("has data of an unknown kind");
  }
  if (bytes.size() < size) return bad("ends before its last point");
  h.packed.data = bytes.substr(0, size);
  return unpack(h.packed, out) || bad("has no x, y, z");
}

bool is_pcd(const std::filesystem::path& path) {
  return path.extension() == ".pcd" || (is_folder(path) && !files_in(path, ".pcd").empty());
}

sim::Result<std::unique_ptr<Source>> open_pcd(const std::filesystem::path& path, const Rules& rules) {
  auto files = is_folder(path) ? files_in(path, ".pcd") : std::vector{path};
  std::vector<std::optional<sim::Issue>> problems;
  for (const auto& file : files) problems.push_back(problem_of(file));
  const bool any = std::any_of(problems.begin(), problems.end(), [](const auto& problem) { return !problem; });
  if (!any) return tl::unexpected(*problems.front());
  return std::make_unique<PcdFrames>(std::move(files), problems, path, rules);
}

}  // namespace bitgoeul::replay::import
