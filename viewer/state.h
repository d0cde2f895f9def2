// State: everything that the hands, the panels and the picture share, as plain data. One per window. Main thread only.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "viewer/camera.h"
#include "viewer/comparison.h"
#include "viewer/entity_list.h"
#include "viewer/intent.h"
#include "viewer/marks.h"
#include "viewer/moment.h"
#include "viewer/open.h"
#include "viewer/playback.h"
#include "viewer/settings.h"
#include "viewer/weather.h"

namespace bitgoeul::viewer {

enum class Field : std::uint8_t { kSpeed, kAcceleration, kYawRate, kX, kY, kZ, kHeading, kSteering };
inline constexpr int kFields = 8;

// A camera's picture as the panels draw it.
struct ShownPicture {
  std::string name;
  unsigned texture = 0;
  int width = 0, height = 0;
};

struct Measure {
  bool on = false;
  std::vector<Vec3> points;
};

// What a click or a button asks of the application; done at the end of the frame.
struct Wish {
  bool restart = false;
  std::uint64_t seed = 1;
  bool save_picture = false;
  bool quit = false;
};

struct State {
  Opened first, second;  // second: the run that is compared, drawn as ghosts
  bool loading = false;
  std::vector<TimedEvent> events;
  std::vector<TimedStory> story;
  Playback playback;
  CameraRig rig;
  CameraPose pose;
  Weather weather;
  Settings settings;
  Moment moment, ghost;
  Sensed sensed;  // what the log's own vehicle knew
  Intent intent;  // of the selected vehicle
  Routes routes;  // of the first; empty until they are found
  std::vector<ShownPicture> pictures;
  sim::Row selected = sim::kNone;
  std::vector<sim::Row> pinned;  // plotted beside the selected one
  std::vector<Field> fields{Field::kSpeed};
  Filter filter;
  EntityList entities;  // what passes it
  Measure measure;
  std::vector<Mark> marks;
  Comparison comparison;  // of the two runs
  std::string message;    // of the last action, shown for a while
  double message_left_s = 0;
  std::optional<Vec3> under_mouse;  // point of the ground
  double frame_ms = 0, prepare_ms = 0;
  Wish wish;
  int next_seed = 1;
  std::map<std::string, std::array<float, 4>> spots;  // where a control was drawn: x0, y0, x1, y1

  Source* source() const { return first.source.get(); }
  // Two runs, each in its half of the picture.
  bool halves() const { return settings.side_by_side && first.source && second.source; }
  int view_width(int width) const { return halves() ? width / 2 : width; }
  std::int64_t end_ns() const { return first.source ? first.source->end_ns() : 0; }
};

// One text in the language of the settings.
inline const char* say(const State& state, const char* english, const char* korean) {
  return state.settings.korean ? korean : english;
}

// Where jumps go, ascending: events that a person looks for, what a storyboard did, marks, offences of criteria, the
// first difference.
std::vector<std::int64_t> stops(const State& state);
void select(State& state, sim::Row row);
void tell(State& state, std::string message);

}  // namespace bitgoeul::viewer
