// Projection against reference coordinates of the Korean systems and closed forms.
#include "maps/projection.h"

#include <doctest/doctest.h>

#include <cmath>

using bitgoeul::maps::Projection;
using bitgoeul::sim::Vec2;

namespace {

constexpr double kLongitude = 126.8526, kLatitude = 35.1595;  // Gwangju city hall

Vec2 project(const std::string& system) {
  auto projection = Projection::make(system);
  REQUIRE_MESSAGE(projection, system);
  auto point = projection->forward(kLongitude, kLatitude);
  REQUIRE(point);
  return *point;
}

void check_near(const Vec2& point, double x, double y) {
  CHECK(std::abs(point.x() - x) < 2e-4);
  CHECK(std::abs(point.y() - y) < 2e-4);
}

}  // namespace

// Reference values of PROJ 9.1.1 for these systems, east first: what is tested is axis order, units and the offset
// around it.
TEST_CASE("Korean systems, east before north") {
  check_near(project("EPSG:5186"), 186570.281599, 284800.085014);
  check_near(project("EPSG:5179"), 941038.117283, 1685108.050581);
  check_near(project("EPSG:32652"), 304411.646200, 3892842.473429);
  check_near(project("EPSG:5187"), 4333.379551, 286902.214373);
  check_near(project("+proj=tmerc +lat_0=38 +lon_0=127 +k=1 +x_0=200000 +y_0=600000 +ellps=GRS80 +units=m +no_defs"),
             186570.281599, 284800.085014);
}

TEST_CASE("a local transverse Mercator, as OpenDRIVE writes it") {
  const std::string proj =
      "+proj=tmerc +lat_0=35.1595 +lon_0=126.8526 +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs";
  check_near(project(proj), 0, 0);
  auto projection = Projection::make(proj);
  REQUIRE(projection);
  check_near(*projection->forward(126.87, 35.17), 1585.121993, 1165.046381);
  // The central meridian is true to scale: an arc of the meridian of WGS84 at this latitude (Snyder 1987, eq. 3-21 with
  // the radius of curvature M).
  constexpr double kA = 6378137.0, kE2 = 0.00669437999014;
  const double phi = (35.1595 + 0.0005) * std::acos(-1.0) / 180;
  const double m = kA * (1 - kE2) / std::pow(1 - kE2 * std::sin(phi) * std::sin(phi), 1.5);
  const auto north = projection->forward(126.8526, 35.1605);
  CHECK(std::abs(north->y() - m * 0.001 * std::acos(-1.0) / 180) < 1e-3);
  CHECK(std::abs(north->x()) < 1e-4);
}

TEST_CASE("results are multiples of 0.1 mm") {
  const Vec2 p = project("EPSG:5179");
  CHECK(std::abs(p.x() * 1e4 - std::round(p.x() * 1e4)) < 1e-5);
  CHECK(std::abs(p.y() * 1e4 - std::round(p.y() * 1e4)) < 1e-4);
}

TEST_CASE("there and back") {
  for (const char* system : {"EPSG:5186", "EPSG:5179", "EPSG:32652"}) {
    auto projection = Projection::make(system, 186000, 284000, 0.7);
    REQUIRE(projection);
    for (double d = -0.2; d <= 0.2; d += 0.05) {
      const auto p = projection->forward(kLongitude + d, kLatitude - d);
      REQUIRE(p);
      const auto back = projection->inverse(p->x(), p->y());
      REQUIRE(back);
      CHECK(std::abs(back->longitude_deg - kLongitude - d) < 2e-9);  // 0.1 mm is 1e-9 degrees
      CHECK(std::abs(back->latitude_deg - kLatitude + d) < 2e-9);
    }
  }
}

TEST_CASE("the header offset: projected = R(heading) frame + offset") {
  const Vec2 projected = project("EPSG:5186");
  const double heading = 0.3;
  auto projection = Projection::make("EPSG:5186", 186500, 284700, heading);
  REQUIRE(projection);
  const Vec2 frame = *projection->forward(kLongitude, kLatitude);
  check_near({std::cos(heading) * frame.x() - std::sin(heading) * frame.y() + 186500,
              std::sin(heading) * frame.x() + std::cos(heading) * frame.y() + 284700},
             projected.x(), projected.y());
}

TEST_CASE("vertical parameters do not matter") {
  check_near(project("+proj=tmerc +lat_0=35.1595 +lon_0=126.8526 +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m "
                     "+geoidgrids=no_such_grid.gtx +vunits=m +no_defs"),
             0, 0);
}

TEST_CASE("what cannot be a map frame is refused with a reason") {
  for (const char* bad : {"", " ", "nonsense", "EPSG:4326", "EPSG:999999", "EPSG:4978", "+proj=longlat +datum=WGS84",
                          "+proj=no_such_projection", "+proj=tmerc +lat_0=abc", "+proj=", "PROJCS[\"broken\""}) {
    const auto projection = Projection::make(bad);
    REQUIRE_MESSAGE(!projection, std::string(bad));
    CHECK(projection.error().what.find("cannot be used") != std::string::npos);
  }
  auto projection = Projection::make("EPSG:5186");
  REQUIRE(projection);
  CHECK(!projection->forward(127, 91));
  CHECK(!projection->forward(std::nan(""), 35));
  CHECK(!projection->inverse(INFINITY, 0));
}
