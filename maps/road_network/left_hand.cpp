#include "maps/road_network/left_hand.h"

#include <algorithm>

namespace bitgoeul::maps {

namespace {

void flip(sim::Vec2& p) { p.x() = -p.x(); }

std::uint8_t flipped_arrows(std::uint8_t arrows) {
  std::uint8_t out = arrows & (kArrowThrough | kArrowBack);
  if ((arrows & kArrowLeft) != 0) out |= kArrowRight;
  if ((arrows & kArrowRight) != 0) out |= kArrowLeft;
  return out;
}

void flip(Street& street) {
  for (sim::Vec2& p : street.line) flip(p);
  for (auto* facts : {&street.facts_forward, &street.facts_backward})
    for (LaneFact& fact : *facts) fact.arrows = flipped_arrows(fact.arrows);
  if (street.walks == Walks::kLeft || street.walks == Walks::kRight)
    street.walks = street.walks == Walks::kLeft ? Walks::kRight : Walks::kLeft;
}

void flip(Terrain& terrain) {
  terrain.x0 = -(terrain.x0 + terrain.cell_m * std::max(terrain.columns - 1, 0));
  for (int row = 0; row < terrain.rows; ++row) {
    const auto begin = terrain.height.begin() + static_cast<std::ptrdiff_t>(row) * terrain.columns;
    std::reverse(begin, begin + terrain.columns);
  }
}

void negate(std::vector<Poly3>& polys) {
  for (Poly3& p : polys) p.a = -p.a, p.b = -p.b, p.c = -p.c, p.d = -p.d;
}

void flip(Geometry& g) {
  g.x = -g.x;
  g.heading = sim::wrap_angle(sim::kPi - g.heading);
  const int from = g.kind == GeometryKind::kParamPoly3 ? 4 : 0;  // aU to dU run along the line
  for (int i = from; i < 8; ++i) g.p[i] = -g.p[i];
}

void flip_ids(std::vector<std::int32_t>& ids) {
  for (std::int32_t& id : ids) id = -id;
}

void flip(RoadDraft& road) {
  road.left_hand_traffic = true;
  for (Geometry& g : road.plan_view) flip(g);
  negate(road.lane_offset);
  for (SectionDraft& section : road.sections)
    for (LaneDraft& lane : section.lanes) {
      lane.id = -lane.id;
      flip_ids(lane.predecessors);
      flip_ids(lane.successors);
    }
}

void flip(std::vector<Validity>& validity) {
  for (Validity& v : validity) v = {-v.to_lane, -v.from_lane};
}

}  // namespace

RoadNetwork mirrored(RoadNetwork network) {
  for (Street& street : network.streets) flip(street);
  for (NodeFact& node : network.nodes) flip(node.position);
  for (UrbanArea& area : network.areas) {
    for (sim::Vec2& p : area.outline) flip(p);
    area.grid_bearing_rad = -area.grid_bearing_rad;
  }
  for (SchoolZone& zone : network.school_zones) flip(zone.position);
  flip(network.terrain);
  return network;
}

MapBuilder mirrored(MapBuilder builder) {
  for (RoadDraft& road : builder.roads) flip(road);
  for (JunctionDraft& junction : builder.junctions)
    for (ConnectionDraft& connection : junction.connections)
      for (LaneLinkDraft& link : connection.links) link = {-link.from, -link.to};
  for (SignalDraft& signal : builder.signals) {
    signal.t = -signal.t;
    signal.h_offset = -signal.h_offset;
    flip(signal.validity);
  }
  for (ObjectDraft& object : builder.objects) {
    object.t = -object.t;
    object.heading = -object.heading;
    for (sim::Vec3& p : object.outline) p.x() = -p.x();
  }
  return builder;
}

bool keeps_left(double longitude_deg, double latitude_deg) {
  struct Box {
    double west, south, east, north;
  };
  // Only land of such countries lies in these: no box reaches Korea, China, Taiwan or the Continent.
  static constexpr Box kBoxes[] = {
      {-10.7, 49.85, 1.75, 60.9},  // Great Britain and Ireland
      {129.5, 30.9, 132.2, 34.3},  // Kyushu
      {130.95, 32.6, 135, 36},
      {135, 33.3, 142.2, 41.6},  // Honshu, Shikoku
      {139.3, 41.3, 145.9, 45.6},
      {122.9, 24, 131.4, 28.6},  // Hokkaido, Okinawa
      {112.9, -43.8, 153.7, -10.5},
      {166.3, -47.4, 178.6, -34.3},  // Australia, New Zealand
      {72, 6, 79.5, 31},
      {79.5, 5.9, 88.5, 26.5},  // India, Sri Lanka
      {99.6, 1.1, 104.4, 6.4},
      {105.1, -8.8, 115.8, -5.8},  // Malaysia, Singapore; Java, Bali
      {16.4, -34.9, 31, -23},      // South Africa
      {32.2, 34.5, 34.7, 35.75},
      {14.1, 35.75, 14.65, 36.1},     // Cyprus, Malta
      {113.82, 22.15, 114.45, 22.5},  // Hong Kong
  };
  return std::any_of(std::begin(kBoxes), std::end(kBoxes), [&](const Box& b) {
    return longitude_deg > b.west && longitude_deg < b.east && latitude_deg > b.south && latitude_deg < b.north;
  });
}

}  // namespace bitgoeul::maps
