#include "maps/projection.h"

#include <doctest/doctest.h>

#include <cmath>

using bitgoeul::maps::Projection;

TEST_CASE("A transverse Mercator frame has its origin at its centre and metres along the meridian") {
  const auto projection = Projection::make("+proj=tmerc +lat_0=35.1595 +lon_0=126.8526 +k=1 +datum=WGS84");
  REQUIRE(projection);
  const auto origin = projection->forward(126.8526, 35.1595);
  REQUIRE(origin);
  CHECK(origin->norm() == doctest::Approx(0.0));
  // WGS84 meridian arc of 0.1 degree about 35.2095 N: M = a (1 - e^2) / (1 - e^2 sin^2 phi)^1.5 per radian.
  const double e2 = 0.00669437999014, phi = 35.2095 * bitgoeul::sim::kPi / 180.0;
  const double radius = 6378137.0 * (1 - e2) / std::pow(1 - e2 * std::sin(phi) * std::sin(phi), 1.5);
  const auto north = projection->forward(126.8526, 35.2595);
  REQUIRE(north);
  CHECK(north->y() == doctest::Approx(radius * 0.1 * bitgoeul::sim::kPi / 180.0).epsilon(1e-6));
  CHECK(std::fabs(north->x()) < 1e-3);
}

TEST_CASE("Inverse undoes forward with a shifted and turned frame") {
  const auto projection = Projection::make("EPSG:5186", 180000.0, 280000.0, 0.7);
  REQUIRE(projection);
  const auto local = projection->forward(126.9, 35.1);
  REQUIRE(local);
  const auto back = projection->inverse(local->x(), local->y());
  REQUIRE(back);
  CHECK(back->longitude_deg == doctest::Approx(126.9).epsilon(1e-9));
  CHECK(back->latitude_deg == doctest::Approx(35.1).epsilon(1e-9));
}

TEST_CASE("An unknown projection is an error with its name") {
  const auto projection = Projection::make("EPSG:999999");
  REQUIRE_FALSE(projection);
  CHECK(projection.error().what.find("EPSG:999999") != std::string::npos);
}
