#include "replay/perception/lidar_cluster.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "replay/perception/rectangle.h"

namespace bitgoeul::replay {
namespace {

constexpr float kHigh = std::numeric_limits<float>::max();
constexpr int kSectors = 180;
constexpr double kRing_m = 1.0;
constexpr double kTopOfGround_m = 0.25;  // noise, kerbs

// The points in the body frame, only those in range.
void take_points(const PointCloud& cloud, const LidarClusterSetup& setup, LidarClusterScratch& s) {
  const Eigen::Matrix3f r = cloud.to_body.rotation.toRotationMatrix().cast<float>();
  const Eigen::Vector3f t = cloud.to_body.position.cast<float>();
  const float far = static_cast<float>(setup.range_m * setup.range_m),
              near = static_cast<float>(setup.near_m * setup.near_m);
  s.x.clear();
  s.y.clear();
  s.z.clear();
  for (std::size_t i = 0; i < cloud.x.size(); ++i) {
    const float d = cloud.x[i] * cloud.x[i] + cloud.y[i] * cloud.y[i];
    if (!(d < far) || d < near) continue;
    const Eigen::Vector3f p = r * Eigen::Vector3f(cloud.x[i], cloud.y[i], cloud.z[i]) + t;
    if (!std::isfinite(p.z())) continue;
    s.x.push_back(p.x());
    s.y.push_back(p.y());
    s.z.push_back(p.z());
  }
}

// The sector of a direction, counted like an angle but without one: the square's border instead of the circle's.
int sector_of(float x, float y) {
  const float sum = std::abs(x) + std::abs(y);
  if (!(sum > 0)) return 0;
  const float u = x / sum;
  const float turn = y >= 0 ? 1 - u : 3 + u;  // 0 to 4
  return std::clamp(static_cast<int>(turn * (kSectors / 4.0f)), 0, kSectors - 1);
}

// The height of the ground by sector and ring: from ring to ring it may rise and fall with ground_slope.
void find_ground(const LidarClusterSetup& setup, double x0, double y0, LidarClusterScratch& s) {
  const int rings = static_cast<int>(setup.range_m / kRing_m) + 3;
  s.lowest.assign(static_cast<std::size_t>(kSectors * rings), kHigh);
  s.ground.assign(s.lowest.size(), 0.0f);
  s.bin.resize(s.x.size());
  for (std::size_t i = 0; i < s.x.size(); ++i) {
    const float dx = s.x[i] - static_cast<float>(x0), dy = s.y[i] - static_cast<float>(y0);
    const int ring = std::min(static_cast<int>(std::sqrt(dx * dx + dy * dy) / kRing_m), rings - 1);
    s.bin[i] = sector_of(dx, dy) * rings + ring;
    float& lowest = s.lowest[static_cast<std::size_t>(s.bin[i])];
    if (s.z[i] > -3.0f) lowest = std::min(lowest, s.z[i]);  // mirror images lie deeper
  }
  if (setup.flat_ground) return;
  for (int sector = 0; sector < kSectors; ++sector) {
    double height = 0, slope = 0;
    int last = 0;
    for (int ring = 0; ring < rings; ++ring) {
      const auto at = static_cast<std::size_t>(sector * rings + ring);
      const double way = (ring - last) * kRing_m, expected = height + slope * way;
      const double low = s.lowest[at];
      if (s.lowest[at] < kHigh &&
          std::abs(low - expected) <= kTopOfGround_m + setup.ground_slope * std::min(way, 4.0)) {
        slope = std::clamp(0.7 * slope + 0.3 * (low - height) / std::max(way, kRing_m), -setup.ground_slope,
                           setup.ground_slope);
        height = low;
        last = ring;
        s.ground[at] = static_cast<float>(low);
      } else {
        s.ground[at] = static_cast<float>(height + slope * std::min(way, 10.0));
      }
    }
  }
}

struct Grid {
  int side;
  double cell, reach;
};

// Cells of what stands above ground: how many points, where they begin in `order`, how high it reaches.
void fill_cells(const LidarClusterSetup& setup, const Grid& grid, LidarClusterScratch& s) {
  const auto cells = static_cast<std::size_t>(grid.side) * static_cast<std::size_t>(grid.side);
  s.count.assign(cells, 0);
  s.top.assign(cells, 0);
  s.cell.assign(s.x.size(), -1);
  s.height.resize(s.x.size());
  for (std::size_t i = 0; i < s.x.size(); ++i) {
    const float height = s.height[i] = s.z[i] - s.ground[static_cast<std::size_t>(s.bin[i])];
    if (height < static_cast<float>(setup.above_ground_m)) continue;
    const int u = static_cast<int>((s.x[i] + grid.reach) / grid.cell),
              v = static_cast<int>((s.y[i] + grid.reach) / grid.cell);
    if (u < 0 || v < 0 || u >= grid.side || v >= grid.side) continue;
    const auto at = static_cast<std::size_t>(v * grid.side + u);
    s.top[at] = std::max(s.top[at], height);
    if (height > static_cast<float>(setup.below_m)) continue;
    s.cell[i] = static_cast<std::int32_t>(at);
    ++s.count[at];
  }
  s.first.resize(cells + 1);
  s.occupied.clear();
  std::int32_t sum = 0;
  for (std::size_t c = 0; c < cells; ++c) {
    s.first[c] = sum;
    sum += s.count[c];
    if (s.count[c] > 0) s.occupied.push_back(static_cast<std::int32_t>(c));
  }
  s.first[cells] = sum;
  s.order.resize(static_cast<std::size_t>(sum));
  for (std::size_t i = 0; i < s.x.size(); ++i)
    if (s.cell[i] >= 0) {
      const auto c = static_cast<std::size_t>(s.cell[i]);
      s.order[static_cast<std::size_t>(s.first[c] + --s.count[c])] = static_cast<std::int32_t>(i);
    }
}

struct Cluster {
  std::vector<sim::Vec2> points;
  double lowest = 1e9, highest = -1e9;  // above ground
  double bottom = 1e9;                  // of all points, body frame
  double top = 0;                       // of all that stands over its cells, above ground
};

// The cells joined to the first, and their points.
void gather(std::int32_t first, const LidarClusterSetup& setup, const Grid& grid, LidarClusterScratch& s,
            Cluster& out) {
  s.stack.assign(1, first);
  s.cluster[static_cast<std::size_t>(first)] = 1;
  while (!s.stack.empty()) {
    const std::int32_t cell = s.stack.back();
    s.stack.pop_back();
    const auto c = static_cast<std::size_t>(cell);
    out.top = std::max(out.top, static_cast<double>(s.top[c]));
    for (std::int32_t k = s.first[c]; k < s.first[c + 1]; ++k) {
      const auto i = static_cast<std::size_t>(s.order[static_cast<std::size_t>(k)]);
      out.points.push_back({s.x[i], s.y[i]});
      out.lowest = std::min(out.lowest, static_cast<double>(s.height[i]));
      out.highest = std::max(out.highest, static_cast<double>(s.height[i]));
      out.bottom = std::min(out.bottom, static_cast<double>(s.z[i] - s.height[i]));
    }
    const int u = cell % grid.side, v = cell / grid.side;
    for (int dv = -setup.join_cells; dv <= setup.join_cells; ++dv)
      for (int du = -setup.join_cells; du <= setup.join_cells; ++du) {
        const int uu = u + du, vv = v + dv;
        if (uu < 0 || vv < 0 || uu >= grid.side || vv >= grid.side) continue;
        const auto n = static_cast<std::size_t>(vv * grid.side + uu);
        if (s.cluster[n] != 0 || s.first[n + 1] == s.first[n]) continue;
        s.cluster[n] = 1;
        s.stack.push_back(static_cast<std::int32_t>(n));
      }
  }
}

// Larger than any vehicle, along the axes: spares the fit.
bool too_large(const Cluster& cluster) {
  sim::Vec2 low = cluster.points.front(), high = low;
  for (const sim::Vec2& p : cluster.points) {
    low = low.cwiseMin(p);
    high = high.cwiseMax(p);
  }
  return (high - low).norm() > 16;
}

ObjectClass class_of(double length, double width, double height, double lowest) {
  if (height < 0.8 || lowest > 1.2) return ObjectClass::kUnknown;
  if (length > 14 || width > 3.5) return ObjectClass::kUnknown;
  if (length < 1.0 && width < 1.0)
    return height > 1.0 && height < 2.1 ? ObjectClass::kPedestrian : ObjectClass::kUnknown;
  // A flat face as wide as a car: its end, seen straight.
  if (length > 1.4 && length < 2.1 && width < 0.2 && height > 1.3) return ObjectClass::kCar;
  if (length < 2.1 && width < 0.9) return height > 1.0 && height < 2.1 ? ObjectClass::kBicycle : ObjectClass::kUnknown;
  if (length > 8.5) return height > 2 && width > 1.2 ? ObjectClass::kBus : ObjectClass::kUnknown;
  if (length > 6 || height > 2.3) return height > 1.8 && width > 1.2 ? ObjectClass::kTruck : ObjectClass::kUnknown;
  return length >= 1.2 && width < 2.8 && height > 1.2 ? ObjectClass::kCar : ObjectClass::kUnknown;
}

// What is hidden lies behind what is seen: the box grows away from the sensor to the least size of its kind.
void complete(Box& box, double x0, double y0) {
  const double length = box.object_class == ObjectClass::kBus ? 10 : box.object_class == ObjectClass::kTruck ? 6 : 4.0;
  const double width = box.object_class == ObjectClass::kCar ? 1.7 : 2.3;
  double s = 0, c = 0;
  sim::sincos(box.yaw_rad, s, c);
  const double u = c * (box.x - x0) + s * (box.y - y0), v = c * (box.y - y0) - s * (box.x - x0);
  const double du = std::max(0.0, length - box.length_m) / 2, dv = std::max(0.0, width - box.width_m) / 2;
  // Seen straight from one end nothing tells where the other side is hidden: it grows evenly there.
  const auto away = [](double middle, double half) { return std::clamp(middle / std::max(half, 0.1), -1.0, 1.0); };
  const double shift_u = du * away(u, box.length_m / 2), shift_v = dv * away(v, box.width_m / 2);
  box.x += c * shift_u - s * shift_v;
  box.y += s * shift_u + c * shift_v;
  box.length_m += 2 * du;
  box.width_m += 2 * dv;
}

Box box_of(const Cluster& cluster, const LidarClusterSetup& setup, double x0, double y0) {
  Rectangle r = setup.fit_heading ? fit_corner(cluster.points) : fit_axes(cluster.points);
  Box box;
  const double height = cluster.highest;
  box.object_class = class_of(r.length_m, r.width_m, height, cluster.lowest);
  if (setup.refuse_structures && cluster.top > setup.below_m + 0.6) box.object_class = ObjectClass::kUnknown;
  box.x = r.x;
  box.y = r.y;
  box.yaw_rad = r.yaw_rad;
  box.length_m = r.length_m;
  box.width_m = r.width_m;
  // The long side of a car seen from behind is its width: what is short and wide stands across.
  if (setup.complete_boxes && box.object_class == ObjectClass::kCar && r.length_m < 2.2 && r.width_m < 1.3) {
    const double view = sim::atan2(r.y - y0, r.x - x0);
    const double across = std::abs(sim::wrap_angle(2 * (r.yaw_rad - view))) / 2;
    if (across > sim::kPi / 4) {
      box.yaw_rad = sim::wrap_angle(r.yaw_rad + sim::kPi / 2);
      std::swap(box.length_m, box.width_m);
    }
  }
  const bool vehicle = box.object_class == ObjectClass::kCar || box.object_class == ObjectClass::kTruck ||
                       box.object_class == ObjectClass::kBus;
  if (vehicle && setup.complete_boxes) complete(box, x0, y0);
  box.height_m = height;
  box.z = cluster.bottom + height / 2;
  box.points = static_cast<std::int32_t>(cluster.points.size());
  // More points, a better corner: nearer to 1.
  const double n = static_cast<double>(cluster.points.size());
  box.confidence = static_cast<float>(n / (n + 40) * (setup.fit_heading ? 1 / (1 + 3 * r.residual_m) : 1));
  return box;
}

// Two clusters of one vehicle: made whole they lie in each other, and the one of more points stays.
void drop_doubles(Boxes& boxes) {
  std::stable_sort(boxes.begin(), boxes.end(), [](const Box& a, const Box& b) { return a.points > b.points; });
  Boxes kept;
  for (const Box& box : boxes) {
    const bool is_double = std::any_of(kept.begin(), kept.end(), [&](const Box& other) {
      return bev_iou(box, other) > 0.1 || covers(other, box.x, box.y, 0.3);
    });
    if (!is_double) kept.push_back(box);
  }
  boxes = std::move(kept);
}

}  // namespace

Boxes find_clusters(const PointCloud& cloud, const LidarClusterSetup& setup, LidarClusterScratch& s) {
  take_points(cloud, setup, s);
  const double x0 = cloud.to_body.position.x(), y0 = cloud.to_body.position.y();
  find_ground(setup, x0, y0, s);
  const double reach = setup.range_m + std::max(std::abs(x0), std::abs(y0));
  const Grid grid{static_cast<int>(2 * reach / setup.cell_m) + 1, setup.cell_m, reach};
  fill_cells(setup, grid, s);
  s.cluster.assign(s.first.size(), 0);
  Boxes out;
  Cluster cluster;
  for (const std::int32_t cell : s.occupied) {
    if (s.cluster[static_cast<std::size_t>(cell)] != 0) continue;
    cluster.points.clear();
    cluster.lowest = cluster.bottom = 1e9;
    cluster.highest = -1e9;
    cluster.top = 0;
    gather(cell, setup, grid, s, cluster);
    if (static_cast<int>(cluster.points.size()) < setup.least_points) continue;
    if (too_large(cluster)) continue;
    const Box box = box_of(cluster, setup, x0, y0);
    if (box.object_class != ObjectClass::kUnknown) out.push_back(box);
  }
  if (setup.complete_boxes) drop_doubles(out);
  return out;
}

}  // namespace bitgoeul::replay
