// The shapes of what moves: one per kind, three levels of detail, built in code. Model frame: the centre of the
// bounding box on the ground, x ahead, metres of the nominal size; the picture scales it to the real one.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sim/entities.h"
#include "viewer/mesh.h"

namespace bitgoeul::viewer {

enum class Kind : std::uint8_t {
  kRobotaxi,
  kSedan,
  kSuv,
  kCompact,
  kVan,
  kBus,
  kTruck,
  kTrailer,
  kMotorcycle,
  kBicycle,
  kPedestrian,
  kObject,  // no vehicle: a box, a barrier, a cone
  kCount
};
inline constexpr int kKinds = static_cast<int>(Kind::kCount);
inline constexpr int kModelLods = 3;
std::string_view to_string(Kind kind);

struct Model {
  double length = 4.6, width = 1.9, height = 1.5, wheel_radius = 0.33;
  std::array<Mesh, kModelLods> lod;
};

Model make_model(Kind kind);
std::optional<Kind> kind_by_name(std::string_view type_name);  // where the type's name says it
Kind kind_by_size(sim::Role role, double length_m, double width_m, double height_m);

}  // namespace bitgoeul::viewer
