// The city picture of report.html: the map drawn as PNG inside an SVG, trips on it coloured by speed, collisions
// marked. Made by report.cpp. Thread rule: pure.
#pragma once

#include <string>

#include "scenarios/report.h"

namespace bitgoeul::scenarios {

std::string map_svg(const ReportInput& input, sim::Issues& issues);

}  // namespace bitgoeul::scenarios
