// M3 of the fault matrix for the other formats: 16 bad values for each attribute, tag, property, table column and
// number of OSM XML, Lanelet2, GeoJSON, CSV, terrain grids and the shapefiles of NGII and of the node-link network:
// refused, or loaded as a sound map; what is no number never in silence where a number is read.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "maps/xml.h"
#include "tests/faults/campaign.h"
#include "tests/faults/maps_inputs.h"
#include "tests/faults/maps_victims.h"
#include "tests/maps/shared_data.h"

using namespace bitgoeul;
using namespace bitgoeul::tests;

namespace {

namespace fs = std::filesystem;

enum class Form { kXml, kJson, kText, kTable };

struct Value {
  std::string name;  // a tag's or property's key, a column, or where the number stands
  AttributePlace place;
  std::size_t column = 0;  // of a table: where its description begins
};

Form form_of(const std::string& file) {
  const std::string ending = fs::path(file).extension();
  return ending == ".osm"       ? Form::kXml
         : ending == ".geojson" ? Form::kJson
         : ending == ".dbf"     ? Form::kTable
                                : Form::kText;
}

std::string text_at(const std::string& text, const AttributePlace& place) {
  return text.substr(place.begin, place.size);
}

// Each pair of element and attribute once, each tag by its key.
std::vector<Value> xml_values(const std::string& text) {
  std::vector<Value> values;
  std::set<std::string> seen;
  std::string key;
  for (const AttributePlace& place : attribute_places(text)) {
    if (place.element == "tag" && place.name == "k") key = text_at(text, place);
    const bool tag = place.element == "tag" && place.name == "v";
    const std::string name = tag ? "tag " + key : place.element + " " + place.name;
    if (seen.insert(name).second) values.push_back({name, place});
  }
  return values;
}

// Each key once with what stands behind it, and the first two numbers of each list.
std::vector<Value> json_values(const std::string& text) {
  std::vector<Value> values;
  std::set<std::string> seen;
  for (std::size_t colon = text.find("\":"); colon != std::string::npos; colon = text.find("\":", colon + 2)) {
    const std::size_t begin = colon + 2, key = text.rfind('"', colon - 1) + 1;
    const std::string name = text.substr(key, colon - key);
    if (!seen.insert(name).second) continue;
    std::size_t end = begin;
    for (int open = 0; end < text.size() && (open > 0 || (text[end] != ',' && text[end] != '}')); ++end)
      open += (text[end] == '[' || text[end] == '{') - (text[end] == ']' || text[end] == '}');
    const bool quoted = text[begin] == '"';
    values.push_back({name, {"", name, begin + quoted, end - begin - 2 * quoted}});
    if (text[begin] != '[' || text[begin + 1] == '{') continue;
    std::size_t at = text.find_first_not_of('[', begin);
    for (int i = 0; i < 2; ++i) {
      const std::size_t close = text.find_first_of(",]", at);
      values.push_back({name + "[" + std::to_string(i) + "]", {"", "", at, close - at}});
      at = close + 1;
    }
  }
  return values;
}

// The first words between spaces, commas and line ends; the whole text of what has none (a projection).
std::vector<Value> text_values(const std::string& text, const std::string& file) {
  if (file.ends_with(".prj") || file.ends_with(".cpg")) return {{"text", {"", "", 0, text.size()}}};
  std::vector<Value> values;
  for (std::size_t at = 0; values.size() < 40 && (at = text.find_first_not_of(" ,\n", at)) != std::string::npos;) {
    const std::size_t end = std::min(text.find_first_of(" ,\n", at), text.size());
    values.push_back({"word " + std::to_string(values.size()), {"", "", at, end - at}});
    at = end;
  }
  return values;
}

unsigned byte_at(const std::string& text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

// The first record's cell of each column (dBASE III).
std::vector<Value> table_values(const std::string& text) {
  std::vector<Value> values;
  if (text.size() < 33 || byte_at(text, 4) == 0) return values;
  std::size_t cell = byte_at(text, 8) + 256 * byte_at(text, 9) + 1;
  for (std::size_t column = 32; text[column] != '\r'; column += 32) {
    const std::size_t width = byte_at(text, column + 16);
    values.push_back(
        {std::string(text.c_str() + column, strnlen(text.c_str() + column, 11)), {"", "", cell, width}, column});
    cell += width;
  }
  return values;
}

std::string number_of(const std::string& text, const AttributePlace& place) {
  std::string value = text_at(text, place);
  value.erase(std::remove(value.begin(), value.end(), ' '), value.end());
  return value;
}

std::string bad_table(const std::string& text, const Value& value, std::size_t kind) {
  std::string bad = text;
  const auto put = [&](std::size_t at, std::size_t width, std::string what, char fill) {
    what.resize(width, fill);
    bad.replace(at, width, what);
  };
  if (bad_value_name(kind) == "missing")
    put(value.column, 11, "GONE", '\0');
  else if (bad_value_name(kind) == "given twice")
    put(value.column, 11, text.substr(32, 11), '\0');
  else
    put(value.place.begin, value.place.size, bad_value(kind), ' ');
  return bad;
}

std::string bad_plain(const std::string& text, const Value& value, std::size_t kind) {
  const AttributePlace& place = value.place;
  std::string bad = text, own = text_at(text, place);
  if (bad_value_name(kind) == "given twice")
    own += ' ' + own;
  else
    own = bad_value_name(kind) == "missing" ? "" : bad_value(kind);
  return bad.replace(place.begin, place.size, own);
}

std::string bad_json(const std::string& text, const Value& value, std::size_t kind) {
  if (value.place.name.empty()) return bad_plain(text, value, kind);
  const std::size_t key = text.rfind('"' + value.name + '"', value.place.begin);
  const bool quoted = text[value.place.begin - 1] == '"';
  std::string bad = text;
  if (bad_value_name(kind) == "missing")
    return bad.replace(key, value.place.begin + value.place.size + quoted - key, "\"gone\":0");
  if (bad_value_name(kind) == "given twice") return bad.insert(key, '"' + value.name + "\":7,");
  // What is no number, and would only be a mistake of syntax, stands in quotes.
  const bool odd = !quoted && is_no_number(kind) && bad_value(kind) != "1e309" && kind % 2 == 0;
  return bad.replace(value.place.begin, value.place.size, odd ? '"' + bad_value(kind) + '"' : bad_value(kind));
}

struct BadValue {
  std::size_t victim = 0;
  Value value;
  std::size_t kind = 0;
};

std::string damaged(const Victim& victim, const BadValue& bad) {
  const std::string& text = victim.files.at(victim.damaged);
  switch (form_of(victim.damaged)) {
    case Form::kXml:
      return with_bad_value(text, bad.value.place, bad.kind);
    case Form::kJson:
      return bad_json(text, bad.value, bad.kind);
    case Form::kTable:
      return bad_table(text, bad.value, bad.kind);
    case Form::kText:
      return bad_plain(text, bad.value, bad.kind);
  }
  return text;
}

std::vector<Value> values_of(const Victim& victim) {
  const std::string& text = victim.files.at(victim.damaged);
  switch (form_of(victim.damaged)) {
    case Form::kXml:
      return xml_values(text);
    case Form::kJson:
      return json_values(text);
    case Form::kTable:
      return table_values(text);
    case Form::kText:
      return text_values(text, victim.damaged);
  }
  return {};
}

bool is_binary(const std::string& file) {
  return file.ends_with(".shp") || file.ends_with(".shx") || file.ends_with(".pbf") || file.ends_with(".sbn") ||
         file.ends_with(".sbx") || file.ends_with(".cpg");
}

// What is not read, and versions, ids and codes: they may be anything.
bool may_be_anything(const std::string& name) {
  static const std::set<std::string> kFree = {"osm version",
                                              "node version",
                                              "way version",
                                              "relation version",
                                              "MetaInfo map_version",
                                              "MetaInfo format_version",
                                              "MetaInfo validation_version",
                                              "AdminCode",
                                              "UpdateDate",
                                              "Length",
                                              "NODE_TYPE",
                                              "TURN_ID",
                                              "Version",
                                              "SubType"};
  return kFree.count(name) != 0;
}

// Whether a number that is read would be another one, or none, without a word. An empty text is as good as none, a list
// with `1,5` in it a longer list, and a narrow column cuts the value.
bool would_be_silent(const Victim& victim, const BadValue& bad) {
  const std::string& text = victim.files.at(victim.damaged);
  const auto is_number = [](const std::string& cell) { return maps::parse_double(cell).has_value(); };
  if (!is_number(number_of(text, bad.value.place)) || !is_no_number(bad.kind) || may_be_anything(bad.value.name))
    return false;
  const Form form = form_of(victim.damaged);
  const std::string value = bad_value(bad.kind);
  if (value.empty() && (form == Form::kXml || form == Form::kTable)) return false;
  if (form == Form::kJson && bad.value.place.name.empty() && value == "1,5") return false;
  return form != Form::kTable || !is_number(value.substr(0, bad.value.place.size));
}

std::multiset<std::string> said(const sim::Issues& issues) {
  std::multiset<std::string> all;
  for (const sim::Issue& issue : issues) all.insert(issue.where + ": " + issue.what);
  return all;
}

}  // namespace

TEST_CASE("bad values in files of every format are refused or reported") {
  std::vector<Victim> all = victims();
  if (full_campaign())
    for (const Victim& map : whole_maps())
      for (const auto& [file, text] : map.files)
        if (!is_binary(file) && text.size() < 3'000'000) {
          all.push_back({map.name + "/" + file, map.files, {}, map.folder, map.own_mb});
          damage_file(all.back(), file);
        }
  std::erase_if(all, [](const Victim& victim) { return is_binary(victim.damaged); });
  std::vector<BadValue> bad;
  std::vector<std::multiset<std::string>> whole;  // what is said of the undamaged map
  for (std::size_t v = 0; v < all.size(); ++v) {
    whole.push_back(said(try_victim(all[v], all[v].files.at(all[v].damaged)).issues));
    for (const Value& value : values_of(all[v]))
      for (std::size_t kind = 0; kind < kBadValues; ++kind)
        if (full_campaign() || (v + kind + value.place.begin) % 11 == 0) bad.push_back({v, value, kind});
  }
  Campaign campaign;
  campaign.cases = bad.size();
  campaign.children = full_campaign() ? 2 : 1;
  campaign.cpu_seconds = 60;
  campaign.describe = [&](std::size_t i) {
    return all[bad[i].victim].name + " " + bad[i].value.name + " = " + bad_value_name(bad[i].kind);
  };
  campaign.run = [&](std::size_t i) -> std::string {
    const Victim& victim = all[bad[i].victim];
    const MapOutcome outcome = try_victim(victim, damaged(victim, bad[i]));
    if (!outcome.complaint.empty() || outcome.refused) return outcome.complaint;
    const bool silent = would_be_silent(victim, bad[i]) && said(outcome.issues) == whole[bad[i].victim];
    return silent ? "loaded without a word about it" : "";
  };
  run_and_check(campaign, "bad values of other formats");
}
