// Rows K1 to K3 of the reliability plan: liveness, bytes and values of the stack link. Bytes and values against the
// engine's side over a socketpair; liveness with real processes of the zoo (tests/zoo).
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <thread>

#include "replay/schema/stack/stack.pb.h"
#include "scenarios/egos.h"
#include "scenarios/simulation.h"
#include "scenarios/stack/drivers.h"
#include "scenarios/stack/planner.h"
#include "tests/scenes/scenes.h"
#include "tests/support/folders.h"

using namespace bitgoeul;
namespace fs = std::filesystem;
namespace sst = scenarios::stack;
namespace pb = bitgoeul::stack;
using sim::StackFaultKind;

namespace {

constexpr int kExchanges = 3;
constexpr int kGroups = 7;
int g_cases = 0, g_groups = 0;  // of rows K1 to K3, in this run of the tests

std::string frame(int type, const std::string& payload) {
  const auto n = static_cast<std::uint32_t>(payload.size());
  std::string out(8, '\0');
  std::memcpy(out.data(), &n, 4);
  out[4] = static_cast<char>(type);
  return out + payload;
}

pb::Hello hello() {
  pb::Hello message;
  message.set_protocol_major(1);
  message.set_client_name("test");
  return message;
}

pb::Act act(int k) {
  pb::Act message;
  message.set_seq(static_cast<std::uint64_t>(k));
  message.set_time_ns(k * 50'000'000);
  for (const std::uint32_t id : {2u, 5u}) {
    pb::EgoAct& ego = *message.add_egos();
    ego.set_id(id);
    ego.mutable_control()->set_steering_rad(0.1);
    ego.mutable_control()->set_acceleration_mps2(0.5);
  }
  return message;
}

// What the stack sends, answer by answer: Hello; Ready; Act 1; Act 2; Act 3. Each goes out when the engine has spoken.
struct Script {
  std::vector<std::string> parts{frame(1, hello().SerializeAsString()), frame(4, ""),
                                 frame(7, act(1).SerializeAsString()), frame(7, act(2).SerializeAsString()),
                                 frame(7, act(3).SerializeAsString())};
  std::size_t cut = std::string::npos;  // all bytes after these are not sent, and the connection ends
  int pause_us = 0;                     // after every byte
};

bool read_frame(int handle) {
  char head[8];
  if (::recv(handle, head, 8, MSG_WAITALL) != 8) return false;
  std::uint32_t n = 0;
  std::memcpy(&n, head, 4);
  std::string payload(n, '\0');
  return n == 0 || ::recv(handle, payload.data(), n, MSG_WAITALL) == static_cast<ssize_t>(n);
}

void play(int handle, const Script& script) {
  std::size_t sent = 0;
  for (std::size_t i = 0; i < script.parts.size(); ++i) {
    // HelloAck and Init before Ready; an Observe before each Act.
    for (std::size_t k = 0; k < (i == 0 ? 0u : i == 1 ? 2u : 1u); ++k)
      if (!read_frame(handle)) return void(::close(handle));
    const std::string& part = script.parts[i];
    const std::size_t room = script.cut == std::string::npos ? part.size() : std::min(part.size(), script.cut - sent);
    if (script.pause_us == 0) {
      ::send(handle, part.data(), room, MSG_NOSIGNAL);
    } else {
      for (std::size_t b = 0; b < room && ::send(handle, part.data() + b, 1, MSG_NOSIGNAL) == 1; ++b)
        ::usleep(script.pause_us);
    }
    sent += room;
    if (sent == script.cut) return void(::close(handle));
  }
  while (read_frame(handle)) {
  }
  ::close(handle);
}

struct Outcome {
  std::optional<sim::StackFault> fault;
  int answered = 0;
};

sim::StackInit init_of_two() {
  sim::StackInit init;
  init.dt_ns = 10'000'000;
  for (const sim::Row row : {2, 5}) {
    sim::EgoInfo ego{row, "ego", "car", 4.6, 1.9, 1.5, 1.4, 2.8};
    ego.max_steering_rad = 0.6, ego.max_acceleration_mps2 = 3, ego.max_deceleration_mps2 = 8, ego.max_speed_mps = 50;
    init.egos.push_back(ego);
  }
  return init;
}

Outcome converse(const Script& script, double patience_s = 3.0) {
  ++g_cases;
  int ends[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
  Outcome outcome;
  std::thread other([&] { play(ends[1], script); });
  {
    sst::RemoteOptions options;
    options.start_s = options.answer_s = patience_s;
    auto remote = sst::RemoteStack::on(ends[0], options);
    std::vector<sim::Observation> seen(2);
    std::vector<sim::Act> acts(2);
    bool good = remote->start(init_of_two());
    for (int k = 1; k <= kExchanges && good; ++k) {
      for (std::size_t i = 0; i < 2; ++i) {
        seen[i].ego = {i == 0 ? 2u : 5u, 1};
        seen[i].time_ns = k * 50'000'000;
      }
      good = remote->ask(seen) && remote->answer(acts);
      for (const sim::Act& a : acts)
        if (good && !scenarios::defect_of(a).empty()) {
          outcome.fault = sim::StackFault{StackFaultKind::kProtocol, {}, scenarios::defect_of(a), {}, 0};
          good = false;
        }
      if (good) ++outcome.answered;
    }
    if (!good && !outcome.fault) outcome.fault = remote->fault();
  }
  other.join();
  return outcome;
}

Script with_act(const std::function<void(pb::Act&)>& change) {
  Script script;
  pb::Act message = act(2);
  change(message);
  script.parts[3] = frame(7, message.SerializeAsString());
  return script;
}

}  // namespace

TEST_CASE("K2: a good conversation has no fault; unknown fields and another order of vehicles are fine") {
  ++g_groups;
  CHECK_FALSE(converse({}).fault.has_value());
  CHECK(converse({}).answered == kExchanges);
  Script script;
  script.parts[2] = frame(7, act(1).SerializeAsString() + std::string("\xfa\x3f\x02hi", 5));  // field 127
  CHECK_FALSE(converse(script).fault.has_value());
  CHECK_FALSE(converse(with_act([](pb::Act& a) { a.mutable_egos()->SwapElements(0, 1); })).fault.has_value());
}

TEST_CASE("K2: a connection cut after any byte is STACK_PROTOCOL") {
  ++g_groups;
  const Script whole;
  std::size_t bytes = 0;
  for (int i = 0; i < 3; ++i) bytes += whole.parts[static_cast<std::size_t>(i)].size();
  CHECK(bytes > 80);
  for (std::size_t cut = 0; cut < bytes; ++cut) {
    CAPTURE(cut);
    Script script;
    script.cut = cut;
    const Outcome outcome = converse(script, 2.0);
    REQUIRE(outcome.fault.has_value());
    CHECK(outcome.fault->kind == StackFaultKind::kProtocol);
    CHECK_FALSE(outcome.fault->what.empty());
  }
}

TEST_CASE(
    "K2: any byte changed is told as STACK_PROTOCOL, waited for in vain, or another sound message; nothing else") {
  ++g_groups;
  int told = 0, cases = 0;
  for (std::size_t part = 0; part < 3; ++part)
    for (std::size_t at = 0; at < Script().parts[part].size(); ++at)
      for (const int change : {0x01, 0x80, 0xff, -1}) {
        Script script;
        char& byte = script.parts[part][at];
        const char before = byte;
        byte = change < 0 ? '\0' : static_cast<char>(byte ^ change);
        if (byte == before) continue;
        CAPTURE(part);
        CAPTURE(at);
        CAPTURE(change);
        const Outcome outcome = converse(script, at < 4 ? 0.03 : 2.0);
        ++cases;
        if (at >= 4 && at < 8) REQUIRE(outcome.fault.has_value());  // type and flags
        if (!outcome.fault) continue;
        ++told;
        CHECK(outcome.fault->kind != StackFaultKind::kCrash);
        if (outcome.fault->kind == StackFaultKind::kTimeout) CHECK(at < 4);  // a length that promises more
      }
  MESSAGE(cases << " cases, " << told << " told");
  CHECK(cases > 300);
}

TEST_CASE("K2: lengths, versions, types, order, duplicates: expected and got are named") {
  ++g_groups;
  const auto expect = [](const Script& script, const std::string& words,
                         StackFaultKind kind = StackFaultKind::kProtocol) {
    const Outcome outcome = converse(script, kind == StackFaultKind::kTimeout ? 0.2 : 3.0);
    CAPTURE(words);
    REQUIRE(outcome.fault.has_value());
    CHECK(outcome.fault->kind == kind);
    INFO(outcome.fault->what);
    CHECK(outcome.fault->what.find(words) != std::string::npos);
  };
  for (const std::uint32_t length : {1u << 31, ~0u, (64u << 20) + 1}) {
    Script script;
    std::memcpy(script.parts[2].data(), &length, 4);
    expect(script, "expected at most 67108864 bytes, got " + std::to_string(length));
    std::memcpy(script.parts[0].data(), &length, 4);
    expect(script, "expected at most 65536 bytes");
  }
  for (const std::uint32_t version : {0u, 2u, 99u}) {
    Script script;
    pb::Hello message = hello();
    message.set_protocol_major(version);
    script.parts[0] = frame(1, message.SerializeAsString());
    expect(script, "expected 1.x, got " + std::to_string(version));
  }
  for (int type = 0; type < 12; ++type) {
    Script script;
    script.parts[3] = frame(type, act(2).SerializeAsString());
    if (type == 9 || type == 10) expect(script, "left the run", StackFaultKind::kCrash);
    if (type != 7 && type != 9 && type != 10) expect(script, "expected Act, got");
    script.parts[0] = frame(type, hello().SerializeAsString());
    if (type != 1) expect(script, "expected Hello, got");
  }
  for (const std::uint64_t seq : {0u, 1u, 3u, 1000u})
    expect(with_act([&](pb::Act& a) { a.set_seq(seq); }), "Act.seq: expected 2, got " + std::to_string(seq));
  for (const std::int64_t t : {0, 50'000'000, 150'000'000})
    expect(with_act([&](pb::Act& a) { a.set_time_ns(t); }), "Act.time_ns: expected 100000000");
  Script twice;
  twice.parts[3] += twice.parts[3];
  expect(twice, "came before they were asked for");
  Script then_garbage;
  then_garbage.parts[3] += "and garbage";
  expect(then_garbage, "came before they were asked for");
  Script reject;
  reject.parts[1] = frame(5, replay::pack_reason("not on this map"));
  expect(reject, "not on this map");
  Script loris;
  loris.pause_us = 20'000;
  expect(loris, "in time", StackFaultKind::kTimeout);
  Script empty;
  empty.parts[3] = frame(7, "");
  expect(empty, "Act.seq: expected 2, got 0");
}

TEST_CASE("K3: values that are none, vehicles that are not its own, fields that are missing") {
  ++g_groups;
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  int cases = 0;
  const auto refused = [&](const std::function<void(pb::Act&)>& change) {
    const Outcome outcome = converse(with_act(change), 3.0);
    ++cases;
    CAPTURE(cases);
    REQUIRE(outcome.fault.has_value());
    CHECK(outcome.fault->kind == StackFaultKind::kProtocol);
    CHECK(outcome.answered == 1);
  };
  const auto taken = [&](const std::function<void(pb::Act&)>& change) {
    ++cases;
    CAPTURE(cases);
    CHECK(converse(with_act(change), 3.0).answered == kExchanges);
  };
  for (const double v : {nan, inf, -inf}) {
    refused([&](pb::Act& a) { a.mutable_egos(0)->mutable_control()->set_steering_rad(v); });
    refused([&](pb::Act& a) { a.mutable_egos(1)->mutable_control()->set_acceleration_mps2(v); });
    for (int field = 1; field <= 6; ++field)
      refused([&](pb::Act& a) {
        pb::TrajectoryPoint& p = *a.mutable_egos(0)->mutable_trajectory()->add_points();
        const auto* d = p.GetDescriptor()->FindFieldByNumber(field);
        p.GetReflection()->SetDouble(&p, d, v);
      });
  }
  for (const double v : {1e308, -1e308, 1000.0, -1000.0, 0.0}) {
    taken([&](pb::Act& a) { a.mutable_egos(0)->mutable_control()->set_steering_rad(v); });
    taken([&](pb::Act& a) { a.mutable_egos(0)->mutable_control()->set_acceleration_mps2(v); });
  }
  for (const std::uint32_t id : {0u, 1u, 3u, 6u, ~0u}) refused([&](pb::Act& a) { a.mutable_egos(0)->set_id(id); });
  refused([](pb::Act& a) { a.mutable_egos(0)->set_id(5); });  // twice
  refused([](pb::Act& a) { a.mutable_egos()->RemoveLast(); });
  refused([](pb::Act& a) { *a.add_egos() = a.egos(0); });
  refused([](pb::Act& a) { a.clear_egos(); });
  refused([](pb::Act& a) { a.mutable_egos(0)->mutable_control()->clear_steering_rad(); });
  refused([](pb::Act& a) { a.mutable_egos(0)->mutable_control()->clear_acceleration_mps2(); });
  refused([](pb::Act& a) { a.mutable_egos(0)->mutable_control()->set_throttle(0.5); });
  refused([](pb::Act& a) { a.mutable_egos(0)->set_osi_traffic_update("\x01\x02"); });
  refused([](pb::Act& a) { a.mutable_egos(0)->set_osi_traffic_update(""); });
  refused([](pb::Act& a) { a.mutable_egos(0)->mutable_trajectory(); });
  refused([](pb::Act& a) {
    for (int i = 0; i < 65; ++i) a.mutable_egos(0)->mutable_trajectory()->add_points()->set_t_s(i);
  });
  refused([](pb::Act& a) {
    for (int i = 0; i < 3; ++i) a.mutable_egos(0)->mutable_trajectory()->add_points()->set_t_s(1);
  });
  refused([](pb::Act& a) { a.mutable_egos(0)->set_state_hash(std::string(17, 'x')); });
  taken([](pb::Act& a) { a.mutable_egos(0)->clear_control(); });
  taken([](pb::Act& a) { a.mutable_egos(0)->set_state_hash("abc"); });
  taken([](pb::Act& a) {
    for (int i = 0; i < 64; ++i) a.mutable_egos(0)->mutable_trajectory()->add_points()->set_t_s(i);
  });
  MESSAGE(cases << " cases");
  CHECK(cases >= 50);
}

namespace {

// Processes whose command line holds the word.
int processes_with(const std::string& word) {
  int count = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/proc", error)) {
    std::ifstream in(entry.path() / "cmdline", std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    count += text.find(word) != std::string::npos;
  }
  return count;
}

scenarios::SimulationSetup small() {
  auto setup = scenes::ring_road(100.0, 4);
  for (auto& entity : setup.entities) entity.role = sim::Role::kEgo, entity.model = vehicles::Model::kBicycle;
  return setup;
}

struct Ended {
  std::optional<sim::StackFault> fault;
  sim::Hash128 hash;
};

// One run of 40 steps in which a zoo animal drives vehicle 0.
Ended run_zoo(const std::string& words, sst::Sandbox sandbox, double patience_s = 1.0) {
  ++g_cases;
  sst::DriverOptions options;
  options.remote.start_s = std::max(patience_s, 1.0);
  options.remote.answer_s = patience_s;
  options.remote.sandbox = sandbox;
  options.remote.limits.memory_mb = 512;
  options.remote.limits.log_mb = 1;
  const auto choice = sst::parse_choice(
      scenes::ring_road().entities[0].name + "=exec:" + tests::binary_dir() + "/tests/stack_zoo " + words, false);
  REQUIRE(choice.has_value());
  options.choices.push_back(*choice);
  auto setup = small();
  auto drivers = sst::Drivers::make(options, setup);
  REQUIRE_MESSAGE(drivers.has_value(), (drivers ? std::string() : drivers.error().what));
  auto made = scenarios::Simulation::make(std::move(setup));
  REQUIRE(made.has_value());
  for (int i = 0; i < 40 && !(*made)->fault(); ++i) (*made)->step();
  if (!(*made)->fault()) drivers->finish({"PASS", {}});
  return {(*made)->fault(), (*made)->state_hash()};
}

}  // namespace

TEST_CASE("K1: whatever a stack's process does, the class is right, the step is told and nothing of it is left") {
  ++g_groups;
  struct Case {
    const char* words;
    StackFaultKind kind;
    int step;  // of the fault; -1: before the first
  };
  const auto crash = StackFaultKind::kCrash, timeout = StackFaultKind::kTimeout, protocol = StackFaultKind::kProtocol;
  std::vector<Case> cases{{"dies_at_once", crash, 0},   {"never_connects", timeout, 0}, {"connects_only", timeout, 0},
                          {"silent_start", timeout, 0}, {"reject", protocol, 0},        {"exit0", crash, 10},
                          {"exit1", crash, 10},         {"segfault", crash, 10},        {"abort", crash, 10},
                          {"kill", crash, 10},          {"close", protocol, 10},        {"silent", timeout, 10},
                          {"stop", timeout, 10},        {"deaf", timeout, 10},          {"spin", timeout, 10},
                          {"children", crash, 10},      {"fork_bomb", crash, 10},       {"memory", crash, 10},
                          {"flood", crash, 10},         {"garbage", protocol, 10},      {"huge", protocol, 10},
                          {"half", protocol, 10},       {"twice", protocol, 10},        {"bye", crash, 10},
                          {"loris", timeout, 10},       {"nan", protocol, 10},          {"infinite", protocol, 10},
                          {"exit1 1", crash, 0},        {"segfault 7", crash, 30}};
  for (const sst::Sandbox sandbox : {sst::Sandbox::kAuto, sst::Sandbox::kOff})
    for (const Case& c : cases) {
      const std::string word = std::string(c.words) + (std::strchr(c.words, ' ') ? "" : " 3") +
                               (sandbox == sst::Sandbox::kOff ? " open" : " shut");
      CAPTURE(word);
      const bool waits = c.kind == timeout;
      const Ended ended = run_zoo(word + " zootest", sandbox, waits ? 1.0 : 20.0);
      REQUIRE(ended.fault.has_value());
      INFO(ended.fault->what);
      CHECK(ended.fault->kind == c.kind);
      CHECK(ended.fault->step == c.step);
      CHECK_FALSE(ended.fault->what.empty());
      CHECK(processes_with("zootest") == 0);
    }
}

TEST_CASE("K1: good, slow and late stacks end well, and wall time does not change a bit") {
  ++g_groups;
  const sim::Hash128 good = run_zoo("good", sst::Sandbox::kAuto, 10).hash;
  for (const char* words : {"slow", "late_connect", "good"}) {
    const Ended ended = run_zoo(words, sst::Sandbox::kAuto, 10);
    CHECK_FALSE(ended.fault.has_value());
    CHECK(ended.hash == good);
  }
  // A neighbour that fails beside it changes nothing either.
  Ended beside;
  std::thread other([&] { beside = run_zoo("segfault", sst::Sandbox::kAuto, 10); });
  CHECK(run_zoo("good", sst::Sandbox::kAuto, 10).hash == good);
  other.join();
  CHECK(beside.fault.has_value());
}

TEST_CASE("K1 to K3: at least 400 cases, when all of the above run") {
  MESSAGE(g_cases << " cases of K1 to K3 in " << g_groups << " groups");
  if (g_groups == kGroups) CHECK(g_cases >= 400);
}
