#include "tests/faults/maps_inputs.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>

#include "maps/load_map.h"
#include "maps/map_check.h"
#include "maps/opendrive/check_file.h"
#include "maps/opendrive/opendrive.h"
#include "tests/maps/shared_data.h"

namespace bitgoeul::tests {

MapText read_map_text(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {file.filename().string(), {std::istreambuf_iterator<char>(stream), {}}};
}

std::vector<MapText> own_maps() {
  std::vector<MapText> maps;
  for (const char* name : {"all_geometries.xodr", "left_hand.xodr", "t_junction.xodr"})
    maps.push_back(read_map_text(test_map(name)));
  return maps;
}

std::vector<MapText> shared_maps(const std::string& folder, std::size_t max_bytes, const std::string& extension) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (auto it = std::filesystem::recursive_directory_iterator(shared_data() / folder, error);
       !error && it != std::filesystem::recursive_directory_iterator(); it.increment(error))
    if (it->path().extension() == extension && it->is_regular_file(error) && it->file_size(error) <= max_bytes)
      files.push_back(it->path());
  std::sort(files.begin(), files.end());
  std::vector<MapText> maps;
  for (const auto& file : files)
    if (MapText map = read_map_text(file); !map.text.empty()) maps.push_back(std::move(map));
  return maps;
}

std::vector<AttributePlace> attribute_places(const std::string& text) {
  std::vector<AttributePlace> places;
  const auto in_name = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':'; };
  for (std::size_t tag = text.find('<'); tag != std::string::npos; tag = text.find('<', tag + 1)) {
    if (tag + 1 >= text.size() || !in_name(text[tag + 1])) continue;
    const std::size_t end = text.find('>', tag);
    std::size_t name_end = tag + 1;
    while (name_end < text.size() && in_name(text[name_end])) ++name_end;
    const std::string element = text.substr(tag + 1, name_end - tag - 1);
    for (std::size_t at = text.find("=\"", name_end); at < end; at = text.find("=\"", at)) {
      std::size_t name = at;
      while (in_name(text[name - 1])) --name;
      const std::size_t begin = at + 2, close = text.find('"', begin);
      if (close == std::string::npos) return places;
      places.push_back({element, text.substr(name, at - name), begin, close - begin});
      at = close;
    }
  }
  return places;
}

std::vector<AttributePlace> distinct_attributes(const std::string& text) {
  std::set<std::pair<std::string, std::string>> seen;
  std::vector<AttributePlace> places;
  for (AttributePlace& place : attribute_places(text))
    if (seen.emplace(place.element, place.name).second) places.push_back(std::move(place));
  return places;
}

namespace {

enum BadValue : std::size_t { kMissing = 0, kLong = 13, kBadUtf8 = 14, kDuplicate = 15 };
constexpr const char* kValues[kBadValues] = {"",
                                             "",
                                             "nan",
                                             "inf",
                                             "-inf",
                                             "1e309",
                                             "-1",
                                             "0",
                                             "1e308",
                                             "0x10",
                                             "1,5",
                                             "5m",
                                             "9223372036854775808",
                                             "",
                                             "\xff\xc3\x28",
                                             ""};

}  // namespace

std::string bad_value_name(std::size_t kind) {
  switch (kind) {
    case kMissing:
      return "missing";
    case 1:
      return "empty";
    case kLong:
      return "a million letters";
    case kBadUtf8:
      return "bytes that are not UTF-8";
    case kDuplicate:
      return "given twice";
    default:
      return kValues[kind];
  }
}

std::string bad_value(std::size_t kind) { return kind == kLong ? std::string(1'000'000, 'x') : kValues[kind]; }

bool is_no_number(std::size_t kind) {
  static const std::set<std::string> kNumbers = {"-1", "0", "1e308", "9223372036854775808"};
  return kind != kMissing && kind != kDuplicate && kNumbers.count(kValues[kind]) == 0;
}

std::string with_bad_value(const std::string& text, const AttributePlace& place, std::size_t kind) {
  std::string bad = text;
  const std::size_t name_begin = place.begin - 2 - place.name.size();
  if (kind == kMissing)
    bad.erase(name_begin, place.name.size() + 3 + place.size);
  else if (kind == kDuplicate)
    bad.insert(name_begin, place.name + "=\"7\" ");
  else
    bad.replace(place.begin, place.size, bad_value(kind));
  return bad;
}

namespace {

template <class... T>
bool finite(T... values) {
  return (std::isfinite(values) && ...);
}

std::string find_bad_number(const maps::Map& map) {
  for (const maps::LanePoint& p : map.points)
    if (!finite(p.s, p.x, p.y, p.z, p.heading, p.curvature, p.width, p.speed_cap_mps)) return "a lane point";
  for (const maps::Lane& l : map.lanes)
    if (!finite(l.length, l.stop_s, l.speed_limit_mps)) return "a lane";
  for (const maps::Signal& s : map.signals)
    if (!finite(s.x, s.y, s.z, s.heading, s.value)) return "a signal";
  for (const maps::Object& o : map.objects)
    if (!finite(o.x, o.y, o.z, o.heading, o.length, o.width, o.height)) return "an object";
  for (const double v : map.outline_points)
    if (!finite(v)) return "an outline";
  for (const maps::Conflict& c : map.conflicts)
    if (!finite(c.s_begin, c.s_end, c.other_begin, c.other_end)) return "a conflict";
  return finite(map.offset_x, map.offset_y, map.offset_z, map.offset_heading) ? "" : "the offset";
}

bool is_utf8_line(const std::string& text) { return text.find('\n') == std::string::npos && text.size() < 4000; }

std::string judge_issues(const sim::Issues& issues) {
  for (const sim::Issue& i : issues) {
    if (i.what.empty()) return "an issue without text";
    if (!is_utf8_line(i.what) || !is_utf8_line(i.where)) return "an issue that is no readable line";
    if (i.file.empty()) return "an issue without file: " + i.what;
  }
  return issues.size() > 100'000 ? std::to_string(issues.size()) + " issues" : "";
}

void judge_map(const maps::Map& map, MapOutcome& outcome) {
  if (const std::string bad = find_bad_number(map); !bad.empty())
    outcome.complaint = "the map was loaded with a number that is not finite in " + bad;
  const sim::Issues found = maps::check_map(map);
  outcome.issues.insert(outcome.issues.end(), found.begin(), found.end());
  if (reports(found, "bad_reference") || reports(found, "dangling_link") || reports(found, "not_finite"))
    outcome.complaint = "the frozen map is not sound: " + sim::to_string(found.front());
}

}  // namespace

MapOutcome try_map_file(const std::filesystem::path& path) {
  MapOutcome outcome;
  auto map = maps::load_map(path.string(), outcome.issues, {.use_cache = false, .cache_dir = {}});
  outcome.refused = !map;
  if (map)
    judge_map(**map, outcome);
  else
    outcome.issues.push_back(map.error());
  if (outcome.complaint.empty()) outcome.complaint = judge_issues(outcome.issues);
  return outcome;
}

MapOutcome try_opendrive(std::string_view text) {
  MapOutcome outcome;
  const auto refuse = [&](const sim::Issue& issue) {
    outcome.refused = true;
    outcome.issues.push_back(issue);
  };
  outcome.issues = maps::opendrive::check_text(text, "fault.xodr");
  auto builder = maps::opendrive::read_text(text, "fault.xodr", outcome.issues);
  if (!builder) {
    refuse(builder.error());
  } else if (const auto map = maps::freeze(std::move(*builder), outcome.issues); !map) {
    refuse(map.error());
  } else {
    judge_map(**map, outcome);
  }
  if (outcome.complaint.empty()) outcome.complaint = judge_issues(outcome.issues);
  return outcome;
}

std::size_t memory_for(std::string_view text) { return 4 * text.size() + (std::size_t{64} << 20); }

bool reports(const sim::Issues& issues, std::string_view rule) {
  return std::any_of(issues.begin(), issues.end(), [&](const sim::Issue& i) { return i.rule == rule; });
}

}  // namespace bitgoeul::tests
