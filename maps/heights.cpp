#include "maps/heights.h"

#include <proj.h>

#include <cmath>
#include <cstring>

namespace bitgoeul::maps {

struct HeightConverter::Impl {
  PJ_CONTEXT* context = nullptr;
  PJ* transform = nullptr;
  ~Impl() {
    proj_destroy(transform);
    proj_context_destroy(context);
  }
};

namespace {

void ignore_message(void*, int, const char*) {}

std::string crs_name(int epsg) { return epsg == 0 ? "EPSG:4979" : "EPSG:4326+" + std::to_string(epsg); }

// PROJ says so in the name and by an unknown accuracy when it lets the height through unchanged.
bool is_ballpark(PJ_CONTEXT* context, PJ* transform) {
  const PJ_PROJ_INFO info = proj_pj_info(transform);
  const bool named = info.description != nullptr && std::strstr(info.description, "allpark") != nullptr;
  return named || proj_coordoperation_get_accuracy(context, transform) < 0;
}

}  // namespace

HeightConverter::HeightConverter() : impl_(std::make_unique<Impl>()) {}
HeightConverter::~HeightConverter() = default;
HeightConverter::HeightConverter(HeightConverter&&) noexcept = default;

sim::Result<HeightConverter> HeightConverter::make(int from_epsg, int to_epsg) {
  HeightConverter out;
  Impl& impl = *out.impl_;
  impl.context = proj_context_create();
  proj_log_func(impl.context, nullptr, ignore_message);
  proj_context_set_enable_network(impl.context, 0);
  const std::string from = crs_name(from_epsg), to = crs_name(to_epsg);
  const auto refuse = [&](const std::string& why) {
    return sim::fail("heights cannot be brought from " + from + " to " + to + ": " + why, {}, 0, {},
                     "deliver all heights in one system");
  };
  PJ_OPERATION_FACTORY_CONTEXT* factory = proj_create_operation_factory_context(impl.context, nullptr);
  PJ* source = proj_create(impl.context, from.c_str());
  PJ* target = proj_create(impl.context, to.c_str());
  if (source == nullptr || target == nullptr || factory == nullptr) {
    proj_destroy(source);
    proj_destroy(target);
    proj_operation_factory_context_destroy(factory);
    return refuse("PROJ does not know the system");
  }
  proj_operation_factory_context_set_spatial_criterion(impl.context, factory,
                                                       PROJ_SPATIAL_CRITERION_PARTIAL_INTERSECTION);
  proj_operation_factory_context_set_grid_availability_use(impl.context, factory,
                                                           PROJ_GRID_AVAILABILITY_DISCARD_OPERATION_IF_MISSING_GRID);
  proj_operation_factory_context_set_allow_ballpark_transformations(impl.context, factory, 0);
  PJ_OBJ_LIST* found = proj_create_operations(impl.context, source, target, factory);
  const int count = found == nullptr ? 0 : proj_list_get_count(found);
  for (int i = 0; i < count && impl.transform == nullptr; ++i) {
    PJ* operation = proj_list_get(impl.context, found, i);
    if (!is_ballpark(impl.context, operation))
      impl.transform = proj_normalize_for_visualization(impl.context, operation);
    proj_destroy(operation);
  }
  proj_list_destroy(found);
  proj_operation_factory_context_destroy(factory);
  proj_destroy(source);
  proj_destroy(target);
  if (impl.transform == nullptr) return refuse("PROJ has no geoid grid for the pair on this machine");
  return out;
}

sim::Result<double> HeightConverter::convert(double longitude_deg, double latitude_deg, double height_m) const {
  proj_errno_reset(impl_->transform);
  const PJ_COORD out = proj_trans(impl_->transform, PJ_FWD, proj_coord(longitude_deg, latitude_deg, height_m, 0));
  if (proj_errno(impl_->transform) != 0 || !std::isfinite(out.xyz.z))
    return sim::fail("the geoid grid does not reach longitude " + std::to_string(longitude_deg) + ", latitude " +
                     std::to_string(latitude_deg));
  return out.xyz.z;
}

}  // namespace bitgoeul::maps
