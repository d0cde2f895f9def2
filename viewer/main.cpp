// bitgoeul-viewer: a window on a log, a run, a scenario or a map; or pictures of it without a window.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <osg/Notify>

#include "viewer/app.h"
#include "viewer/hands.h"
#include "viewer/record.h"
#include "viewer/screenshot.h"

namespace {

namespace viewer = bitgoeul::viewer;

struct Arguments {
  std::vector<std::string> paths;
  std::string screenshot, record, size = "1280x720", camera = "orbit", follow, language, map, date, color, perception,
                                  host, points, compare;
  std::vector<double> look;  // lon lat distance yaw pitch
  double time_s = 0, hour = -1, fog_m = -1, rain = -1, fps = 25, duration_s = 0, speed = 1;
  std::uint64_t seed = 1;
  bool no_panels = false, no_shadows = false, play = false, side_by_side = false;
};

void add_options(CLI::App& program, Arguments& a) {
  program.add_option("FILE", a.paths, "log, directory of a run, scenario or map; two runs are compared")
      ->expected(0, 2);
  program.add_option("--compare", a.compare, "a second run on the same clock, as ghosts, with the differences");
  program.add_flag("--side-by-side", a.side_by_side, "two runs in the halves of the picture instead of ghosts");
  program.add_option("--screenshot", a.screenshot, "make one picture (.png, .jpg) and end");
  program.add_option("--record", a.record, "make a film (.mp4, .gif) or a directory of pictures and end");
  program.add_option("--time", a.time_s, "start at this second")->check(CLI::Range(0.0, 1e9));
  program.add_option("--follow", a.follow, "name or row of the vehicle to follow");
  program.add_option("--camera", a.camera,
                     "free, orbit, follow, driver, top, cinematic (default orbit; follow with --follow)");
  program.add_option("--look", a.look, "X Y DISTANCE [YAW PITCH]: point of the map to look at, metres and degrees")
      ->expected(3, 5);
  program.add_option("--size", a.size, "WIDTHxHEIGHT of the picture (default 1280x720)");
  program.add_option("--hour", a.hour, "local hour of the day, 0 to 24")->check(CLI::Range(0.0, 24.0));
  program.add_option("--date", a.date, "MONTH-DAY for the height of the sun (default 5-20)");
  program.add_option("--fog", a.fog_m, "sight in metres")->check(CLI::Range(0.0, 1e5));
  program.add_option("--rain", a.rain, "0 dry to 1 heavy")->check(CLI::Range(0.0, 1.0));
  program.add_option("--color", a.color, "vehicles by: role, speed, state, type, company, verdict")
      ->check(
          CLI::IsMember(std::vector<std::string>(std::begin(viewer::kColorByNames), std::end(viewer::kColorByNames))));
  program.add_option(
      "--perception", a.perception,
      "stub that a log's sensors are shown through: ideal, logged, lidar_cluster, a preset or a YAML file");
  program.add_option("--host", a.host, "in a run: the vehicle that looks (default: the first)");
  program.add_option("--points", a.points, "points of a lidar by: height, intensity, time, none")
      ->check(CLI::IsMember({"height", "intensity", "time", "none"}));
  program.add_option("--map", a.map, "another map than the file names");
  program.add_option("--seed", a.seed, "of a live run (default 1)");
  program.add_option("--duration", a.duration_s, "of a live run or of the film, seconds")->check(CLI::Range(0.0, 1e6));
  program.add_option("--fps", a.fps, "pictures per second of the film (default 25)")->check(CLI::Range(1.0, 120.0));
  program.add_option("--speed", a.speed, "of the clock (default 1)")->check(CLI::Range(0.0, 64.0));
  program.add_option("--language", a.language, "en or ko")->check(CLI::IsMember({"en", "ko"}));
  program.add_flag("--play", a.play, "the clock runs at once");
  program.add_flag("--no-panels", a.no_panels, "the scene alone");
  program.add_flag("--no-shadows", a.no_shadows, "no shadows of the sun");
  program.footer("Example:\n  bitgoeul-viewer runs/fleet --time 40 --follow ego_007 --screenshot ego.png");
}

int refuse(const std::string& what) {
  fmt::print(stderr, "error: {}\n", what);
  return 2;
}
int refuse(const bitgoeul::sim::Issue& issue) {
  fmt::print(stderr, "{}\n", bitgoeul::sim::to_string(issue));
  return 2;
}

bool parse_size(const std::string& text, int& width, int& height) {
  char rest = 0;
  return std::sscanf(text.c_str(), "%dx%d%c", &width, &height, &rest) == 2 && width >= 64 && height >= 64 &&
         width <= 8192 && height <= 8192;
}

// Row of the vehicle by name, else by number.
bitgoeul::sim::Row find_row(viewer::State& s, const std::string& name) {
  for (const viewer::Mover& m : s.moment.movers)
    if (s.source()->name(m.row).name == name) return m.row;
  char* end = nullptr;
  const long row = std::strtol(name.c_str(), &end, 10);
  return end && *end == 0 && !name.empty() && s.moment.find(static_cast<bitgoeul::sim::Row>(row))
             ? static_cast<bitgoeul::sim::Row>(row)
             : bitgoeul::sim::kNone;
}

bool set_weather(const Arguments& a, viewer::State& s) {
  if (a.hour >= 0) s.weather.hour = a.hour;
  if (!a.date.empty() && (std::sscanf(a.date.c_str(), "%d-%d", &s.weather.month, &s.weather.day) != 2 ||
                          s.weather.month < 1 || s.weather.month > 12 || s.weather.day < 1 || s.weather.day > 31))
    return false;
  if (a.fog_m >= 0) s.weather.fog_m = a.fog_m;
  if (a.rain >= 0) s.weather.rain = a.rain;
  s.weather.shadows = !a.no_shadows;
  return true;
}

// What the arguments say about the view; an error's text, or nothing.
std::string set_view(const Arguments& a, viewer::App& app) {
  viewer::State& s = app.state();
  if (!set_weather(a, s)) return "--date: expected MONTH-DAY";
  s.playback.time_ns = static_cast<std::int64_t>(a.time_s * 1e9), s.playback.playing = a.play,
  s.playback.speed = a.speed;
  if (!a.language.empty()) s.settings.korean = a.language == "ko";
  if (a.side_by_side) s.settings.side_by_side = true;
  for (int i = 0; i < viewer::kColorBys; ++i)
    if (a.color == viewer::kColorByNames[i]) s.settings.color_by = i;
  for (int i = 0; i < 4; ++i)
    if (a.points == std::array{"height", "intensity", "time", "none"}[static_cast<std::size_t>(i)])
      s.settings.points_by = i;
  const auto mode = viewer::camera_mode(a.camera);
  if (!mode) return fmt::format("--camera {}: expected free, orbit, follow, driver, top or cinematic", a.camera);
  if (!a.follow.empty()) {
    if (!s.source()) return "--follow: nothing moves on a map alone";
    app.frame(0);
    const auto row = find_row(s, a.follow);
    if (row == bitgoeul::sim::kNone) return fmt::format("--follow {}: no such vehicle at {} s", a.follow, a.time_s);
    viewer::look_at(s, row);
  }
  if (a.camera != "orbit" || (a.follow.empty() && !a.look.empty())) s.rig.mode = *mode;
  if (!a.look.empty()) {
    s.rig.focus = viewer::Vec3(a.look[0], a.look[1], 0), s.rig.distance = a.look[2];
    if (a.look.size() > 3) s.rig.yaw = a.look[3] * 0.017453292519943295;
    if (a.look.size() > 4) s.rig.pitch = a.look[4] * 0.017453292519943295;
  }
  return {};
}

int make_picture(const Arguments& a, viewer::App& app) {
  const auto written = viewer::write_image(app.still_picture(), a.screenshot);
  return written ? 0 : refuse(written.error());
}

volatile std::sig_atomic_t stop_asked = 0;

int make_film(const Arguments& a, viewer::App& app) {
  std::signal(SIGINT, [](int) { stop_asked = 1; });
  const auto made = viewer::record(app, {a.record, a.fps, a.duration_s}, [](double share) {
    if (isatty(2)) fmt::print(stderr, "\r{:3.0f} %", share * 100);
    return stop_asked == 0;
  });
  if (isatty(2)) fmt::print(stderr, "\r");
  if (!made) return refuse(made.error());
  fmt::print("{}: {} pictures\n", a.record, *made);
  return stop_asked ? 4 : 0;
}

int watch(viewer::App& app) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point last = Clock::now();
  while (!app.finished()) {
    const Clock::time_point now = Clock::now();
    app.frame(std::min(0.25, std::chrono::duration<double>(now - last).count()));
    last = now;
  }
  return 0;
}

int run(const Arguments& a) {
  viewer::WindowOptions window;
  if (!parse_size(a.size, window.width, window.height)) return refuse("--size: expected WIDTHxHEIGHT, 64 to 8192 each");
  const bool still = !a.screenshot.empty() || !a.record.empty();
  window.headless = still;
  auto opened = viewer::Window::make(window);
  if (!opened) return refuse(opened.error());
  viewer::AppOptions options;
  options.paths = a.paths;
  if (!a.compare.empty()) options.paths.push_back(a.compare);
  if (options.paths.size() > 2 || (!a.compare.empty() && a.paths.empty()))
    return refuse("--compare: two runs, not more");
  options.open.map = a.map, options.open.seed = a.seed;
  options.open.perception = a.perception, options.open.host = a.host;
  if (a.record.empty()) options.open.duration_s = a.duration_s;
  options.panels = !a.no_panels, options.wait_for_open = still;
  if (!still) options.settings = viewer::settings_file();
  viewer::App app(options, std::move(*opened));
  if (const std::string wrong = set_view(a, app); !wrong.empty()) return refuse(wrong);
  if (!still) return watch(app);
  bool sound = true;
  for (const viewer::Opened* opened_file : {&app.state().first, &app.state().second})
    for (const bitgoeul::sim::Issue& issue : opened_file->issues) {
      fmt::print(stderr, "{}\n", bitgoeul::sim::to_string(issue));
      sound = sound && issue.severity != bitgoeul::sim::Severity::kError;
    }
  const int code = a.record.empty() ? make_picture(a, app) : make_film(a, app);
  return code == 0 && !sound ? 2 : code;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  CLI::App program("A window on a fleet log, a run, a scenario or a map", "bitgoeul-viewer");
  add_options(program, arguments);
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return program.exit(e) == 0 ? 0 : 2;
  }
  osg::setNotifyLevel(osg::WARN);
  try {
    return run(arguments);
  } catch (const std::exception& e) {
    fmt::print(stderr, "error: unexpected: {}\n", e.what());
    return 3;
  }
}
