// Approach signals: lights with a place in the world but no road and no times. place_signal puts one on the nearest
// road; ApproachPrograms gives each approach of a junction its turn (straight on and left at once, usual in Korea),
// with people walking beside it. Read by the NGII and Lanelet2 readers. Single thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "maps/detail/road_finder.h"

namespace bitgoeul::maps::detail {

// False when no road is near. `faces`: the way the face looks.
bool place_signal(SignalDraft& signal, const RoadFinder& finder, const std::vector<RoadDraft>& roads,
                  const sim::Vec3& at, const std::vector<std::string>& preferred, double faces);

// Where a stop line crosses the last 30 m of a lane: before its end (0: just behind it; < 0: nowhere), and its slant,
// metres along the lane per metre to the left.
struct StopPlace {
  double before_end_m = -1, slant = 0;
};
StopPlace stop_before_end(const std::vector<sim::Vec3>& lane, const sim::Vec2& a, const sim::Vec2& b);

class ApproachPrograms {
 public:
  // A light for vehicles that come with that heading, and the longest and fastest movement it rules.
  void add(const std::string& junction, const std::string& signal, double heading, double longest_m,
           double fastest_mps);
  // A light for people who cross a road of that heading.
  void add_walk(const std::string& junction, const std::string& signal, double heading);
  // Appends the programs; how many.
  int finish(MapBuilder& builder) const;

 private:
  struct Approach {
    double heading = 0, longest_m = 0, fastest_mps = 0;
    std::vector<std::string> signals;
  };
  struct Walk {
    std::string signal;
    double heading = 0;
  };
  struct Junction {
    std::vector<Approach> approaches;
    std::vector<Walk> walks;
  };
  static std::vector<std::vector<std::string>> walks_of(const Junction& junction);
  std::map<std::string, Junction> junctions_;
};

}  // namespace bitgoeul::maps::detail
