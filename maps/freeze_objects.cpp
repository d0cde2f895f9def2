// freeze, stage 11: objects beside and on the road, in world coordinates.
#include <algorithm>
#include <cmath>

#include "maps/detail/freeze.h"
#include "maps/road_position.h"

namespace bitgoeul::maps::detail {

void freeze_objects(Freezer& f) {
  for (const ObjectDraft& draft : f.draft.objects) {
    const Row road = f.road_of(draft.road);
    const std::string where = "<object id=\"" + draft.id + "\">";
    const bool finite =
        std::isfinite(draft.s) && std::isfinite(draft.t) && std::isfinite(draft.z_offset) &&
        std::isfinite(draft.heading) && std::isfinite(draft.length) && std::isfinite(draft.width) &&
        std::isfinite(draft.height) &&
        std::all_of(draft.outline.begin(), draft.outline.end(), [](const sim::Vec3& p) { return p.allFinite(); });
    if (!finite || (road == kNone && draft.outline.empty())) {
      f.report(sim::Severity::kWarning, draft.line, where,
               finite ? "stands on road \"" + draft.road + "\", which is not in the file; left out"
                      : "has a value that is not a finite number; left out");
      continue;
    }
    Object object;
    object.id = f.text(draft.id);
    object.name = f.text(draft.name);
    object.type = f.text(draft.type);
    object.road = road;
    object.kind = draft.kind;
    object.s = draft.s;
    object.t = draft.t;
    object.length = draft.length;
    object.width = draft.width;
    object.height = draft.height;
    if (road != kNone) {
      const WorldPose pose = to_world(f.map, RoadPosition{road, draft.s, draft.t, draft.z_offset});
      object.x = pose.x, object.y = pose.y, object.z = pose.z;
      object.heading = pose.heading + draft.heading;
    } else {
      object.heading = draft.heading;
      for (const sim::Vec3& p : draft.outline) object.x += p.x(), object.y += p.y(), object.z += p.z();
      const double n = static_cast<double>(draft.outline.size());
      object.x /= n, object.y /= n, object.z /= n;
    }
    object.outline.begin = static_cast<Row>(f.map.outline_points.size());
    for (const sim::Vec3& p : draft.outline)
      for (int i = 0; i < 3; ++i) f.map.outline_points.push_back(p[i]);
    object.outline.end = static_cast<Row>(f.map.outline_points.size());
    f.keep(OwnerKind::kObject, static_cast<Row>(f.map.objects.size()), draft.extras);
    f.map.objects.push_back(object);
  }
}

}  // namespace bitgoeul::maps::detail
