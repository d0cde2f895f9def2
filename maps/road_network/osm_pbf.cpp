// read_pbf: the PBF form of OpenStreetMap data: blocks of Protobuf messages, each compressed by zlib. Field numbers
// from fileformat.proto and osmformat.proto (wiki.openstreetmap.org/wiki/PBF_Format). Every read is bounded.
#include <zlib.h>

#include <algorithm>

#include "maps/road_network/osm_data.h"

namespace bitgoeul::maps::osm {

namespace {

constexpr std::size_t kMaxHeader = 64 * 1024, kMaxBlob = 32 * 1024 * 1024;  // limits of the format
constexpr double kNano = 1e-9;
// What no file needs, so that a small one cannot ask for much: numbers in one list (a way has at most 2,000 nodes),
// texts of one block, bytes of all blocks unpacked and of all positions, as multiples of the file's size and a base.
constexpr std::size_t kMaxNumbers = 1 << 20, kMaxStrings = 1 << 20;
constexpr std::size_t kMaxUnpacked = 24, kMaxPositions = 6, kBase = 12 << 20;

// Reader of one Protobuf message in memory; after a damaged field `good` is false and nothing more comes.
struct Wire {
  std::string_view rest;
  bool good = true;
  std::uint32_t field = 0, type = 0;
  std::uint64_t number = 0;  // types 0, 1, 5
  std::string_view bytes;    // type 2

  bool varint(std::uint64_t& out) {
    out = 0;
    for (int shift = 0; shift < 64 && !rest.empty(); shift += 7) {
      const auto byte = static_cast<std::uint8_t>(rest.front());
      rest.remove_prefix(1);
      out |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return true;
    }
    return good = false;
  }
  bool fixed(std::size_t size) {
    if (rest.size() < size) return good = false;
    number = 0;
    for (std::size_t i = 0; i < size; ++i)
      number |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(rest[i])) << (8 * i);
    rest.remove_prefix(size);
    return true;
  }
  bool next() {
    if (rest.empty() || !good) return false;
    std::uint64_t key = 0;
    if (!varint(key)) return false;
    field = static_cast<std::uint32_t>(key >> 3);
    type = static_cast<std::uint32_t>(key & 7);
    if (type == 0) return varint(number);
    if (type == 1) return fixed(8);
    if (type == 5) return fixed(4);
    std::uint64_t size = 0;
    if (type != 2 || !varint(size) || size > rest.size()) return good = false;
    bytes = rest.substr(0, size);
    rest.remove_prefix(size);
    return true;
  }
};

std::int64_t zigzag(std::uint64_t v) { return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1); }

// Wrapping sum: damaged deltas must not be undefined behaviour.
void advance(std::int64_t& value, std::int64_t by) {
  value = static_cast<std::int64_t>(static_cast<std::uint64_t>(value) + static_cast<std::uint64_t>(by));
}

// Longer lists are cut short, and the block counts as damaged.
std::vector<std::uint64_t> packed(std::string_view bytes, bool& good) {
  std::vector<std::uint64_t> out;
  Wire wire{bytes};
  for (std::uint64_t v = 0; !wire.rest.empty() && out.size() < kMaxNumbers && wire.varint(v);) out.push_back(v);
  good &= wire.rest.empty();
  return out;
}

std::vector<std::int64_t> packed_deltas(std::string_view bytes, bool& good) {
  std::vector<std::int64_t> out;
  std::int64_t at = 0;
  for (const std::uint64_t v : packed(bytes, good)) {
    advance(at, zigzag(v));
    out.push_back(at);
  }
  return out;
}

// The same, one by one.
struct Deltas {
  Wire wire;
  std::int64_t value = 0;
  bool next() {
    std::uint64_t v = 0;
    if (wire.rest.empty() || !wire.varint(v)) return false;
    advance(value, zigzag(v));
    return true;
  }
};

struct Block {
  Data& data;
  std::size_t max_positions;
  std::vector<std::string_view> strings;
  std::int64_t granularity = 100, latitude_offset = 0, longitude_offset = 0;
  bool good = true;

  std::string text(std::uint64_t index) {
    if (index >= strings.size()) good = false;
    return index < strings.size() ? std::string(strings[index]) : std::string();
  }
  Tags tags(const std::vector<std::uint64_t>& keys, const std::vector<std::uint64_t>& values) {
    Tags out;
    good &= keys.size() == values.size();
    for (std::size_t i = 0; i < std::min(keys.size(), values.size()); ++i)
      out.emplace_back(text(keys[i]), text(values[i]));
    return out;
  }
  void place(std::int64_t id, std::int64_t latitude, std::int64_t longitude) {
    const Position position{id,
                            kNano * (static_cast<double>(longitude_offset) +
                                     static_cast<double>(granularity) * static_cast<double>(longitude)),
                            kNano * (static_cast<double>(latitude_offset) +
                                     static_cast<double>(granularity) * static_cast<double>(latitude))};
    const bool on_earth = position.longitude_deg >= -180 && position.longitude_deg <= 180 &&
                          position.latitude_deg >= -90 && position.latitude_deg <= 90;
    const bool fits = data.positions.size() < max_positions;
    if (on_earth && fits) data.positions.push_back(position);
    good &= on_earth && fits;
  }

  void node(std::string_view message);
  void dense(std::string_view message);
  void way(std::string_view message);
  void relation(std::string_view message);
  void group(std::string_view message);
  void read(std::string_view message);
};

void Block::node(std::string_view message) {
  Wire wire{message};
  std::int64_t id = 0, latitude = 0, longitude = 0;
  std::vector<std::uint64_t> keys, values;
  while (wire.next()) {
    if (wire.field == 1) id = zigzag(wire.number);
    if (wire.field == 2) keys = packed(wire.bytes, good);
    if (wire.field == 3) values = packed(wire.bytes, good);
    if (wire.field == 8) latitude = zigzag(wire.number);
    if (wire.field == 9) longitude = zigzag(wire.number);
  }
  good &= wire.good;
  place(id, latitude, longitude);
  if (!keys.empty()) data.take(Node{id, tags(keys, values)});
}

void Block::dense(std::string_view message) {
  Wire wire{message};
  Deltas ids, latitudes, longitudes;
  Wire words{{}};
  while (wire.next()) {
    if (wire.field == 1) ids = {{wire.bytes}};
    if (wire.field == 8) latitudes = {{wire.bytes}};
    if (wire.field == 9) longitudes = {{wire.bytes}};
    if (wire.field == 10) words = {wire.bytes};
  }
  good &= wire.good;
  while (data.positions.size() < max_positions && ids.next()) {
    if (!latitudes.next() || !longitudes.next()) break;
    place(ids.value, latitudes.value, longitudes.value);
    Node node{ids.value, {}};
    std::uint64_t key = 0, value = 0;  // a 0 stands behind each node's
    while (!words.rest.empty() && words.varint(key) && key != 0 && words.varint(value))
      node.tags.emplace_back(text(key), text(value));
    if (!node.tags.empty()) data.take(std::move(node));
  }
  good &= ids.wire.rest.empty() && latitudes.wire.rest.empty() && longitudes.wire.rest.empty() && words.good;
}

void Block::way(std::string_view message) {
  Wire wire{message};
  Way way;
  std::vector<std::uint64_t> keys, values;
  while (wire.next()) {
    if (wire.field == 1) way.id = static_cast<std::int64_t>(wire.number);
    if (wire.field == 2) keys = packed(wire.bytes, good);
    if (wire.field == 3) values = packed(wire.bytes, good);
    if (wire.field == 8) way.nodes = packed_deltas(wire.bytes, good);
  }
  good &= wire.good;
  way.tags = tags(keys, values);
  data.take(std::move(way));
}

void Block::relation(std::string_view message) {
  Wire wire{message};
  Relation relation;
  std::vector<std::uint64_t> keys, values, roles, kinds;
  std::vector<std::int64_t> ids;
  while (wire.next()) {
    if (wire.field == 1) relation.id = static_cast<std::int64_t>(wire.number);
    if (wire.field == 2) keys = packed(wire.bytes, good);
    if (wire.field == 3) values = packed(wire.bytes, good);
    if (wire.field == 8) roles = packed(wire.bytes, good);
    if (wire.field == 9) ids = packed_deltas(wire.bytes, good);
    if (wire.field == 10) kinds = packed(wire.bytes, good);
  }
  good &= wire.good && roles.size() == ids.size() && kinds.size() == ids.size();
  for (std::size_t i = 0; i < std::min({ids.size(), roles.size(), kinds.size()}); ++i)
    relation.members.push_back({kinds[i] == 0 ? 'n' : kinds[i] == 1 ? 'w' : 'r', ids[i], text(roles[i])});
  relation.tags = tags(keys, values);
  data.take(std::move(relation));
}

void Block::group(std::string_view message) {
  Wire wire{message};
  while (wire.next()) {
    if (wire.type != 2) continue;
    if (wire.field == 1) node(wire.bytes);
    if (wire.field == 2) dense(wire.bytes);
    if (wire.field == 3) way(wire.bytes);
    if (wire.field == 4) relation(wire.bytes);
  }
  good &= wire.good;
}

void Block::read(std::string_view message) {
  std::vector<std::string_view> groups;
  Wire wire{message};
  while (wire.next()) {
    if (wire.field == 1 && wire.type == 2)
      for (Wire table{wire.bytes}; strings.size() < kMaxStrings && table.next();) strings.push_back(table.bytes);
    if (wire.field == 2 && wire.type == 2 && groups.size() < kMaxNumbers) groups.push_back(wire.bytes);
    if (wire.field == 17) granularity = static_cast<std::int64_t>(wire.number);
    if (wire.field == 19) latitude_offset = static_cast<std::int64_t>(wire.number);
    if (wire.field == 20) longitude_offset = static_cast<std::int64_t>(wire.number);
  }
  good &= wire.good && strings.size() < kMaxStrings;
  for (const std::string_view g : groups) group(g);
}

sim::Result<std::string> unpack(std::string_view blob, const std::string& file, const std::string& where) {
  Wire wire{blob};
  std::string_view raw, packed_bytes;
  std::uint64_t size = 0;
  bool other = false;
  while (wire.next()) {
    if (wire.field == 1) raw = wire.bytes;
    if (wire.field == 2) size = wire.number;
    if (wire.field == 3) packed_bytes = wire.bytes;
    other |= wire.field >= 4 && wire.field <= 7;
  }
  if (!raw.empty()) return std::string(raw);
  if (other && packed_bytes.empty())
    return sim::fail("the block is not compressed by zlib", file, 0, where, "write the file with zlib compression");
  if (!wire.good || size > kMaxBlob) return sim::fail("the block is damaged", file, 0, where, "fetch the file again");
  std::string out(size, '\0');
  uLongf got = static_cast<uLongf>(size);
  const int status = uncompress(reinterpret_cast<Bytef*>(out.data()), &got,
                                reinterpret_cast<const Bytef*>(packed_bytes.data()), packed_bytes.size());
  if (status != Z_OK || got != size)
    return sim::fail("the block does not unpack: its zlib data is damaged", file, 0, where, "fetch the file again");
  return out;
}

sim::Result<void> check_features(std::string_view header, const std::string& file) {
  Wire wire{header};
  while (wire.next())
    if (wire.field == 4 && wire.bytes != "OsmSchema-V0.6" && wire.bytes != "DenseNodes" &&
        wire.bytes != "HistoricalInformation")
      return sim::fail("the file needs the feature \"" + std::string(wire.bytes) + "\", which is not known", file);
  return {};
}

// One blob at the front of `rest`: its kind and its unpacked content.
sim::Result<std::pair<std::string, std::string>> next_blob(std::string_view& rest, const std::string& file,
                                                           const std::string& where) {
  const auto cut_short = [&] { return sim::fail("the file ends inside of a block", file, 0, where, "fetch it again"); };
  if (rest.size() < 4) return cut_short();
  std::size_t size = 0;
  for (int i = 0; i < 4; ++i) size = size << 8 | static_cast<std::uint8_t>(rest[static_cast<std::size_t>(i)]);
  rest.remove_prefix(4);
  if (size > kMaxHeader) return sim::fail("no block of an OSM PBF file", file, 0, where);
  if (size > rest.size()) return cut_short();
  Wire header{rest.substr(0, size)};
  std::string kind;
  std::uint64_t data_size = 0;
  while (header.next()) {
    if (header.field == 1) kind = header.bytes;
    if (header.field == 3) data_size = header.number;
  }
  rest.remove_prefix(size);
  if (!header.good || data_size > kMaxBlob) return sim::fail("the block's header is damaged", file, 0, where);
  if (data_size > rest.size()) return cut_short();
  auto content = unpack(rest.substr(0, data_size), file, where);
  if (!content) return tl::unexpected(content.error());
  rest.remove_prefix(data_size);
  return std::pair(std::move(kind), std::move(*content));
}

}  // namespace

bool is_pbf(std::string_view head) {
  return head.size() > 16 && head.substr(0, 3) == std::string_view("\0\0\0", 3) &&
         head.substr(0, 32).find("OSMHeader") != std::string_view::npos;
}

sim::Result<Data> read_pbf(const std::string& bytes, const std::string& file, sim::Issues& issues) {
  Data data;
  std::string_view rest = bytes;
  std::size_t unpacked = 0;
  for (int row = 0; !rest.empty(); ++row) {
    const std::string where = "block " + std::to_string(row);
    auto blob = next_blob(rest, file, where);
    if (!blob && data.positions.empty()) return tl::unexpected(blob.error());
    if (!blob) {  // what came before is whole
      issues.push_back(blob.error());
      break;
    }
    if (blob->first == "OSMHeader") {
      const auto known = check_features(blob->second, file);
      if (!known) return tl::unexpected(known.error());
    }
    if (blob->first != "OSMData") continue;
    unpacked += blob->second.size();
    if (unpacked > kMaxUnpacked * bytes.size() + kBase)
      return sim::fail("the blocks unpack to more than " + std::to_string(kMaxUnpacked) + " times the file's size",
                       file, 0, where, "no OSM data packs that well; fetch the file again");
    Block block{data, (kMaxPositions * bytes.size() + kBase) / sizeof(Position), {}};
    block.read(blob->second);
    if (!block.good)
      issues.push_back({sim::Severity::kError, file, 0, 0, where, "a part of the block is damaged and left out", "osm",
                        "fetch the file again"});
  }
  data.finish();
  return data;
}

}  // namespace bitgoeul::maps::osm
