// M1 to M3 of the fault matrix: OpenDRIVE files cut at any place, with bytes changed, and with bad values in their
// attributes: a named error, or a map that is sound. By default a sample; BITGOEUL_FULL=1 runs all of it.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "maps/xml.h"
#include "tests/faults/campaign.h"
#include "tests/faults/maps_inputs.h"

using namespace bitgoeul;
using namespace bitgoeul::tests;

namespace {

constexpr std::size_t kSmall = 70'000, kMedium = 700'000, kLarge = std::size_t{1} << 30;

std::string judge(const std::string& text) {
  allow_memory(memory_for(text));
  return try_opendrive(text).complaint;
}

int children() { return full_campaign() ? 2 : 1; }

std::vector<MapText> small_maps() {
  std::vector<MapText> maps = own_maps();
  for (MapText& map : shared_maps("xodr", full_campaign() ? kSmall : 20'000, ".xodr")) maps.push_back(std::move(map));
  return maps;
}

bool only_space(std::string_view text) { return text.find_first_not_of(" \t\r\n") == std::string_view::npos; }

}  // namespace

TEST_CASE("a map file that ends early is refused with its place") {
  const std::vector<MapText> maps = full_campaign() ? shared_maps("xodr", kLarge, ".xodr") : small_maps();
  const std::size_t cuts = full_campaign() ? 2000 : 40;
  const auto cut = [&](std::size_t i) {
    const std::string& text = maps[i / cuts].text;
    return std::string_view(text).substr(0, text.size() * (i % cuts) / cuts);
  };
  Campaign campaign;
  campaign.cases = maps.size() * cuts;
  campaign.children = children();
  campaign.describe = [&](std::size_t i) { return maps[i / cuts].name + " cut at " + std::to_string(cut(i).size()); };
  campaign.run = [&](std::size_t i) -> std::string {
    const std::string_view head = cut(i), whole = maps[i / cuts].text;
    allow_memory(memory_for(head));
    const MapOutcome outcome = try_opendrive(head);
    if (!outcome.refused && !only_space(whole.substr(head.size()))) return "loaded";
    return outcome.complaint;
  };
  run_and_check(campaign, "cut files");
}

TEST_CASE("a map file with a byte changed is refused, or gives a sound map") {
  const std::vector<MapText> maps = small_maps();
  const std::size_t per_map = full_campaign() ? 4000 : 60;
  const auto damage = [&](std::size_t i) {
    std::string text = maps[i / per_map].text;
    Numbers numbers{i};
    char& byte = text[numbers.below(text.size())];
    const char changed[] = {'\0', '\xff', static_cast<char>(byte ^ 1), static_cast<char>(byte ^ 0x80)};
    byte = changed[i % 4];
    return text;
  };
  Campaign campaign;
  campaign.cases = maps.size() * per_map;
  campaign.children = children();
  campaign.describe = [&](std::size_t i) { return maps[i / per_map].name; };
  campaign.run = [&](std::size_t i) { return judge(damage(i)); };
  run_and_check(campaign, "changed bytes");
}

TEST_CASE("missing or doubled or moved elements are refused, or give a sound map") {
  const std::vector<MapText> maps = small_maps();
  const std::size_t per_map = full_campaign() ? 1000 : 24;
  const auto damage = [&](std::size_t i) {
    const std::string& text = maps[i / per_map].text;
    Numbers numbers{i};
    // A whole element that stands on the lines from a `<` to its own end, as far as text shows it.
    const std::size_t begin = text.find('<', numbers.below(text.size()));
    if (begin == std::string::npos || begin + 2 >= text.size()) return text;
    const std::size_t name_end = text.find_first_of(" \t\r\n/>", begin + 1);
    const std::string close = "</" + text.substr(begin + 1, name_end - begin - 1) + ">";
    const std::size_t tag_end = text.find('>', begin);
    if (tag_end == std::string::npos) return text;
    std::size_t end = tag_end + 1;
    if (text[tag_end - 1] != '/') {
      const std::size_t at = text.find(close, tag_end);
      if (at == std::string::npos) return text;
      end = at + close.size();
    }
    std::string bad = text;
    const std::string element = text.substr(begin, end - begin);
    switch (i % 4) {
      case 0:
        bad.erase(begin, end - begin);
        break;
      case 1:
        bad.insert(begin, element);
        break;
      case 2: {
        bad.erase(begin, end - begin);
        const std::size_t to = bad.find('<', numbers.below(bad.size()));
        bad.insert(to == std::string::npos ? 0 : to, element);
        break;
      }
      default:
        bad.insert(begin, element + element + element + element);
    }
    return bad;
  };
  Campaign campaign;
  campaign.cases = maps.size() * per_map;
  campaign.children = children();
  campaign.describe = [&](std::size_t i) { return maps[i / per_map].name; };
  campaign.run = [&](std::size_t i) { return judge(damage(i)); };
  run_and_check(campaign, "missing, doubled, moved elements");
}

namespace {

struct BadAttribute {
  std::size_t map = 0;
  AttributePlace place;
  std::size_t kind = 0;
};

// What is not read, ids and words: they may be anything. Everything else must not change in silence.
bool may_be_anything(const AttributePlace& place) {
  static const std::set<std::string> kFree = {"id",          "name",         "version",
                                              "date",        "vendor",       "encoding",
                                              "standalone",  "country",      "countryRevision",
                                              "type",        "subtype",      "junction",
                                              "high",        "low",          "signalId",
                                              "unit",        "max",          "sequence",
                                              "code",        "value",        "level",
                                              "north",       "south",        "east",
                                              "west",        "incomingRoad", "text",
                                              "elementId",   "dynamic",      "connectingRoad",
                                              "orientation", "xmlns",        "restriction",
                                              "linkedRoad"};
  return kFree.count(place.name) != 0 || place.name.find(':') != std::string::npos;
}

std::string judge_attribute(const MapText& map, const BadAttribute& bad) {
  const std::string text = with_bad_value(map.text, bad.place, bad.kind);
  allow_memory(memory_for(text));
  const MapOutcome outcome = try_opendrive(text);
  if (!outcome.complaint.empty()) return outcome.complaint;
  const bool number = maps::parse_double(map.text.substr(bad.place.begin, bad.place.size)).has_value();
  if (outcome.refused || !number || !is_no_number(bad.kind) || may_be_anything(bad.place)) return "";
  const bool named = std::any_of(outcome.issues.begin(), outcome.issues.end(), [&](const sim::Issue& issue) {
    return issue.what.find('"' + bad.place.name + '"') != std::string::npos ||
           issue.what.find('<' + bad.place.element + '>') != std::string::npos || issue.rule == "ignored" ||
           issue.rule == "xml_encoding";
  });
  return named ? "" : "loaded without a word about it";
}

// Every attribute of small maps (a sample of them by default), each pair of element and attribute of larger ones.
std::vector<BadAttribute> bad_attributes(const std::vector<MapText>& maps) {
  std::vector<BadAttribute> all;
  const bool full = full_campaign();
  for (std::size_t m = 0; m < maps.size(); ++m) {
    const bool every = full && m < 40 && maps[m].text.size() < 16'000;
    for (const AttributePlace& place : every ? attribute_places(maps[m].text) : distinct_attributes(maps[m].text))
      for (std::size_t kind = 0; kind < kBadValues; ++kind)
        if (full || m < 3 || (m + kind + place.begin) % 23 == 0) all.push_back({m, place, kind});
  }
  return all;
}

}  // namespace

TEST_CASE("bad values in attributes are refused or reported") {
  const std::vector<MapText> maps = small_maps();
  const std::vector<BadAttribute> bad = bad_attributes(maps);
  Campaign campaign;
  campaign.cases = bad.size();
  campaign.children = children();
  campaign.describe = [&](std::size_t i) {
    return maps[bad[i].map].name + " <" + bad[i].place.element + "> " + bad[i].place.name + " = " +
           bad_value_name(bad[i].kind);
  };
  campaign.run = [&](std::size_t i) { return judge_attribute(maps[bad[i].map], bad[i]); };
  run_and_check(campaign, "bad attribute values");
}

TEST_CASE("bad values in attributes of larger maps are refused or reported" * doctest::skip(!full_campaign())) {
  std::vector<MapText> maps = shared_maps("xodr", kMedium, ".xodr");
  std::erase_if(maps, [](const MapText& map) { return map.text.size() <= kSmall; });
  const std::vector<BadAttribute> bad = bad_attributes(maps);
  Campaign campaign;
  campaign.cases = bad.size();
  campaign.children = children();
  campaign.cpu_seconds = 60;
  campaign.describe = [&](std::size_t i) {
    return maps[bad[i].map].name + " <" + bad[i].place.element + "> " + bad[i].place.name + " = " +
           bad_value_name(bad[i].kind);
  };
  campaign.run = [&](std::size_t i) { return judge_attribute(maps[bad[i].map], bad[i]); };
  run_and_check(campaign, "bad attribute values in larger maps");
}
