// OSM tags of a way -> the attributes of a Street: class, lanes and their arrows, limits, bus lanes, walks, level. The
// meaning of each tag: wiki.openstreetmap.org/wiki/Key:*. What is missing gets the custom of the country. Read by
// osm.cpp. Pure functions.
#pragma once

#include <map>
#include <optional>

#include "maps/road_network/osm_data.h"
#include "maps/road_network/road_network.h"

namespace bitgoeul::maps::osm {

// What was found wrong or left unused, by message; reported once with the count.
struct Notes {
  struct Note {
    int count = 0, line = 0;
    std::string where;
    sim::Severity severity = sim::Severity::kInfo;
  };
  std::map<std::string, Note> all;
  void add(const std::string& what, const Way& way, sim::Severity severity = sim::Severity::kInfo);
};

// False for ways that motor vehicles do not use.
bool for_vehicles(const Tags& tags, Notes& notes, const Way& way);
// Everything but the line. The street points along the way; `oneway=-1` sets reversed.
Street street_of(const Way& way, bool korean, bool left_hand, Notes& notes, bool& reversed);

// Metres per second; nothing when the text says none of it.
std::optional<double> parse_speed(std::string_view text, bool korean);
// Metres.
std::optional<double> parse_metres(std::string_view text);
// `designated @ (Mo-Fr 07:00-09:00,17:00-19:00)` -> the hours; empty when it cannot be read.
std::vector<BusHours> parse_hours(std::string_view text);
// `left|through;right` -> arrows from the left lane to the right one.
std::vector<std::uint8_t> parse_arrows(std::string_view text);

}  // namespace bitgoeul::maps::osm
