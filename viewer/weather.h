// Weather and light: where the sun stands over Gwangju, and the colours that follow from it, from fog and from rain.
// Chosen by the user or by the scenario's time of day; read by the scene. Pure functions.
#pragma once

#include "viewer/mesh.h"

namespace bitgoeul::viewer {

struct Weather {
  int month = 5, day = 20;
  double hour = 14;  // local clock
  double fog_m = 0;  // sight; 0: clear
  double rain = 0;   // 0 dry to 1 heavy
  bool shadows = true;
};

struct Light {
  Vec3 sun{0, 0, 1};  // unit vector towards it (or the moon at night)
  Vec3 sun_color, sky_light, ground_light, zenith, horizon, fog;
  double night = 0;        // 0 day, 1 lamps burn
  double fog_density = 0;  // 1/m
  double haze = 0;         // 1: no sky to be seen
  double wet = 0;
};

// Elevation and azimuth by Spencer's series (1971) for the declination; Korean time, 35.16 N 126.85 E.
Vec3 sun_direction(int month, int day, double hour);
// The higher the eye, the clearer the air is drawn: a city from above must be seen.
Light light_of(const Weather& weather, double above_ground_m);

}  // namespace bitgoeul::viewer
