// How the picture looks: colours and widths by class, type and marking, and what is shown at which scale.
// Two looks: `map` (far: roads coloured by class) and `plan` (near: asphalt, markings, arrows). Read by the layers.
#pragma once

#include "maps/map.h"
#include "maps/picture/canvas.h"

namespace bitgoeul::maps::picture {

struct Detail {
  bool plan = false;        // near look
  bool lane_lines = false;  // map look: every lane by its width instead of one line per road
  bool markings = false, arrows = false, signals = false, signs = false, crosswalks = false, movements = false,
       objects = false;
  bool junction_dots = false;
};
Detail detail_at(double metres_per_px);

struct ClassStyle {
  Color fill, casing;
  double width_px = 1;  // at 20 m per pixel; grows as the picture comes nearer
  const char* label = "";
};
const ClassStyle& style_of(RoadClass road_class);
// Drawing order, least important first.
inline constexpr RoadClass kDrawOrder[] = {
    RoadClass::kConnection, RoadClass::kService, RoadClass::kResidential, RoadClass::kUnknown, RoadClass::kTertiary,
    RoadClass::kSecondary,  RoadClass::kPrimary, RoadClass::kRamp,        RoadClass::kTrunk,   RoadClass::kMotorway};

int draw_rank(RoadClass road_class);  // place in that order

Color surface_color(LaneType type, bool in_junction);
Color mark_color(MarkColor color);
Color turn_color(Turn turn);

inline constexpr Color kMapGround = rgb(0xf4f2ec), kPlanGround = rgb(0xe4e8da), kInk = rgb(0x2b2f33),
                       kPaint = rgb(0xf7f7f2);

}  // namespace bitgoeul::maps::picture
