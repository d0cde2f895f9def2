#include "viewer/marks.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

namespace bitgoeul::viewer {

std::vector<Mark> load_marks(const std::filesystem::path& file) {
  std::vector<Mark> marks;
  std::ifstream in(file);
  if (!in) return marks;
  const auto json = nlohmann::json::parse(in, nullptr, false);
  if (!json.is_object() || !json.contains("marks") || !json["marks"].is_array()) return marks;
  for (const auto& entry : json["marks"]) {
    if (!entry.is_object() || !entry.contains("time_s") || !entry["time_s"].is_number()) continue;
    const double time_s = entry["time_s"].get<double>();
    if (!(time_s >= 0 && time_s < 1e9)) continue;
    Mark mark{std::llround(time_s * 1e9), {}, sim::kNone};
    if (entry.contains("text") && entry["text"].is_string()) mark.text = entry["text"].get<std::string>();
    if (entry.contains("entity") && entry["entity"].is_number_integer()) mark.entity = entry["entity"].get<sim::Row>();
    marks.push_back(std::move(mark));
  }
  std::stable_sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) { return a.time_ns < b.time_ns; });
  return marks;
}

bool save_marks(const std::filesystem::path& file, const std::vector<Mark>& marks) {
  if (file.empty()) return false;
  nlohmann::json json{{"marks", nlohmann::json::array()}};
  for (const Mark& m : marks) {
    nlohmann::json entry{{"time_s", static_cast<double>(m.time_ns) * 1e-9}, {"text", m.text}};
    if (m.entity != sim::kNone) entry["entity"] = m.entity;
    json["marks"].push_back(entry);
  }
  const std::filesystem::path fresh = file.string() + ".new";
  {
    std::ofstream out(fresh);
    out << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
    if (!out.flush()) return false;
  }
  std::error_code error;
  std::filesystem::rename(fresh, file, error);
  return !error;
}

}  // namespace bitgoeul::viewer
