#include <algorithm>
#include <cmath>

#include "maps/opendrive/reader.h"

namespace bitgoeul::maps::opendrive {

namespace {

std::string number_text(double value) {
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

bool within(XmlElement element, std::string_view name, double value, double low, double high) {
  if (value >= low && value <= high) return true;
  element.error(
      "attribute \"" + std::string(name) + "\" has the value \"" + std::string(*element.attribute(name)) + "\"",
      "attribute_range", "allowed: " + number_text(low) + " to " + number_text(high));
  return false;
}

}  // namespace

bool required_number(XmlElement element, std::string_view name, double& out, double low, double high) {
  double value = 0;
  if (!element.required(name, value) || !within(element, name, value, low, high)) return false;
  out = value;
  return true;
}

bool optional_number(XmlElement element, std::string_view name, double& out, double low, double high) {
  double value = 0;
  if (!element.optional(name, value) || !within(element, name, value, low, high)) return false;
  out = value;
  return true;
}

bool required_id(XmlElement element, std::string_view name, std::string& out) {
  if (!element.required(name, out)) return false;
  if (!out.empty()) return true;
  element.error("attribute \"" + std::string(name) + "\" is empty", "id_empty", "give it an id");
  return false;
}

bool read_poly3(XmlElement element, std::string_view place, Poly3& out) {
  bool good = required_number(element, place, out.s, -kLengthToleranceM, kMaxLengthM);
  for (auto [name, value] : {std::pair{"a", &out.a}, {"b", &out.b}, {"c", &out.c}, {"d", &out.d}})
    good = required_number(element, name, *value, -kMaxCoefficient, kMaxCoefficient) && good;
  out.s = std::max(out.s, 0.0);
  return good;
}

std::vector<Poly3> read_polys(XmlElement parent, std::string_view name, std::string_view place) {
  std::vector<Poly3> polys;
  bool sorted = true;
  for (XmlElement e = parent.child(name); e; e = e.next(name)) {
    Poly3 poly;
    if (!read_poly3(e, place, poly)) continue;
    if (!polys.empty() && poly.s < polys.back().s) {
      e.warning("stands after one with a greater " + std::string(place) + "; they are sorted", "ascending_order",
                "write them in ascending order");
      sorted = false;
    }
    polys.push_back(poly);
  }
  if (!sorted) std::stable_sort(polys.begin(), polys.end(), [](const Poly3& a, const Poly3& b) { return a.s < b.s; });
  std::vector<Poly3> unique;
  for (const Poly3& poly : polys) {
    if (!unique.empty() && unique.back().s == poly.s) unique.pop_back();
    unique.push_back(poly);
  }
  return unique;
}

void limit_polys(std::vector<Poly3>& polys, double end, double limit, XmlElement parent, std::string_view name) {
  constexpr int kSamples = 32;
  for (std::size_t i = 0; i < polys.size(); ++i) {
    Poly3& p = polys[i];
    const double length = std::max((i + 1 < polys.size() ? std::min(polys[i + 1].s, end) : end) - p.s, 0.0);
    double largest = 0;
    for (int k = 0; k <= kSamples; ++k) {
      const double ds = length * k / kSamples;
      largest = std::max(largest, std::abs(p.a + ds * (p.b + ds * (p.c + ds * p.d))));
    }
    if (largest <= limit) continue;
    parent.error("the <" + std::string(name) + "> that begins at " + number_text(p.s) + " reaches " +
                     number_text(largest) + "; it is taken as 0",
                 "polynomial_size", "allowed: up to " + number_text(limit));
    p = {p.s, 0, 0, 0, 0};
  }
}

bool read_speed(XmlElement element, bool words_allowed, double& speed_mps) {
  static constexpr XmlWord<double> kUnits[] = {{"m/s", 1.0}, {"km/h", 1.0 / 3.6}, {"mph", 0.44704}, {"kmh", 1.0 / 3.6}};
  const auto text = element.attribute("max");
  if (words_allowed && text && (*text == "no limit" || *text == "undefined")) {
    element.attribute("unit");
    speed_mps = 0;
    return true;
  }
  double value = 0, unit = 1.0;
  if (!required_number(element, "max", value, 0, 1000)) return false;
  element.optional<double>("unit", unit, kUnits);
  speed_mps = value * unit;
  return true;
}

std::int8_t read_orientation(XmlElement element) {
  static constexpr XmlWord<std::int8_t> kWords[] = {{"+", 1}, {"-", -1}, {"none", 0}, {"both", 0}};
  std::int8_t orientation = 0;
  element.optional<std::int8_t>("orientation", orientation, kWords);
  return orientation;
}

std::vector<Validity> read_validity(XmlElement element) {
  std::vector<Validity> all;
  for (XmlElement e = element.child("validity"); e; e = e.next("validity")) {
    Validity v;
    const bool from = e.required("fromLane", v.from_lane), to = e.required("toLane", v.to_lane);
    if (!from || !to) continue;
    if (v.from_lane > v.to_lane) std::swap(v.from_lane, v.to_lane);
    all.push_back(v);
  }
  return all;
}

bool read_yes_no(XmlElement element, std::string_view name) {
  static constexpr XmlWord<bool> kWords[] = {{"yes", true}, {"no", false}, {"true", true}, {"false", false}};
  bool value = false;
  element.optional<bool>(name, value, kWords);
  return value;
}

void skip(XmlElement element, std::initializer_list<std::string_view> attributes) {
  for (std::string_view name : attributes) (void)element.attribute(name);
}

}  // namespace bitgoeul::maps::opendrive
