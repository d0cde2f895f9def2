// M5 of the fault matrix: small or sparse files of every map format that ask for much memory or time. Each is refused,
// or loaded with what is wrong named, in under 2 s of CPU and with at most 4 x its size + 64 MB of memory.
#include <doctest/doctest.h>

#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include "tests/faults/campaign.h"
#include "tests/faults/maps_inputs.h"
#include "tests/maps/shape_writer.h"

using namespace bitgoeul;
using namespace bitgoeul::tests;

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMega = 1'000'000;

std::string times(std::size_t n, const std::string& text) {
  std::string out;
  out.reserve(n * text.size());
  for (std::size_t i = 0; i < n; ++i) out += text;
  return out;
}

// `#` becomes the number.
std::string numbered(std::size_t n, const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < n; ++i)
    for (const char c : text) c == '#' ? out += std::to_string(i) : out += c;
  return out;
}

const std::string kHead = "<?xml version=\"1.0\"?><OpenDRIVE><header revMajor=\"1\" revMinor=\"7\"/>";
const std::string kLine =
    "<planView><geometry s=\"0\" x=\"0\" y=\"0\" hdg=\"0\" length=\"100\"><line/></geometry></planView>";
const std::string kWidth = "<width sOffset=\"0\" a=\"3.5\" b=\"0\" c=\"0\" d=\"0\"/>";
const std::string kLane = "<lane id=\"-1\" type=\"driving\">" + kWidth + "</lane>";
const std::string kLanes = "<lanes><laneSection s=\"0\"><right>" + kLane + "</right></laneSection></lanes>";

std::string road(const std::string& plan, const std::string& rest, const std::string& length = "100") {
  return kHead + "<road id=\"1\" junction=\"-1\" length=\"" + length + "\">" + plan + rest + "</road></OpenDRIVE>";
}
std::string with_lanes(const std::string& lanes) {
  return road(kLine, "<lanes><laneSection s=\"0\"><right>" + lanes + "</right></laneSection></lanes>");
}
std::string roads(const std::string& all) { return kHead + all + "</OpenDRIVE>"; }
std::string long_road(const std::string& shape, const std::string& lanes) {
  return road(
      "<planView><geometry s=\"0\" x=\"0\" y=\"0\" hdg=\"0\" length=\"100000\">" + shape + "</geometry></planView>",
      "<lanes><laneSection s=\"0\"><right>" + lanes + "</right></laneSection></lanes>", "100000");
}
std::string entity(const std::string& declarations, const std::string& use) {
  return "<?xml version=\"1.0\"?><!DOCTYPE OpenDRIVE [" + declarations + "]><OpenDRIVE>" + use + "</OpenDRIVE>";
}
std::string laughs() {
  std::string all = "<!ENTITY a0 \"haha\">";
  for (int i = 1; i < 40; ++i)
    all += "<!ENTITY a" + std::to_string(i) + " \"" + times(10, "&a" + std::to_string(i - 1) + ";") + "\">";
  return entity(all, "&a39;");
}

std::string osm(const std::string& content) { return "<osm version=\"0.6\">" + content + "</osm>"; }
const std::string kOsmNode = "<node id=\"#\" lat=\"37.5\" lon=\"127.0\"/>";

std::string packed_gz(const std::string& text) {
  const fs::path file = fs::temp_directory_path() / ("bitgoeul_bomb_" + std::to_string(getpid()) + ".gz");
  const gzFile out = gzopen(file.c_str(), "wb6");
  gzwrite(out, text.data(), static_cast<unsigned>(text.size()));
  gzclose(out);
  std::string bytes = read_map_text(file).text;
  fs::remove(file);
  return bytes;
}

std::string varint(std::uint64_t v) {
  std::string out;
  for (; v >= 0x80; v >>= 7) out += static_cast<char>(v | 0x80);
  return out + static_cast<char>(v);
}
std::string field(int number, const std::string& bytes) {
  return varint(static_cast<std::uint64_t>(number) << 3 | 2) + varint(bytes.size()) + bytes;
}
std::string count_field(int number, std::uint64_t value) {
  return varint(static_cast<std::uint64_t>(number) << 3) + varint(value);
}
std::string zlib_of(const std::string& text) {
  std::string out(compressBound(text.size()), '\0');
  uLongf size = out.size();
  compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(text.data()), text.size());
  out.resize(size);
  return out;
}
std::string pbf_block(const std::string& kind, const std::string& blob) {
  const std::string head = field(1, kind) + count_field(3, blob.size());
  return std::string("\0\0\0", 3) + static_cast<char>(head.size()) + head + blob;
}
std::string pbf(const std::string& block, std::uint64_t promised, std::size_t blocks) {
  const std::string header = field(4, "OsmSchema-V0.6");
  const std::string blob = count_field(2, promised) + field(3, zlib_of(block));
  return pbf_block("OSMHeader", field(1, header)) + times(blocks, pbf_block("OSMData", blob));
}
// Dense nodes whose every delta is one byte: 32 MB of them pack into 32 kB.
std::string dense_bomb(std::size_t nodes) {
  const std::string ones(nodes, '\2'), still(nodes, '\0');
  return field(2, field(2, field(1, ones) + field(8, still) + field(9, still)));
}
std::string node_bomb(std::size_t nodes) { return field(2, times(nodes, field(1, count_field(1, 2)))); }
std::string string_bomb(std::size_t strings) { return field(1, times(strings, field(1, ""))); }

struct Bomb {
  std::string name, file;
  std::function<std::string()> text;
  std::uintmax_t grown_to = 0;  // sparse: the file is that long
  std::string beside = {}, beside_text = {};
};

void add_xml(std::vector<Bomb>& all) {
  const auto add = [&](const std::string& name, std::function<std::string()> text) {
    all.push_back({name, "bomb.xodr", std::move(text)});
  };
  add("a million open elements", [] { return kHead + times(kMega, "<a>"); });
  add("a million elements inside of each other", [] { return roads(times(kMega, "<a>") + times(kMega, "</a>")); });
  add("a thousand elements inside of each other", [] { return roads(times(1000, "<a>") + times(1000, "</a>")); });
  add("ten million elements beside each other", [] { return roads(times(10 * kMega, "<a/>")); });
  add("ten million roads of nothing", [] { return roads(times(10 * kMega, "<road/>")); });
  add("two million roads with ids", [] { return roads(numbered(2 * kMega, "<road id=\"#\"/>")); });
  add("ten million texts", [] { return roads(times(10 * kMega, "x<a/>")); });
  add("a hundred thousand attributes", [] { return roads("<road " + numbered(100'000, "a#=\"\" ") + "/>"); });
  add("five million attributes", [] { return roads("<road " + numbered(5 * kMega, "a#=\"\" ") + "/>"); });
  add("five million attributes of one name", [] { return roads("<road " + times(5 * kMega, "a=\"\" ") + "/>"); });
  add("a million elements of other names", [] { return roads(numbered(kMega, "<e#/>")); });
  add("a value of 64 MB", [] { return roads("<road id=\"" + std::string(64 * kMega, 'x') + "\"/>"); });
  add("a text of 64 MB", [] { return roads("<userData>" + std::string(64 * kMega, 'x') + "</userData>"); });
  add("a comment of 64 MB", [] { return roads("<!--" + std::string(64 * kMega, 'x') + "-->"); });
  add("64 million lines", [] { return roads(std::string(64 * kMega, '\n')); });
  add("64 million equals signs", [] { return roads("<!--" + std::string(64 * kMega, '=') + "-->"); });
  add("bytes that are not UTF-8", [] { return roads("<a b=\"" + std::string(16 * kMega, '\xff') + "\"/>"); });
  add("two-byte text", [] { return std::string("\xFF\xFE", 2) + times(8 * kMega, std::string("<\0a\0/\0>\0", 8)); });
  add("a billion laughs", laughs);
  add("quadratic growth",
      [] { return entity("<!ENTITY a \"" + std::string(100'000, 'x') + "\">", times(100'000, "&a;")); });
  add("parameter entities", [] { return entity("<!ENTITY % a \"<!ENTITY b '%a;%a;'>\"> %a;", "&b;"); });
  add("an external entity", [] { return entity("<!ENTITY a SYSTEM \"file:///etc/passwd\">", "&a;"); });
  add("an external DTD", [] {
    return "<?xml version=\"1.0\"?><!DOCTYPE OpenDRIVE SYSTEM \"http://127.0.0.1/x.dtd\"><OpenDRIVE>&a;</OpenDRIVE>";
  });
  all.push_back({"4 GB of nothing", "bomb.xodr", [] { return kHead; }, std::uintmax_t{1} << 32});
}

void add_opendrive(std::vector<Bomb>& all) {
  const auto add = [&](const std::string& name, std::function<std::string()> text) {
    all.push_back({name, "bomb.xodr", std::move(text)});
  };
  add("a million lanes",
      [] { return with_lanes(numbered(kMega, "<lane id=\"-#\" type=\"driving\">" + kWidth + "</lane>")); });
  add("a million lanes of one id", [] { return with_lanes(times(kMega, kLane)); });
  add("a million widths",
      [] { return with_lanes("<lane id=\"-1\" type=\"driving\">" + times(kMega, kWidth) + "</lane>"); });
  add("200,000 widths that wiggle", [] {
    return with_lanes("<lane id=\"-1\" type=\"driving\">" +
                      numbered(200'000, "<width sOffset=\"0.#\" a=\"3\" b=\"9\" c=\"9\" d=\"9\"/>") + "</lane>");
  });
  add("200,000 lane sections", [] {
    return road(kLine, "<lanes>" +
                           numbered(200'000, "<laneSection s=\"0.#\"><right>" + kLane + "</right></laneSection>") +
                           "</lanes>");
  });
  add("500,000 pieces of line", [] {
    return road("<planView>" +
                    numbered(500'000, "<geometry s=\"#\" x=\"#\" y=\"0\" hdg=\"0\" length=\"1\"><line/></geometry>") +
                    "</planView>",
                kLanes, "500000");
  });
  add("a road of 100 km wound up like a spring", [] { return long_road("<arc curvature=\"0.09\"/>", kLane); });
  add("500 lanes wound up like a spring", [] {
    return long_road("<arc curvature=\"0.09\"/>",
                     numbered(500, "<lane id=\"-#\" type=\"driving\">" + kWidth + "</lane>"));
  });
  add("a curve of 1e9 turns", [] { return long_road("<arc curvature=\"1e9\"/>", kLane); });
  add("a clothoid into its eye", [] { return long_road("<spiral curvStart=\"0\" curvEnd=\"0.19\"/>", kLane); });
  add("parametric noise", [] {
    return long_road(
        "<paramPoly3 pRange=\"arcLength\" aU=\"0\" bU=\"1\" cU=\"1e-3\" dU=\"-1e-8\" aV=\"0\" bV=\"0\" cV=\"1e-2\" "
        "dV=\"-1e-7\"/>",
        kLane);
  });
  add("a road of 1e12 m", [] { return road(kLine, kLanes, "1e12"); });
  add("a million objects by one repeat", [] {
    return road(kLine,
                kLanes +
                    "<objects><object id=\"1\" s=\"0\" t=\"0\"><repeat s=\"0\" length=\"100\" distance=\"1e-9\"/>"
                    "</object></objects>");
  });
  add("20,000 objects that repeat", [] {
    return road(kLine, kLanes + "<objects>" +
                           times(20'000,
                                 "<object id=\"1\" s=\"0\" t=\"0\"><repeat s=\"0\" length=\"100\" distance=\"0.02\"/>"
                                 "</object>") +
                           "</objects>");
  });
  add("300,000 junctions", [] { return roads(numbered(300'000, "<junction id=\"#\" name=\"\"/>")); });
  add("300,000 connections of one junction", [] {
    return roads(
        "<junction id=\"1\">" +
        numbered(300'000, "<connection id=\"#\" incomingRoad=\"1\" connectingRoad=\"#\" contactPoint=\"start\"/>") +
        "</junction>");
  });
  add("50,000 roads on one place", [] {
    return roads(numbered(50'000, "<road id=\"#\" junction=\"-1\" length=\"100\">" + kLine + kLanes + "</road>"));
  });
  add("3,000 roads through one junction", [] {
    return roads(numbered(3'000, "<road id=\"#\" junction=\"9\" length=\"100\">" + kLine + kLanes + "</road>") +
                 "<junction id=\"9\">" +
                 numbered(3'000,
                          "<connection id=\"#\" incomingRoad=\"1\" connectingRoad=\"#\" contactPoint=\"start\">"
                          "<laneLink from=\"-1\" to=\"-1\"/></connection>") +
                 "</junction>");
  });
  add("a file that includes itself", [] { return roads("<include file=\"bomb.xodr\"/>"); });
  add("100,000 includes of itself", [] { return roads(times(100'000, "<include file=\"bomb.xodr\"/>")); });
}

void add_osm(std::vector<Bomb>& all) {
  const auto add = [&](const std::string& name, const std::string& file, std::function<std::string()> text) {
    all.push_back({name, file, std::move(text)});
  };
  add("OSM: two million nodes of a letter", "bomb.osm", [] { return osm(times(5 * kMega, "<node/>")); });
  add("OSM: a way of a million nodes that are not there", "bomb.osm", [] {
    return osm(kOsmNode + "<way id=\"1\"><tag k=\"highway\" v=\"primary\"/>" + numbered(kMega, "<nd ref=\"#\"/>") +
               "</way>");
  });
  add("OSM: a node of a million tags", "bomb.osm",
      [] { return osm("<node id=\"1\" lat=\"37\" lon=\"127\">" + times(kMega, "<tag k=\"\" v=\"\"/>") + "</node>"); });
  add("OSM: 200,000 ways over the same two nodes", "bomb.osm", [] {
    return osm(
        "<node id=\"1\" lat=\"37\" lon=\"127\"/><node id=\"2\" lat=\"37.001\" lon=\"127\"/>" +
        numbered(200'000, "<way id=\"#\"><nd ref=\"1\"/><nd ref=\"2\"/><tag k=\"highway\" v=\"primary\"/></way>"));
  });
  add("OSM: a way around the world", "bomb.osm", [] {
    return osm(
        "<node id=\"1\" lat=\"0\" lon=\"-179\"/><node id=\"2\" lat=\"1\" lon=\"179\"/><way id=\"1\"><nd ref=\"1\"/>"
        "<nd ref=\"2\"/><tag k=\"highway\" v=\"primary\"/></way>");
  });
  add("gz 1:1000 of zeros", "bomb.osm.gz", [] { return packed_gz(std::string(256 * kMega, '\0')); });
  add("gz 1:1000 of elements", "bomb.osm.gz", [] { return packed_gz(osm(times(20 * kMega, "<node/>"))); });
  add("gz of gz", "bomb.osm.gz", [] { return packed_gz(packed_gz(std::string(256 * kMega, ' '))); });
  add("PBF: a block that promises 2^63 bytes", "bomb.osm.pbf", [] { return pbf("", std::uint64_t{1} << 63, 1); });
  add("PBF: 200 blocks of 32 MB of zeros", "bomb.osm.pbf",
      [] { return pbf(std::string(32 << 20, '\0'), 32 << 20, 200); });
  add("PBF: ten million dense nodes", "bomb.osm.pbf", [] {
    const std::string block = dense_bomb(10 * kMega);
    return pbf(block, block.size(), 1);
  });
  add("PBF: ten million dense nodes twenty times", "bomb.osm.pbf", [] {
    const std::string block = dense_bomb(10 * kMega);
    return pbf(block, block.size(), 20);
  });
  add("PBF: five million nodes", "bomb.osm.pbf", [] {
    const std::string block = node_bomb(5 * kMega);
    return pbf(block, block.size(), 4);
  });
  add("PBF: ten million strings", "bomb.osm.pbf", [] {
    const std::string block = string_bomb(10 * kMega);
    return pbf(block, block.size(), 2);
  });
  all.push_back({"OSM: 4 GB of nothing", "bomb.osm", [] { return std::string("<osm>"); }, std::uintmax_t{1} << 32});
  add("OSM: two million empty ways", "bomb.osm", [] { return osm(numbered(2 * kMega, "<way id=\"#\"/>")); });
  add("OSM: a million streets without nodes", "bomb.osm",
      [] { return osm(numbered(kMega, "<way id=\"#\"><tag k=\"highway\" v=\"primary\"/></way>")); });
  add("OSM: two million empty relations", "bomb.osm", [] { return osm(numbered(2 * kMega, "<relation id=\"#\"/>")); });
  add("OSM: two million nodes on one place", "bomb.osm",
      [] { return osm(numbered(2 * kMega, "<node id=\"#\" lat=\"1\" lon=\"1\"/>")); });
  // Under the length at which an element is refused.
  add("OSM: a way of a quarter of a million nodes", "bomb.osm", [] {
    return osm(kOsmNode + "<way id=\"1\"><tag k=\"highway\" v=\"primary\"/>" + times(kMega / 4, "<nd ref=\"1\"/>") +
               "</way>");
  });
  add("OSM: six nodes of a quarter of a million tags", "bomb.osm", [] {
    return osm(
        times(6, "<node id=\"1\" lat=\"37\" lon=\"127\">" + times(kMega / 4, "<tag k=\"\" v=\"\"/>") + "</node>"));
  });
  add("OSM: ten million empty elements in a node", "bomb.osm",
      [] { return osm("<node id=\"1\" lat=\"37\" lon=\"127\">" + times(10 * kMega, "<a/>") + "</node>"); });
  add("Lanelet2: four ways of a quarter of a million points", "bomb.osm", [] {
    return "<osm generator=\"lanelet2\"><node id=\"1\" lat=\"37\" lon=\"127\"/><node id=\"2\" lat=\"37.01\" "
           "lon=\"127\"/>" +
           numbered(4, "<way id=\"#\">" + times(kMega / 8, "<nd ref=\"1\"/><nd ref=\"2\"/>") + "</way>") + "</osm>";
  });
  add("Lanelet2: a million points", "bomb.osm",
      [] { return "<osm generator=\"lanelet2\">" + times(kMega, "<node id=\"1\"/>") + "</osm>"; });
  add("Lanelet2: five million empty nodes", "bomb.osm",
      [] { return "<osm generator=\"lanelet2\">" + times(5 * kMega, "<node/>") + "</osm>"; });
  add("Lanelet2: five million nodes with ids", "bomb.osm",
      [] { return "<osm generator=\"lanelet2\">" + times(5 * kMega, "<node id=\"1\"/>") + "</osm>"; });
  add("Lanelet2: three million nodes on one place", "bomb.osm", [] {
    return "<osm generator=\"lanelet2\">" + times(3 * kMega, "<node id=\"1\" lat=\"1\" lon=\"1\"/>") + "</osm>";
  });
  add("Lanelet2: two million empty ways", "bomb.osm",
      [] { return "<osm generator=\"lanelet2\">" + numbered(2 * kMega, "<way id=\"#\"/>") + "</osm>"; });
  add("Lanelet2: two million empty relations", "bomb.osm",
      [] { return "<osm generator=\"lanelet2\">" + numbered(2 * kMega, "<relation id=\"#\"/>") + "</osm>"; });
  add("Lanelet2: relations of a million members", "bomb.osm", [] {
    return "<osm generator=\"lanelet2\">" +
           numbered(20, "<relation id=\"#\">" + times(kMega / 10, "<member/>") + "</relation>") + "</osm>";
  });
  add("Lanelet2: a way of a million points", "bomb.osm", [] {
    return "<osm generator=\"lanelet2\"><node id=\"1\" lat=\"37\" lon=\"127\"/><node id=\"2\" lat=\"37.01\" "
           "lon=\"127\"/><way id=\"3\">" +
           times(500'000, "<nd ref=\"1\"/><nd ref=\"2\"/>") +
           "</way><way id=\"4\"><nd ref=\"1\"/><nd ref=\"2\"/></way><relation id=\"5\"><tag k=\"type\" v=\"lanelet\"/>"
           "<tag k=\"subtype\" v=\"road\"/><member type=\"way\" ref=\"3\" role=\"left\"/><member type=\"way\" "
           "ref=\"4\" "
           "role=\"right\"/></relation></osm>";
  });
  add("Lanelet2: 20,000 lanelets of two long ways", "bomb.osm", [] {
    return "<osm generator=\"lanelet2\">" + numbered(2'000, "<node id=\"#\" lat=\"37.#\" lon=\"127\"/>") +
           "<way id=\"3\">" + numbered(2'000, "<nd ref=\"#\"/>") + "</way><way id=\"4\">" +
           numbered(2'000, "<nd ref=\"#\"/>") + "</way>" +
           numbered(
               20'000,
               "<relation id=\"#\"><tag k=\"type\" v=\"lanelet\"/><tag k=\"subtype\" v=\"road\"/><member type=\"way\" "
               "ref=\"3\" role=\"left\"/><member type=\"way\" ref=\"4\" role=\"right\"/></relation>") +
           "</osm>";
  });
}

std::string collection(const std::string& features) {
  return "{\"type\":\"FeatureCollection\",\"origin\":[127,37],\"features\":[" + features + "]}";
}
const std::string kFeature =
    "{\"type\":\"Feature\",\"properties\":{\"class\":\"primary\"},\"geometry\":{\"type\":\"LineString\","
    "\"coordinates\":[[127,37],[127.001,37]]}}";

void add_json(std::vector<Bomb>& all) {
  const auto add = [&](const std::string& name, std::function<std::string()> text) {
    all.push_back({name, "roads.geojson", std::move(text)});
  };
  add("JSON: a million brackets", [] { return collection(times(kMega, "[")); });
  add("JSON: a million brackets, closed", [] { return collection(times(kMega, "[") + times(kMega, "]")); });
  add("JSON: ten million empty lists", [] { return collection(times(10 * kMega, "[],") + "[]"); });
  add("JSON: ten million numbers", [] { return collection(times(10 * kMega, "1,") + "1"); });
  add("JSON: a million names", [] { return collection("{" + numbered(kMega, "\"#\":1,") + "\"x\":1}"); });
  add("JSON: a text of 64 MB", [] { return collection("\"" + std::string(64 * kMega, 'x') + "\""); });
  add("JSON: ten million open brackets of objects", [] { return collection(times(10 * kMega, "{\"\":")); });
  add("JSON: a million brackets, a hundred deep",
      [] { return collection(times(10'000, times(95, "[") + times(95, "]") + ",") + "[]"); });
  add("JSON: 1.5 million numbers for features", [] { return collection(times(3 * kMega / 2, "1,") + "1"); });
  add("JSON: 400,000 empty features", [] { return collection(times(400'000, "{},") + "{}"); });
  add("JSON: two million empty texts", [] { return collection(times(2 * kMega, "\"\",") + "\"\""); });
  add("JSON: two million texts of 16 letters",
      [] { return collection(times(2 * kMega, "\"0123456789abcdef\",") + "\"\""); });
  add("JSON: a text of a million letters", [] {
    return collection("{\"type\":\"Feature\",\"properties\":{\"class\":\"" + std::string(kMega, 'x') + "\",\"id\":\"" +
                      std::string(kMega, 'y') +
                      "\"},\"geometry\":{\"type\":\"LineString\",\"coordinates\":[[127,37],[127.001,37]]}}");
  });
  add("JSON: a street of 400,000 points", [] {
    return collection(
        "{\"type\":\"Feature\",\"properties\":{\"class\":\"primary\"},\"geometry\":{\"type\":\"LineString\","
        "\"coordinates\":[" +
        times(200'000, "[127,37],[127.001,37],") + "[127,37]]}}");
  });
  const auto street_of = [](int points, const std::function<std::pair<double, double>(int)>& at) {
    std::string text =
        "{\"type\":\"Feature\",\"properties\":{\"class\":\"primary\"},\"geometry\":{\"type\":\"LineString\","
        "\"coordinates\":[";
    char point[64];
    for (int i = 0; i < points; ++i) {
      const auto [east, north] = at(i);
      std::snprintf(point, sizeof point, "[%.7f,%.7f],", 127 + east, 37 + north);
      text += point;
    }
    return collection(text + "[127,37]]}}");
  };
  add("JSON: a street of 300,000 points that scribbles", [=] {
    Numbers numbers{7};
    const auto draw = [&] { return 1e-6 * static_cast<double>(numbers.below(10'000)); };
    return street_of(300'000, [&](int) { return std::pair(draw(), draw()); });
  });
  add("JSON: a street of 300,000 points that is wound up", [=] {
    return street_of(300'000,
                     [](int i) { return std::pair(1e-8 * i * std::cos(0.3 * i), 1e-8 * i * std::sin(0.3 * i)); });
  });
  add("JSON: a street of 2,000 points that scribbles", [=] {
    Numbers numbers{7};
    const auto draw = [&] { return 1e-6 * static_cast<double>(numbers.below(10'000)); };
    return street_of(2'000, [&](int) { return std::pair(draw(), draw()); });
  });
  add("JSON: 100,000 streets on their own", [] {
    return collection(numbered(100'000,
                               "{\"geometry\":{\"type\":\"LineString\",\"coordinates\":[[127,37.#],[127.0001,"
                               "37.#]]}},") +
                      kFeature);
  });
  add("JSON: 200,000 streets without a line",
      [] { return collection(kFeature + times(200'000, ",{\"geometry\":{\"type\":\"LineString\"}}")); });
  all.push_back({"CSV: a million lines that are no places", "roads.geojson", [] { return collection(kFeature); }, 0,
                 "school_zones.csv", times(kMega, "x\n")});
  all.push_back({"JSON: 400,000 junctions on one place", "roads.geojson", [] { return collection(kFeature); }, 0,
                 "junctions.geojson",
                 collection(times(400'000, "{\"geometry\":{\"type\":\"Point\",\"coordinates\":[127,37]}},") + "{}")});
  add("JSON: 50,000 streets on one place", [] { return collection(times(50'000, kFeature + ",") + kFeature); });
  add("JSON: a street around the world", [] {
    return collection(
        "{\"type\":\"Feature\",\"properties\":{\"class\":\"primary\"},\"geometry\":{\"type\":\"LineString\","
        "\"coordinates\":[[127,37],[-50,80],[120,-80]]}}");
  });
  all.push_back(
      {"JSON: 4 GB of nothing", "roads.geojson", [] { return collection(kFeature); }, std::uintmax_t{1} << 32});
  all.push_back({"a grid of 20,000 x 20,000 heights that are not there", "roads.geojson",
                 [] { return collection(kFeature); }, 0, "terrain.asc",
                 "ncols 20000\nnrows 20000\nxllcenter 0\nyllcenter 0\ncellsize 1\n1 2 3\n"});
  all.push_back(
      {"an area as wide as Korea, to be filled with streets", "roads.geojson", [] { return collection(kFeature); }, 0,
       "districts.geojson",
       collection(
           "{\"type\":\"Feature\",\"properties\":{\"local_street_spacing_m\":30,\"kind\":\"urban\"},\"geometry\":{"
           "\"type\":\"Polygon\",\"coordinates\":[[[125,34],[130,34],[130,39],[125,39],[125,34]]]}}")});
}

std::string big_endian(std::uint32_t v) {
  return {static_cast<char>(v >> 24), static_cast<char>(v >> 16), static_cast<char>(v >> 8), static_cast<char>(v)};
}
std::string little_endian(std::uint32_t v) {
  const std::string b = big_endian(v);
  return {b.rbegin(), b.rend()};
}

// A section of two links whose file `extension` has `bytes` at `at`.
struct ShapeLie {
  std::string name, extension;
  std::size_t at = 0;
  std::string bytes;
};

const std::vector<ShapeLie>& shape_lies() {
  static const std::vector<ShapeLie> kLies = {
      {"SHP: 2^31 points in a record", ".shp", 100 + 8 + 40, little_endian(0x7fffffff)},
      {"SHP: 2^31 parts in a record", ".shp", 100 + 8 + 36, little_endian(0x7fffffff)},
      {"SHP: 60 million points in a record", ".shp", 100 + 8 + 40, little_endian(60'000'000)},
      {"SHP: a record of 4 GB", ".shp", 100 + 4, big_endian(0x7fffffff)},
      {"SHP: a file of 4 GB by its header", ".shp", 24, big_endian(0x7fffffff)},
      {"SHX: a file of 4 GB by its header", ".shx", 24, big_endian(0x7fffffff)},
      {"SHX: a file of 400 MB by its header", ".shx", 24, big_endian(200'000'000)},
      {"SHX: a record beyond the file", ".shx", 100, big_endian(0x7ffffff0)},
      {"DBF: 2^31 records", ".dbf", 4, little_endian(0x7fffffff)},
      {"DBF: records of 65,535 bytes", ".dbf", 10, std::string("\xff\xff")},
      {"DBF: a header of 65,535 bytes", ".dbf", 8, std::string("\xff\xff")},
      {"DBF: a field of 255 bytes", ".dbf", 32 + 16, std::string("\xff")},
  };
  return kLies;
}

void write_section(const fs::path& folder) {
  ShapeTable table;
  table.type = 13;
  table.columns = {"ID", "FromNodeID", "ToNodeID", "LaneNo", "RoadRank", "LinkType", "MaxSpeed"};
  for (int i = 0; i < 2; ++i)
    table.records.push_back(
        {{{302000.0 + 50 * i, 4'000'000, 10}, {302050.0 + 50 * i, 4'000'000, 10}},
         {"L" + std::to_string(i), "N" + std::to_string(i), "N" + std::to_string(i + 1), "1", "1", "1", "50"}});
  write_shapes(folder, "A2_LINK", table, kUtm52N);
}

struct Folder {
  fs::path path = fs::temp_directory_path() / ("bitgoeul_bombs_" + std::to_string(getpid()));
  Folder() { fs::remove_all(path), fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
};

std::string explode(const fs::path& file, std::uintmax_t size) {
  allow_cpu(2);
  const MemoryMeter meter;
  const MapOutcome outcome = try_map_file(file);
  const std::size_t used = meter.peak_bytes();
  allow_cpu(60);
  if (!outcome.complaint.empty()) return outcome.complaint;
  if (outcome.issues.empty()) return "not a word about it";
  const std::uintmax_t most = 4 * std::min<std::uintmax_t>(size, 256 * kMega) + (std::uintmax_t{64} << 20);
  return used > most
             ? "takes " + std::to_string(used >> 20) + " MB of memory, " + std::to_string(most >> 20) + " at most"
             : "";
}

std::string run_bomb(const Bomb& bomb) {
  const Folder folder;
  const fs::path file = folder.path / bomb.file;
  {
    const std::string text = bomb.text();
    std::ofstream(file, std::ios::binary) << text;
  }
  if (bomb.grown_to > 0) fs::resize_file(file, bomb.grown_to);
  if (!bomb.beside.empty()) std::ofstream(folder.path / bomb.beside, std::ios::binary) << bomb.beside_text;
  const bool network = file.extension() == ".geojson";
  return explode(network ? folder.path : file, fs::file_size(file) + bomb.beside_text.size());
}

std::string run_lie(const ShapeLie& lie) {
  const Folder folder;
  write_section(folder.path);
  const fs::path file = folder.path / ("A2_LINK" + lie.extension);
  std::string bytes = read_map_text(file).text;
  bytes.replace(lie.at, lie.bytes.size(), lie.bytes);
  std::ofstream(file, std::ios::binary) << bytes;
  return explode(folder.path, bytes.size());
}

// Small enough for every run of the tests.
bool is_quick(const Bomb& bomb) {
  static const char* const kSlow[] = {"million", "64 MB", "UTF-8", "two-byte"};
  return std::none_of(std::begin(kSlow), std::end(kSlow),
                      [&](const char* word) { return bomb.name.find(word) != std::string::npos; });
}

Campaign campaign_of(const std::vector<Bomb>& bombs) {
  Campaign campaign;
  campaign.cases = bombs.size();
  campaign.cpu_seconds = 60;
  campaign.describe = [&](std::size_t i) { return bombs[i].name; };
  campaign.run = [&](std::size_t i) { return run_bomb(bombs[i]); };
  return campaign;
}

}  // namespace

TEST_CASE("XML that asks for much is refused or named, quickly and with little memory") {
  std::vector<Bomb> bombs;
  add_xml(bombs);
  if (!full_campaign()) std::erase_if(bombs, [](const Bomb& bomb) { return !is_quick(bomb); });
  run_and_check(campaign_of(bombs), "XML bombs");
}

TEST_CASE("shapefiles whose headers lie are refused or named, quickly and with little memory") {
  Campaign campaign;
  campaign.cases = shape_lies().size();
  campaign.cpu_seconds = 60;
  campaign.describe = [](std::size_t i) { return shape_lies()[i].name; };
  campaign.run = [](std::size_t i) { return run_lie(shape_lies()[i]); };
  run_and_check(campaign, "shapefile lies");
}

TEST_CASE("maps that ask for much are refused or named, quickly and with little memory") {
  std::vector<Bomb> bombs;
  add_opendrive(bombs), add_osm(bombs), add_json(bombs);
  if (!full_campaign()) std::erase_if(bombs, [](const Bomb& bomb) { return !is_quick(bomb); });
  run_and_check(campaign_of(bombs), "map bombs");
}
