#include "replay/export/exporter.h"

#include <algorithm>
#include <array>
#include <functional>

#include "replay/export/formats.h"
#include "sim/kind_word.h"
#include "sim/math.h"

namespace bitgoeul::replay {
namespace {

struct Format {
  std::string_view name, suffix;
  std::function<Made(const std::filesystem::path&, ExportInput)> make;
};

const std::vector<Format>& formats() {
  static const std::vector<Format> all{
      {"osi", ".osi.mcap",
       [](const auto& f, ExportInput i) { return make_osi_exporter(OsiFile::kMcap, f, std::move(i)); }},
      {"osi-trace", ".osi",
       [](const auto& f, ExportInput i) { return make_osi_exporter(OsiFile::kTrace, f, std::move(i)); }},
      {"omega-prime", ".omega-prime.mcap",
       [](const auto& f, ExportInput i) { return make_osi_exporter(OsiFile::kOmegaPrime, f, std::move(i)); }},
      {"foxglove", ".foxglove.mcap",
       [](const auto& f, ExportInput i) { return make_foxglove_exporter(f, std::move(i)); }},
      {"csv", ".csv", [](const auto& f, ExportInput i) { return make_csv_exporter(f, std::move(i)); }},
      {"womd", ".tfrecord", [](const auto& f, ExportInput i) { return make_womd_exporter(f, std::move(i)); }},
  };
  return all;
}

constexpr std::array<std::pair<std::string_view, Kind>, 18> kKinds{{{"car", Kind::kCar},
                                                                    {"van", Kind::kVan},
                                                                    {"truck", Kind::kTruck},
                                                                    {"trailer", Kind::kTrailer},
                                                                    {"semitrailer", Kind::kTrailer},
                                                                    {"bus", Kind::kBus},
                                                                    {"motorbike", Kind::kMotorbike},
                                                                    {"motorcycle", Kind::kMotorbike},
                                                                    {"bicycle", Kind::kBicycle},
                                                                    {"train", Kind::kTrain},
                                                                    {"tram", Kind::kTram},
                                                                    {"pedestrian", Kind::kPedestrian},
                                                                    {"wheelchair", Kind::kPedestrian},
                                                                    {"animal", Kind::kAnimal},
                                                                    {"other", Kind::kOther},
                                                                    {"miscellaneous", Kind::kOther},
                                                                    {"vehicle", Kind::kCar},
                                                                    {"unknown", Kind::kUnknown}}};

}  // namespace

Made make_exporter(std::string_view format, const std::filesystem::path& file, ExportInput input) {
  std::sort(input.entities.begin(), input.entities.end(),
            [](const EntityInfo& a, const EntityInfo& b) { return a.row < b.row; });
  for (const Format& one : formats())
    if (one.name == format) return one.make(file, std::move(input));
  return sim::fail("unknown format '" + std::string(format) + "'", file.string());
}

std::vector<std::string> export_formats() {
  std::vector<std::string> names;
  for (const Format& one : formats()) names.emplace_back(one.name);
  return names;
}

std::string export_suffix(std::string_view format) {
  for (const Format& one : formats())
    if (one.name == format) return std::string(one.suffix);
  return {};
}

Kind kind_of(std::string_view category) {
  for (const auto& [word, kind] : kKinds)
    if (word == category) return kind;
  return Kind::kUnknown;
}

Kind kind_of(const ExportInput& input, const sim::Snapshot& snapshot, std::size_t row) {
  const std::size_t type = snapshot.entities.type[row];
  // Logs from before types were recorded: a vehicle of some kind.
  return type < input.types.size() ? kind_of(input.types[type].category) : Kind::kOther;
}

std::string name_of(const ExportInput& input, const sim::Snapshot& snapshot, std::size_t row) {
  const auto found = std::lower_bound(input.entities.begin(), input.entities.end(), row,
                                      [](const EntityInfo& info, std::size_t r) { return info.row < r; });
  if (found != input.entities.end() && found->row == row) return found->name;
  const std::uint32_t life = snapshot.generation[row] / 2;  // another vehicle in the same row
  const Kind kind = kind_of(input, snapshot, row);
  const sim::Role role = kind == Kind::kPedestrian ? sim::Role::kPedestrian : snapshot.entities.role[row];
  std::string name(sim::kind_word(role, kind == Kind::kBicycle));
  name.append("_").append(std::to_string(row));
  if (life > 0) name.append("_").append(std::to_string(life));
  return name;
}

BoxState box_state(const sim::Entities& e, std::size_t row) {
  double sy = 0, cy = 0, sp = 0, cp = 0, sr = 0, cr = 0;
  sim::sincos(e.yaw_rad[row], sy, cy);
  sim::sincos(e.pitch_rad[row], sp, cp);
  sim::sincos(e.roll_rad[row], sr, cr);
  const sim::Vec3 ahead(cy * cp, sy * cp, -sp), up(cy * sp * cr + sy * sr, sy * sp * cr - cy * sr, cp * cr);
  const sim::Vec3 left = up.cross(ahead);
  const double v = e.speed_mps[row], w = e.yaw_rate_radps[row], arm = e.center_x_m[row];
  BoxState state;
  state.center = sim::Vec3(e.x[row], e.y[row], e.z[row]) + arm * ahead + 0.5 * e.height_m[row] * up;
  state.velocity = v * ahead + w * arm * left;
  state.acceleration = (e.acceleration_mps2[row] - w * w * arm) * ahead + v * w * left;
  return state;
}

std::int64_t host_of(const ExportInput& input, const sim::Snapshot& snapshot) {
  const sim::Entities& e = snapshot.entities;
  const auto rows = static_cast<std::int64_t>(e.alive.size());
  if (input.host_row >= 0) {
    const bool there = input.host_row < rows && e.alive[static_cast<std::size_t>(input.host_row)] != 0;
    return there ? input.host_row : -1;
  }
  for (std::int64_t row = 0; row < rows; ++row)
    if (e.alive[static_cast<std::size_t>(row)] != 0 && e.role[static_cast<std::size_t>(row)] == sim::Role::kEgo)
      return row;
  return -1;
}

}  // namespace bitgoeul::replay
