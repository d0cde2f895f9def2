// Mesh: triangles as plain columns, and the shapes that everything in the picture is put together from. Made by the
// *_mesh and *_model files on any thread, turned into graphics memory by scene.cpp. Local metres about an origin that
// the maker chooses (near it, so that floats are exact enough), z up, counter-clockwise seen from outside.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/math.h"

namespace bitgoeul::viewer {

using sim::Vec2;
using sim::Vec3;

// How the shader treats a vertex; stands in the colour's fourth byte.
enum class Material : std::uint8_t {
  kMatte = 0,
  kGlow = 1,    // shines at night
  kFacade = 2,  // windows by uv (metres along the wall, metres up)
  kAsphalt = 3,
  kPaint = 4,
  kGround = 5,
  kLeaf = 6,
  kBody = 7,   // takes the vehicle's own colour
  kBrake = 8,  // vehicle lamps, by the state of the vehicle
  kHead = 9,
  kTurnLeft = 10,
  kTurnRight = 11,
  kGlass = 12,
  kWheelFront = 13,  // wheels: uv is the wheel's centre (x, y)
  kWheelRear = 14,
  kLimbA = 15,  // limbs of those who walk: swing about uv (x unused, height of the joint)
  kLimbB = 16,
};

struct Color {
  std::uint8_t r = 255, g = 255, b = 255;
};
constexpr Color rgb(std::uint32_t hex) {
  return {static_cast<std::uint8_t>(hex >> 16), static_cast<std::uint8_t>(hex >> 8), static_cast<std::uint8_t>(hex)};
}
Color mix(Color a, Color b, double part);

struct Mesh {
  std::vector<std::array<float, 3>> position, normal;
  std::vector<std::array<std::uint8_t, 4>> color;
  std::vector<std::array<float, 2>> uv;
  std::vector<std::uint32_t> index;

  bool empty() const { return index.empty(); }
  std::uint32_t add(const Vec3& p, const Vec3& n, Color c, Material m, double u = 0, double v = 0);
  void triangle(const Vec3& a, const Vec3& b, const Vec3& c, Color color, Material m);
  // Corners counter-clockwise; one normal from the first three.
  void quad(const Vec3& a, const Vec3& b, const Vec3& c, const Vec3& d, Color color, Material m);
  void append(const Mesh& other);
};

// A rectangle standing on the ground: centre, half lengths, the unit vector along its length.
struct Footprint {
  Vec2 center{0, 0};
  double half_length = 0, half_width = 0;
  Vec2 along{1, 0};
  Vec2 across() const { return {-along.y(), along.x()}; }
  Vec2 corner(int i) const;  // counter-clockwise
  bool overlaps(const Footprint& other) const;
};

// Upright box from z0 to z1; walls and roof may differ. `facade` gives the walls window coordinates.
struct BoxStyle {
  Color wall, roof;
  Material wall_material = Material::kMatte, roof_material = Material::kMatte;
};
void add_box(Mesh& mesh, const Footprint& foot, double z0, double z1, const BoxStyle& style, bool bottom = false);
// Upright prism with `sides` corners; radius0 at z0, radius1 at z1.
void add_column(Mesh& mesh, const Vec3& foot, double height, double radius0, double radius1, int sides, Color color,
                Material m);
// Flat ring sector pieces are quads: a disc whose middle has the first colour and whose rim the second.
void add_disc(Mesh& mesh, const Vec3& center, double radius, int sides, Color middle, Color rim, Material m);
// Cylinder about a lying axis (wheels): from center - axis/2 to center + axis/2.
void add_wheel(Mesh& mesh, const Vec3& center, double radius, double width, int sides, Material m);

// A number in [0, 1) that depends on the place alone, so that towns look the same from every tile.
double place_random(std::int64_t a, std::int64_t b, std::uint32_t stream);

}  // namespace bitgoeul::viewer
