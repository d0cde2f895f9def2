// Lights -> signals that rule the movements behind their links, with a program per junction in which each approach has
// its turn (straight on and left at once, usual in Korea); signs -> signals of country KR.
#include <algorithm>
#include <cmath>

#include "maps/detail/approach_signals.h"
#include "maps/detail/polyline_fit.h"
#include "maps/ngii/build.h"

namespace bitgoeul::maps::ngii {
namespace {

using sim::Severity;
using sim::Vec2;
using sim::Vec3;

double end_of(const Link& link) {
  std::vector<Vec2> plane;
  for (const Vec3& p : link.line) plane.emplace_back(p.x(), p.y());
  return detail::end_heading(plane);
}

struct Maker {
  const Tables& tables;
  const FreeNetwork& network;
  MapBuilder& builder;
  detail::Tally& tally;
  LinkRows rows;
  std::map<std::string, std::vector<std::size_t>> groups;
  detail::RoadFinder finder;
  detail::ApproachPrograms programs;

  std::vector<std::size_t> governed(const Light& light) const;
  std::vector<std::size_t> by_place(const Light& light) const;
  std::vector<std::size_t> with_neighbours(std::size_t row) const;
  void add(const Light& light);
  void note_approach(const SignalDraft& signal, double heading, double speed_mps);
  void add(const Sign& sign);
};

std::vector<std::size_t> Maker::with_neighbours(std::size_t row) const {
  std::vector<std::size_t> all{row};
  for (std::size_t i = row; all.size() < 12;) {
    const auto at = rows.find(tables.links[i].left);
    if (tables.links[i].left.empty() || at == rows.end()) break;
    all.push_back(i = at->second);
  }
  for (std::size_t i = row; all.size() < 12;) {
    const auto at = rows.find(tables.links[i].right);
    if (tables.links[i].right.empty() || at == rows.end()) break;
    all.push_back(i = at->second);
  }
  return all;
}

// Model 2024 names no link: the approach that has the light ahead of its end, nearest to its middle.
std::vector<std::size_t> Maker::by_place(const Light& light) const {
  std::size_t best = tables.links.size();
  double best_cost = 1e18;
  for (std::size_t i = 0; i < tables.links.size(); ++i) {
    if (tables.links[i].inside_junction) continue;
    const Vec2 d = (light.at - tables.links[i].line.back()).head<2>();
    if (d.squaredNorm() > 80.0 * 80.0) continue;
    bool enters = false;
    for (const std::string& id : network.lanes[i].next) enters |= tables.links[rows.at(id)].inside_junction;
    if (!enters) continue;
    double sine, cosine;
    sim::sincos(end_of(tables.links[i]), sine, cosine);
    const double ahead = cosine * d.x() + sine * d.y(), side = std::abs(-sine * d.x() + cosine * d.y());
    if (ahead < -2 || ahead > 75 || side > 15) continue;
    const double cost = side + 0.3 * ahead;
    if (cost < best_cost) best_cost = cost, best = i;
  }
  return best == tables.links.size() ? std::vector<std::size_t>{} : with_neighbours(best);
}

std::vector<std::size_t> Maker::governed(const Light& light) const {
  if (light.link.empty()) return by_place(light);
  if (const auto group = groups.find(light.link); light.lanes == 0 && group != groups.end()) return group->second;
  std::vector<std::size_t> all;
  std::string id = light.link;
  for (int i = 0; i < std::max(1, light.lanes); ++i) {
    const auto at = rows.find(id);
    if (at == rows.end()) break;
    all.push_back(at->second);
    id = tables.links[at->second].right;
  }
  return all;
}

void Maker::note_approach(const SignalDraft& signal, double heading, double speed_mps) {
  double longest = 0;
  std::string junction;
  for (const std::string& road : signal.connecting_roads) {
    const Link& link = tables.links[rows.at(road)];
    longest = std::max(longest, polyline_length(link.line));
    if (junction.empty()) junction = network.lanes[rows.at(road)].junction;
  }
  if (junction.empty()) return;
  programs.add(junction, signal.id, heading, longest, speed_mps);
}

void Maker::add(const Light& light) {
  SignalDraft signal;
  signal.id = light.id;
  signal.name = light.kind;
  signal.country = "OpenDRIVE";
  signal.type = light.pedestrian ? "1000002" : light.arrow ? "1000001" : "1000001";
  signal.subtype = "-1";
  signal.dynamic = true;
  signal.height = light.pedestrian ? 0.6 : 0.4, signal.width = light.pedestrian ? 0.35 : 1.2;
  signal.line = light.from.record;
  const std::vector<std::size_t> links = governed(light);
  if (links.empty() && light.rules_vehicles)
    tally.add(Severity::kWarning, light.from.file,
              light.link.empty() ? "a light hangs ahead of no approach; it rules nothing"
                                 : "a light names a link that is not in the data; it rules nothing",
              light.id, light.from.record);
  std::vector<std::string> preferred;
  double heading = 0, speed = 0;
  for (const std::size_t row : links) {
    const Link& link = tables.links[row];
    heading = end_of(tables.links[links[0]]);
    speed = std::max(speed, network.lanes[row].speed_mps);
    preferred.push_back(link.id);
    if (link.inside_junction) signal.connecting_roads.push_back(link.id);
    for (const std::string& next : network.lanes[row].next)
      if (tables.links[rows.at(next)].inside_junction && !link.inside_junction) signal.connecting_roads.push_back(next);
  }
  std::sort(signal.connecting_roads.begin(), signal.connecting_roads.end());
  signal.connecting_roads.erase(std::unique(signal.connecting_roads.begin(), signal.connecting_roads.end()),
                                signal.connecting_roads.end());
  preferred.insert(preferred.end(), signal.connecting_roads.begin(), signal.connecting_roads.end());
  const bool placed =
      detail::place_signal(signal, finder, builder.roads, light.at, preferred, sim::wrap_angle(heading + sim::kPi));
  if (light.pedestrian && !signal.connecting_roads.empty())
    programs.add_walk(network.lanes[rows.at(signal.connecting_roads[0])].junction, signal.id, heading);
  if (!light.rules_vehicles) signal.connecting_roads.clear();
  if (!light.rules_vehicles && !light.pedestrian) {  // a light for buses or a warning: no state for cars
    signal.dynamic = false;
    tally.add(Severity::kInfo, light.from.file, "a light for buses, trams, right turns or warnings; kept as a sign",
              light.id, light.from.record);
  }
  if (light.rules_vehicles) note_approach(signal, heading, speed);
  if (placed) builder.signals.push_back(std::move(signal));
}

void Maker::add(const Sign& sign) {
  SignalDraft signal;
  signal.id = sign.id;
  signal.country = "KR";
  signal.type = sign.number;
  signal.subtype = "-1";
  signal.value = sign.value;
  if (sign.value > 0) signal.unit = sign.number.starts_with("224") ? "km/h" : "";
  signal.height = signal.width = 0.6;
  signal.line = sign.from.record;
  std::vector<std::string> preferred;
  double faces = 0;
  bool known = false;
  auto at = rows.find(sign.link);
  if (at != rows.end()) preferred.push_back(sign.link);
  if (const auto group = groups.find(sign.link); at == rows.end() && group != groups.end())
    for (const std::size_t row : group->second) preferred.push_back(tables.links[row].id);
  if (!sign.link.empty() && preferred.empty())
    tally.add(Severity::kWarning, sign.from.file, "a sign names a link that is not in the data; the nearest is taken",
              sign.id, sign.from.record);
  if (const auto found = finder.find(sign.at, preferred, 150)) faces = found->heading + sim::kPi, known = true;
  if (known && detail::place_signal(signal, finder, builder.roads, sign.at, preferred, sim::wrap_angle(faces)))
    builder.signals.push_back(std::move(signal));
  else
    tally.add(Severity::kWarning, sign.from.file, "a sign stands more than 150 m from every lane; left out", sign.id,
              sign.from.record);
}

}  // namespace

void add_lights_and_signs(const Tables& tables, const FreeNetwork& network, MapBuilder& builder, detail::Tally& tally) {
  Maker maker{tables, network, builder, tally, rows_of(tables), {}, detail::RoadFinder(builder.roads), {}};
  for (std::size_t i = 0; i < tables.links.size(); ++i)
    if (!tables.links[i].group.empty()) maker.groups[tables.links[i].group].push_back(i);
  for (const Light& light : tables.lights) maker.add(light);
  for (const Sign& sign : tables.signs) maker.add(sign);
  tally.add(Severity::kInfo, builder.source,
            "a signal program made up: the data has lights but no times; each approach has its turn of 20 s", {}, 0, {},
            maker.programs.finish(builder));
}

void add_furniture(const Tables& tables, MapBuilder& builder) {
  const detail::RoadFinder finder(builder.roads);
  for (const Furniture& f : tables.furniture) {
    ObjectDraft object;
    object.id = f.id;
    object.type = f.type;
    object.kind = f.kind;
    object.height = f.height_m;
    object.line = f.from.record;
    Vec3 middle = Vec3::Zero();
    for (const Vec3& p : f.points) middle += p / static_cast<double>(f.points.size());
    if (f.area) {
      object.outline = f.points;
      if (object.outline.size() > 3 && (object.outline.front() - object.outline.back()).norm() < 1e-3)
        object.outline.pop_back();
    } else if (f.points.size() > 1) {  // a band about the line
      std::vector<Vec3> back;
      for (std::size_t i = 0; i < f.points.size(); ++i) {
        const Vec3 d = f.points[std::min(i + 1, f.points.size() - 1)] - f.points[i == 0 ? 0 : i - 1];
        const double n = d.head<2>().norm();
        const double half = n > 0 ? 0.5 * f.width_m / n : 0.0;
        const Vec3 side(-half * d.y(), half * d.x(), 0);
        object.outline.push_back(f.points[i] + side);
        back.push_back(f.points[i] - side);
      }
      object.outline.insert(object.outline.end(), back.rbegin(), back.rend());
    } else {
      object.length = object.width = f.width_m;
    }
    if (const auto place = finder.find(middle, {}, 100)) {
      object.road = builder.roads[place->road].id;
      object.s = place->s, object.t = place->t, object.z_offset = place->z_offset;
    } else if (object.outline.empty()) {
      object.outline = {middle + Vec3(-0.1, -0.1, 0), middle + Vec3(0.1, -0.1, 0), middle + Vec3(0, 0.1, 0)};
    }
    builder.objects.push_back(std::move(object));
  }
}

}  // namespace bitgoeul::maps::ngii
