// OpenDRIVE reader and freeze on damaged input: cut files and bad values give an error or Issues, never a crash, a hang
// or a NaN.
#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <set>

#include "maps/opendrive/opendrive.h"
#include "maps/xml.h"
#include "tests/maps/shared_data.h"

using namespace bitgoeul;

namespace {

const char* const kMaps[] = {"all_geometries.xodr", "t_junction.xodr", "left_hand.xodr"};

std::string text_of(const char* file) {
  std::ifstream stream(tests::test_map(file), std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

struct Place {  // of an attribute's value in the text
  std::string element, name;
  std::size_t begin = 0, size = 0;
};

// Every name="value" behind the first tag, found without an XML parser.
std::vector<Place> attributes_of(const std::string& text) {
  std::vector<Place> places;
  for (std::size_t at = text.find("=\"", text.find("<OpenDRIVE")); at != std::string::npos; at = text.find("=\"", at)) {
    std::size_t name = at;
    while (std::isalpha(static_cast<unsigned char>(text[name - 1])) != 0) --name;
    const std::size_t begin = at + 2, end = text.find('"', begin);
    const std::size_t tag = text.rfind('<', name) + 1;
    const std::string element = text.substr(tag, text.find(' ', tag) - tag);
    places.push_back({element, text.substr(name, at - name), begin, end - begin});
    at = end;
  }
  return places;
}

bool all_finite(const maps::Map& map) {
  for (const maps::LanePoint& p : map.points)
    for (double v : {p.s, p.x, p.y, p.z, p.heading, p.curvature, p.width, p.speed_cap_mps})
      if (!std::isfinite(v)) return false;
  for (const maps::Lane& l : map.lanes)
    if (!std::isfinite(l.length) || !std::isfinite(l.stop_s) || !std::isfinite(l.speed_limit_mps)) return false;
  for (const maps::Signal& s : map.signals)
    if (!std::isfinite(s.x + s.y + s.z + s.heading)) return false;
  for (const maps::Object& o : map.objects)
    if (!std::isfinite(o.x + o.y + o.z + o.heading)) return false;
  for (double v : map.outline_points)
    if (!std::isfinite(v)) return false;
  return std::isfinite(map.offset_x + map.offset_y + map.offset_z + map.offset_heading);
}

// What came of it: refused, or taken with so many errors and warnings.
struct Outcome {
  bool refused = false;
  int complaints = 0;
};

Outcome try_text(const std::string& text) {
  Outcome outcome;
  sim::Issues issues;
  auto builder = maps::opendrive::read_text(text, "fuzz.xodr", issues);
  if (builder) {
    const auto map = maps::freeze(std::move(*builder), issues);
    outcome.refused = !map;
    if (map) CHECK(all_finite(**map));
  } else {
    outcome.refused = true;
    CHECK(!builder.error().what.empty());
  }
  for (const sim::Issue& i : issues) {
    CHECK(!i.what.empty());
    outcome.complaints += i.severity != sim::Severity::kInfo;
  }
  return outcome;
}

}  // namespace

TEST_CASE("a file that ends early is refused, with its place") {
  for (const char* file : kMaps) {
    const std::string text = text_of(file);
    REQUIRE(text.size() > 1000);
    for (int i = 0; i < 200; ++i) {
      const std::string cut = text.substr(0, text.size() * static_cast<std::size_t>(i) / 200);
      CHECK_MESSAGE(try_text(cut).refused, (std::string(file) + " cut at " + std::to_string(cut.size())));
    }
    const Outcome whole = try_text(text);
    CHECK(!whole.refused);
    CHECK(whole.complaints == 0);
  }
}

TEST_CASE("bad values in attributes are refused or reported") {
  static const char* const kValues[] = {"",
                                        "nan",
                                        "inf",
                                        "-inf",
                                        "-1",
                                        "1e308",
                                        "-1e308",
                                        "0",
                                        "abc",
                                        "1e-320",
                                        "1e9",
                                        "-0",
                                        "1,5",
                                        "0x1F",
                                        "99999999999999999999",
                                        "\xEB\xB9\x9B&#xB2E4;"};
  // Words, ids and what is not read (shape) may be anything, so that only crashes count there.
  static const std::set<std::string> kFree = {
      "id",       "name",         "version",        "date",      "vendor", "encoding", "country",
      "subtype",  "incomingRoad", "connectingRoad", "elementId", "high",   "low",      "junction",
      "signalId", "type",         "unit",           "sequence",  "max",    "level",    "restriction"};
  constexpr std::size_t kAttributes = 120;  // of each map, evenly spread
  for (const char* file : kMaps) {
    const std::string text = text_of(file);
    const std::vector<Place> places = attributes_of(text);
    const std::size_t step = std::max<std::size_t>(places.size() / kAttributes, 1);
    for (std::size_t i = 0; i < places.size(); i += step) {
      const bool number = maps::parse_double(text.substr(places[i].begin, places[i].size)).has_value();
      for (const char* value : kValues) {
        std::string bad = text;
        bad.replace(places[i].begin, places[i].size, value);
        const std::string what = std::string(file) + " <" + places[i].element + "> " + places[i].name + "=" + value;
        CAPTURE(what);
        const Outcome outcome = try_text(bad);
        if (!number || places[i].element == "shape" || kFree.count(places[i].name) != 0 || maps::parse_double(value))
          continue;
        CHECK((outcome.refused || outcome.complaints > 0));
      }
    }
  }
}

TEST_CASE("missing and doubled elements are no catastrophe") {
  for (const char* file : kMaps) {
    const std::string text = text_of(file);
    int tried = 0;
    // Takes out, then doubles, every element that stands on one line.
    for (std::size_t begin = text.find('\n'); begin != std::string::npos; begin = text.find('\n', begin + 1)) {
      const std::size_t end = text.find('\n', begin + 1);
      if (end == std::string::npos) break;
      const std::string line = text.substr(begin, end - begin);
      if (line.find("/>") == std::string::npos) continue;
      std::string without = text, twice = text;
      without.erase(begin, line.size());
      twice.insert(begin, line);
      (void)try_text(without);
      (void)try_text(twice);
      ++tried;
    }
    CHECK(tried > 5);
  }
}
