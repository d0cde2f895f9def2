#include "scenarios/criteria/catalogue.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

#include "maps/xml.h"

namespace bitgoeul::scenarios::criteria {
namespace {

// Limits: nuPlan's closed-loop metrics where they have one (ttc, off_road, wrong_way, speed, comfort,
// route_completion), UN R157 (preventable), the usual thresholds of the field for the rest.
constexpr Spec kSpecs[] = {
    {Kind::kCollision, "collision", "", false, 0, "collisions of self-driving vehicles, whoever is at fault"},
    {Kind::kStandstill, "standstill", "s", false, 300, "longest standstill of any vehicle"},
    {Kind::kRedLight, "red_light", "", false, 0, "red lights run"},
    {Kind::kRouteProgress, "route_progress", "m", true, 0, "way of the vehicle that came least far"},
    {Kind::kAtFault, "collision_at_fault", "", false, 0,
     "collisions by nuPlan's rule of fault: struck with the own front, ran into who stands, or beside the own lane"},
    {Kind::kPreventable, "preventable_collision", "", false, 0,
     "frontal collisions that the careful driver of UN R157 would have avoided"},
    {Kind::kTtc, "ttc", "s", true, 0.95, "time to collision with what is ahead on the way, and with people"},
    {Kind::kPet, "pet", "s", true, 1.0, "time between two crossing each other's place"},
    {Kind::kHeadway, "headway", "s", true, 1.0, "time gap to the vehicle ahead, above 2 m/s"},
    {Kind::kDrac, "drac", "m/s2", false, 3.4, "braking that avoids the vehicle ahead"},
    {Kind::kRss, "rss", "s", false, 0, "time within the unsafe distance of RSS without braking as it demands"},
    {Kind::kVruGap, "vru_gap", "m", true, 1.0, "gap to pedestrians and cyclists while moving"},
    {Kind::kOffRoad, "off_road", "m", false, 0.3, "a corner beyond the drivable lanes"},
    {Kind::kLaneInvasion, "lane_invasion", "s", false, 0, "time over a line that may not be crossed"},
    {Kind::kWrongWay, "wrong_way", "m", false, 2, "way against a lane's direction within a second"},
    {Kind::kSpeed, "speed", "m/s", false, 2.23, "above the limit of the lane at that time of day"},
    {Kind::kSchoolZone, "school_zone", "m/s", false, 0, "above the limit where it depends on the time of day"},
    {Kind::kStopLine, "stop_line", "m", false, 0, "stood with the front beyond the line at red"},
    {Kind::kRightOnRed, "right_on_red", "m/s", false, 0.1, "least speed before the line, turning right on red"},
    {Kind::kCrosswalk, "crosswalk", "", false, 0, "crosswalks entered while somebody walks on them"},
    {Kind::kAcceleration, "acceleration", "m/s2", false, 2.40, "forwards"},
    {Kind::kBraking, "braking", "m/s2", false, 4.05, "deceleration"},
    {Kind::kLateral, "lateral_acceleration", "m/s2", false, 4.89, "to either side"},
    {Kind::kJerk, "jerk", "m/s3", false, 4.13, "along the body, over 0.1 s"},
    {Kind::kYawRate, "yaw_rate", "rad/s", false, 0.95, "in either sense"},
    {Kind::kRouteCompletion, "route_completion", "", true, 0.2, "way driven by way of the route"},
    {Kind::kStuck, "stuck", "s", false, 60, "standing without a vehicle or a red light ahead"},
    {Kind::kBusLane, "bus_lane", "s", false, 0, "time on lanes that are for buses only at that time of day"},
};

}  // namespace

std::span<const Spec> specs() { return kSpecs; }
const Spec& spec_of(Kind kind) { return kSpecs[static_cast<std::size_t>(kind)]; }

sim::Result<Asked> ask(const std::string& name, const std::string& limit) {
  std::array<std::string_view, std::size(kSpecs)> names;
  for (const Spec& spec : kSpecs) {
    names[static_cast<std::size_t>(spec.kind)] = spec.name;
    if (spec.name != name) continue;
    if (limit.empty() || limit == "default") return Asked{spec.kind, spec.usual};
    double value = 0;
    const auto [end, error] = std::from_chars(limit.data(), limit.data() + limit.size(), value);
    if (error == std::errc() && end == limit.data() + limit.size() && std::isfinite(value))
      return Asked{spec.kind, value};
    return sim::fail(fmt::format("'{}' is no limit", limit), {}, 0, "criterion " + name,
                     fmt::format("give a number of {}, or default ({:g})",
                                 spec.unit.empty() ? "events" : std::string(spec.unit), spec.usual));
  }
  const auto nearest = maps::closest_name(name, names);
  return sim::fail(
      fmt::format("there is no criterion '{}'", name), {}, 0, "criterion",
      nearest ? fmt::format("did you mean '{}'?", *nearest) : fmt::format("known: {}", fmt::join(names, ", ")));
}

}  // namespace bitgoeul::scenarios::criteria
