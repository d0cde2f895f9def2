// Window: one picture on a screen, or in memory when headless; the panels lie over it. Owns the graphics context and
// the event queue; tests put mouse and keys into the same queue that a person's hands fill. Single thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/result.h"
#include "viewer/camera.h"

namespace osg {
class Group;
}

namespace bitgoeul::viewer {

struct WindowOptions {
  int width = 1280, height = 720;
  bool headless = false;
  int samples = 4;
  std::string title = "Bitgoeul";
};

struct Image {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;  // rows from the top
};

// What hands did since the last frame, as far as no panel took it.
struct Input {
  double x = 0, y = 0, dx = 0, dy = 0, wheel = 0;
  bool left = false, middle = false, right = false;
  bool clicked = false;  // left button pressed and let go in place
  bool double_clicked = false;
  std::vector<int> keys;  // pressed: letters as small ASCII, others by Key
  bool shift = false, control = false;
  std::vector<int> held;  // letter keys that are down
};
enum Key {
  kKeyLeft = 1001,
  kKeyRight,
  kKeyUp,
  kKeyDown,
  kKeyHome,
  kKeyEnd,
  kKeyPageUp,
  kKeyPageDown,
  kKeyEscape,
  kKeyDelete,
  kKeyF1
};

class Window {
 public:
  static sim::Result<std::unique_ptr<Window>> make(const WindowOptions& options);
  ~Window();

  osg::Group* root();
  int width() const;
  int height() const;
  bool closed() const;
  void close();

  // Takes in events and begins the panels' frame; between begin and finish panels may be drawn (ImGui).
  const Input& begin();
  // Draws the scene from the pose and the panels over it. `capture` also fills image(); `left_half`: the scene fills
  // the left half alone.
  void finish(const CameraPose& pose, double near_m, double far_m, bool capture = false, bool left_half = false);
  const Image& image() const;
  // Milliseconds of the last frame's update, cull and drawing calls; in software drawing is most of it.
  double cpu_ms() const;
  double cull_ms() const;  // of that: update and cull

  // Synthetic hands.
  void mouse_move(double x, double y);
  void mouse_button(int button, bool down);  // 1 left, 2 middle, 3 right
  void mouse_wheel(double steps);
  void key(int key, bool down);
  void text(const std::string& utf8);

 private:
  struct Impl;
  explicit Window(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bitgoeul::viewer
