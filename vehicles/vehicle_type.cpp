#include "vehicles/vehicle_type.h"

namespace bitgoeul::vehicles {

std::optional<std::uint16_t> find_type(const Catalogue& catalogue, std::string_view name) {
  for (std::size_t i = 0; i < catalogue.size(); ++i)
    if (catalogue[i].name == name) return static_cast<std::uint16_t>(i);
  return std::nullopt;
}

}  // namespace bitgoeul::vehicles
