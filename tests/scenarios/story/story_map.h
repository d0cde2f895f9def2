// A street in three roads for the tests of stories: "1" straight east 300 m, "2" an arc of 100 m radius to the left,
// 200 m, "3" straight, 300 m, drawn against the way. Each has lanes 1 | -1 -2 (driving, 3.5 m) and a 2 m sidewalk -3
// (of "3", whose s runs against the way: 2 1 | -1, and the sidewalk 3). Beside "1" stands a bin.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "maps/map_builder.h"
#include "maps/opendrive/opendrive.h"
#include "scenarios/story/positions.h"
#include "sim/math.h"

namespace bitgoeul::tests {

inline std::string story_lanes(bool reversed, bool linked_before, bool linked_after, int flip_before, int flip_after) {
  const auto lane = [&](int id, const char* type, double width) {
    std::string links;
    if (linked_before) links += "<predecessor id=\"" + std::to_string(id * flip_before) + "\"/>";
    if (linked_after) links += "<successor id=\"" + std::to_string(id * flip_after) + "\"/>";
    return "<lane id=\"" + std::to_string(id) + "\" type=\"" + type + "\" level=\"false\"><link>" + links +
           "</link><width sOffset=\"0\" a=\"" + std::to_string(width) + "\" b=\"0\" c=\"0\" d=\"0\"/></lane>";
  };
  std::string out = "<lanes><laneSection s=\"0\"><left>";
  out +=
      reversed ? lane(3, "sidewalk", 2) + lane(2, "driving", 3.5) + lane(1, "driving", 3.5) : lane(1, "driving", 3.5);
  out += "</left><center><lane id=\"0\" type=\"none\" level=\"false\"/></center><right>";
  out += reversed ? lane(-1, "driving", 3.5)
                  : lane(-1, "driving", 3.5) + lane(-2, "driving", 3.5) + lane(-3, "sidewalk", 2);
  return out + "</right></laneSection></lanes>";
}

inline std::shared_ptr<const maps::Map> story_map() {
  // The end of the arc: x = 300 + 100 sin 2, y = 100 (1 - cos 2), heading 2.
  const double sine = sim::sin(2.0), cosine = sim::cos(2.0);
  const double ex = 300 + 100 * sine, ey = 100 * (1 - cosine);
  const double fx = ex + 300 * cosine, fy = ey + 300 * sine;
  const auto number = [](double v) { return std::to_string(v); };
  std::string text =
      "<?xml version=\"1.0\"?><OpenDRIVE><header revMajor=\"1\" revMinor=\"6\" name=\"street\">"
      "<geoReference><![CDATA[+proj=tmerc +lat_0=35 +lon_0=127 +k=1 +x_0=0 +y_0=0 +ellps=WGS84 "
      "+units=m]]></geoReference></header>";
  text +=
      "<road id=\"1\" length=\"300\" junction=\"-1\"><link><successor elementType=\"road\" elementId=\"2\" "
      "contactPoint=\"start\"/></link><planView><geometry s=\"0\" x=\"0\" y=\"0\" hdg=\"0\" length=\"300\"><line/>"
      "</geometry></planView>" +
      story_lanes(false, false, true, 1, 1) +
      "<objects><object id=\"o7\" name=\"litter bin\" type=\"obstacle\" s=\"280\" t=\"-20\" zOffset=\"0\" hdg=\"0.5\" "
      "length=\"0.6\" width=\"0.4\" height=\"1.1\"/></objects></road>";
  text +=
      "<road id=\"2\" length=\"200\" junction=\"-1\"><link><predecessor elementType=\"road\" elementId=\"1\" "
      "contactPoint=\"end\"/><successor elementType=\"road\" elementId=\"3\" contactPoint=\"end\"/></link><planView>"
      "<geometry s=\"0\" x=\"300\" y=\"0\" hdg=\"0\" length=\"200\"><arc curvature=\"0.01\"/></geometry></planView>" +
      story_lanes(false, true, true, 1, -1) + "</road>";
  text +=
      "<road id=\"3\" length=\"300\" junction=\"-1\"><link><successor elementType=\"road\" elementId=\"2\" "
      "contactPoint=\"end\"/></link><planView><geometry s=\"0\" x=\"" +
      number(fx) + "\" y=\"" + number(fy) + "\" hdg=\"" + number(2.0 + sim::kPi) +
      "\" length=\"300\"><line/></geometry></planView>" + story_lanes(true, false, true, 1, -1) + "</road>";
  sim::Issues issues;
  auto read = maps::opendrive::read_text(text + "</OpenDRIVE>", "street.xodr", issues);
  REQUIRE(read.has_value());
  auto map = maps::freeze(*std::move(read), issues);
  for (const sim::Issue& issue : issues) {
    INFO(sim::to_string(issue));
    CHECK(issue.severity != sim::Severity::kError);
  }
  REQUIRE(map.has_value());
  return *map;
}

// An entity of 4.5 m x 1.8 m standing at a place.
inline scenarios::story::Seen seen_at(const scenarios::story::Place& place, double speed = 0) {
  scenarios::story::Seen seen;
  seen.alive = true;
  seen.x = place.x, seen.y = place.y, seen.z = place.z;
  seen.yaw = place.yaw, seen.pitch = place.pitch, seen.roll = place.roll;
  seen.road = place.road, seen.road_s = place.road_s, seen.road_t = place.road_t, seen.lane_id = place.lane_id;
  seen.lane = place.lane, seen.lane_s = place.lane_s, seen.lane_t = place.lane_t;
  seen.speed = speed;
  seen.length = 4.5, seen.width = 1.8, seen.height = 1.5, seen.center_x = 1.4;
  return seen;
}

}  // namespace bitgoeul::tests
