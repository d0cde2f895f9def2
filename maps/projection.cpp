#include "maps/projection.h"

#include <proj.h>

#include <cmath>
#include <utility>
#include <vector>

namespace bitgoeul::maps {

namespace {

struct ContextDeleter {
  void operator()(PJ_CONTEXT* context) const { proj_context_destroy(context); }
};
struct PjDeleter {
  void operator()(PJ* pj) const { proj_destroy(pj); }
};
using ContextPtr = std::unique_ptr<PJ_CONTEXT, ContextDeleter>;
using PjPtr = std::unique_ptr<PJ, PjDeleter>;

// PROJ would print to stderr; what it has to say comes back as an Issue instead.
void keep_last_message(void* text, int, const char* message) { *static_cast<std::string*>(text) = message; }

// Heights are no part of a plane map frame, and the grids that such parameters name are rarely there.
std::string without_vertical_parameters(const std::string& proj) {
  std::string out;
  for (std::size_t at = 0; at < proj.size();) {
    const std::size_t end = std::min(proj.find_first_of(" \t\r\n", at), proj.size());
    const std::string word = proj.substr(at, end - at);
    if (!word.empty() && !word.starts_with("+geoidgrids=") && !word.starts_with("+vunits=") &&
        !word.starts_with("+vto_meter="))
      out += (out.empty() ? "" : " ") + word;
    at = end + 1;
  }
  return out;
}

// The plane part of a compound or bound system.
bool is_projected(PJ_CONTEXT* context, const PJ* crs) {
  const PJ_TYPE type = proj_get_type(crs);
  if (type == PJ_TYPE_PROJECTED_CRS) return true;
  PjPtr inner;
  if (type == PJ_TYPE_COMPOUND_CRS) inner.reset(proj_crs_get_sub_crs(context, crs, 0));
  if (type == PJ_TYPE_BOUND_CRS) inner.reset(proj_get_source_crs(context, crs));
  return inner && is_projected(context, inner.get());
}

}  // namespace

struct Projection::Impl {
  std::string message;  // PROJ's last words
  ContextPtr context;   // one per object, so that threads do not meet
  PjPtr transform;      // longitude, latitude in degrees <-> east, north
  double offset_x = 0, offset_y = 0, sine = 0, cosine = 1;

  bool run(PJ_DIRECTION direction, double& a, double& b) {
    proj_errno_reset(transform.get());
    const PJ_COORD out = proj_trans(transform.get(), direction, proj_coord(a, b, 0, 0));
    if (proj_errno(transform.get()) != 0 || !std::isfinite(out.xy.x) || !std::isfinite(out.xy.y)) return false;
    a = out.xy.x;
    b = out.xy.y;
    return true;
  }
};

Projection::Projection() : impl_(std::make_unique<Impl>()) {}
Projection::~Projection() = default;
Projection::Projection(Projection&&) noexcept = default;

sim::Result<Projection> Projection::make(const std::string& proj, double offset_x, double offset_y,
                                         double offset_heading) {
  Projection projection;
  Impl& impl = *projection.impl_;
  const auto refuse = [&](const std::string& reason) {
    return sim::fail(
        "the projection \"" + proj + "\" cannot be used: " + reason, {}, 0, {},
        "give a projected system in metres, such as \"EPSG:5186\" or \"+proj=tmerc +lat_0=38 +lon_0=127 ...\"");
  };
  const std::string text = without_vertical_parameters(proj);
  if (text.empty()) return refuse("it is empty");
  impl.context.reset(proj_context_create());
  proj_log_func(impl.context.get(), &impl.message, keep_last_message);
  proj_context_set_enable_network(impl.context.get(), 0);
  const std::string as_crs =
      text.starts_with("+") && text.find("+type=crs") == std::string::npos ? text + " +type=crs" : text;
  const PjPtr target(proj_create(impl.context.get(), as_crs.c_str()));
  if (!target) return refuse(impl.message.empty() ? "it is not known" : impl.message);
  if (!is_projected(impl.context.get(), target.get())) return refuse("it is not a projected system");
  const PjPtr source(proj_create(impl.context.get(), "OGC:CRS84"));
  if (!source) return refuse("PROJ's database is missing");
  const PjPtr raw(proj_create_crs_to_crs_from_pj(impl.context.get(), source.get(), target.get(), nullptr, nullptr));
  if (!raw) return refuse(impl.message);
  // Without this, EPSG systems come in their official axis order (EPSG:5186 is north, east).
  impl.transform.reset(proj_normalize_for_visualization(impl.context.get(), raw.get()));
  if (!impl.transform) return refuse(impl.message);
  impl.offset_x = offset_x;
  impl.offset_y = offset_y;
  sim::sincos(offset_heading, impl.sine, impl.cosine);
  return projection;
}

sim::Result<sim::Vec2> Projection::forward(double longitude_deg, double latitude_deg) const {
  double x = longitude_deg, y = latitude_deg;
  if (!(std::abs(x) <= 540.0 && std::abs(y) <= 90.0) || !impl_->run(PJ_FWD, x, y))
    return sim::fail("longitude " + std::to_string(longitude_deg) + ", latitude " + std::to_string(latitude_deg) +
                     " cannot be projected");
  // projected = R(heading) frame + offset
  x -= impl_->offset_x;
  y -= impl_->offset_y;
  return sim::Vec2(sim::snap(impl_->cosine * x + impl_->sine * y), sim::snap(-impl_->sine * x + impl_->cosine * y));
}

sim::Result<Projection::LonLat> Projection::inverse(double x, double y) const {
  double a = impl_->cosine * x - impl_->sine * y + impl_->offset_x;
  double b = impl_->sine * x + impl_->cosine * y + impl_->offset_y;
  if (!std::isfinite(a) || !std::isfinite(b) || !impl_->run(PJ_INV, a, b))
    return sim::fail("the point (" + std::to_string(x) + ", " + std::to_string(y) + ") has no longitude and latitude");
  return LonLat{a, b};
}

}  // namespace bitgoeul::maps
