// What an exchange with a driving stack costs: the whole round trip of Observe and Act with another process over a Unix
// socket, encoding and decoding on both sides, 50 objects for each ego. The counter `per_ego` is wall time per ego; p50
// is taken over the exchanges of the run.
#include <benchmark/benchmark.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "scenarios/stack/conform.h"
#include "scenarios/stack/planner.h"
#include "scenarios/stack/serve.h"

using namespace bitgoeul;
namespace stack = scenarios::stack;

namespace {

sim::Act still(const sim::EgoInfo&, const sim::Observation&) {
  sim::Act act;
  act.kind = sim::ActKind::kControl;
  return act;
}

void round_trip(benchmark::State& state, stack::Planner::Plan plan) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return state.SkipWithError("no socket");
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    stack::Link link(ends[1]);
    stack::Planner planner(plan);
    (void)stack::serve(link, planner, {});
    ::_exit(0);
  }
  ::close(ends[1]);
  const int egos = static_cast<int>(state.range(0));
  stack::Street street(egos, static_cast<int>(state.range(1)));
  auto remote = stack::RemoteStack::on(ends[0], {});
  if (!remote->start(street.init())) return state.SkipWithError("no start");
  std::vector<sim::Act> acts(static_cast<std::size_t>(egos));
  std::vector<double> us;
  const auto seen = street.observe();
  for (auto _ : state) {
    const auto begin = std::chrono::steady_clock::now();
    if (!remote->ask(seen) || !remote->answer(acts)) return state.SkipWithError("a fault");
    us.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count() / egos);
  }
  std::sort(us.begin(), us.end());
  state.counters["p50_us_per_ego"] = us[us.size() / 2];
  state.counters["p99_us_per_ego"] = us[us.size() * 99 / 100];
  remote->finish({});
  remote.reset();
  ::waitpid(child, nullptr, 0);
}

void exchange(benchmark::State& state) { round_trip(state, still); }
void exchange_with_planner(benchmark::State& state) { round_trip(state, stack::plan); }

BENCHMARK(exchange)->Args({1, 50})->Args({20, 50})->Args({200, 50})->UseRealTime();
BENCHMARK(exchange_with_planner)->Args({1, 50})->Args({200, 50})->UseRealTime();

}  // namespace
