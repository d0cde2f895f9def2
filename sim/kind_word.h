// What a body without a name of its own is called, before its number: in events, reports, criteria and exports alike.
// Thread rule: pure.
#pragma once

#include <string_view>

#include "sim/entities.h"

namespace bitgoeul::sim {

inline std::string_view kind_word(Role role, bool bicycle) {
  return role == Role::kPedestrian ? "pedestrian" : bicycle ? "cyclist" : "traffic";
}

}  // namespace bitgoeul::sim
