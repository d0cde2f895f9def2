// OpenDRIVE 1.8, clause 10.4.1: a road type stands for what the law of its country says of it. The general limits of
// passenger cars, where no sign says otherwise.
#include <algorithm>

#include "maps/opendrive/reader.h"

namespace bitgoeul::maps::opendrive {

namespace {

struct Law {
  std::string_view country, alpha3;  // ISO 3166-1
  double town_kmh, rural_kmh, expressway_kmh, motorway_kmh;
};

// KR: Road Traffic Act, enforcement rule 19. DE: StVO 3 and the motorway advisory speed. JP: enforcement order 11 and
// 27. FR: Code de la route R413-2. GB: Highway Code rule 124 (mph).
constexpr Law kLaws[] = {{"KR", "KOR", 50, 60, 90, 100},
                         {"DE", "DEU", 50, 100, 100, 130},
                         {"JP", "JPN", 60, 60, 60, 100},
                         {"FR", "FRA", 50, 80, 110, 130},
                         {"GB", "GBR", 30 * 1.609344, 60 * 1.609344, 70 * 1.609344, 70 * 1.609344}};

}  // namespace

double legal_speed_mps(std::string_view country, std::string_view road_type) {
  const auto law = std::find_if(std::begin(kLaws), std::end(kLaws),
                                [&](const Law& l) { return l.country == country || l.alpha3 == country; });
  if (law == std::end(kLaws)) return 0;
  if (road_type == "motorway") return law->motorway_kmh / 3.6;
  if (road_type == "townExpressway") return law->expressway_kmh / 3.6;
  if (road_type == "rural") return law->rural_kmh / 3.6;
  if (road_type == "lowSpeed") return 30 / 3.6;
  return road_type.starts_with("town") && road_type != "townPlayStreet" ? law->town_kmh / 3.6 : 0;
}

}  // namespace bitgoeul::maps::opendrive
