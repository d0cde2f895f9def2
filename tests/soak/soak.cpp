// Long runs that look for what must not happen: collisions, gridlock, red lights run over. Prints each with place and
// cause, and every ten minutes how the traffic flows. usage: soak <scene|map> [seconds] [egos] [traffic] [threads]
// [seed] [rows to describe at the end]... pedestrians=N jaywalking=SHARE cyclists=SHARE buses=SHARE stand anywhere
// after the map.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "maps/compiled_map.h"
#include "maps/load_map.h"
#include "scenarios/simulation.h"
#include "tests/scenes/scenes.h"

using namespace bitgoeul;

namespace {

// Takes the options out of the arguments.
scenarios::TrafficSetup who_else(std::vector<std::string>& arguments) {
  scenarios::TrafficSetup out;
  std::erase_if(arguments, [&](const std::string& argument) {
    const std::size_t at = argument.find('=');
    if (at == std::string::npos) return false;
    const std::string name = argument.substr(0, at);
    const double value = std::atof(argument.c_str() + at + 1);
    if (name == "pedestrians") out.pedestrians = static_cast<int>(value);
    if (name == "jaywalking") out.jaywalking = value;
    if (name == "cyclists") out.cyclists = value;
    if (name == "buses") out.buses = value;
    return true;
  });
  return out;
}

std::optional<scenarios::SimulationSetup> setup_for(const std::string& what, int egos, int traffic, int pedestrians,
                                                    std::uint64_t seed) {
  if (what == "small_city" && egos >= 0) return scenes::small_city(4, traffic, egos, pedestrians);
  if (auto scene = scenes::by_name(what)) return scene;
  sim::Issues issues;
  auto map = what.ends_with(".map") ? maps::read_compiled(what) : maps::load_map(what, issues);
  if (!map) {
    std::fprintf(stderr, "%s\n", sim::to_string(map.error()).c_str());
    return std::nullopt;
  }
  scenarios::SimulationSetup setup;
  setup.map = *map;
  setup.seed = seed;
  setup.catalogue = vehicles::builtin_catalogue();
  setup.traffic.count = traffic < 0 ? 2000 : traffic;
  scenes::add_egos(setup, egos < 0 ? 200 : egos, 15000);
  return setup;
}

// Worst distance of an ego from its way, outside lane changes.
struct Offset {
  double worst_m = 0;
  sim::Row row = 0;
};
void watch_offsets(const scenarios::Simulation& s, Offset& worst, std::string& where) {
  const double* t = nullptr;
  const float* progress = nullptr;
  for (const auto& [table, columns] : s.state().view())
    for (const sim::ColumnView& column : columns) {
      if (table != "vehicles") continue;
      if (column.name == "t") t = reinterpret_cast<const double*>(column.data);
      if (column.name == "change_progress") progress = reinterpret_cast<const float*>(column.data);
    }
  for (sim::Row row = 0; row < static_cast<sim::Row>(s.setup().entities.size()); ++row)
    if (progress[row] >= 1.0f && std::fabs(t[row]) > worst.worst_m) {
      worst = {std::fabs(t[row]), row};
      where = s.describe(row);
    }
}

// Every ten minutes: a city that locks up slows down, and more and more of it stands.
void print_flow(scenarios::Simulation& s, double wall_s) {
  const auto now = s.snapshot();
  const sim::Entities& e = now->entities;
  int moving = 0, standing = 0;
  double sum = 0;
  for (std::size_t row = 0; row < e.alive.size(); ++row) {
    if (!e.alive[row] || e.role[row] == sim::Role::kPedestrian) continue;
    sum += std::fabs(e.speed_mps[row]);
    ++(std::fabs(e.speed_mps[row]) < 0.1 ? standing : moving);
  }
  const auto& t = s.totals();
  std::printf(
      "%5.0f min: %d vehicles, %.1f km/h, %.1f %% stand, longest standstill %.0f s, collisions %lld, %.0f s wall\n",
      s.time_s() / 60, moving + standing, 3.6 * sum / std::max(1, moving + standing),
      100.0 * standing / std::max(1, moving + standing), t.longest_standstill_s, static_cast<long long>(t.collisions),
      wall_s);
  std::fflush(stdout);
}

const void* column(const scenarios::Simulation& s, std::string_view name) {
  for (const auto& [table, columns] : s.state().view())
    for (const sim::ColumnView& column : columns)
      if (table == "vehicles" && column.name == name) return column.data;
  return nullptr;
}

// Who stands for that long: those who stand longest, and those who do not stand because of somebody ahead.
void print_heads(const scenarios::Simulation& s, double longest_s) {
  const auto* since = static_cast<const std::int64_t*>(column(s, "standstill_step"));
  const auto* wait = static_cast<const vehicles::Wait*>(column(s, "wait"));
  const auto* model = static_cast<const vehicles::Model*>(column(s, "model"));
  std::vector<std::pair<std::int64_t, sim::Row>> standing;
  for (sim::Row row = 0; row < static_cast<sim::Row>(s.setup().entities.size()) + s.setup().traffic.count; ++row)
    if (model[row] != vehicles::Model::kNone && since[row] >= 0 &&
        static_cast<double>(s.steps() - since[row]) * 0.01 > longest_s)
      standing.emplace_back(since[row], row);
  std::sort(standing.begin(), standing.end());
  std::printf("%zu stand longer than %.0f s\n", standing.size(), longest_s);
  int printed = 0;
  for (std::size_t i = 0; i < standing.size() && printed < 12; ++i) {
    const vehicles::Wait why = wait[standing[i].second];
    if (i >= 6 && (why == vehicles::Wait::kLeader || why == vehicles::Wait::kQueue)) continue;
    std::printf("%s", s.describe(standing[i].second).c_str());
    ++printed;
  }
}

void print(const scenarios::Simulation& s, const sim::Event& e) {
  std::printf("%9.2f s %-16.*s row %u other %u at (%.1f, %.1f) value %.2f\n", e.step * 0.01,
              static_cast<int>(sim::to_string(e.kind).size()), sim::to_string(e.kind).data(), e.entity.index,
              e.other.null() ? 0 : e.other.index, e.x, e.y, e.value);
  std::printf("%s", s.describe(e.entity.row()).c_str());
  if (!e.other.null()) std::printf("%s", s.describe(e.other.row()).c_str());
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv, argv + argc);
  scenarios::TrafficSetup others = who_else(arguments);
  const auto number = [&](std::size_t i, double fallback) {
    return arguments.size() > i ? std::atof(arguments[i].c_str()) : fallback;
  };
  if (arguments.size() < 2) return 2;
  auto setup = setup_for(arguments[1], static_cast<int>(number(3, -1)), static_cast<int>(number(4, -1)),
                         others.pedestrians, static_cast<std::uint64_t>(number(6, 1)));
  if (!setup) return 2;
  others.count = setup->traffic.count;
  others.pedestrians = std::max(others.pedestrians, setup->traffic.pedestrians);
  setup->traffic = others;
  setup->threads = static_cast<int>(number(5, 1));
  const double seconds = number(2, 600);
  auto made = scenarios::Simulation::make(std::move(*setup));
  if (!made) {
    std::fprintf(stderr, "%s\n", sim::to_string(made.error()).c_str());
    return 2;
  }
  scenarios::Simulation& s = **made;
  int reds = 0, printed = 0;
  const auto start = std::chrono::steady_clock::now();
  Offset offset;
  std::string offset_at;
  const auto wall_s = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  while (s.time_s() < seconds) {
    s.step();
    if (s.steps() % 60000 == 0) print_flow(s, wall_s()), print_heads(s, 200), std::fflush(stdout);
    if (s.steps() % 20 == 0) watch_offsets(s, offset, offset_at);
    for (const sim::Event& e : s.events()) {
      reds += e.kind == sim::EventKind::kRedLight;
      const bool bad = e.kind == sim::EventKind::kCollisionBegin || e.kind == sim::EventKind::kStandstill ||
                       e.kind == sim::EventKind::kRedLight;
      if (bad && printed++ < 40) print(s, e);
    }
  }
  for (std::size_t i = 7; i < arguments.size(); ++i)
    std::printf("%s", s.describe(static_cast<sim::Row>(number(i, 0))).c_str());
  const double wall = wall_s();
  const auto& t = s.totals();
  const double rows = static_cast<double>(s.setup().entities.size()) + static_cast<double>(t.traffic_steps) / s.steps();
  std::printf("%.0f s in %.2f s: %.1f x real time, %.0f ns per vehicle-step\n", seconds, wall, seconds / wall,
              wall * 1e9 / (rows * s.steps()));
  std::printf("traffic %lld of %d, collisions %lld, red lights %d, routes %lld, spawned %lld, removed %lld\n",
              static_cast<long long>(t.traffic_peak), s.setup().traffic.count, static_cast<long long>(t.collisions),
              reds, static_cast<long long>(t.routes_completed), static_cast<long long>(t.spawned),
              static_cast<long long>(t.removed));
  std::printf("ego distance %.1f km, longest standstill %.0f s (row %d)\n%shash %s\n", t.ego_distance_m / 1000,
              t.longest_standstill_s, t.longest_standstill_entity,
              t.longest_standstill_entity >= 0 ? s.describe(t.longest_standstill_entity).c_str() : "",
              sim::to_hex(s.state_hash()).c_str());
  std::printf("worst offset of an ego from its way %.2f m\n%s", offset.worst_m, offset_at.c_str());
  return 0;
}
