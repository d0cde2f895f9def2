// Misbehaving driving stacks, one per word: what `bitgoeul stack conform` and the fault tests are held against.
//   stack_zoo BEHAVIOUR [TICK]      drives well until its TICK-th answer (default 3), then misbehaves
// Started by the engine: exec:stack_zoo BEHAVIOUR.
#include <signal.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "scenarios/stack/planner.h"
#include "scenarios/stack/serve.h"

using namespace bitgoeul;
namespace stack = scenarios::stack;

namespace {

struct Zoo : stack::Planner {
  Zoo(std::string what, int when, stack::Link& l)
      : Planner(stack::plan), behaviour(std::move(what)), tick(when), link(l) {}
  std::string behaviour;
  int tick, answers = 0;
  stack::Link& link;

  bool start(const sim::StackInit& init) override {
    if (behaviour == "reject") return false;
    if (behaviour == "silent_start") pause_for_ever();
    return Planner::start(init);
  }
  sim::StackFault fault() const override {
    return {sim::StackFaultKind::kProtocol, {}, "no wish to drive here", {}, 0};
  }

  static void pause_for_ever() {
    for (;;) ::pause();
  }

  void end() {
    if (behaviour == "exit0") std::exit(0);
    if (behaviour == "exit1") std::exit(1);
    if (behaviour == "segfault") ::raise(SIGSEGV);
    if (behaviour == "abort") ::raise(SIGABRT);
    if (behaviour == "kill") ::raise(SIGKILL);
    if (behaviour == "close") link.close(), pause_for_ever();
  }

  void hang() {
    if (behaviour == "silent") pause_for_ever();
    if (behaviour == "stop") ::raise(SIGSTOP);
    if (behaviour == "deaf") {  // to SIGTERM and the rest
      for (int s = 1; s < 32; ++s) ::signal(s, SIG_IGN);
      for (;;) ::sleep(1000);
    }
    if (behaviour == "slow") ::usleep(300'000);
    if (behaviour == "spin")
      for (;;) std::this_thread::yield();
  }

  void breed() {
    if (behaviour == "children")  // that outlive it, each in a session of its own
      for (int i = 0; i < 5; ++i)
        if (::fork() == 0) {
          ::setsid();
          if (::fork() == 0) pause_for_ever();
          ::_exit(0);
        }
    if (behaviour == "children") std::exit(1);
    if (behaviour == "fork_bomb")
      for (int i = 0; i < 10000; ++i)
        if (::fork() == 0) pause_for_ever();
    if (behaviour == "fork_bomb") pause_for_ever();
  }

  void devour() {
    if (behaviour == "memory")
      for (std::vector<std::vector<char>> all;;) all.emplace_back(256 << 20, 1);
    if (behaviour == "flood") {
      ::signal(SIGXFSZ, SIG_DFL);
      const std::string line(1 << 16, 'x');
      for (;;)
        if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::exit(1);
    }
  }

  void send(const char* bytes, std::size_t n) { (void)!::send(link.handle(), bytes, n, MSG_NOSIGNAL); }

  void talk() {
    if (behaviour == "garbage") send("GET / HTTP/1.1\r\n\r\n", 18);
    if (behaviour == "huge") send("\xff\xff\xff\xff\x07\0\0\0", 8);
    if (behaviour == "half") send("\x40\0\0\0\x07\0\0\0abc", 11), link.close(), pause_for_ever();
    if (behaviour == "twice") send("\0\0\0\0\x07\0\0\0", 8);
    if (behaviour == "bye") send("\0\0\0\0\x09\0\0\0", 8), pause_for_ever();
    if (behaviour == "loris")
      for (int i = 0; i < 72; ++i) send(i < 8 ? "\x40\0\0\0\x07\0\0" + i : "", 1), ::usleep(20'000);
  }

  bool answer(std::span<sim::Act> acts) override {
    if (!Planner::answer(acts)) return false;
    if (++answers >= tick && behaviour == "ram")  // blind, at full throttle
      for (sim::Act& act : acts) act.acceleration_mps2 = 100, act.trajectory.clear();
    if (answers != tick) return true;
    end();
    hang();
    breed();
    devour();
    talk();
    for (sim::Act& act : acts) {
      if (behaviour == "nan") act.acceleration_mps2 = std::strtod("nan", nullptr);
      if (behaviour == "infinite") act.steering_rad = std::strtod("inf", nullptr);
      if (behaviour == "enormous") act.acceleration_mps2 = 1e308;
      unsigned chance = 0;
      if (behaviour == "random" && ::getrandom(&chance, sizeof chance, 0) > 0)
        act.steering_rad += 1e-15 * (1.0 + chance);
    }
    return true;
  }
};

}  // namespace

int main(int argc, char** argv) {
  const std::string behaviour = argc > 1 ? argv[1] : "good";
  if (behaviour == "never_connects") Zoo::pause_for_ever();
  if (behaviour == "dies_at_once") return 9;
  auto link = stack::connect_to_engine();
  if (!link) {
    std::fprintf(stderr, "%s\n", link.error().what.c_str());
    return 2;
  }
  if (behaviour == "connects_only") Zoo::pause_for_ever();
  if (behaviour == "late_connect") ::usleep(200'000);
  Zoo zoo(behaviour, argc > 2 ? std::atoi(argv[2]) : 3, *link);
  const auto served = stack::serve(*link, zoo, {"zoo " + behaviour, "1", {}, 60});
  if (served) return 0;
  std::fprintf(stderr, "%s\n", served.error().what.c_str());
  return 1;
}
