// Settings: what a person sets once and expects to find again. Kept as viewer.json under $XDG_CONFIG_HOME/bitgoeul
// (or ~/.config/bitgoeul). A damaged file counts as none. Main thread only.
#pragma once

#include <filesystem>

namespace bitgoeul::viewer {

struct Settings {
  bool korean = false;
  bool show_timeline = true, show_entities = true, show_inspector = true, show_events = false, show_view = false,
       show_plots = false, show_help = false, show_sensors = true, show_criteria = false;
  bool labels = true, trails = true, boxes = false, intent = true;  // intent: route, command, plan
  bool side_by_side = false;                                        // two runs: halves of the picture instead of ghosts
  bool show_truth = true, show_detections = true, show_tracks = true, show_fields = true;  // what the car knows
  int color_by = 0, points_by = 0;                                                         // points_by: PointsBy
  double fov_deg = 50;
};

std::filesystem::path settings_file();
Settings load_settings(const std::filesystem::path& file);
bool save_settings(const std::filesystem::path& file, const Settings& settings);  // whole or not at all

}  // namespace bitgoeul::viewer
