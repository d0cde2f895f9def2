#include "scenarios/stack/conform.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "scenarios/egos.h"
#include "scenarios/stack/drivers.h"
#include "scenarios/stack/reask.h"

namespace bitgoeul::scenarios::stack {
namespace {

using Clock = std::chrono::steady_clock;

// What one run of the stack gave.
struct Drive {
  std::vector<std::vector<sim::Act>> acts;  // per exchange
  std::vector<double> us;
  std::string trouble, client, protocol, started;  // started: why it did not
  int clamped = 0;
  bool ended = false;  // after Result and Bye, by itself
};

struct Opened {
  std::unique_ptr<sim::Stack> stack;
  RemoteStack* remote = nullptr;
};

sim::Result<Opened> open(const Spec& spec, const RemoteOptions& options) {
  if (spec.transport == Transport::kBuiltin) return Opened{make_builtin(spec.name), nullptr};
  auto remote = RemoteStack::open(spec, options);
  if (!remote) return tl::unexpected(remote.error());
  Opened opened;
  opened.remote = remote->get();
  opened.stack = std::move(*remote);
  return opened;
}

std::string text_of_fault(const sim::StackFault& fault) {
  std::string text = fmt::format("{}: {}", to_string(fault.kind), fault.what);
  if (!fault.log_tail.empty()) text += "\n" + fault.log_tail;
  return text;
}

// True: answered.
bool exchange(sim::Stack& stack, Street& street, Drive& drive) {
  const auto seen = street.observe();
  std::vector<sim::Act> acts(seen.size());
  const Clock::time_point begin = Clock::now();
  if (!stack.ask(seen) || !stack.answer(acts)) {
    drive.trouble = text_of_fault(stack.fault());
    return false;
  }
  drive.us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
  for (std::size_t i = 0; i < acts.size(); ++i) {
    if (const std::string defect = defect_of(acts[i]); !defect.empty()) {
      drive.trouble = "act for " + street.init().egos[i].name + ": " + defect;
      return false;
    }
    drive.clamped += clamp_act(street.init().egos[i], acts[i]);
  }
  street.advance(acts);
  drive.acts.push_back(std::move(acts));
  return true;
}

Drive run(const Spec& spec, const ConformOptions& options, int exchanges, int pause_before = -1) {
  Drive drive;
  auto opened = open(spec, options.remote);
  if (!opened) {
    drive.started = sim::to_string(opened.error());
    return drive;
  }
  Street street(options.egos, options.objects);
  if (!opened->stack->start(street.init())) {
    drive.started = text_of_fault(opened->stack->fault());
    return drive;
  }
  if (opened->remote) drive.client = opened->remote->client(), drive.protocol = opened->remote->protocol();
  for (int i = 0; i < exchanges; ++i) {
    if (i == pause_before) std::this_thread::sleep_for(std::chrono::duration<double>(options.pause_s));
    if (!exchange(*opened->stack, street, drive)) return drive;
  }
  drive.ended = !opened->remote || opened->remote->finish({"PASS", {}});
  return drive;
}

int first_difference(const Drive& a, const Drive& b) {
  for (std::size_t i = 0; i < std::min(a.acts.size(), b.acts.size()); ++i)
    for (std::size_t k = 0; k < a.acts[i].size(); ++k)
      if (!same_bits(a.acts[i][k], b.acts[i][k])) return static_cast<int>(i);
  return a.acts.size() == b.acts.size() ? -1 : static_cast<int>(std::min(a.acts.size(), b.acts.size()));
}

void take_latency(Conformance& out, std::vector<double> us) {
  if (us.empty()) return;
  std::sort(us.begin(), us.end());
  const auto at = [&](double share) {
    return us[static_cast<std::size_t>(share * static_cast<double>(us.size() - 1))];
  };
  out.p50_us = at(0.5), out.p90_us = at(0.9), out.p99_us = at(0.99), out.most_us = us.back();
  out.exchanges = static_cast<int>(us.size());
}

CheckResult check(std::string name, bool good, std::string detail) {
  return {std::move(name), good ? Check::kPass : Check::kFail, std::move(detail)};
}

CheckResult compare(std::string name, const Drive& first, const Drive& again, const std::string& good) {
  if (!again.started.empty()) return check(std::move(name), false, again.started);
  const int at = first_difference(first, again);
  if (at < 0) return check(std::move(name), true, good);
  if (!again.trouble.empty()) return check(std::move(name), false, again.trouble);
  return check(std::move(name), false, fmt::format("answer {} differs from the first run", at + 1));
}

// An engine that is not content says Error and closes: the stack has to end.
CheckResult refusal(const Spec& spec, const ConformOptions& options) {
  if (spec.transport == Transport::kBuiltin) return {"refusal", Check::kSkipped, "in process"};
  auto opened = open(spec, options.remote);
  if (!opened) return check("refusal", false, sim::to_string(opened.error()));
  const bool ended = opened->remote->refuse("a refusal, to see what you do");
  return check("refusal", ended,
               ended ? "it ends when the engine refuses it" : "it is still there 5 s after the engine refused it");
}

}  // namespace

bool Conformance::pass() const {
  return std::none_of(checks.begin(), checks.end(), [](const auto& c) { return c.verdict == Check::kFail; });
}

Conformance conform(const Spec& spec, const ConformOptions& options) {
  Conformance out;
  const Drive first = run(spec, options, options.exchanges);
  out.client = first.client;
  out.checks.push_back(check("start", first.started.empty(), first.started.empty() ? "Hello, Ready" : first.started));
  if (!first.started.empty()) return out;
  const std::string own = fmt::format("{}.{}", replay::kStackMajor, replay::kStackMinor);
  out.checks.push_back(
      {"versions", Check::kPass,
       first.protocol.empty() ? "in process" : fmt::format("engine {}, stack {}", own, first.protocol)});
  take_latency(out, first.us);
  const bool whole = first.trouble.empty();
  out.checks.push_back(check(
      "answers", whole,
      whole ? fmt::format("{} Acts echo seq and time and answer for all {} vehicles", first.acts.size(), options.egos)
            : fmt::format("after {} answers: {}", first.acts.size(), first.trouble)));
  if (!whole) return out;
  out.checks.push_back(check("limits", first.clamped == 0,
                             first.clamped == 0
                                 ? "every act is within what the vehicle can do"
                                 : fmt::format("{} acts beyond what the vehicle can do", first.clamped)));
  out.checks.push_back(check("end", first.ended, first.ended ? "it ends after Bye" : "it still ran 2 s after Bye"));
  out.checks.push_back(
      compare("determinism", first, run(spec, options, options.exchanges), "a second run gives the same bits"));
  const int some = std::min(options.exchanges, 50);
  const Drive paused = run(spec, options, some, some / 2);
  Drive beginning = first;
  beginning.acts.resize(static_cast<std::size_t>(some));
  out.checks.push_back(
      compare("pause", beginning, paused, fmt::format("a pause of {:g} s changes nothing", options.pause_s)));
  out.checks.push_back(refusal(spec, options));
  return out;
}

}  // namespace bitgoeul::scenarios::stack
