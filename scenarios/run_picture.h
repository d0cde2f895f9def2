// RunPicture: a run as one picture: the map where it happened, the way of every named entity with its place at round
// times, and a strip of time with what happened: events, and what the storyboard began. Gathers frames and events while
// the run lasts; written by run.cpp when asked for (`run --picture`). Map frame, metres, seconds. Thread rule: one
// thread.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "maps/map.h"
#include "replay/run_log.h"
#include "sim/event.h"
#include "sim/math.h"
#include "sim/result.h"
#include "sim/snapshot.h"

namespace bitgoeul::scenarios {

class RunPicture {
 public:
  explicit RunPicture(std::vector<std::string> names) : names_(std::move(names)), ways_(names_.size()) {}
  void frame(const sim::Snapshot& snapshot);
  void events(std::span<const sim::Event> events, double dt_s);
  void story(std::span<const replay::StoryChange> changes, double time_s);
  // Fails, naming the file, when it cannot be written or when there was nothing to see.
  sim::Result<void> draw(const maps::Map& map, const std::filesystem::path& png) const;

  struct Point {
    float time_s = 0, x = 0, y = 0, yaw = 0;
    bool begins = false;  // has come in anew
  };
  struct Way {
    std::vector<Point> points;
    double length_m = 0, width_m = 0, center_m = 0;
    bool here = false;
  };
  enum class Sort { kPlain, kHandOver, kBad, kStory };
  struct Happening {
    double time_s = 0;
    Sort sort = Sort::kPlain;
    std::string text;
    std::optional<sim::Vec2> at;  // nothing: no place
  };
  const std::vector<Happening>& happenings() const { return happenings_; }  // by time

 private:
  std::vector<std::string> names_;
  std::vector<Way> ways_;
  std::vector<Happening> happenings_;
  double end_s_ = 0;
};

}  // namespace bitgoeul::scenarios
