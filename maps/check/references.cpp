#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "maps/check/rules.h"
#include "maps/xml.h"

namespace bitgoeul::maps::check {

void Check::find(const Place& where, std::string what, std::string remedy) {
  sim::Issue issue;
  issue.severity = severity;
  issue.file = map.source;
  if (where.column != nullptr && where.row >= 0 && static_cast<std::size_t>(where.row) < where.column->size())
    issue.line = (*where.column)[static_cast<std::size_t>(where.row)];
  issue.where = readable(where.text);
  issue.what = readable(std::move(what));
  issue.rule = rule;
  issue.remedy = std::move(remedy);
  issues.push_back(std::move(issue));
}

Place Check::lane_at(Row row) const { return {lane_name(map, row), lines.lanes, row}; }
Place Check::lane_at(Row row, double lane_s) const { return {lane_place(map, row, lane_s), lines.lanes, row}; }
Place Check::junction_at(Row row) const {
  if (row == kNone) return Place("no junction");
  return {fmt::format("junction {}", map.text_of(map.junctions[static_cast<std::size_t>(row)].id)), lines.junctions,
          row};
}

std::string number(double value, int decimals) { return fmt::format("{:.{}f}", value, decimals); }

std::string lane_name(const Map& map, Row lane) {
  const Lane& l = map.lanes[static_cast<std::size_t>(lane)];
  return fmt::format("road {} lane {}", map.text_of(map.roads[static_cast<std::size_t>(l.road)].id), l.odr_id);
}

std::string lane_place(const Map& map, Row lane, double lane_s) {
  const Lane& l = map.lanes[static_cast<std::size_t>(lane)];
  const double share = l.length > 0 ? std::clamp(lane_s / l.length, 0.0, 1.0) : 0.0;
  const double s = l.s_begin + (l.s_end - l.s_begin) * (l.direction > 0 ? share : 1.0 - share);
  return lane_name(map, lane) + " s " + number(s, 1);
}

namespace {

// Reports row numbers of one table; the caller names the element.
class References {
 public:
  explicit References(Check& check) : check_(check) {}
  void in(std::string_view table, std::size_t index, std::string_view field, Row row, std::size_t rows,
          bool may_be_none) {
    if (row == kNone && may_be_none) return;
    if (row >= 0 && static_cast<std::size_t>(row) < rows) return;
    check_.find(fmt::format("{} row {}", table, index),
                fmt::format("{} is row {}, but there are {}", field, row, rows));
  }
  void range(std::string_view table, std::size_t index, std::string_view field, Range range, std::size_t rows) {
    if (range.begin >= 0 && range.begin <= range.end && static_cast<std::size_t>(range.end) <= rows) return;
    check_.find(fmt::format("{} row {}", table, index),
                fmt::format("{} covers rows {} to {}, but there are {}", field, range.begin, range.end, rows));
  }
  void text(std::string_view table, std::size_t index, std::string_view field, TextRef ref) {
    if (ref.offset <= check_.map.text.size() && ref.size <= check_.map.text.size() - ref.offset) return;
    check_.find(fmt::format("{} row {}", table, index), fmt::format("{} lies outside the text", field));
  }

 private:
  Check& check_;
};

void road_references(const Map& m, References& r) {
  for (std::size_t i = 0; i < m.roads.size(); ++i) {
    const Road& road = m.roads[i];
    r.text("roads", i, "id", road.id), r.text("roads", i, "name", road.name);
    r.range("roads", i, "sections", road.sections, m.sections.size());
    r.range("roads", i, "geometry", road.geometry, m.geometries.size());
    r.range("roads", i, "elevation", road.elevation, m.polys.size());
    r.range("roads", i, "superelevation", road.superelevation, m.polys.size());
    r.range("roads", i, "lane_offset", road.lane_offset, m.polys.size());
    r.in("roads", i, "junction", road.junction, m.junctions.size(), true);
  }
  for (std::size_t i = 0; i < m.sections.size(); ++i) {
    r.in("sections", i, "road", m.sections[i].road, m.roads.size(), false);
    r.range("sections", i, "lanes", m.sections[i].lanes, m.lanes.size());
  }
}

void lane_references(const Map& m, References& r) {
  for (std::size_t i = 0; i < m.lanes.size(); ++i) {
    const Lane& lane = m.lanes[i];
    r.in("lanes", i, "road", lane.road, m.roads.size(), false);
    r.in("lanes", i, "section", lane.section, m.sections.size(), false);
    r.range("lanes", i, "points", lane.points, m.points.size());
    r.range("lanes", i, "widths", lane.widths, m.polys.size());
    r.range("lanes", i, "successors", lane.successors, m.links.size());
    r.range("lanes", i, "predecessors", lane.predecessors, m.links.size());
    r.range("lanes", i, "conflicts", lane.conflicts, m.conflicts.size());
    r.range("lanes", i, "limits", lane.limits, m.timed_limits.size());
    r.in("lanes", i, "left", lane.left, m.lanes.size(), true);
    r.in("lanes", i, "right", lane.right, m.lanes.size(), true);
    r.in("lanes", i, "opposite", lane.opposite, m.lanes.size(), true);
    r.in("lanes", i, "junction", lane.junction, m.junctions.size(), true);
    r.in("lanes", i, "signal_group", lane.signal_group, m.signal_groups.size(), true);
  }
  for (std::size_t i = 0; i < m.conflicts.size(); ++i)
    r.in("conflicts", i, "lane", m.conflicts[i].lane, m.lanes.size(), false);
}

void junction_references(const Map& m, References& r) {
  for (std::size_t i = 0; i < m.junctions.size(); ++i) {
    const Junction& j = m.junctions[i];
    r.text("junctions", i, "id", j.id), r.text("junctions", i, "name", j.name);
    r.range("junctions", i, "lanes", j.lanes, m.junction_lanes.size());
    r.range("junctions", i, "groups", j.groups, m.signal_groups.size());
    r.in("junctions", i, "program", j.program, m.programs.size(), true);
  }
  for (std::size_t i = 0; i < m.junction_lanes.size(); ++i)
    r.in("junction_lanes", i, "lane", m.junction_lanes[i], m.lanes.size(), false);
  for (std::size_t i = 0; i < m.programs.size(); ++i) {
    r.in("programs", i, "junction", m.programs[i].junction, m.junctions.size(), false);
    r.range("programs", i, "phases", m.programs[i].phases, m.signal_phases.size());
  }
  for (std::size_t i = 0; i < m.signal_phases.size(); ++i)
    r.range("signal_phases", i, "groups", m.signal_phases[i].groups, m.phase_groups.size());
  for (std::size_t i = 0; i < m.phase_groups.size(); ++i)
    r.in("phase_groups", i, "group", m.phase_groups[i], m.signal_groups.size(), false);
  for (std::size_t i = 0; i < m.signal_groups.size(); ++i)
    r.in("signal_groups", i, "junction", m.signal_groups[i].junction, m.junctions.size(), true);
}

void furniture_references(const Map& m, References& r) {
  for (std::size_t i = 0; i < m.signals.size(); ++i) {
    const Signal& s = m.signals[i];
    r.text("signals", i, "id", s.id), r.text("signals", i, "type", s.type), r.text("signals", i, "name", s.name);
    r.text("signals", i, "subtype", s.subtype), r.text("signals", i, "country", s.country);
    r.in("signals", i, "road", s.road, m.roads.size(), true);
    r.in("signals", i, "group", s.group, m.signal_groups.size(), true);
  }
  for (std::size_t i = 0; i < m.stop_lines.size(); ++i)
    r.in("stop_lines", i, "lane", m.stop_lines[i].lane, m.lanes.size(), false);
  for (std::size_t i = 0; i < m.objects.size(); ++i) {
    const Object& o = m.objects[i];
    r.text("objects", i, "id", o.id), r.text("objects", i, "name", o.name), r.text("objects", i, "type", o.type);
    r.in("objects", i, "road", o.road, m.roads.size(), true);
    r.range("objects", i, "outline", o.outline, m.outline_points.size());
  }
  for (std::size_t i = 0; i < m.cells.size(); ++i) {
    r.range("cells", i, "drivable", m.cells[i].drivable, m.cell_segments.size());
    r.range("cells", i, "others", m.cells[i].others, m.cell_segments.size());
  }
  for (std::size_t i = 0; i < m.cell_segments.size(); ++i) {
    r.in("cell_segments", i, "lane", m.cell_segments[i].lane, m.lanes.size(), false);
    r.in("cell_segments", i, "point", m.cell_segments[i].point, m.points.size(), false);
  }
}

}  // namespace

void bad_reference(Check& check) {
  References references(check);
  road_references(check.map, references);
  lane_references(check.map, references);
  junction_references(check.map, references);
  furniture_references(check.map, references);
}

void dangling_link(Check& check) {
  if (!check.issues.empty()) return;  // the ranges cannot be trusted
  const Map& map = check.map;
  const auto look = [&](Row row, std::span<const Row> links, std::string_view kind) {
    for (const Row link : links)
      if (link < 0 || link >= static_cast<Row>(map.lanes.size()))
        check.find(check.lane_at(row),
                   fmt::format("{} is lane row {}, but there are {}", kind, link, map.lanes.size()));
  };
  for (Row row = 0; row < static_cast<Row>(map.lanes.size()); ++row) {
    look(row, map.successors(row), "successor");
    look(row, map.predecessors(row), "predecessor");
  }
}

namespace {

using Named = std::vector<std::pair<std::string_view, std::size_t>>;

void report_duplicates(Check& check, Named named, std::string_view element, const std::vector<int>& lines) {
  std::sort(named.begin(), named.end());
  for (std::size_t i = 1; i < named.size(); ++i)
    if (named[i].first == named[i - 1].first && (i < 2 || named[i].first != named[i - 2].first))
      check.find({fmt::format("{} {}", element, named[i].first), lines, static_cast<Row>(named[i].second)},
                 fmt::format("the id \"{}\" is used more than once", named[i].first),
                 fmt::format("give every {} its own id", element));
}

}  // namespace

void duplicate_id(Check& check) {
  const Map& map = check.map;
  Named roads, junctions, signals;
  for (std::size_t i = 0; i < map.roads.size(); ++i) roads.emplace_back(map.text_of(map.roads[i].id), i);
  for (std::size_t i = 0; i < map.junctions.size(); ++i) junctions.emplace_back(map.text_of(map.junctions[i].id), i);
  for (std::size_t i = 0; i < map.signals.size(); ++i) signals.emplace_back(map.text_of(map.signals[i].id), i);
  report_duplicates(check, std::move(roads), "road", check.lines.roads);
  report_duplicates(check, std::move(junctions), "junction", check.lines.junctions);
  for (const LaneSection& section : map.sections)
    for (Row a = section.lanes.begin; a < section.lanes.end; ++a)
      for (Row b = section.lanes.begin; b < a; ++b)
        if (check.lane(a).odr_id == check.lane(b).odr_id)
          check.find(check.lane_at(a, 0), "the section has two lanes with this id");
  check.severity = sim::Severity::kWarning;  // signals are found by row, never by id
  report_duplicates(check, std::move(signals), "signal", check.lines.signals);
}

namespace {

bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t more = lead < 0x80 ? 0 : (lead >> 5) == 6 ? 1 : (lead >> 4) == 14 ? 2 : (lead >> 3) == 30 ? 3 : 9;
    if (more == 9 || i + more >= text.size() + (more == 0 ? 1 : 0)) return false;
    for (std::size_t k = 1; k <= more; ++k)
      if ((static_cast<unsigned char>(text[i + k]) >> 6) != 2) return false;
    i += more + 1;
  }
  return true;
}

}  // namespace

void bad_text(Check& check) {
  const Map& map = check.map;
  for (std::size_t i = 0; i < map.roads.size(); ++i)
    if (!is_utf8(map.text_of(map.roads[i].name)) || !is_utf8(map.text_of(map.roads[i].id)))
      check.find(fmt::format("roads row {}", i), "id or name is not UTF-8", "save the source file as UTF-8");
  for (std::size_t i = 0; i < map.junctions.size(); ++i)
    if (!is_utf8(map.text_of(map.junctions[i].name)) || !is_utf8(map.text_of(map.junctions[i].id)))
      check.find(fmt::format("junctions row {}", i), "id or name is not UTF-8", "save the source file as UTF-8");
}

}  // namespace bitgoeul::maps::check
