// Vehicle catalogue: types of vehicles from an OpenSCENARIO catalogue file (<Catalog> of <Vehicle>), with what the
// double-track model needs beyond the norm as vendor properties `bitgoeul:...` (assets/vehicles/README.md names them).
// What a file does not say is estimated from size and category. Lengths in metres, SI. Thread rule: pure.
#pragma once

#include <filesystem>
#include <string_view>

#include "sim/result.h"
#include "vehicles/vehicle_type.h"

namespace bitgoeul::vehicles {

// Fails when the file cannot be read as XML or holds no vehicle; what is wrong with single vehicles goes to `issues`.
sim::Result<Catalogue> read_catalogue(const std::filesystem::path& file, sim::Issues& issues);

std::string_view to_string(Category category);  // the word of OpenSCENARIO

// Sets one number of the parameters by its property name (without `bitgoeul:`); false for an unknown name.
bool set_parameter(DoubleTrackParameters& parameters, std::string_view name, double value);
// The same by a vendor property as a file has it (`bitgoeul:NAME`, text); fails for an unknown name or a bad value.
sim::Result<void> set_property(DoubleTrackParameters& parameters, std::string_view name, std::string_view value);
bool same_dynamics(const DoubleTrackParameters& a, const DoubleTrackParameters& b);  // in all that a file can say

}  // namespace bitgoeul::vehicles
