// Moment: what is where at one instant, between two frames: the rows of the picture and of the panels. Made each frame
// from the source's frames; also remembers what instances need between frames (wheel angles). Main thread only.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "maps/map.h"
#include "viewer/actors.h"
#include "viewer/roster.h"
#include "viewer/source.h"

namespace bitgoeul::viewer {

enum class ColorBy : std::uint8_t { kRole, kSpeed, kState, kType, kCompany, kVerdict };
inline constexpr int kColorBys = 6;
// As --color says them.
inline constexpr std::string_view kColorByNames[kColorBys] = {"role", "speed", "state", "type", "company", "verdict"};

struct Mover {
  sim::Row row = sim::kNone;
  std::uint32_t generation = 0;
  sim::Role role = sim::Role::kNone;
  Kind kind = Kind::kSedan;
  double x = 0, y = 0, z = 0;  // reference point
  double yaw = 0, pitch = 0, roll = 0, speed = 0, acceleration = 0, yaw_rate = 0;
  double length = 0, width = 0, height = 0, center_x = 0;
  Vec3 center() const;  // of the box, on the ground
};

struct Moment {
  std::int64_t time_ns = -1;
  std::vector<Mover> movers;
  std::vector<int> of_row;  // index in movers; -1: not there
  std::vector<std::optional<Kind>> kind_of_type;
  std::vector<sim::SignalState> signals;
  std::int64_t step = 0;
  sim::Hash128 hash;
  const Mover* find(sim::Row row) const;
};

void fill_moment(Moment& moment, Source& source, const FramePair& frames, std::int64_t time_ns);

struct ActorLook {
  ColorBy color_by = ColorBy::kRole;
  double night = 0;
  bool ghost = false;  // the second run
  sim::Row selected = sim::kNone;
  bool only_egos = false;  // where points of a lidar show the others
  const Roster* roster = nullptr;
  const maps::Map* map = nullptr;
  Vec3 eye{0, 0, 0};
};

class ActorMaker {
 public:
  void make(const Moment& moment, const ActorLook& look, std::vector<Actor>& out);

 private:
  std::vector<float> turn_;  // wheel angle per row
  std::int64_t time_ns_ = -1;
};

Color company_color(int company);  // of Roster::companies; < 0: none
Color judged_color(Judged judged);
Color speed_color(double speed_mps);  // blue still, green slow, yellow, red fast

}  // namespace bitgoeul::viewer
