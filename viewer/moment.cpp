#include "viewer/moment.h"

#include <algorithm>
#include <cmath>

#include "viewer/indicators.h"

namespace bitgoeul::viewer {

namespace {

double wrapped(double a) { return std::remainder(a, 2 * sim::kPi); }

bool alive(const sim::Snapshot& s, std::size_t row) {
  return row < s.entities.alive.size() && s.entities.alive[row] != 0;
}

Mover mover_of(const sim::Entities& e, std::size_t row) {
  Mover m;
  m.row = static_cast<sim::Row>(row), m.role = e.role[row];
  m.x = e.x[row], m.y = e.y[row], m.z = e.z[row];
  m.yaw = e.yaw_rad[row], m.pitch = e.pitch_rad[row], m.roll = e.roll_rad[row];
  m.speed = e.speed_mps[row], m.acceleration = e.acceleration_mps2[row], m.yaw_rate = e.yaw_rate_radps[row];
  m.length = e.length_m[row], m.width = e.width_m[row], m.height = e.height_m[row], m.center_x = e.center_x_m[row];
  return m;
}

// Towards the next frame; a jump (re-entry elsewhere) is not drawn as a flight.
void blend(Mover& m, const sim::Entities& e, std::size_t row, double f) {
  const double dx = e.x[row] - m.x, dy = e.y[row] - m.y;
  if (dx * dx + dy * dy > 400) return;
  m.x += f * dx, m.y += f * dy, m.z += f * (e.z[row] - m.z);
  m.yaw += f * wrapped(e.yaw_rad[row] - m.yaw);
  m.pitch += f * (e.pitch_rad[row] - m.pitch), m.roll += f * (e.roll_rad[row] - m.roll);
  m.speed += f * (e.speed_mps[row] - m.speed);
}

Color paint_of(const Mover& m) {
  static constexpr std::uint32_t kPaints[] = {0xf2f2f0, 0xf2f2f0, 0xdfe1e2, 0x2b2e31, 0x2b2e31, 0x6d7278,
                                              0x9aa0a6, 0x27384f, 0x6b2227, 0x51606b, 0x8a6f4e, 0x2f5a48};
  const double r = place_random(m.row, m.generation, 31);
  switch (m.kind) {
    case Kind::kRobotaxi:
      return rgb(0xf4f6f7);
    case Kind::kBus:
      return r < 0.6 ? rgb(0x2f7d4f) : rgb(0xd9a128);
    case Kind::kTruck:
      return r < 0.5 ? rgb(0x3f6aa8) : rgb(0xe0e2e2);
    case Kind::kPedestrian: {
      static constexpr std::uint32_t kClothes[] = {0x7b3b3b, 0x3b5a7b, 0xc2a24a, 0x4a7b4f, 0x77787a, 0xd0cfc9};
      return rgb(kClothes[static_cast<std::size_t>(r * 6)]);
    }
    case Kind::kObject:
      return rgb(0xe07b39);
    default:
      return rgb(kPaints[static_cast<std::size_t>(r * std::size(kPaints))]);
  }
}

Color color_of(const Mover& m, const ActorLook& look) {
  if (m.row == look.selected && look.color_by != ColorBy::kRole) return rgb(0xffffff);
  switch (look.color_by) {
    case ColorBy::kSpeed:
      return speed_color(m.speed);
    case ColorBy::kState:
      return m.speed < 0.3           ? rgb(0xc4473f)
             : m.acceleration < -0.8 ? rgb(0xe39a35)
             : m.acceleration > 0.6  ? rgb(0x46a866)
                                     : rgb(0x5b8fc4);
    case ColorBy::kType: {
      static constexpr std::uint32_t kKindColors[kKinds] = {0x33a0d9, 0x9aa0a6, 0x7f6fb5, 0xc5b24d, 0xd98f4a, 0x3f9c61,
                                                            0xb5574d, 0x8f5a49, 0xc75fa3, 0x6bbfa8, 0xe6d9a8, 0xe07b39};
      return rgb(kKindColors[static_cast<int>(m.kind)]);
    }
    case ColorBy::kCompany:
      return company_color(look.roster ? look.roster->company(m.row) : -1);
    case ColorBy::kVerdict:
      return judged_color(look.roster ? look.roster->judged(m.row) : Judged::kNot);
    default:
      return paint_of(m);
  }
}

std::uint8_t flags_of(const Mover& m, const ActorLook& look) {
  std::uint8_t flags = 0;
  if (m.kind == Kind::kPedestrian || m.kind == Kind::kBicycle || m.kind == Kind::kObject) return flags;
  if (m.acceleration < -0.7 || m.speed < 0.2) flags |= kFlagBrake;
  if (look.night > 0.05) flags |= kFlagHead;
  constexpr double kSeenM = 150;  // farther away no lamp is seen
  if ((m.center() - look.eye).squaredNorm() > kSeenM * kSeenM) return flags;
  if (const int side = indicator_of(look.map, m)) flags |= side > 0 ? kFlagLeft : kFlagRight;
  return flags;
}

}  // namespace

Vec3 Mover::center() const { return {x + std::cos(yaw) * center_x, y + std::sin(yaw) * center_x, z}; }

const Mover* Moment::find(sim::Row row) const {
  if (row < 0 || static_cast<std::size_t>(row) >= of_row.size()) return nullptr;
  const int i = of_row[static_cast<std::size_t>(row)];
  return i < 0 ? nullptr : &movers[static_cast<std::size_t>(i)];
}

Color company_color(int company) {
  static constexpr std::uint32_t kColors[] = {0x2f8fd8, 0xe0782f, 0x3fae5a, 0xb65bc4,
                                              0xd8b32f, 0x2fb8b0, 0xd8506a, 0x8f8a3a};
  return company < 0 ? rgb(0x8b9196) : rgb(kColors[static_cast<std::size_t>(company) % std::size(kColors)]);
}

Color judged_color(Judged judged) {
  return judged == Judged::kFail ? rgb(0xd8402f) : judged == Judged::kPass ? rgb(0x3fae5a) : rgb(0x8b9196);
}

Color speed_color(double speed) {
  static constexpr std::uint32_t kStops[] = {0x35559e, 0x2f9fb5, 0x4fb35c, 0xd9c243, 0xd9763a, 0xc93a36};
  const double u = std::clamp(std::abs(speed) / 5.0, 0.0, 4.999);
  const auto i = static_cast<std::size_t>(u);
  return mix(rgb(kStops[i]), rgb(kStops[i + 1]), u - static_cast<double>(i));
}

void fill_moment(Moment& moment, Source& source, const FramePair& frames, std::int64_t time_ns) {
  moment.movers.clear();
  moment.time_ns = time_ns;
  const Frame& a = frames.before ? frames.before : frames.after;
  if (!a) {
    moment.of_row.clear(), moment.signals.clear();
    return;
  }
  double f = 0;
  if (frames.before && frames.after && frames.after->time_ns > a->time_ns)
    f = std::clamp(static_cast<double>(time_ns - a->time_ns) / static_cast<double>(frames.after->time_ns - a->time_ns),
                   0.0, 1.0);
  moment.step = a->step, moment.hash = a->hash, moment.signals = a->signals.state;
  if (const auto& types = source.type_names(); moment.kind_of_type.size() != types.size()) {
    moment.kind_of_type.clear();
    for (const std::string& type : types) moment.kind_of_type.push_back(kind_by_name(type));
  }
  const std::size_t rows = a->entities.alive.size();
  moment.of_row.assign(rows, -1);
  for (std::size_t row = 0; row < rows; ++row) {
    if (!alive(*a, row)) continue;
    Mover m = mover_of(a->entities, row);
    m.generation = row < a->generation.size() ? a->generation[row] : 1;
    if (f > 0 && alive(*frames.after, row) &&
        (row >= frames.after->generation.size() || frames.after->generation[row] == m.generation))
      blend(m, frames.after->entities, row, f);
    const std::size_t type = a->entities.type[row];
    const auto named = type < moment.kind_of_type.size() ? moment.kind_of_type[type] : std::nullopt;
    m.kind = named ? *named : kind_by_size(m.role, m.length, m.width, m.height);
    moment.of_row[row] = static_cast<int>(moment.movers.size());
    moment.movers.push_back(m);
  }
}

void ActorMaker::make(const Moment& moment, const ActorLook& look, std::vector<Actor>& out) {
  const double passed = time_ns_ < 0 ? 0 : std::clamp(static_cast<double>(moment.time_ns - time_ns_) * 1e-9, -1.0, 1.0);
  time_ns_ = moment.time_ns;
  if (turn_.size() < moment.of_row.size()) turn_.resize(moment.of_row.size(), 0);
  for (const Mover& m : moment.movers) {
    if (look.only_egos && m.role != sim::Role::kEgo) continue;
    Actor a;
    a.kind = m.kind;
    const Vec3 c = m.center();
    a.x = c.x(), a.y = c.y(), a.z = c.z() + (look.ghost ? 0.05 : 0);
    a.yaw = static_cast<float>(m.yaw), a.pitch = static_cast<float>(m.pitch), a.roll = static_cast<float>(m.roll);
    a.length = static_cast<float>(m.length), a.width = static_cast<float>(m.width),
    a.height = static_cast<float>(m.height);
    float& turn = turn_[static_cast<std::size_t>(m.row)];
    const double rate = m.kind == Kind::kPedestrian ? 4.2 : 1 / 0.33;  // strides, wheels
    turn = static_cast<float>(std::remainder(turn + m.speed * passed * rate, 2 * sim::kPi));
    a.wheel_turn = turn;
    // What a wheel's angle must be for the turn that is seen (single-track model).
    if (std::abs(m.speed) > 0.5)
      a.steering = static_cast<float>(std::clamp(std::atan(m.yaw_rate * m.length * 0.6 / m.speed), -0.6, 0.6));
    a.flags = flags_of(m, look);
    a.color = look.ghost ? rgb(0xa05ad0) : color_of(m, look);
    if (look.ghost) a.flags |= kFlagShines;
    out.push_back(a);
  }
}

}  // namespace bitgoeul::viewer
