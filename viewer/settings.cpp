#include "viewer/settings.h"

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "viewer/moment.h"

namespace bitgoeul::viewer {

namespace {

namespace fs = std::filesystem;

// Names every setting once, for reading and for writing.
template <class S, class F>
void each_setting(S& s, F&& f) {
  f("korean", s.korean);
  f("show_timeline", s.show_timeline), f("show_entities", s.show_entities), f("show_inspector", s.show_inspector);
  f("show_events", s.show_events), f("show_view", s.show_view), f("show_plots", s.show_plots),
      f("show_sensors", s.show_sensors), f("show_criteria", s.show_criteria);
  f("labels", s.labels), f("trails", s.trails), f("boxes", s.boxes), f("intent", s.intent),
      f("side_by_side", s.side_by_side);
  f("show_truth", s.show_truth), f("show_detections", s.show_detections), f("show_tracks", s.show_tracks),
      f("show_fields", s.show_fields);
  f("points_by", s.points_by), f("color_by", s.color_by), f("fov_deg", s.fov_deg);
}

}  // namespace

fs::path settings_file() {
  if (const char* config = std::getenv("XDG_CONFIG_HOME"); config && *config)
    return fs::path(config) / "bitgoeul" / "viewer.json";
  if (const char* home = std::getenv("HOME"); home && *home)
    return fs::path(home) / ".config" / "bitgoeul" / "viewer.json";
  return {};
}

Settings load_settings(const fs::path& file) {
  Settings settings;
  std::ifstream in(file);
  if (!in) return settings;
  const auto json = nlohmann::json::parse(in, nullptr, false);
  if (!json.is_object()) return settings;
  each_setting(settings, [&json](const char* name, auto& value) {
    const auto found = json.find(name);
    if (found == json.end()) return;
    using Value = std::decay_t<decltype(value)>;
    if (std::is_same_v<Value, bool> ? found->is_boolean() : found->is_number()) value = found->template get<Value>();
  });
  if (settings.color_by < 0 || settings.color_by >= kColorBys) settings.color_by = 0;
  if (settings.points_by < 0 || settings.points_by > 3) settings.points_by = 0;
  if (!(settings.fov_deg >= 20 && settings.fov_deg <= 110)) settings.fov_deg = 50;
  return settings;
}

bool save_settings(const fs::path& file, const Settings& settings) {
  if (file.empty()) return false;
  nlohmann::json json;
  each_setting(settings, [&json](const char* name, const auto& value) { json[name] = value; });
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  const fs::path fresh = file.string() + ".new";
  {
    std::ofstream out(fresh);
    out << json.dump(2) << '\n';
    if (!out.flush()) return false;
  }
  fs::rename(fresh, file, error);
  return !error;
}

}  // namespace bitgoeul::viewer
