// App: the viewer without its main(): opens what it is given, runs the clock, feeds the scene, draws the panels and
// does what they ask for. Tests drive the same object through synthetic hands. Main thread only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "viewer/state.h"
#include "viewer/window.h"

namespace bitgoeul::viewer {

struct AppOptions {
  std::vector<std::string> paths;  // one, or two to compare
  OpenOptions open;
  bool panels = true;
  std::filesystem::path settings;  // empty: neither read nor written
  bool wait_for_open = false;      // pictures: everything is there before the first frame
};

class App {
 public:
  App(AppOptions options, std::unique_ptr<Window> window);
  ~App();

  State& state();
  Window& window();
  // One picture; wall_s is what the clock and the camera go on by.
  void frame(double wall_s, bool capture = false);
  // From now on frames wait until nothing that they show is missing.
  void be_patient();
  // One such frame, captured.
  const Image& still_picture();
  bool finished() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The whole map in sight, or the vehicle near.
void look_at_map(State& state);
void look_at(State& state, sim::Row row);

}  // namespace bitgoeul::viewer
