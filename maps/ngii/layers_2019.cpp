// Data models 2019 and 2020 (manuals of 2020.12 and 2023.07, chapter 9): layers A1 to C6.
#include <algorithm>
#include <array>

#include "maps/ngii/columns.h"

namespace bitgoeul::maps::ngii {
namespace {

const Names kNoUse = {"AdminCode", "Maker", "UpdateDate", "Version", "HistType", "HistRemark", "Remark"};
constexpr Code<RoadClass> kRanks[] = {{"1", RoadClass::kMotorway},    {"2", RoadClass::kTrunk},
                                      {"3", RoadClass::kPrimary},     {"4", RoadClass::kSecondary},
                                      {"5", RoadClass::kSecondary},   {"6", RoadClass::kTertiary},
                                      {"7", RoadClass::kTertiary},    {"8", RoadClass::kTertiary},
                                      {"9", RoadClass::kResidential}, {"", RoadClass::kUnknown}};

Columns columns_of(const ShapeLayer& layer, detail::Tally& tally, const Names& used, const Names& known = kNoUse) {
  return {layer, tally, used, known};
}

void read_nodes(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c(layer, tally, {"ID", "NodeType"},
                  {"AdminCode", "ITSNodeID", "Maker", "UpdateDate", "Version", "Remark", "HistType", "HistRemark"});
  if (!c.require({"ID", "NodeType"}) || !c.require(ShapeKind::kPoints)) return;
  static constexpr Code<int> kTypes[] = {{"1", 1}, {"2", 2}, {"3", 3}, {"4", 4},   {"5", 5},  {"6", 6},
                                         {"7", 7}, {"8", 8}, {"9", 9}, {"10", 10}, {"99", 99}};
  for (const ShapeRow& row : layer.rows)
    out.nodes.push_back({c.text(row, "ID"), row.parts[0][0], c.code(row, "NodeType", kTypes, 99), c.origin(row)});
}

void set_link_type(Link& link, int type) {
  link.inside_junction = type == 1;
  if (type == 4) link.type = LaneType::kBus;
  if (type == 13) link.type = LaneType::kOffRamp;
  if (type == 14) link.type = LaneType::kOnRamp;
}

void read_links(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c(layer, tally,
                  {"ID", "RoadRank", "RoadType", "LinkType", "MaxSpeed", "LaneNo", "R_LinkID", "L_LinkID", "FromNodeID",
                   "ToNodeID", "Remark"},
                  {"AdminCode", "RoadNo", "SectionID", "Length", "ITSLinkID", "Maker", "UpdateDate", "Version",
                   "HistType", "HistRemark"});
  if (!c.require({"ID", "LinkType", "FromNodeID", "ToNodeID", "R_LinkID", "L_LinkID"}) || !c.require(ShapeKind::kLines))
    return;
  static constexpr Code<int> kTypes[] = {{"1", 1},   {"2", 2},   {"3", 3},   {"4", 4},   {"5", 5},
                                         {"6", 6},   {"7", 7},   {"8", 8},   {"9", 9},   {"10", 10},
                                         {"11", 11}, {"12", 12}, {"13", 13}, {"14", 14}, {"99", 99}};
  static constexpr Code<int> kRoads[] = {{"1", 1}, {"2", 2}, {"3", 3}, {"4", 4}, {"5", 5}, {"", 1}};
  for (const ShapeRow& row : layer.rows) {
    Link link;
    link.id = c.text(row, "ID");
    link.from_node = c.text(row, "FromNodeID");
    link.to_node = c.text(row, "ToNodeID");
    link.left = c.text(row, "L_LinkID");
    link.right = c.text(row, "R_LinkID");
    link.line = one_line(c, row);
    link.lane_no = c.integer(row, "LaneNo");
    link.road_class = c.code(row, "RoadRank", kRanks, RoadClass::kUnknown);
    link.speed_kmh = c.number(row, "MaxSpeed");
    set_link_type(link, c.code(row, "LinkType", kTypes, 99));
    const int road = c.code(row, "RoadType", kRoads, 1);
    link.tunnel = road == 2 || road == 4;
    link.bridge = road == 3 || road == 5;
    link.both_ways = c.text(row, "Remark") == "양방향";
    link.from = c.origin(row);
    out.links.push_back(std::move(link));
  }
}

void read_areas(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c = columns_of(layer, tally, {"ID", "Kind", "RoadType"});
  if (!c.require({"ID", "Kind"}) || !c.require(ShapeKind::kPolygons)) return;
  static constexpr Code<const char*> kKinds[] = {{"1", "driveway section"}, {"7", "protected zone"}};
  for (const ShapeRow& row : layer.rows) {
    Furniture area;
    area.id = c.text(row, "ID");
    area.type = c.code<const char*>(row, "Kind", kKinds, "section");
    if (const std::string who = c.text(row, "Remark"); !who.empty()) area.type += " " + who;
    area.points = row.parts[0];
    area.area = true;
    area.from = c.origin(row);
    out.furniture.push_back(std::move(area));
  }
}

// Areas beside the road, and everything else with nothing to it but an outline and a type.
template <class Table>
void read_outlines(const Columns& c, const ShapeLayer& layer, std::string_view column, const Table& table,
                   ObjectKind kind, Tables& out) {
  for (const ShapeRow& row : layer.rows) {
    Furniture f;
    f.id = c.text(row, "ID");
    f.type = c.code<const char*>(row, column, table, "other");
    f.kind = kind;
    f.link = c.text(row, "LinkID");
    f.points = row.parts[0];
    f.area = layer.kind == ShapeKind::kPolygons;
    f.from = c.origin(row);
    out.furniture.push_back(std::move(f));
  }
}

void read_subsidiary(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c(layer, tally, {"ID", "SubType"},
                  {"AdminCode", "Name", "Direction", "GasStation", "LpgStation", "EvCharger", "Toilet", "Maker",
                   "UpdateDate", "Version", "Remark", "HistType", "HistRemark"});
  static constexpr Code<const char*> kTypes[] = {{"1", "rest area"},     {"2", "drowsy driver shelter"},
                                                 {"3", "sidewalk"},      {"4", "bicycle path"},
                                                 {"5", "weigh station"}, {"9", "other"}};
  if (c.require({"ID", "SubType"}) && c.require(ShapeKind::kPolygons))
    read_outlines(c, layer, "SubType", kTypes, ObjectKind::kOther, out);
}

void read_parking(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c(layer, tally, {"ID", "Type"},
                  {"AdminCode", "SectionID", "Maker", "UpdateDate", "Version", "Remark", "HistType", "HistRemark"});
  static constexpr Code<const char*> kTypes[] = {
      {"1", "parking"},        {"2", "parking lorry"}, {"3", "parking disabled"}, {"4", "parking elderly"},
      {"5", "parking family"}, {"6", "parking bus"},   {"7", "parking electric"}, {"9", "parking other"}};
  if (c.require({"ID", "Type"}) && c.require(ShapeKind::kPolygons))
    read_outlines(c, layer, "Type", kTypes, ObjectKind::kParkingSpace, out);
}

// The value of speed and weight signs stands in the remark: "60", "60km/h".
double leading_number(const std::string& text) {
  double value = 0;
  for (std::size_t i = 0; i < text.size() && i < 4 && text[i] >= '0' && text[i] <= '9'; ++i)
    value = 10 * value + (text[i] - '0');
  return value;
}

void read_signs(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c(layer, tally, {"ID", "Type", "SubType", "LinkID", "PostID", "Remark"},
                  {"AdminCode", "Ref_Lane", "Maker", "UpdateDate", "Version", "HistType", "HistRemark"});
  if (!c.require({"ID", "Type", "LinkID"})) return;
  static constexpr Code<int> kTypes[] = {{"1", 1}, {"2", 2}, {"3", 3}, {"4", 4}};
  const bool has_number = layer.column("SubType") >= 0;
  for (const ShapeRow& row : layer.rows) {
    Sign sign;
    sign.id = c.text(row, "ID");
    sign.link = c.text(row, "LinkID");
    sign.at = mean(row.parts[0]);
    const int type = c.code(row, "Type", kTypes, 0);
    // 2020 says 2 = instruction, 3 = regulation, files of 2019 mean it the other way round; the number decides.
    sign.number = has_number ? c.text(row, "SubType") : std::to_string(type == 2 ? 3 : type == 3 ? 2 : type) + "99";
    sign.value = leading_number(c.text(row, "Remark"));
    sign.from = c.origin(row);
    out.signs.push_back(std::move(sign));
  }
}

void read_paint(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c = columns_of(layer, tally, {"ID", "Type", "Kind", "R_LinkID", "L_LinkID"});
  if (!c.require({"ID", "Type", "Kind", "R_LinkID", "L_LinkID"}) || !c.require(ShapeKind::kLines)) return;
  static constexpr Code<PaintKind> kKinds[] = {
      {"501", PaintKind::kCenter},   {"5011", PaintKind::kVariable},  {"502", PaintKind::kLane},
      {"503", PaintKind::kLane},     {"504", PaintKind::kBusLane},    {"505", PaintKind::kEdge},
      {"506", PaintKind::kNoChange}, {"515", PaintKind::kEdge},       {"525", PaintKind::kGuide},
      {"530", PaintKind::kStop},     {"531", PaintKind::kSafetyZone}, {"535", PaintKind::kOther},
      {"599", PaintKind::kOther}};
  for (const ShapeRow& row : layer.rows) {
    out.paint.push_back(
        read_paint_row(c, row, {"ID", "Type", "L_LinkID", "R_LinkID"}, c.code(row, "Kind", kKinds, PaintKind::kOther)));
  }
}

void read_marks(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c = columns_of(layer, tally, {"ID", "Type", "Kind", "LinkID"});
  if (!c.require({"ID", "Type", "Kind"}) || !c.require(ShapeKind::kPolygons)) return;
  static constexpr Code<const char*> kKinds[] = {{"5321", "crosswalk"},
                                                 {"533", "raised crosswalk"},
                                                 {"534", "bicycle crossing"},
                                                 {"5371", "arrow straight"},
                                                 {"5372", "arrow left"},
                                                 {"5373", "arrow right"},
                                                 {"5374", "arrow left right"},
                                                 {"5379", "arrow all"},
                                                 {"5381", "arrow straight left"},
                                                 {"5382", "arrow straight right"},
                                                 {"5383", "arrow straight uturn"},
                                                 {"5391", "arrow uturn"},
                                                 {"5392", "arrow left uturn"},
                                                 {"5431", "arrow merge left"},
                                                 {"5432", "arrow merge right"},
                                                 {"544", "slope"},
                                                 {"599", "mark"}};
  static constexpr Code<int> kTypes[] = {{"1", 1}, {"5", 5}};
  const std::size_t first = out.furniture.size();
  read_outlines(c, layer, "Kind", kKinds, ObjectKind::kRoadMark, out);
  for (std::size_t i = first; i < out.furniture.size(); ++i) {
    const ShapeRow& row = layer.rows[i - first];
    if (c.code(row, "Type", kTypes, 1) == 5) out.furniture[i].kind = ObjectKind::kCrosswalk;
  }
}

struct LightKind {
  const char* name;
  bool pedestrian, arrow, vehicles;
};

void read_lights(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c = columns_of(layer, tally, {"ID", "Type", "LinkID", "Ref_Lane", "PostID"});
  if (!c.require({"ID", "Type", "LinkID"}) || !c.require(ShapeKind::kPoints)) return;
  static constexpr Code<LightKind> kTypes[] = {
      {"1", {"horizontal three", false, false, true}}, {"2", {"horizontal four A", false, true, true}},
      {"3", {"horizontal four B", false, true, true}}, {"4", {"horizontal arrow three", false, true, true}},
      {"5", {"vertical three", false, false, true}},   {"6", {"vertical arrow three", false, true, true}},
      {"7", {"vertical four", false, true, true}},     {"8", {"bus three", false, false, false}},
      {"9", {"variable", false, false, false}},        {"10", {"warning", false, false, false}},
      {"11", {"pedestrian", true, false, false}},      {"12", {"bicycle three", true, false, false}},
      {"13", {"bicycle two", true, false, false}},     {"14", {"auxiliary three", false, false, true}},
      {"15", {"auxiliary four", false, true, true}},   {"99", {"other", false, false, false}}};
  for (const ShapeRow& row : layer.rows) {
    Light light;
    light.id = c.text(row, "ID");
    light.link = c.text(row, "LinkID");
    const LightKind kind = c.code(row, "Type", kTypes, LightKind{"other", false, false, false});
    light.kind = kind.name, light.pedestrian = kind.pedestrian, light.arrow = kind.arrow;
    light.rules_vehicles = kind.vehicles;
    light.lanes = std::max(1, c.integer(row, "Ref_Lane"));
    light.at = row.parts[0][0];
    light.from = c.origin(row);
    out.lights.push_back(std::move(light));
  }
}

void read_barriers(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c = columns_of(layer, tally, {"ID", "Type", "LowHigh", "Ref_ID", "IsCentral"});
  if (!c.require({"ID", "Type"}) || !c.require(ShapeKind::kLines)) return;
  static constexpr Code<const char*> kTypes[] = {
      {"2", "guard rail"},        {"3", "concrete barrier"}, {"4", "kerb"}, {"5", "pedestrian fence"},
      {"6", "opening of median"}, {"7", "temporary"},        {"8", "wall"}, {"99", "other"}};
  const std::size_t first = out.furniture.size();
  read_outlines(c, layer, "Type", kTypes, ObjectKind::kBarrier, out);
  for (std::size_t i = first; i < out.furniture.size(); ++i) {
    Furniture& f = out.furniture[i];
    f.points = one_line(c, layer.rows[i - first]);
    f.width_m = f.type == "concrete barrier" ? 0.5 : 0.2;
    f.height_m = f.type == "kerb" ? 0.2 : 0.8;
  }
}

void read_bumps(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c = columns_of(layer, tally, {"ID", "Type", "LinkID", "Ref_Lane"});
  static constexpr Code<const char*> kTypes[] = {
      {"1", "speed bump"}, {"2", "speed bump painted"}, {"3", "speed bump other"}, {"", "speed bump"}};
  if (c.require({"ID"}) && c.require(ShapeKind::kPolygons))
    read_outlines(c, layer, "Type", kTypes, ObjectKind::kOther, out);
}

void read_height_barriers(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c = columns_of(layer, tally, {"ID", "Type", "LinkID", "Ref_Lane"});
  static constexpr Code<const char*> kTypes[] = {
      {"1", "height limit of bridge"}, {"2", "height limit of footbridge"}, {"4", "height limit other"}};
  if (c.require({"ID", "Type"}) && c.require(ShapeKind::kLines))
    read_outlines(c, layer, "Type", kTypes, ObjectKind::kOther, out);
}

void read_posts(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c = columns_of(layer, tally, {"ID", "Type"});
  static constexpr Code<const char*> kTypes[] = {{"1", "post of lights"}, {"2", "post of signs"}};
  if (!c.require({"ID", "Type"}) || !c.require(ShapeKind::kPoints)) return;
  const std::size_t first = out.furniture.size();
  read_outlines(c, layer, "Type", kTypes, ObjectKind::kPole, out);
  for (std::size_t i = first; i < out.furniture.size(); ++i)
    out.furniture[i].height_m = 3, out.furniture[i].width_m = 0.2;
}

void read_kilometre_posts(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  const Columns c = columns_of(layer, tally, {"ID", "Distance", "Origin", "LinkID", "Ref_Lane"});
  if (!c.require({"ID"}) || !c.require(ShapeKind::kPoints)) return;
  for (const ShapeRow& row : layer.rows) {
    Furniture f;
    f.id = c.text(row, "ID");
    f.type = "kilometre post " + c.text(row, "Distance");
    f.kind = ObjectKind::kPole;
    f.points = row.parts[0];
    f.width_m = 0.2, f.height_m = 1;
    f.from = c.origin(row);
    out.furniture.push_back(std::move(f));
  }
}

constexpr LayerReader kReaders[] = {{"A1_NODE", read_nodes},
                                    {"A2_LINK", read_links},
                                    {"A3_DRIVEWAY", read_areas},
                                    {"A4_SUBSID", read_subsidiary},
                                    {"A5_PARKING", read_parking},
                                    {"B1_SAFETY", read_signs},
                                    {"B2_SURFACELINE", read_paint},
                                    {"B3_SURFACEMARK", read_marks},
                                    {"C1_TRAFFIC", read_lights},
                                    {"C2_KILO", read_kilometre_posts},
                                    {"C3_VEHICLE", read_barriers},
                                    {"C4_SPEED", read_bumps},
                                    {"C5_HEIGHT", read_height_barriers},
                                    {"C6_POST", read_posts}};

}  // namespace

bool read_layer_2019(const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  return read_layer(kReaders, layer, out, tally);
}

}  // namespace bitgoeul::maps::ngii
