// Heights: between height systems through PROJ's geoid grids (hidden in heights.cpp). Where PROJ has no grid for the
// pair it would hand the height back as it is; here that is an error. Read by importers that must bring several height
// systems together. One HeightConverter per thread.
#pragma once

#include <memory>
#include <string>

#include "sim/result.h"

namespace bitgoeul::maps {

// What a caller wants heights to be. As delivered: what the source has, as long as it is one system; mixed: also where
// its parts differ, with a warning; else: converted by PROJ, refused where it has no grid or the source does not say.
enum class HeightSystem { kAsDelivered, kMixed, kEllipsoidal, kOrthometric };

class HeightConverter {
 public:
  // Vertical systems by EPSG number: 0 = ellipsoidal (WGS84), 5773 = EGM96, 5193 = Incheon (Korea). Fails, naming the
  // pair, when PROJ has no grid for it.
  static sim::Result<HeightConverter> make(int from_epsg, int to_epsg);
  ~HeightConverter();
  HeightConverter(HeightConverter&&) noexcept;
  sim::Result<double> convert(double longitude_deg, double latitude_deg, double height_m) const;

 private:
  HeightConverter();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bitgoeul::maps
