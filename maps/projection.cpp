#include "maps/projection.h"

#include <proj.h>

#include <cmath>

namespace bitgoeul::maps {

using sim::Vec2;

struct Projection::Impl {
  PJ_CONTEXT* context = nullptr;
  PJ* transformation = nullptr;
  double offset_x = 0, offset_y = 0, sine = 0, cosine = 1;

  ~Impl() {
    if (transformation != nullptr) proj_destroy(transformation);
    if (context != nullptr) proj_context_destroy(context);
  }
};

Projection::Projection() : impl_(std::make_unique<Impl>()) {}
Projection::~Projection() = default;
Projection::Projection(Projection&&) noexcept = default;

sim::Result<Projection> Projection::make(const std::string& proj, double offset_x, double offset_y,
                                         double offset_heading) {
  Projection projection;
  Impl& impl = *projection.impl_;
  impl.offset_x = offset_x;
  impl.offset_y = offset_y;
  sim::sincos(offset_heading, impl.sine, impl.cosine);
  impl.context = proj_context_create();
  proj_log_level(impl.context, PJ_LOG_NONE);
  PJ* raw = proj_create_crs_to_crs(impl.context, "EPSG:4326", proj.c_str(), nullptr);
  if (raw == nullptr)
    return sim::fail("PROJ does not know the projection `" + proj + "`", {}, 0, {},
                     "give a PROJ string or a name such as EPSG:5186");
  impl.transformation = proj_normalize_for_visualization(impl.context, raw);
  proj_destroy(raw);
  if (impl.transformation == nullptr)
    return sim::fail("the axes of the projection `" + proj + "` cannot be put in east, north order");
  return projection;
}

sim::Result<Vec2> Projection::forward(double longitude_deg, double latitude_deg) const {
  proj_errno_reset(impl_->transformation);
  const PJ_COORD out = proj_trans(impl_->transformation, PJ_FWD, proj_coord(longitude_deg, latitude_deg, 0, 0));
  if (!std::isfinite(out.xy.x) || !std::isfinite(out.xy.y))
    return sim::fail("the position is outside of the projection's reach");
  const double dx = out.xy.x - impl_->offset_x, dy = out.xy.y - impl_->offset_y;
  return Vec2(sim::snap(impl_->cosine * dx + impl_->sine * dy), sim::snap(-impl_->sine * dx + impl_->cosine * dy));
}

sim::Result<Projection::LonLat> Projection::inverse(double x, double y) const {
  proj_errno_reset(impl_->transformation);
  const double east = impl_->offset_x + impl_->cosine * x - impl_->sine * y,
               north = impl_->offset_y + impl_->sine * x + impl_->cosine * y;
  const PJ_COORD out = proj_trans(impl_->transformation, PJ_INV, proj_coord(east, north, 0, 0));
  if (!std::isfinite(out.lp.lam) || !std::isfinite(out.lp.phi))
    return sim::fail("the position is outside of the projection's reach");
  return LonLat{out.lp.lam, out.lp.phi};
}

}  // namespace bitgoeul::maps
