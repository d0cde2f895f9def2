// WGS84 <-> map frame through PROJ (hidden in projection.cpp). Used at import and at the edges (pictures, logs), never
// in a step: PROJ's last bit depends on the CPU. Results of forward() are snapped to 0.1 mm. Thread rule: one
// Projection per thread.
#pragma once

#include <memory>
#include <string>

#include "sim/math.h"
#include "sim/result.h"

namespace bitgoeul::maps {

class Projection {
 public:
  // A PROJ string or CRS name ("EPSG:5186"); axis order is always east, north. Offset as in OpenDRIVE's header:
  // frame = R(-offset heading) (projected - offset).
  static sim::Result<Projection> make(const std::string& proj, double offset_x = 0, double offset_y = 0,
                                      double offset_heading = 0);
  ~Projection();
  Projection(Projection&&) noexcept;

  sim::Result<sim::Vec2> forward(double longitude_deg, double latitude_deg) const;
  struct LonLat {
    double longitude_deg = 0, latitude_deg = 0;
  };
  sim::Result<LonLat> inverse(double x, double y) const;

 private:
  Projection();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bitgoeul::maps
