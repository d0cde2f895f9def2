// What an exchange with a driving stack costs: the whole round trip of Observe and Act with another process over a Unix
// socket, encoding and decoding on both sides, 50 objects for each ego. `exchange`: the C++ client that ships for
// stacks (assets/stacks/cpp), which answers at once; `exchange_with_planner`: the planner that ships with the engine.
// Wall time per ego, p50 and p99 over the exchanges of the run; CPU time of the engine's side is Benchmark's own.
#include <benchmark/benchmark.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "assets/stacks/cpp/bitgoeul_stack.h"
#include "scenarios/stack/conform.h"
#include "scenarios/stack/planner.h"
#include "scenarios/stack/serve.h"

using namespace bitgoeul;

namespace {

using Client = void (*)(int handle);

void shipped_client(int handle) {
  namespace pb = bitgoeul::stack;
  bitgoeul_stack::drive(handle, "bench", [](const pb::Init&, const pb::Ego&, const pb::EgoState&, pb::EgoAct& act) {
    act.mutable_control()->set_steering_rad(0.01);
    act.mutable_control()->set_acceleration_mps2(0);
  });
}

void planner(int handle) {
  scenarios::stack::Link link(handle);
  scenarios::stack::Planner planner(scenarios::stack::plan);
  (void)scenarios::stack::serve(link, planner, {});
}

void round_trip(benchmark::State& state, Client client) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return state.SkipWithError("no socket");
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    client(ends[1]);
    ::_exit(0);
  }
  ::close(ends[1]);
  const int egos = static_cast<int>(state.range(0));
  scenarios::stack::Street street(egos, static_cast<int>(state.range(1)));
  auto remote = scenarios::stack::RemoteStack::on(ends[0], {});
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

void exchange(benchmark::State& state) { round_trip(state, shipped_client); }
void exchange_with_planner(benchmark::State& state) { round_trip(state, planner); }

BENCHMARK(exchange)->Args({1, 50})->Args({20, 50})->Args({200, 50})->UseRealTime();
BENCHMARK(exchange_with_planner)->Args({1, 50})->Args({200, 50})->UseRealTime();

}  // namespace
