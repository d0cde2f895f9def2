// Data model 2024 (manual of 2025.12): layers NT1 to SF5. Signs, lights and marks no longer name their links.
#include <algorithm>

#include "maps/ngii/columns.h"

namespace bitgoeul::maps::ngii {
namespace {

const Names kNoUse = {"SurveyDate", "Version", "Remark", "HistType", "PathwayID"};

void read_nodes(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c(layer, tally, {"ID", "NodeType1"},
                  {"NodeType2", "NodeType3", "StartEnd1", "StartEnd2", "StartEnd3", "Pseudo", "GroupID", "SurveyDate",
                   "Version", "Remark", "HistType"});
  if (!c.require({"ID", "NodeType1"}) || !c.require(ShapeKind::kPoints)) return;
  static constexpr Code<int> kTypes[] = {{"100", 1}, {"101", 2},  {"102", 10}, {"200", 7},  {"201", 7},
                                         {"202", 7}, {"203", 99}, {"300", 99}, {"400", 4},  {"401", 6},
                                         {"402", 3}, {"403", 5},  {"404", 99}, {"405", 99}, {"406", 8},
                                         {"500", 9}, {"501", 9},  {"502", 9},  {"600", 99}, {"999", 99}};
  for (const ShapeRow& row : layer.rows)
    out.nodes.push_back({c.text(row, "ID"), row.parts[0][0], c.code(row, "NodeType1", kTypes, 99), c.origin(row)});
}

Link link_of(const Columns& c, const ShapeRow& row) {
  static constexpr Code<RoadClass> kRanks[] = {{"100", RoadClass::kMotorway}, {"200", RoadClass::kTrunk},
                                               {"300", RoadClass::kPrimary},  {"400", RoadClass::kSecondary},
                                               {"500", RoadClass::kTertiary}, {"600", RoadClass::kTertiary},
                                               {"700", RoadClass::kTertiary}, {"999", RoadClass::kUnknown}};
  static constexpr Code<int> kRoads[] = {{"100", 100}, {"200", 200}, {"300", 300}, {"400", 400}};
  static constexpr Code<int> kTypes[] = {{"100", 100}, {"101", 101}, {"102", 102}, {"103", 103},
                                         {"104", 104}, {"200", 200}, {"201", 201}, {"300", 300}};
  static constexpr Code<int> kWays[] = {{"1", 1}, {"2", 2}, {"3", 3}, {"", 1}};
  Link link;
  link.id = c.text(row, "ID");
  link.from_node = c.text(row, "FromNodeID");
  link.to_node = c.text(row, "ToNodeID");
  link.left = c.text(row, "L_LinkID");
  link.right = c.text(row, "R_LinkID");
  link.line = one_line(c, row);
  link.road_class = c.code(row, "RoadRank", kRanks, RoadClass::kUnknown);
  if (c.code(row, "RoadType", kRoads, 100) == 200) link.road_class = RoadClass::kResidential;
  link.speed_kmh = c.number(row, "MaxSpeed");
  link.both_ways = c.code(row, "Direction", kWays, 1) == 3;
  const int type = c.code(row, "LinkType", kTypes, 300);
  link.inside_junction = type == 100 || type == 103;
  link.roundabout = type == 102;
  if (type == 200) link.type = LaneType::kBus;
  if (type == 101) link.type = LaneType::kConnectingRamp;
  if (type == 104) link.type = LaneType::kEntry;
  link.from = c.origin(row);
  return link;
}

void read_links(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c(layer, tally,
                  {"ID", "RoadRank", "RoadType", "MaxSpeed", "Direction", "LinkType", "R_LinkID", "L_LinkID",
                   "FromNodeID", "ToNodeID"},
                  {"RoadNo", "AdminCode", "RoadName", "M_RoadRank", "M_RoadNo", "M_RoadName", "Turn", "RoadTypeID",
                   "SurveyDate", "Version", "Remark", "HistType"});
  if (!c.require({"ID", "LinkType", "FromNodeID", "ToNodeID", "R_LinkID", "L_LinkID"}) || !c.require(ShapeKind::kLines))
    return;
  for (const ShapeRow& row : layer.rows) out.links.push_back(link_of(c, row));
}

// Layers whose records are an outline, a line or a point and a type.
struct Plain {
  std::string_view prefix, column;
  ShapeKind shape;
  ObjectKind kind;
  double width_m, height_m;
  Names known;
  std::vector<Code<const char*>> types;
};

const std::vector<Plain>& plain_layers() {
  static const std::vector<Plain> kPlain = {
      {"RS2",
       "RSType",
       ShapeKind::kPolygons,
       ObjectKind::kOther,
       0,
       0,
       {},
       {{"100", "bridge"},
        {"101", "overpass"},
        {"102", "tunnel"},
        {"103", "underpass"},
        {"200", "protected zone"},
        {"300", "toll gate"}}},
      {"RS3",
       "SubsType",
       ShapeKind::kPolygons,
       ObjectKind::kOther,
       0,
       0,
       {"GasStation", "LPGStation", "EVCharger", "Name", "Toilet", "Direction"},
       {{"100", "rest area"}, {"101", "drowsy driver shelter"}, {"999", "other"}}},
      {"PW1",
       "PathType",
       ShapeKind::kPolygons,
       ObjectKind::kOther,
       0,
       0,
       {"TFCIsland"},
       {{"100", "sidewalk"}, {"200", "bicycle path"}}},
      {"RM3",
       "PLType",
       ShapeKind::kPolygons,
       ObjectKind::kParkingSpace,
       0,
       0,
       {},
       {{"100", "parking"},
        {"101", "parking priority"},
        {"102", "parking large"},
        {"200", "parking disabled"},
        {"201", "parking electric"},
        {"202", "parking low emission"},
        {"999", "parking other"}}},
      {"SF1",
       "BarrType",
       ShapeKind::kLines,
       ObjectKind::kBarrier,
       0.3,
       0.8,
       {"R_LinkID", "L_LinkID"},
       {{"100", "concrete barrier"},
        {"101", "guard rail"},
        {"102", "fence"},
        {"103", "temporary"},
        {"200", "wall"},
        {"300", "crash cushion"},
        {"301", "opening of median"},
        {"999", "other"}}},
      {"SF4",
       "PostType",
       ShapeKind::kPoints,
       ObjectKind::kPole,
       0.2,
       3,
       {},
       {{"100", "post of lights"}, {"200", "post of signs"}}}};
  return kPlain;
}

const Plain& plain(std::string_view layer) {
  for (const Plain& p : plain_layers())
    if (layer.starts_with(p.prefix)) return p;
  return plain_layers().front();
}

void read_plain(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const bool misnamed = layer.name.starts_with("RS3_ROADSTR");  // the manual's file table does so
  const Plain& p = plain(misnamed ? "RS2" : layer.name);
  Names known = kNoUse;
  known.insert(known.end(), p.known.begin(), p.known.end());
  const Columns c(layer, tally, {"ID", p.column, "PostID"}, known);
  if (!c.require({"ID", p.column}) || !c.require(p.shape)) return;
  for (const ShapeRow& row : layer.rows) {
    Furniture f;
    f.id = c.text(row, "ID");
    f.type = c.code<const char*>(row, p.column, p.types, "other");
    f.kind = p.kind;
    f.points = p.shape == ShapeKind::kLines ? one_line(c, row) : row.parts[0];
    f.area = p.shape == ShapeKind::kPolygons;
    f.width_m = p.width_m, f.height_m = p.height_m;
    f.from = c.origin(row);
    out.furniture.push_back(std::move(f));
  }
}

void read_borders(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c(layer, tally, {"ID", "Kerb", "TFCIsland", "R_LinkID", "L_LinkID"}, kNoUse);
  if (!c.require({"ID"}) || !c.require(ShapeKind::kLines)) return;
  for (const ShapeRow& row : layer.rows) {
    Furniture f;
    f.id = c.text(row, "ID");
    f.type = c.text(row, "Kerb") == "1" ? "kerb" : "road border";
    f.kind = ObjectKind::kBarrier;
    f.points = one_line(c, row);
    f.width_m = 0.2, f.height_m = f.type == "kerb" ? 0.2 : 0.0;
    f.from = c.origin(row);
    out.furniture.push_back(std::move(f));
  }
}

void read_paint(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c(layer, tally, {"ID", "LineType", "LineKind", "R_LinkID", "L_LinkID"}, kNoUse);
  if (!c.require({"ID", "LineType", "LineKind", "R_LinkID", "L_LinkID"}) || !c.require(ShapeKind::kLines)) return;
  static constexpr Code<PaintKind> kKinds[] = {{"501", PaintKind::kCenter},   {"5011", PaintKind::kVariable},
                                               {"502", PaintKind::kLane},     {"503", PaintKind::kLane},
                                               {"504", PaintKind::kBusLane},  {"505", PaintKind::kEdge},
                                               {"506", PaintKind::kNoChange}, {"525", PaintKind::kGuide},
                                               {"530", PaintKind::kStop},     {"599", PaintKind::kOther}};
  for (const ShapeRow& row : layer.rows) {
    out.paint.push_back(read_paint_row(c, row, {"ID", "LineType", "L_LinkID", "R_LinkID"},
                                       c.code(row, "LineKind", kKinds, PaintKind::kOther)));
  }
}

void read_marks(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c(layer, tally, {"ID", "MarkType", "MarkKind"}, kNoUse);
  if (!c.require({"ID", "MarkType"}) || !c.require(ShapeKind::kPolygons)) return;
  static constexpr Code<int> kTypes[] = {{"100", 100}, {"200", 200}, {"300", 300}, {"500", 500}, {"999", 999}};
  static constexpr Code<const char*> kKinds[] = {{"522", "give way"},
                                                 {"5232", "bus stop"},
                                                 {"5233", "taxi stop"},
                                                 {"524", "no stopping zone"},
                                                 {"529", "crosswalk ahead"},
                                                 {"5321", "crosswalk"},
                                                 {"533", "raised crosswalk"},
                                                 {"534", "bicycle crossing"},
                                                 {"5371", "arrow straight"},
                                                 {"5372", "arrow left"},
                                                 {"5373", "arrow right"},
                                                 {"5374", "arrow left right"},
                                                 {"5379", "arrow all"},
                                                 {"5381", "arrow straight left"},
                                                 {"5382", "arrow straight right"},
                                                 {"5391", "arrow uturn"},
                                                 {"5392", "arrow left uturn"},
                                                 {"5431", "arrow merge left"},
                                                 {"5432", "arrow merge right"},
                                                 {"999", "mark"},
                                                 {"", "mark"}};
  for (const ShapeRow& row : layer.rows) {
    Furniture f;
    f.id = c.text(row, "ID");
    f.type = c.code<const char*>(row, "MarkKind", kKinds, "mark");
    f.kind = c.code(row, "MarkType", kTypes, 999) == 200 ? ObjectKind::kCrosswalk : ObjectKind::kRoadMark;
    f.points = row.parts[0];
    f.area = true;
    f.from = c.origin(row);
    out.furniture.push_back(std::move(f));
  }
}

void read_signs(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c(layer, tally, {"ID", "SignType", "PostID"}, kNoUse);
  if (!c.require({"ID", "SignType"})) return;
  static constexpr Code<const char*> kTypes[] = {{"100", "199"}, {"200", "299"}, {"300", "399"}, {"400", "499"}};
  for (const ShapeRow& row : layer.rows) {
    Sign sign;
    sign.id = c.text(row, "ID");
    const std::string code = c.text(row, "SignType");
    // The coded list has the four groups; the manual's text also names single signs.
    const bool single = code.size() >= 3 && code.find_first_not_of("0123456789") == std::string::npos &&
                        code.substr(1, 2) != "00" && code[0] >= '1' && code[0] <= '4';
    sign.number = single ? code : c.code<const char*>(row, "SignType", kTypes, "");
    sign.at = mean(row.parts[0]);
    sign.from = c.origin(row);
    out.signs.push_back(std::move(sign));
  }
}

struct LightKind {
  const char* name;
  bool pedestrian, arrow, vehicles;
};

void read_lights(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c(layer, tally, {"ID", "LightType", "PostID"}, kNoUse);
  if (!c.require({"ID", "LightType"}) || !c.require(ShapeKind::kPoints)) return;
  static constexpr Code<LightKind> kTypes[] = {{"100", {"horizontal three", false, false, true}},
                                               {"101", {"horizontal four A", false, true, true}},
                                               {"102", {"horizontal four B", false, true, true}},
                                               {"110", {"vertical three", false, false, true}},
                                               {"111", {"vertical right turn three", false, true, false}},
                                               {"112", {"vertical four", false, true, true}},
                                               {"120", {"bus three", false, false, false}},
                                               {"121", {"tram six", false, false, false}},
                                               {"130", {"horizontal two", false, false, true}},
                                               {"140", {"auxiliary three", false, false, true}},
                                               {"141", {"auxiliary four", false, true, true}},
                                               {"200", {"variable", false, false, false}},
                                               {"201", {"warning", false, false, false}},
                                               {"300", {"pedestrian", true, false, false}},
                                               {"400", {"bicycle three", true, false, false}},
                                               {"401", {"bicycle two", true, false, false}},
                                               {"999", {"other", false, false, false}}};
  for (const ShapeRow& row : layer.rows) {
    Light light;
    light.id = c.text(row, "ID");
    const LightKind kind = c.code(row, "LightType", kTypes, LightKind{"other", false, false, false});
    light.kind = kind.name, light.pedestrian = kind.pedestrian, light.arrow = kind.arrow;
    light.rules_vehicles = kind.vehicles;
    light.lanes = 0;
    light.at = row.parts[0][0];
    light.from = c.origin(row);
    out.lights.push_back(std::move(light));
  }
}

void read_bumps(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c(layer, tally, {"ID"}, kNoUse);
  if (!c.require({"ID"}) || !c.require(ShapeKind::kPolygons)) return;
  for (const ShapeRow& row : layer.rows) {
    Furniture f;
    f.id = c.text(row, "ID");
    f.type = "speed bump";
    f.points = row.parts[0];
    f.area = true;
    f.from = c.origin(row);
    out.furniture.push_back(std::move(f));
  }
}

constexpr LayerReader kReaders[] = {
    {"NT1_", read_nodes}, {"NT2_", read_links},  {"RS1_", read_borders}, {"RS2_", read_plain}, {"RS3_", read_plain},
    {"PW1_", read_plain}, {"RM1_", read_paint},  {"RM2_", read_marks},   {"RM3_", read_plain}, {"SF1_", read_plain},
    {"SF2_", read_signs}, {"SF3_", read_lights}, {"SF4_", read_plain},   {"SF5_", read_bumps}};

}  // namespace

bool read_layer_2024(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  return read_layer(kReaders, layer, out, tally);
}

}  // namespace bitgoeul::maps::ngii
