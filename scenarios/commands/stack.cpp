// bitgoeul stack example | conform SPEC | replay RUN SPEC: driving stacks without a simulation.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "maps/load_map.h"
#include "replay/run_log.h"
#include "scenarios/commands/command.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/fleet_common.h"
#include "scenarios/commands/stack_options.h"
#include "scenarios/stack/conform.h"
#include "scenarios/stack/reask.h"
#include "scenarios/stack/serve.h"

namespace bitgoeul::scenarios::commands {
namespace {

struct ExampleArguments {
  std::string name = "planner";
};

// Started by the engine it drives; started by a person it tells how.
int run_example(const Context& context, const ExampleArguments& a) {
  const auto made = stack::make_builtin(a.name);
  if (!made) return refuse(sim::fail(fmt::format("there is no builtin stack \"{}\"", a.name)).value());
  if (std::getenv("BITGOEUL_STACK_SOCKET") == nullptr) {
    const std::string dir = (maps::assets_dir() / "stacks").string();
    result(context, fmt::format("Stacks that ship with the engine are driven by\n"
                                "  bitgoeul demo --stack 'ego_*=builtin:{}'                   (in process)\n"
                                "  bitgoeul demo --stack 'ego_*=exec:bitgoeul stack example {}'  (over the protocol)\n"
                                "  bitgoeul demo --stack 'ego_*=exec:/usr/bin/python3 {}/python/planner.py'\n"
                                "Start your own from the examples in {}: python/, cpp/, gym/, ros2/.\n"
                                "The protocol: replay/schema/stack/README.md. Test it: bitgoeul stack conform SPEC",
                                a.name, a.name, dir, dir));
    json_result(context, fmt::format("{{\"examples\": \"{}\"}}", json_escaped(dir)));
    return kPass;
  }
  auto link = stack::connect_to_engine();
  if (!link) return refuse(link.error(), kFault);
  const auto served = stack::serve(*link, *made, {"bitgoeul " + a.name, "1", {}, 600});
  return served ? kPass : refuse(served.error(), kFault);
}

struct ReplayArguments {
  std::string log, spec;
  std::uint32_t index = 0;
  StackArguments options;
};

int report_reasked(const Context& context, const stack::Reasked& outcome, const std::string& spec) {
  if (!outcome.first) {
    result(context, fmt::format("identical: {} answers {} acts of {} observations as it did", spec, outcome.acts,
                                outcome.observations));
    json_result(context, fmt::format("{{\"verdict\": \"identical\", \"acts\": {}}}", outcome.acts));
    return kPass;
  }
  const stack::ActDifference& d = *outcome.first;
  result(context,
         fmt::format("different at step {}: {} of {}\n  recorded {}\n  again    {}", d.step,
                     d.own_state ? "the stack's own state, told with the act" : "act", d.vehicle, d.recorded, d.again));
  json_result(context, fmt::format("{{\"verdict\": \"different\", \"step\": {}, \"vehicle\": \"{}\", \"recorded\": "
                                   "\"{}\", \"again\": \"{}\"}}",
                                   d.step, json_escaped(d.vehicle), json_escaped(d.recorded), json_escaped(d.again)));
  return kNondeterminism;
}

int run_replay(const Context& context, const ReplayArguments& a) {
  const auto log = replay::RunLog::open(a.log);
  if (!log) return refuse(log.error());
  const auto sessions = log->stacks();
  if (a.index >= sessions.size())
    return refuse(sim::fail(fmt::format("the run has {} stacks, numbered from 0", sessions.size()), a.log).value());
  const std::string spec = a.spec.empty() ? sessions[a.index].spec : a.spec;
  auto opened = open_stack(a.options, spec);
  if (!opened) return refuse(opened.error());
  const auto outcome = stack::reask(*log, a.index, **opened);
  if (!outcome) return refuse(outcome.error(), kFault);
  return report_reasked(context, *outcome, spec);
}

struct ConformArguments {
  std::string spec;
  StackArguments options;
  int exchanges = 400;
};

const char* word_of(stack::Check verdict) {
  return verdict == stack::Check::kPass ? "PASS" : verdict == stack::Check::kFail ? "FAIL" : "SKIPPED";
}

std::string report_of(const stack::Conformance& c, const std::string& spec) {
  std::string text =
      fmt::format("{}  {}{}\n", c.pass() ? "PASS" : "FAIL", spec, c.client.empty() ? "" : " (" + c.client + ")");
  for (const stack::CheckResult& check : c.checks)
    text += fmt::format("  {:<12} {:<8} {}\n", check.name, word_of(check.verdict), check.detail);
  if (c.exchanges > 0)
    text += fmt::format("  latency      p50 {:.0f} us, p90 {:.0f}, p99 {:.0f}, most {:.0f} ({} exchanges)\n", c.p50_us,
                        c.p90_us, c.p99_us, c.most_us, c.exchanges);
  return text;
}

std::string json_of(const stack::Conformance& c) {
  std::string checks;
  for (const stack::CheckResult& check : c.checks)
    checks += fmt::format("{}{{\"name\": \"{}\", \"verdict\": \"{}\", \"detail\": \"{}\"}}", checks.empty() ? "" : ", ",
                          check.name, word_of(check.verdict), json_escaped(check.detail));
  return fmt::format(
      "{{\"verdict\": \"{}\", \"client\": \"{}\", \"checks\": [{}], \"latency_us\": {{\"p50\": {:.1f}, "
      "\"p90\": {:.1f}, \"p99\": {:.1f}, \"most\": {:.1f}}}}}",
      c.pass() ? "PASS" : "FAIL", json_escaped(c.client), checks, c.p50_us, c.p90_us, c.p99_us, c.most_us);
}

int run_conform(const Context& context, const ConformArguments& a) {
  const auto spec = stack::parse_spec(a.spec);
  if (!spec) return refuse(spec.error());
  if (spec->transport == stack::Transport::kDriver)
    return refuse(sim::fail("the engine's own driver is no stack").value());
  stack::ConformOptions options;
  options.remote = remote_options(a.options);
  options.exchanges = a.exchanges;
  const stack::Conformance outcome = stack::conform(*spec, options);
  result(context, report_of(outcome, a.spec));
  json_result(context, json_of(outcome));
  return outcome.pass() ? kPass : kFailed;
}

void add_conform(CLI::App& sub, Context& context) {
  CLI::App& conform = add_subcommand(sub, context, "conform", "holds a stack against the protocol",
                                     "bitgoeul stack conform 'exec:./my_stack --quiet'");
  ConformArguments& a = keep<ConformArguments>(context);
  conform.add_option("SPEC", a.spec, "exec:COMMAND, unix:PATH, tcp:127.0.0.1:PORT, tls:HOST:PORT or builtin:NAME")
      ->required();
  conform.add_option("--exchanges", a.exchanges, "Observe and Act so many times (default 400)")
      ->check(CLI::Range(2, 1000000));
  conform.add_option("--stack-timeout", a.options.answer_s, "seconds for an answer (default 10)")
      ->check(CLI::Range(0.01, 86400.0));
  add_tls_options(conform, a.options);
  conform.add_option("--stack-sandbox", a.options.sandbox, "auto, off, require")
      ->check(CLI::IsMember({"auto", "off", "require"}));
  conform.callback([&context, &a] { context.action = [&context, &a] { return run_conform(context, a); }; });
}

void add_example(CLI::App& sub, Context& context) {
  CLI::App& example = add_subcommand(sub, context, "example", "a sample stack: drives when the engine starts it",
                                     "bitgoeul run fleet.xosc --stack 'ego_*=exec:bitgoeul stack example'");
  ExampleArguments& a = keep<ExampleArguments>(context);
  example.add_option(
      "NAME", a.name,
      "planner, trajectory_planner, brake, or driver for a run with --stack-driver-view (default planner)");
  example.callback([&context, &a] { context.action = [&context, &a] { return run_example(context, a); }; });
}

void add_again(CLI::App& sub, Context& context) {
  CLI::App& replay =
      add_subcommand(sub, context, "replay", "gives a stack the observations of a run again and compares its answers",
                     "bitgoeul stack replay runs/demo/run.mcap exec:./planner");
  ReplayArguments& a = keep<ReplayArguments>(context);
  replay.add_option("RUN", a.log, "run.mcap of a run")->required();
  replay.add_option("SPEC", a.spec, "the stack (default: that of the run)");
  add_tls_options(replay, a.options);
  replay.add_option("--index", a.index, "which of the run's stacks (default 0)");
  replay.callback([&context, &a] { context.action = [&context, &a] { return run_replay(context, a); }; });
}

}  // namespace

void add_stack(CLI::App& program, Context& context) {
  CLI::App& sub = *program.add_subcommand("stack", "a sample stack, a conformance run, answers compared with a log");
  sub.require_subcommand(1);
  add_example(sub, context);
  add_conform(sub, context);
  add_again(sub, context);
}

}  // namespace bitgoeul::scenarios::commands
