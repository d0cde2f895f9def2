#include "viewer/actor_models.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace bitgoeul::viewer {

namespace {

// A block whose top may be shorter and narrower than its foot: x from x0 to x1 at the foot, x2 to x3 on top.
struct Block {
  double x0, x1, x2, x3;
  double z0, z1;
  double foot, top;  // half widths
  double y = 0;      // of its middle
};

void add_block(Mesh& mesh, const Block& b, Color side, Material side_m, Color roof, Material roof_m) {
  const double f0 = b.y - b.foot, f1 = b.y + b.foot, g0 = b.y - b.top, g1 = b.y + b.top;
  const Vec3 a0(b.x0, f0, b.z0), a1(b.x1, f0, b.z0), a2(b.x1, f1, b.z0), a3(b.x0, f1, b.z0);
  const Vec3 t0(b.x2, g0, b.z1), t1(b.x3, g0, b.z1), t2(b.x3, g1, b.z1), t3(b.x2, g1, b.z1);
  mesh.quad(a0, a1, t1, t0, side, side_m);
  mesh.quad(a1, a2, t2, t1, side, side_m);
  mesh.quad(a2, a3, t3, t2, side, side_m);
  mesh.quad(a3, a0, t0, t3, side, side_m);
  mesh.quad(t0, t1, t2, t3, roof, roof_m);
}

void add_box_at(Mesh& mesh, const Vec3& c, double l, double w, double h, Color color, Material m) {
  const double x0 = c.x() - l / 2, x1 = c.x() + l / 2;
  add_block(mesh, {x0, x1, x0, x1, c.z() - h / 2, c.z() + h / 2, w / 2, w / 2, c.y()}, color, m, color, m);
}

constexpr Color kBodyColor = rgb(0xffffff), kBlack = rgb(0x202326), kGlassColor = rgb(0x1c252c);

void add_wheels(Mesh& mesh, double front, double rear, double half_track, double radius, double width) {
  for (const double side : {1.0, -1.0}) {
    add_wheel(mesh, {front, side * half_track, radius}, radius, width, 12, Material::kWheelFront);
    add_wheel(mesh, {rear, side * half_track, radius}, radius, width, 12, Material::kWheelRear);
  }
}

void add_lamps(Mesh& mesh, double length, double half_width, double z_front, double z_rear) {
  for (const double side : {1.0, -1.0}) {
    const double y = side * (half_width - 0.24);
    add_box_at(mesh, {length / 2 - 0.04, y, z_front}, 0.14, 0.36, 0.14, rgb(0xe8edf0), Material::kHead);
    add_box_at(mesh, {-length / 2 + 0.04, y, z_rear}, 0.12, 0.34, 0.16, rgb(0x7d1410), Material::kBrake);
    const Material turn = side > 0 ? Material::kTurnLeft : Material::kTurnRight;
    const double corner = side * (half_width - 0.05);
    add_box_at(mesh, {length / 2 - 0.16, corner, z_front}, 0.22, 0.12, 0.12, rgb(0xb06a1c), turn);
    add_box_at(mesh, {-length / 2 + 0.1, corner, z_rear}, 0.16, 0.12, 0.14, rgb(0xb06a1c), turn);
  }
}

struct CarShape {
  double length, width, height, belt;   // belt: foot of the windows
  double cabin0, cabin1, roof0, roof1;  // of the length, from the rear end
  double hood;                          // height of the hood at the front end
};

void add_car(Mesh& mesh, const CarShape& s, int lod) {
  const double l = s.length, h = l / 2, w = s.width / 2, x0 = -h, floor = 0.2;
  const auto x = [&](double part) { return x0 + part * l; };
  // Sill and bumpers, the body up to the belt line, then the cabin with its roof.
  add_block(mesh, {x0 + 0.03, h - 0.03, x0, h, floor, 0.5, w - 0.06, w}, mix(kBlack, rgb(0x777777), 0.25),
            Material::kMatte, kBlack, Material::kMatte);
  add_block(mesh, {x0, h, x0 + 0.06, x(s.cabin1), 0.46, s.belt, w, w - 0.05}, kBodyColor, Material::kBody, kBodyColor,
            Material::kBody);
  add_block(mesh, {x(s.cabin1) - 0.1, h, x(s.cabin1) - 0.1, h - 0.22, 0.46, s.hood, w, w - 0.12}, kBodyColor,
            Material::kBody, kBodyColor, Material::kBody);
  const double eaves = s.height - 0.09;
  add_block(mesh, {x(s.cabin0), x(s.cabin1), x(s.roof0), x(s.roof1), s.belt, eaves, w - 0.07, w - 0.24}, kGlassColor,
            Material::kGlass, kBodyColor, Material::kBody);
  add_block(
      mesh,
      {x(s.roof0) - 0.04, x(s.roof1) + 0.04, x(s.roof0) + 0.08, x(s.roof1) - 0.1, eaves, s.height, w - 0.22, w - 0.3},
      kBodyColor, Material::kBody, kBodyColor, Material::kBody);
  if (lod > 0) return;
  // Pillars between the windows, mirrors, number plates.
  for (const double side : {1.0, -1.0}) {
    const double mid = (x(s.cabin0) + x(s.cabin1)) / 2;
    const auto pillar = [&](double at, double lean) {
      const Vec3 a(at, side * (w - 0.06), s.belt), b(at + lean, side * (w - 0.225), eaves), d(0.09, 0, 0);
      side > 0 ? mesh.quad(a + d, a, b, b + d, kBodyColor, Material::kBody)
               : mesh.quad(a, a + d, b + d, b, kBodyColor, Material::kBody);
    };
    pillar(mid - 0.1, 0.02);
    pillar(x(s.cabin0) + 0.1, x(s.roof0) - x(s.cabin0));
    add_box_at(mesh, {x(s.cabin1) - 0.45, side * (w + 0.06), s.belt + 0.08}, 0.16, 0.2, 0.14, kBodyColor,
               Material::kBody);
  }
  add_box_at(mesh, {h, 0, 0.42}, 0.03, 0.5, 0.11, rgb(0xf2f2ee), Material::kMatte);
  add_box_at(mesh, {-h, 0, 0.62}, 0.03, 0.5, 0.11, rgb(0xf2f2ee), Material::kMatte);
  add_box_at(mesh, {h - 0.01, 0, s.hood - 0.16}, 0.06, s.width * 0.45, 0.14, kBlack, Material::kMatte);
  add_lamps(mesh, l, w, s.hood - 0.12, s.belt - 0.12);
  add_wheels(mesh, h - l * 0.185, x0 + l * 0.2, w - 0.1, 0.33, 0.22);
}

void add_sensor_pod(Mesh& mesh, double roof, double half_width, int lod) {
  add_block(mesh, {-0.75, 0.55, -0.62, 0.42, roof - 0.02, roof + 0.13, 0.52, 0.44}, kBlack, Material::kMatte,
            rgb(0x33383c), Material::kMatte);
  add_column(mesh, {0.0, 0, roof + 0.13}, 0.24, 0.16, 0.15, lod == 0 ? 10 : 5, rgb(0x15181a), Material::kMatte);
  if (lod > 0) return;
  add_column(mesh, {0.0, 0, roof + 0.37}, 0.03, 0.17, 0.17, 10, rgb(0x2fa3d8), Material::kGlow);
  for (const double side : {1.0, -1.0}) {
    add_column(mesh, {1.45, side * (half_width + 0.06), 0.86}, 0.16, 0.07, 0.07, 6, rgb(0x15181a), Material::kMatte);
    add_box_at(mesh, {-1.7, side * (half_width + 0.03), 0.95}, 0.12, 0.1, 0.14, rgb(0x15181a), Material::kMatte);
  }
}

void add_bus(Mesh& mesh, double l, double w, double h, int lod) {
  const double x0 = -l / 2, x1 = l / 2, hw = w / 2;
  add_block(mesh, {x0, x1, x0, x1, 0.32, 1.25, hw, hw}, kBodyColor, Material::kBody, kBodyColor, Material::kBody);
  add_block(mesh, {x0 + 0.02, x1 - 0.02, x0 + 0.08, x1 - 0.14, 1.25, 2.55, hw - 0.01, hw - 0.05}, kGlassColor,
            Material::kGlass, kBodyColor, Material::kBody);
  add_block(mesh, {x0, x1 - 0.1, x0 + 0.1, x1 - 0.25, 2.55, h, hw, hw - 0.18}, kBodyColor, Material::kBody,
            rgb(0xd9d9d4), Material::kMatte);
  if (lod > 0) return;
  for (int i = 1; i < 8; ++i)
    for (const double side : {1.0, -1.0})
      add_box_at(mesh, {x0 + i * l / 8, side * (hw - 0.03), 1.9}, 0.12, 0.08, 1.3, kBodyColor, Material::kBody);
  for (const double door : {0.36, -0.06})  // two doors on the right
    add_box_at(mesh, {door * l, -hw, 1.45}, 1.25, 0.06, 2.1, rgb(0x2a3339), Material::kGlass);
  add_box_at(mesh, {x1 - 0.03, 0, 2.75}, 0.08, 1.5, 0.32, rgb(0xf0a030), Material::kGlow);
  add_box_at(mesh, {-l * 0.2, 0, h}, 2.4, 1.5, 0.22, rgb(0xc9c9c4), Material::kMatte);
  add_lamps(mesh, l, hw, 0.72, 0.95);
  add_wheels(mesh, x1 - 2.6, x0 + 2.7, hw - 0.16, 0.48, 0.3);
}

void add_truck(Mesh& mesh, double l, double w, double h, int lod) {
  const double x0 = -l / 2, x1 = l / 2, hw = w / 2, cab = 1.75;
  add_block(mesh, {x1 - cab, x1, x1 - cab, x1 - 0.1, 0.45, 1.25, hw - 0.05, hw - 0.05}, kBodyColor, Material::kBody,
            kBodyColor, Material::kBody);
  add_block(mesh, {x1 - cab, x1 - 0.1, x1 - cab, x1 - 0.4, 1.25, 2.0, hw - 0.06, hw - 0.12}, kGlassColor,
            Material::kGlass, kBodyColor, Material::kBody);
  add_block(mesh, {x0, x1 - cab - 0.15, x0, x1 - cab - 0.15, 0.85, h, hw, hw}, rgb(0xd4d6d6), Material::kMatte,
            rgb(0xc4c6c6), Material::kMatte);
  add_block(mesh, {x0 + 0.1, x1 - cab, x0 + 0.1, x1 - cab, 0.55, 0.85, hw * 0.5, hw * 0.5}, kBlack, Material::kMatte,
            kBlack, Material::kMatte);
  if (lod > 0) return;
  for (const double side : {1.0, -1.0})
    add_box_at(mesh, {x0 + (l - cab) / 2, side * hw, 1.7}, l * 0.4, 0.03, 0.5, kBodyColor, Material::kBody);
  add_lamps(mesh, l, hw, 0.72, 0.75);
  add_wheels(mesh, x1 - 1.15, x0 + 1.35, hw - 0.16, 0.42, 0.28);
}

void add_trailer(Mesh& mesh, double l, double w, double h, int lod) {
  const double x0 = -l / 2, x1 = l / 2, hw = w / 2;
  add_block(mesh, {x0, x1, x0, x1, 1.1, h, hw, hw}, kBodyColor, Material::kBody, rgb(0xc4c6c6), Material::kMatte);
  add_block(mesh, {x0 + 0.2, x1 - 0.3, x0 + 0.2, x1 - 0.3, 0.7, 1.1, hw * 0.45, hw * 0.45}, kBlack, Material::kMatte,
            kBlack, Material::kMatte);
  if (lod > 0) return;
  add_lamps(mesh, l, hw, 1.2, 0.9);
  add_wheels(mesh, x0 + 3.3, x0 + 2.0, hw - 0.16, 0.48, 0.32);
}

void add_van(Mesh& mesh, double l, double w, double h, int lod) {
  const double x0 = -l / 2, x1 = l / 2, hw = w / 2;
  add_block(mesh, {x0, x1, x0, x1 - 0.05, 0.25, 1.0, hw, hw}, kBodyColor, Material::kBody, kBodyColor, Material::kBody);
  add_block(mesh, {x0, x1 - 0.35, x0 + 0.1, x1 - 1.35, 1.0, h - 0.12, hw - 0.02, hw - 0.12}, kGlassColor,
            Material::kGlass, kBodyColor, Material::kBody);
  add_block(mesh, {x0 + 0.05, x1 - 1.3, x0 + 0.15, x1 - 1.5, h - 0.12, h, hw - 0.1, hw - 0.2}, kBodyColor,
            Material::kBody, kBodyColor, Material::kBody);
  if (lod > 0) return;
  for (const double side : {1.0, -1.0})
    add_box_at(mesh, {x0 + l * 0.27, side * (hw - 0.06), 1.42}, l * 0.42, 0.1, 0.8, kBodyColor, Material::kBody);
  add_lamps(mesh, l, hw, 0.78, 1.1);
  add_wheels(mesh, x1 - 0.95, x0 + 1.05, hw - 0.12, 0.34, 0.22);
}

void add_rider(Mesh& mesh, double saddle, double lean) {
  add_block(mesh, {-0.32, 0.0, -0.16 + lean, 0.12 + lean, saddle, saddle + 0.55, 0.2, 0.23}, rgb(0x31445f),
            Material::kBody, rgb(0x31445f), Material::kBody);
  add_column(mesh, {lean, 0, saddle + 0.57}, 0.26, 0.13, 0.11, 8, rgb(0x25282b), Material::kMatte);
  for (const double side : {1.0, -1.0}) {
    add_box_at(mesh, {0.0, side * 0.17, saddle - 0.22}, 0.42, 0.13, 0.3, rgb(0x22262c), Material::kMatte);
    add_box_at(mesh, {0.25 + lean, side * 0.24, saddle + 0.32}, 0.5, 0.1, 0.12, rgb(0x31445f), Material::kBody);
  }
}

void add_two_wheeler(Mesh& mesh, bool motor, int lod) {
  const double r = 0.32, front = 0.72, rear = -0.72, saddle = motor ? 0.78 : 0.92;
  if (motor) {
    add_block(mesh, {-0.8, 0.55, -0.95, 0.5, 0.38, 0.82, 0.15, 0.12}, kBodyColor, Material::kBody, kBlack,
              Material::kMatte);
    add_block(mesh, {0.35, 0.8, 0.45, 0.62, 0.7, 1.12, 0.2, 0.12}, kBodyColor, Material::kBody, kGlassColor,
              Material::kGlass);
  } else {
    add_block(mesh, {-0.66, 0.66, -0.1, 0.5, 0.34, 0.86, 0.03, 0.03}, kBodyColor, Material::kBody, kBodyColor,
              Material::kBody);
  }
  add_rider(mesh, saddle, motor ? 0.1 : 0.2);
  if (lod > 0) return;
  add_wheel(mesh, {front, 0, r}, r, motor ? 0.14 : 0.05, 12, Material::kWheelFront);
  add_wheel(mesh, {rear, 0, r}, r, motor ? 0.16 : 0.05, 12, Material::kWheelRear);
  add_box_at(mesh, {0.62, 0, 1.02}, 0.06, 0.66, 0.05, kBlack, Material::kMatte);
  add_box_at(mesh, {0.82, 0, 0.85}, 0.08, 0.18, 0.16, rgb(0xe8edf0), Material::kHead);
  add_box_at(mesh, {-0.98, 0, 0.72}, 0.06, 0.2, 0.09, rgb(0x7d1410), Material::kBrake);
}

void add_pedestrian(Mesh& mesh, int lod) {
  const Color skin = rgb(0xe0b896), trousers = rgb(0x2f3644);
  const auto limb = [&](const Vec3& c, double l, double w, double h, Color color, Material m, double joint) {
    const std::size_t first = mesh.uv.size();
    add_box_at(mesh, c, l, w, h, color, m);
    for (std::size_t i = first; i < mesh.uv.size(); ++i) mesh.uv[i] = {0, static_cast<float>(joint)};
  };
  add_block(mesh, {-0.12, 0.12, -0.13, 0.13, 0.85, 1.45, 0.17, 0.22}, kBodyColor, Material::kBody, kBodyColor,
            Material::kBody);
  add_column(mesh, {0, 0, 1.47}, 0.25, 0.1, 0.09, lod == 0 ? 8 : 4, skin, Material::kMatte);
  limb({0, 0.09, 0.44}, 0.16, 0.14, 0.88, trousers, Material::kLimbA, 0.88);
  limb({0, -0.09, 0.44}, 0.16, 0.14, 0.88, trousers, Material::kLimbB, 0.88);
  if (lod > 0) return;
  add_column(mesh, {-0.02, 0, 1.6}, 0.14, 0.12, 0.06, 8, rgb(0x2a221c), Material::kMatte);
  limb({0, 0.27, 1.12}, 0.11, 0.1, 0.6, kBodyColor, Material::kLimbB, 1.4);
  limb({0, -0.27, 1.12}, 0.11, 0.1, 0.6, kBodyColor, Material::kLimbA, 1.4);
}

constexpr CarShape kSedanShape{4.8, 1.86, 1.47, 0.92, 0.06, 0.74, 0.24, 0.56, 0.8};
constexpr CarShape kSuvShape{4.7, 1.9, 1.68, 1.02, 0.01, 0.75, 0.06, 0.6, 0.95};
constexpr CarShape kCompactShape{3.6, 1.6, 1.5, 0.94, 0.01, 0.82, 0.05, 0.62, 0.86};
constexpr CarShape kTaxiShape{4.6, 1.9, 1.45, 0.92, 0.02, 0.78, 0.1, 0.6, 0.82};

void size_of(Model& m, double length, double width, double height, double wheel = 0.33) {
  m.length = length, m.width = width, m.height = height, m.wheel_radius = wheel;
}

void size_by_kind(Kind kind, Model& m) {
  switch (kind) {
    case Kind::kRobotaxi:
      return size_of(m, 4.6, 1.9, 1.7);
    case Kind::kSedan:
      return size_of(m, 4.8, 1.86, 1.47);
    case Kind::kSuv:
      return size_of(m, 4.7, 1.9, 1.68);
    case Kind::kCompact:
      return size_of(m, 3.6, 1.6, 1.5);
    case Kind::kVan:
      return size_of(m, 5.2, 2.0, 2.0, 0.34);
    case Kind::kBus:
      return size_of(m, 11.0, 2.5, 3.3, 0.48);
    case Kind::kTruck:
      return size_of(m, 6.2, 2.2, 2.6, 0.42);
    case Kind::kTrailer:
      return size_of(m, 12.0, 2.5, 3.6, 0.48);
    case Kind::kMotorcycle:
      return size_of(m, 2.2, 0.8, 1.5, 0.32);
    case Kind::kBicycle:
      return size_of(m, 1.9, 0.6, 1.8, 0.32);
    case Kind::kObject:
      return size_of(m, 1, 1, 1, 0);
    default:
      return size_of(m, 0.5, 0.6, 1.72, 0);
  }
}

// A block with two white bands, as things that stand on a road are marked.
void add_object(Mesh& mesh) {
  constexpr Color kWhite = rgb(0xf2f2ee);
  for (int i = 0; i < 5; ++i)
    add_box_at(mesh, {0, 0, 0.1 + 0.2 * i}, 1, 1, 0.2, i % 2 == 0 ? kBodyColor : kWhite,
               i % 2 == 0 ? Material::kBody : Material::kMatte);
}

void add_kind(Kind kind, const Model& m, Mesh& mesh, int lod) {
  switch (kind) {
    case Kind::kRobotaxi:
      add_car(mesh, kTaxiShape, lod);
      return add_sensor_pod(mesh, kTaxiShape.height, kTaxiShape.width / 2, lod);
    case Kind::kSedan:
      return add_car(mesh, kSedanShape, lod);
    case Kind::kSuv:
      return add_car(mesh, kSuvShape, lod);
    case Kind::kCompact:
      return add_car(mesh, kCompactShape, lod);
    case Kind::kVan:
      return add_van(mesh, m.length, m.width, m.height, lod);
    case Kind::kBus:
      return add_bus(mesh, m.length, m.width, m.height, lod);
    case Kind::kTruck:
      return add_truck(mesh, m.length, m.width, m.height, lod);
    case Kind::kTrailer:
      return add_trailer(mesh, m.length, m.width, m.height, lod);
    case Kind::kMotorcycle:
    case Kind::kBicycle:
      return add_two_wheeler(mesh, kind == Kind::kMotorcycle, lod);
    case Kind::kObject:
      return add_object(mesh);
    default:
      return add_pedestrian(mesh, lod);
  }
}

}  // namespace

std::string_view to_string(Kind kind) {
  static constexpr std::string_view kNames[kKinds] = {"robotaxi",   "sedan",   "suv",        "compact",
                                                      "van",        "bus",     "truck",      "trailer",
                                                      "motorcycle", "bicycle", "pedestrian", "object"};
  return kNames[static_cast<int>(kind)];
}

Model make_model(Kind kind) {
  Model m;
  size_by_kind(kind, m);
  for (int lod = 0; lod < kModelLods; ++lod) {
    Mesh& mesh = m.lod[static_cast<std::size_t>(lod)];
    if (lod < 2)
      add_kind(kind, m, mesh, lod);
    else
      add_block(
          mesh,
          {-m.length / 2, m.length / 2, -m.length * 0.4, m.length * 0.3, 0.2, m.height, m.width / 2, m.width * 0.4},
          kBodyColor, Material::kBody, kBodyColor, Material::kBody);
  }
  return m;
}

std::optional<Kind> kind_by_name(std::string_view type_name) {
  static constexpr std::pair<std::string_view, Kind> kWords[] = {{"robotaxi", Kind::kRobotaxi},
                                                                 {"taxi", Kind::kRobotaxi},
                                                                 {"bus", Kind::kBus},
                                                                 {"trailer", Kind::kTrailer},
                                                                 {"truck", Kind::kTruck},
                                                                 {"van", Kind::kVan},
                                                                 {"suv", Kind::kSuv},
                                                                 {"motor", Kind::kMotorcycle},
                                                                 {"cycl", Kind::kBicycle},
                                                                 {"bike", Kind::kBicycle},
                                                                 {"pedestrian", Kind::kPedestrian},
                                                                 {"walker", Kind::kPedestrian},
                                                                 {"child", Kind::kPedestrian},
                                                                 {"person", Kind::kPedestrian},
                                                                 {"compact", Kind::kCompact},
                                                                 {"miscellaneous", Kind::kObject}};
  std::string name(type_name);
  std::transform(name.begin(), name.end(), name.begin(), [](char c) { return static_cast<char>(std::tolower(c)); });
  for (const auto& [word, kind] : kWords)
    if (name.find(word) != std::string::npos) return kind;
  return std::nullopt;
}

Kind kind_by_size(sim::Role role, double length_m, double width_m, double height_m) {
  if (length_m < 1.2) return Kind::kPedestrian;
  if (width_m < 1.2) return height_m > 1.65 ? Kind::kBicycle : Kind::kMotorcycle;
  if (length_m > 9) return height_m > 3.45 ? Kind::kTrailer : Kind::kBus;
  if (height_m > 2.2) return Kind::kTruck;
  if (length_m > 5.0) return Kind::kVan;
  if (role == sim::Role::kEgo) return Kind::kRobotaxi;
  return length_m < 4.0 ? Kind::kCompact : height_m > 1.58 ? Kind::kSuv : Kind::kSedan;
}

}  // namespace bitgoeul::viewer
