// The data model of 2015 to 2018, from its files: the code tables of CODE, LANECODE, BARRIER and SIGNTYPE are not
// published; those used here follow from the data (LANECODE 01, 03, 05 and 07 are 501, 503, 506 and 505 of the later
// model; SIGNTYPE 508 of a signal hangs at 2.5 to 3 m, the others over 5 m; the letters in a link's id are its turns).
#include "maps/ngii/columns.h"

namespace bitgoeul::maps::ngii {
namespace {

const Names kNoUse = {"DATE", "REMARK", "HISTTYPE", "HISTREMARK", "CODE", "NO"};

void read_nodes(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c(layer, tally, {"NODEID", "NODETYPE"},
                  {"DATE", "REMARK", "ITS_NODEID", "HDUFID", "HISTTYPE", "HISTREMARK"});
  if (!c.require({"NODEID", "NODETYPE"}) || !c.require(ShapeKind::kPoints)) return;
  static constexpr Code<int> kTypes[] = {{"1", 1}, {"2", 2}, {"3", 3}, {"4", 4},   {"5", 5},  {"6", 6},
                                         {"7", 7}, {"8", 8}, {"9", 9}, {"10", 10}, {"99", 99}};
  for (const ShapeRow& row : layer.rows)
    out.nodes.push_back({c.text(row, "NODEID"), row.parts[0][0], c.code(row, "NODETYPE", kTypes, 99), c.origin(row)});
}

// 233A0112RZ0401: road 233A0112, turns RZ, lane 04, part 01. Lights and stop lines name 233A011201.
std::string group_of(const std::string& link) {
  return link.size() == 14 ? link.substr(0, 8) + link.substr(12, 2) : link;
}

void read_links(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c(
      layer, tally, {"LINKID", "FROMNODE", "TONODE", "ROADTYPE", "SPEED", "LANE"},
      {"LENGTH", "ROADNO", "CODE", "GID", "DATE", "REMARK", "ITS_LINKID", "HDUFID", "HISTTYPE", "HISTREMARK"});
  if (!c.require({"LINKID", "FROMNODE", "TONODE"}) || !c.require(ShapeKind::kLines)) return;
  static constexpr Code<int> kRoads[] = {{"1", 1}, {"2", 2}, {"3", 3}, {"4", 4}, {"5", 5}, {"", 1}};
  for (const ShapeRow& row : layer.rows) {
    Link link;
    link.id = c.text(row, "LINKID");
    link.from_node = c.text(row, "FROMNODE");
    link.to_node = c.text(row, "TONODE");
    link.line = one_line(c, row);
    link.lane_no = c.integer(row, "LANE");
    link.speed_kmh = c.number(row, "SPEED");
    const int road = c.code(row, "ROADTYPE", kRoads, 1);
    link.tunnel = road == 2 || road == 4;
    link.bridge = road == 3 || road == 5;
    if (link.id.size() == 14) link.turns = link.id.substr(8, 2);
    link.group = group_of(link.id);
    link.from = c.origin(row);
    out.links.push_back(std::move(link));
  }
}

void read_lanes(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c(layer, tally, {"R_LINKID", "L_LINKID", "LANETYPE", "LANECODE", "BARRIER", "HDUFID"},
                  {"LNO", "CODE", "DATE", "REMARK", "HISTTYPE", "HISTREMARK"});
  if (!c.require({"R_LINKID", "L_LINKID", "LANETYPE", "LANECODE"}) || !c.require(ShapeKind::kLines)) return;
  static constexpr Code<PaintKind> kKinds[] = {
      {"1", PaintKind::kCenter},      {"2", PaintKind::kLane},  {"3", PaintKind::kLane}, {"4", PaintKind::kBusLane},
      {"5", PaintKind::kNoChange},    {"7", PaintKind::kEdge},  {"9", PaintKind::kEdge}, {"10", PaintKind::kOther},
      {"11", PaintKind::kSafetyZone}, {"19", PaintKind::kOther}};
  for (const ShapeRow& row : layer.rows) {
    if (c.text(row, "LANECODE") == "99") {  // no paint: a barrier stands there
      Furniture f;
      f.id = c.text(row, "HDUFID");
      f.type = "barrier " + c.text(row, "BARRIER");
      f.kind = ObjectKind::kBarrier;
      f.points = one_line(c, row);
      f.width_m = 0.2, f.height_m = 0.5;
      f.from = c.origin(row);
      out.furniture.push_back(std::move(f));
      continue;
    }
    out.paint.push_back(read_paint_row(c, row, {"HDUFID", "LANETYPE", "L_LINKID", "R_LINKID"},
                                       c.code(row, "LANECODE", kKinds, PaintKind::kOther)));
  }
}

void read_stops(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c(layer, tally, {"LINKID", "HDUFID"}, kNoUse);
  if (!c.require({"LINKID"}) || !c.require(ShapeKind::kLines)) return;
  for (const ShapeRow& row : layer.rows) {
    Paint paint;
    paint.id = c.text(row, "HDUFID");
    paint.kind = PaintKind::kStop;
    paint.line = one_line(c, row);
    paint.from = c.origin(row);
    out.paint.push_back(std::move(paint));
  }
}

void read_lights(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c(layer, tally, {"LINKID", "SIGNTYPE", "HDUFID"}, kNoUse);
  if (!c.require({"LINKID", "SIGNTYPE", "HDUFID"}) || !c.require(ShapeKind::kPoints)) return;
  static constexpr Code<const char*> kTypes[] = {{"501", "three"}, {"502", "four"},      {"503", "four"},
                                                 {"504", "arrow"}, {"505", "three"},     {"506", "arrow"},
                                                 {"507", "four"},  {"508", "pedestrian"}};
  for (const ShapeRow& row : layer.rows) {
    Light light;
    light.id = c.text(row, "HDUFID");
    light.link = c.text(row, "LINKID");
    light.lanes = 0;
    light.kind = c.code<const char*>(row, "SIGNTYPE", kTypes, "other");
    light.pedestrian = light.kind == "pedestrian";
    light.arrow = light.kind == "four" || light.kind == "arrow";
    light.rules_vehicles = !light.pedestrian && light.kind != "other";
    light.at = row.parts[0][0];
    light.from = c.origin(row);
    out.lights.push_back(std::move(light));
  }
}

void read_signs(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c(layer, tally, {"LINKID", "SIGNTYPE", "HDUFID"}, kNoUse);
  if (!c.require({"LINKID", "SIGNTYPE", "HDUFID"}) || !c.require(ShapeKind::kPoints)) return;
  for (const ShapeRow& row : layer.rows) {
    Sign sign;
    sign.id = c.text(row, "HDUFID");
    sign.link = c.text(row, "LINKID");
    sign.number = c.text(row, "SIGNTYPE");
    sign.at = row.parts[0][0];
    sign.from = c.origin(row);
    out.signs.push_back(std::move(sign));
  }
}

void read_turns(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c(layer, tally, {"FROMLINK", "TOLINK", "HDUFID"},
                  {"LINKID", "FROMNODE", "TONODE", "SIGNTYPE", "DATE", "REMARK", "HISTTYPE", "HISTREMARK"});
  if (!c.require({"FROMLINK", "TOLINK"}) || !c.require(ShapeKind::kLines)) return;
  for (const ShapeRow& row : layer.rows) {
    out.turns.push_back({c.text(row, "FROMLINK"), c.text(row, "TOLINK"), c.origin(row)});
    Furniture f;
    f.id = c.text(row, "HDUFID");
    f.type = "guide line";
    f.kind = ObjectKind::kRoadMark;
    f.points = one_line(c, row);
    f.width_m = 0.15;
    f.from = c.origin(row);
    out.furniture.push_back(std::move(f));
  }
}

void add_furniture(const Columns& c, const ShapeRow& row, std::string type, ObjectKind kind, bool area, Tables& out) {
  Furniture f;
  f.id = c.text(row, "HDUFID");
  f.type = std::move(type);
  f.kind = kind;
  f.points = row.parts[0];
  f.area = area;
  f.width_m = 0.2, f.height_m = kind == ObjectKind::kPole ? 3 : 0;
  f.from = c.origin(row);
  out.furniture.push_back(std::move(f));
}

void read_planes(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c(layer, tally, {"LINKID", "NODEID", "SIGNTYPE", "LOC", "HDUFID"}, kNoUse);
  if (!c.require({"SIGNTYPE", "HDUFID"}) || !c.require(ShapeKind::kPolygons)) return;
  for (const ShapeRow& row : layer.rows) {
    const std::string type = c.text(row, "SIGNTYPE");
    const bool crosswalk = type == "4";
    add_furniture(c, row, crosswalk ? "crosswalk" : "surface sign " + type,
                  crosswalk ? ObjectKind::kCrosswalk : ObjectKind::kRoadMark, true, out);
  }
}

void read_points(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const bool post = layer.name.starts_with("B3_POST");
  const Columns c(layer, tally, {"LINKID", "SIGNTYPE", "HDUFID"}, kNoUse);
  if (!c.require({"HDUFID"}) || !c.require(ShapeKind::kPoints)) return;
  for (const ShapeRow& row : layer.rows)
    add_furniture(c, row, post ? "post" : "surface sign " + c.text(row, "SIGNTYPE"),
                  post ? ObjectKind::kPole : ObjectKind::kRoadMark, false, out);
}

void read_zones(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c(layer, tally, {"LINKID", "SIGNTYPE", "HDUFID"}, kNoUse);
  if (!c.require({"HDUFID"}) || !c.require(ShapeKind::kPolygons)) return;
  for (const ShapeRow& row : layer.rows) add_furniture(c, row, "no automated driving", ObjectKind::kOther, true, out);
}

void skip_history(const ShapeLayer& layer, Tables&, detail::Tally& tally) {
  tally.add(sim::Severity::kInfo, layer.file,
            "a record of the history of changes; ignored, it says nothing about the map", {}, 0, {},
            static_cast<int>(layer.rows.size()));
}

constexpr LayerReader kReaders[] = {{"C1_NODE", read_nodes},
                                    {"A3_LINK", read_links},
                                    {"A1_LANE", read_lanes},
                                    {"A2_STOP", read_stops},
                                    {"B1_SIGNAL", read_lights},
                                    {"B1_SIGN_", read_signs},
                                    {"B2_SURFSIGN_LINE", read_turns},
                                    {"B2_SURFSIGN_PLANE", read_planes},
                                    {"B2_SURFSIGN_POINT", read_points},
                                    {"B3_POST", read_points},
                                    {"B2_NOAUTO", read_zones},
                                    {"OJ_HIST", skip_history}};

}  // namespace

bool read_layer_old(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  return read_layer(kReaders, layer, out, tally);
}

}  // namespace bitgoeul::maps::ngii
