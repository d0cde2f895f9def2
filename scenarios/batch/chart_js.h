// Chart.js (https://www.chartjs.org, MIT), from the system's package, built into the program, so that a report needs no
// network and no other file. Thread rule: constant.
#pragma once

#include <string_view>

namespace bitgoeul::scenarios::batch {

std::string_view chart_js();

}  // namespace bitgoeul::scenarios::batch
