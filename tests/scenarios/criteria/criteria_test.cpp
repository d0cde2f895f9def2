// Criteria: formulas against closed forms, and observers over snapshots made by hand on the street of story_map.h.
#include <doctest/doctest.h>

#include <cmath>
#include <map>

#include "scenarios/criteria/formulas.h"
#include "sim/math.h"
#include "tests/scenarios/criteria/film.h"

using namespace bitgoeul;
using namespace bitgoeul::scenarios;
using criteria::Kind;
using tests::Film;

namespace {

constexpr double kLane1 = -1.75, kLane2 = -5.25;  // y of the centres of the street's lanes -1 and -2

story::Thing car(double x, double y, double yaw, double speed) {
  story::Thing thing;
  thing.x = x, thing.y = y, thing.yaw = yaw;
  thing.vx = speed * std::cos(yaw), thing.vy = speed * std::sin(yaw);
  thing.rear = -2, thing.front = 2, thing.half_width = 1;
  return thing;
}

}  // namespace

TEST_CASE("criteria: when boxes touch, needed braking, RSS distance") {
  using namespace criteria;
  // 20 m between the bumpers at 10 m/s.
  CHECK(*time_to_touch(car(0, 0, 0, 10), car(24, 0, 0, 0), 10) == doctest::Approx(2));
  CHECK_FALSE(time_to_touch(car(0, 0, 0, 10), car(24, 0, 0, 0), 1.9).has_value());
  CHECK_FALSE(time_to_touch(car(0, 0, 0, 10), car(24, 2.1, 0, 0), 10).has_value());
  // Crossing from the right at 5 m/s: it covers our way from (20 - 2 - 1) / 5 = 3.4 s on, for 1.2 s; our front gets to
  // its side (x = 45 - 1) at 4.2 s. A metre and a half later it would be gone.
  CHECK(*time_to_touch(car(0, 0, 0, 10), car(45, -20, sim::kPi / 2, 5), 10) == doctest::Approx(4.2));
  CHECK_FALSE(time_to_touch(car(0, 0, 0, 10), car(49.1, -20, sim::kPi / 2, 5), 10).has_value());
  CHECK(*time_to_touch(car(0, 0, 0, 0), car(1, 0, 0, 0), 10) == 0);
  CHECK(drac(20, 10) == doctest::Approx(2.5));
  CHECK(drac(20, -1) == 0);
  // v_r = v_f = 20: 20 + 1.75 + 23.5^2/8 - 400/16.
  CHECK(rss_distance(20, 20) == doctest::Approx(20 + 1.75 + 23.5 * 23.5 / 8 - 25));
  CHECK(rss_distance(0, 30) == 0);
}

TEST_CASE("criteria: the careful driver of UN R157") {
  using namespace criteria;
  // Behind one who stands: 1.15 s of way, then a ramp of 0.6 s to b = 0.774 g, then b. The speed lost in the ramp is
  // 0.3 b; its way v 0.6 - b 0.06.
  const double b = 0.774 * 9.80665, v = 16;
  const double after = v - 0.3 * b;
  const double way = v * 1.15 + 0.6 * v - 0.06 * b + after * after / (2 * b);
  const double stands[] = {0};
  CHECK(careful_driver_avoids(v, way + 0.1, stands, 0.1));
  CHECK_FALSE(careful_driver_avoids(v, way - 0.1, stands, 0.1));
  // Who drives as fast is never touched, however near.
  const double as_fast[] = {16};
  CHECK(careful_driver_avoids(v, 0.5, as_fast, 0.1));
}

TEST_CASE("criteria: ttc, headway, drac and RSS behind a slower car") {
  const auto measured = [](const char* name) {
    Film film({name});
    film.put(0, 100, kLane1, 0, 20);
    film.put(1, 140, kLane1, 0, 10);
    film.show();
    film.put(0, 102, kLane1, 0, 20);
    film.put(1, 141, kLane1, 0, 10);
    film.show();
    return film.verdict();
  };
  const double gap = 39 - 4.5;
  const Criterion ttc = measured("ttc=4");
  CHECK(ttc.value == doctest::Approx(gap / 10));
  CHECK(ttc.verdict == Verdict::kFail);
  CHECK(ttc.entity == "ego");
  CHECK(ttc.other == "other");
  CHECK(ttc.time_s == doctest::Approx(0.1));
  REQUIRE(ttc.place.has_value());
  CHECK(ttc.place->x_m == doctest::Approx(102));
  CHECK(measured("ttc=3").verdict == Verdict::kPass);
  CHECK(measured("headway=1.8").value == doctest::Approx(gap / 20));
  CHECK(measured("headway=1.8").verdict == Verdict::kFail);
  CHECK(measured("drac").value == doctest::Approx(100 / (2 * gap)));
  CHECK(measured("drac").verdict == Verdict::kPass);
  CHECK(measured("rss").value == doctest::Approx(0.1));  // the frame before has no length
  CHECK(measured("rss").verdict == Verdict::kFail);
}

TEST_CASE("criteria: who drives beside is nobody ahead; the way bends with the road") {
  Film beside({"ttc"});
  beside.put(0, 100, kLane1, 0, 20);
  beside.put(1, 120, kLane2, 0, 0);
  beside.show();
  CHECK(beside.verdict().value == 10);
  CHECK(beside.verdict().verdict == Verdict::kPass);
  // On the arc (radius 101.75 of lane -1, about (300, 100)), 0.3 rad further on.
  Film bend({"headway"});
  const double r = 101.75, a = 0.1, c = 0.4;
  bend.put(0, 300 + r * std::sin(a), 100 - r * std::cos(a), a, 10);
  bend.put(1, 300 + r * std::sin(c), 100 - r * std::cos(c), c, 10);
  bend.show();
  CHECK(bend.verdict().value == doctest::Approx((0.3 * r - 4.5) / 10).epsilon(0.02));
}

TEST_CASE("criteria: gap to people, only while moving, and only if somebody is near") {
  Film film({"vru_gap"}, {"person"});
  film.put(0, 100, kLane1, 0, 5);
  film.put(1, 101, kLane1 - 0.9 - 0.3 - 0.7, 0, 0);
  film.show();
  CHECK(film.verdict().value == doctest::Approx(0.7));
  CHECK(film.verdict().verdict == Verdict::kFail);
  Film stands({"vru_gap"}, {"person"});
  stands.put(0, 100, kLane1, 0, 0);
  stands.put(1, 101, kLane1 - 1.5, 0, 0);
  stands.show();
  CHECK(stands.verdict().verdict == Verdict::kInconclusive);
  // Who steps into the way is what the time to collision looks at.
  Film steps({"ttc"}, {"person"});
  steps.put(0, 100, kLane1, 0, 10);
  steps.put(1, 100 + 1.4 + 2.25 + 0.3 + 15, kLane1, 0, 0);
  steps.show();
  CHECK(steps.verdict().value == doctest::Approx(1.5));
}

TEST_CASE("criteria: post-encroachment time of two who cross") {
  Film film({"pet=2"});
  // The other crosses at x = 150 from 0 s on, and has left the lane's square at 1.x s; the ego gets there at 3 s.
  for (int i = 0; i <= 40; ++i) {
    const double t = 0.1 * i;
    film.put(0, 150 - 3.65 - 10 * (3 - t), kLane1, 0, 10);
    film.put(1, 150, -20 + 10 * t, sim::kPi / 2, 10);
    film.show();
  }
  // Its rear (0.85 m behind its point) passes the lane's far side (y = -0.85) at 2.0 s: the ego's front comes to its
  // side (x = 149.1) at 2.91 s. Squares of a metre and frames of 0.1 s are the grain.
  const Criterion pet = film.verdict();
  CHECK(pet.value == doctest::Approx(0.95).epsilon(0.35));
  CHECK(pet.verdict == Verdict::kFail);
  CHECK(pet.other == "other");
}

TEST_CASE("criteria: edges of the road, lines, direction") {
  Film on({"off_road"});
  on.put(0, 100, kLane2, 0, 10);
  on.show();
  CHECK(on.verdict().value == 0);
  Film off({"off_road"});
  off.put(0, 100, -7 - 0.5, 0, 10);  // the road's edge is at -7; the right side reaches 0.9 + 0.5 m beyond
  off.show();
  CHECK(off.verdict().value == doctest::Approx(1.4).epsilon(0.01));
  CHECK(off.verdict().verdict == Verdict::kFail);
  Film wrong({"wrong_way"});
  for (int i = 0; i < 30; ++i) {
    wrong.put(0, 200 - i, kLane1, sim::kPi, 10);
    wrong.show();
  }
  CHECK(wrong.verdict().value == doctest::Approx(10));  // of one second
  CHECK(wrong.verdict().verdict == Verdict::kFail);
  Film right({"wrong_way"});
  for (int i = 0; i < 30; ++i) {
    right.put(0, 100 + i, kLane1, 0, 10);
    right.show();
  }
  CHECK(right.verdict().value == 0);
  CHECK(right.verdict().verdict == Verdict::kPass);
}

TEST_CASE("criteria: comfort") {
  const auto worst = [](const char* name) {
    Film film({name});
    film.put(0, 100, kLane1, 0, 10, 1.0, 0.2);
    film.show();
    film.put(0, 101, kLane1, 0, 10, -2.0, -0.3);
    film.show();
    return film.verdict().value;
  };
  CHECK(worst("acceleration") == 1.0);
  CHECK(worst("braking") == 2.0);
  CHECK(worst("jerk") == doctest::Approx(30));
  CHECK(worst("yaw_rate") == 0.3);
  CHECK(worst("lateral_acceleration") == doctest::Approx(3));
}

TEST_CASE("criteria: fault, and what a careful driver would have avoided") {
  using Side = sim::ContactSide;
  const auto judged = [](const char* name, double speed, double other_speed, Side side, Side other_side, double y) {
    Film film({name});
    film.put(0, 100, y, 0, speed);
    film.put(1, 105, y, 0, other_speed);
    film.show();
    film.crash(side, other_side);
    film.show();
    return film.verdict().value;
  };
  CHECK(judged("collision_at_fault", 10, 5, Side::kFront, Side::kRear, kLane1) == 1);
  CHECK(judged("collision_at_fault", 10, 15, Side::kRear, Side::kFront, kLane1) == 0);
  CHECK(judged("collision_at_fault", 0, 15, Side::kFront, Side::kFront, kLane1) == 0);
  CHECK(judged("collision_at_fault", 10, 0, Side::kLeft, Side::kFront, kLane1) == 1);       // it stood
  CHECK(judged("collision_at_fault", 10, 10, Side::kLeft, Side::kRight, kLane1) == 0);      // in the own lane
  CHECK(judged("collision_at_fault", 10, 10, Side::kLeft, Side::kRight, kLane1 + 1) == 1);  // beside it
  CHECK(judged("preventable_collision", 10, 5, Side::kFront, Side::kRear, kLane1) == 1);
  // Somebody comes in 6 m ahead, far slower.
  Film cut({"preventable_collision"});
  for (int i = 0; i < 8; ++i) {
    cut.put(0, 100 + 1.5 * i, kLane1, 0, 15);
    cut.put(1, 112, i < 3 ? kLane2 : kLane1, 0, 0);
    cut.show();
  }
  cut.crash(Side::kFront, Side::kRear);
  cut.show();
  CHECK(cut.verdict().value == 0);
  CHECK(cut.verdict().verdict == Verdict::kPass);
}

namespace {

// What the careful driver needs from 20 m/s to a stand: 1.15 s of way, a ramp of 0.6 s to 0.774 g, then that.
double careful_way(double v) {
  const double b = 0.774 * 9.80665, after = v - 0.3 * b;
  return v * 1.75 - 0.06 * b + after * after / (2 * b);
}

}  // namespace

TEST_CASE("criteria: preventable by the careful driver of UN R157: cut-out and deceleration of the one ahead") {
  using Side = sim::ContactSide;
  constexpr double kSpeed = 20, kFront = 1.4 + 2.25, kRear = 1.4 - 2.25, kStep = kSpeed * 0.1;
  // The one ahead swerves out at 1 m/s from the sixth frame on and is more than 0.375 m off after four more: then
  // `room` metres are left to one who stands there.
  const auto cut_out = [&](double room) {
    Film film({"preventable_collision"}, {"ahead", "stands"});
    const double stands = 9 * kStep + kFront + room - kRear;
    for (int i = 0; i < 30; ++i) {
      film.put(0, kStep * i, kLane1, 0, kSpeed);
      film.put(1, 15 + kStep * i, kLane1 - 0.1 * std::max(i - 5, 0), 0, kSpeed);
      film.put(2, stands, kLane1, 0, 0);
      film.show();
    }
    sim::Event event;
    event.kind = sim::EventKind::kCollisionBegin;
    event.entity = {0, 1}, event.other = {2, 1};
    event.side = Side::kFront, event.other_side = Side::kRear;
    film.observer->events(std::vector{event});
    film.show();
    return film.verdict().value;
  };
  CHECK(cut_out(careful_way(kSpeed) + 0.5) == 1);
  CHECK(cut_out(careful_way(kSpeed) - 0.5) == 0);
  // The one ahead, `gap` away, brakes at 7 m/s2 to a stand. Frames hold its speed for 0.1 s each, which adds a metre.
  const auto brakes = [&](double gap, double braking) {
    Film film({"preventable_collision"});
    double x = kFront + gap - kRear, v = kSpeed;
    for (int i = 0; kStep * i + kFront < x + kRear; ++i) {  // until they touch
      film.put(0, kStep * i, kLane1, 0, kSpeed);
      film.put(1, x, kLane1, 0, v, i > 0 && v > 0 ? -braking : 0);
      film.show();
      if (i == 0) {
        x += kStep;
        continue;
      }
      x += 0.1 * v;
      v = std::max(v - 0.1 * braking, 0.0);
    }
    film.crash(Side::kFront, Side::kRear);
    film.show();
    return film.verdict().value;
  };
  const double ahead = 20.0 * 20.0 / 14 + 1;
  CHECK(brakes(careful_way(kSpeed) - ahead + 0.7, 7) == 1);
  CHECK(brakes(careful_way(kSpeed) - ahead - 0.7, 7) == 0);
  // Below 5 m/s2 nothing is out of the ordinary: whoever runs into it is to blame.
  CHECK(brakes(careful_way(kSpeed) - ahead - 0.7, 4) == 1);
}

TEST_CASE("criteria: standing without a reason; nothing measured is inconclusive") {
  Film stuck({"stuck=1"});
  for (int i = 0; i < 30; ++i) {
    stuck.put(0, 100, kLane1, 0, 0);
    stuck.show();
  }
  CHECK(stuck.verdict().value == doctest::Approx(2.9));
  CHECK(stuck.verdict().verdict == Verdict::kFail);
  Film queue({"stuck=1"});
  for (int i = 0; i < 30; ++i) {
    queue.put(0, 100, kLane1, 0, 0);
    queue.put(1, 106, kLane1, 0, 0);
    queue.show();
  }
  CHECK(queue.verdict().value == 0);
  Film nothing({"route_completion"});
  nothing.put(0, 100, kLane1, 0, 10);
  nothing.show();
  CHECK(nothing.verdict().verdict == Verdict::kInconclusive);
  CHECK(overall(nothing.observer->verdicts(), false) == Verdict::kInconclusive);
}

TEST_CASE("criteria: places are named by lane and by latitude and longitude") {
  const auto map = tests::story_map();  // transverse Mercator about 35 N, 127 E
  std::vector<Criterion> all(1);
  all[0].place = CriterionPlace{100, kLane1, {}, {}, {}, {}, {}};
  criteria::name_places(*map, all);
  CHECK(all[0].place->lane == "1/-1");
  CHECK(all[0].place->junction.empty());
  REQUIRE(all[0].place->latitude_deg.has_value());
  CHECK(*all[0].place->latitude_deg == doctest::Approx(35).epsilon(1e-5));
  // 100 m of parallel at 35 N: the radius of curvature in the prime vertical is a / sqrt(1 - e2 sin2).
  const double n = 6378137 / std::sqrt(1 - 0.00669438 * std::pow(std::sin(35 * sim::kPi / 180), 2));
  CHECK(*all[0].place->longitude_deg - 127 ==
        doctest::Approx(100 / (n * std::cos(35 * sim::kPi / 180)) * 180 / sim::kPi).epsilon(1e-4));
}
