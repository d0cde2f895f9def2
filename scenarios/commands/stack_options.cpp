#include "scenarios/commands/stack_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>

#include "maps/load_map.h"
#include "replay/perception/stub.h"
#include "scenarios/commands/console.h"
#include "scenarios/setup_notes.h"
#include "scenarios/shell_word.h"
#include "scenarios/version.h"

namespace bitgoeul::scenarios::commands {
namespace {

bool check_custom_commands(const StackArguments& arguments, const openscenario::Scenario& scenario) {
  const openscenario::CustomCommandAction* command = first_custom_command(scenario);
  if (command == nullptr || arguments.allow_custom_commands) return true;
  sim::Issue issue =
      sim::fail(fmt::format("the engine carries out no commands of a file (\"{}\")", command->type), scenario.file,
                command->source.line, "<CustomCommandAction>", "give --allow-custom-commands to run without them")
          .value();
  issue.rule = kUnsupportedRule;
  print(issue);
  return false;
}

// Vehicles with the same SPEC share one stack.
bool add_scenario_choices(const StackArguments& arguments, const openscenario::Scenario& scenario,
                          std::vector<stack::Choice>& choices) {
  for (const openscenario::ScenarioObject& object : scenario.entities)
    for (const openscenario::Controller& controller : object.controllers) {
      const auto text = openscenario::find_property(controller.properties, openscenario::kDriverProperty);
      if (!text || *text == stack::kOwnDriver) continue;
      const auto same =
          std::find_if(choices.begin(), choices.end(), [&](const auto& c) { return c.spec.text == *text; });
      if (same != choices.end()) {
        same->entities += "," + object.name;
        continue;
      }
      auto spec = stack::parse_spec(*text);
      if (spec && spec->transport == stack::Transport::kExec && !arguments.allow_exec)
        spec = sim::fail(fmt::format("the scenario wants to start the command \"{}\"", spec->name), scenario.file,
                         controller.source.line, "entity " + object.name, "give --allow-exec when you trust the file");
      if (!spec) {
        print(spec.error());
        return false;
      }
      choices.push_back({object.name, std::move(*spec), false});
    }
  return true;
}

// Whom the story moves no stack can drive: it would be told of a vehicle that does not do as it says.
bool can_be_driven(const openscenario::Scenario& scenario, std::vector<stack::Choice> choices) {
  std::vector<std::string> names;
  for (const openscenario::ScenarioObject& object : scenario.entities) names.push_back(object.name);
  for (stack::Choice& choice : choices) choice.spec.transport = stack::Transport::kBuiltin;  // also the own driver
  const auto of = stack::assign(choices, names);
  if (!of) return true;  // said when the stacks are made
  for (std::size_t i = 0; i < names.size(); ++i) {
    const openscenario::ScenarioObject& object = scenario.entities[i];
    if ((*of)[i] < 0 || openscenario::driver_of(object)) continue;
    print(sim::fail("has no driver that a stack could replace: the story moves it", scenario.file, object.source.line,
                    fmt::format("--stack for entity {}", object.name),
                    fmt::format("give its controller the property {} = {}", openscenario::kDriverProperty,
                                openscenario::kBuiltinDriver))
              .value());
    return false;
  }
  return true;
}

}  // namespace

stack::RemoteOptions remote_options(const StackArguments& a) {
  stack::RemoteOptions remote;
  remote.start_s = a.start_s;
  remote.answer_s = a.answer_s;
  remote.insecure = a.insecure;
  remote.tls = {a.authorities, a.certificate, a.key};
  remote.limits.memory_mb = a.memory_mb;
  remote.sandbox = a.sandbox == "off"       ? stack::Sandbox::kOff
                   : a.sandbox == "require" ? stack::Sandbox::kRequire
                                            : stack::Sandbox::kAuto;
  if (const char* token = std::getenv("BITGOEUL_STACK_TOKEN")) remote.token = token;
  remote.hello.engine_version = engine_version();
  remote.hello.engine_commit = engine_commit();
  return remote;
}

void add_tls_options(CLI::App& sub, StackArguments& a) {
  sub.add_option("--stack-ca", a.authorities,
                 "PEM file: who may have signed the certificate of a tls: stack (default: the system's authorities)")
      ->check(CLI::ExistingFile);
  auto* certificate = sub.add_option("--stack-cert", a.certificate, "PEM file: our own certificate, for tls: stacks")
                          ->check(CLI::ExistingFile);
  sub.add_option("--stack-key", a.key, "PEM file: the key of --stack-cert")
      ->check(CLI::ExistingFile)
      ->needs(certificate);
  certificate->needs(sub.get_option("--stack-key"));
}

void add_stack_options(CLI::App& sub, StackArguments& a) {
  sub.add_option("--stack", a.stacks,
                 "ENTITY=SPEC: one stack drives every vehicle of that name or pattern (ego_*); SPEC: builtin:NAME, "
                 "exec:COMMAND, unix:PATH, tcp:127.0.0.1:PORT, tls:HOST:PORT; may be repeated")
      ->allow_extra_args(false);
  sub.add_option("--stack-each", a.each, "ENTITY=SPEC: as --stack, a stack of its own for every vehicle")
      ->allow_extra_args(false);
  sub.add_option("--act-every", a.act_every,
                 "N or ENTITY=N: steps from one answer of a stack to the next, 1 to 100 (default 5); may be repeated")
      ->allow_extra_args(false);
  sub.add_option("--actuation-delay", a.delay, "steps from an observation to the effect of its answer (default 1)")
      ->check(CLI::Range(0, 100));
  sub.add_option("--stack-latency", a.latency, "up to so many steps more, drawn from the seed (default 0)")
      ->check(CLI::Range(0, 100));
  sub.add_option("--stack-hold", a.hold,
                 "steps that an act drives at most, then the vehicle brakes until the next (default 0: no limit)")
      ->check(CLI::Range(0, 100000));
  auto* view = sub.add_flag("--stack-driver-view", a.driver_view,
                            "stacks decide what the built-in driver would, of what it sees: its vehicles stay the "
                            "engine's in all else (builtin:driver decides as ever)");
  for (const char* other : {"--act-every", "--actuation-delay", "--stack-latency", "--stack-hold"})
    view->excludes(sub.get_option(other));
  sub.add_option("--stack-radius", a.radius_m, "metres within which a stack is told of objects (default 100)")
      ->check(CLI::Range(0.0, 500.0));
  sub.add_option("--stack-timeout", a.answer_s, "seconds of wall time for an answer (default 10)")
      ->check(CLI::Range(0.01, 86400.0));
  sub.add_option("--stack-start-timeout", a.start_s, "seconds of wall time until a stack is ready (default 30)")
      ->check(CLI::Range(0.01, 86400.0));
  sub.add_option("--stack-memory", a.memory_mb, "MB that each process of an exec: stack may have (default 4096)")
      ->check(CLI::Range(16.0, 1e7));
  sub.add_option("--stack-sandbox", a.sandbox, "bubblewrap around exec: stacks: auto, off, require (default auto)")
      ->check(CLI::IsMember({"auto", "off", "require"}));
  add_tls_options(sub, a);
  sub.add_flag("--insecure", a.insecure, "allow tcp: stacks on other machines, without encryption");
  sub.add_flag("--allow-custom-commands", a.allow_custom_commands,
               "run a scenario with CustomCommandActions; they are noted in events.jsonl and not carried out");
  sub.add_flag("--allow-exec", a.allow_exec, "start the commands that the scenario itself names");
}

namespace {

// The engine's own driver can be one of the stacks then; prints why not.
bool give_driver_view(const StackArguments& a, std::vector<stack::Choice>& choices) {
  if (choices.empty()) error("--stack-driver-view is for stacks, and none drives (give --stack)");
  if (!a.perception.empty())
    error("--stack-driver-view and --perception: the built-in driver knows what is there, no stub stands between");
  for (stack::Choice& choice : choices)
    if (choice.spec.transport == stack::Transport::kDriver)
      choice.spec.transport = stack::Transport::kBuiltin, choice.spec.name = "driver";
  return !choices.empty() && a.perception.empty();
}

bool add_periods(const StackArguments& a, stack::DriverOptions& options) {
  for (const std::string& text : a.act_every) {
    auto period = stack::parse_period(text);
    if (!period) {
      print(period.error());
      return false;
    }
    if (period->entities.empty())
      options.act_every = period->steps;
    else
      options.periods.push_back(std::move(*period));
  }
  return true;
}

// The stub's set-up as text, so that the log can hold it; prints why not.
std::optional<std::string> perception_of(const std::string& name, bool driven) {
  if (name.empty()) return std::string();
  if (!driven) {
    error("--perception stands between the world and a stack, and no stack drives (give --stack)");
    return std::nullopt;
  }
  const auto text = replay::read_stub(name, {(maps::assets_dir() / "perception").string()});
  const auto setup = text ? replay::parse_stubs(text->yaml, text->file) : tl::unexpected(text.error());
  if (setup) return text->yaml;
  print(setup.error());
  return std::nullopt;
}

}  // namespace

std::optional<stack::DriverOptions> driver_options(const StackArguments& a, const openscenario::Scenario& scenario) {
  stack::DriverOptions options;
  if (!check_custom_commands(a, scenario)) return std::nullopt;
  if (!add_scenario_choices(a, scenario, options.choices)) return std::nullopt;
  for (const bool each : {false, true})
    for (const std::string& text : each ? a.each : a.stacks) {
      auto choice = stack::parse_choice(text, each);
      if (!choice) {
        print(choice.error());
        return std::nullopt;
      }
      options.choices.push_back(std::move(*choice));
    }
  if (!can_be_driven(scenario, options.choices)) return std::nullopt;
  if (a.driver_view && !give_driver_view(a, options.choices)) return std::nullopt;
  options.driver_view = a.driver_view;
  if (!add_periods(a, options)) return std::nullopt;
  options.delay = a.delay;
  options.latency = a.latency;
  options.hold = a.hold;
  auto perception = perception_of(a.perception, !options.choices.empty());
  if (!perception) return std::nullopt;
  options.perception = std::move(*perception);
  options.radius_m = a.radius_m;
  options.remote = remote_options(a);
  options.remote.scenario = scenario.file;
  return options;
}

sim::Result<std::unique_ptr<sim::Stack>> open_stack(const StackArguments& a, const std::string& text) {
  const auto spec = stack::parse_spec(text);
  if (!spec) return tl::unexpected(spec.error());
  if (spec->transport == stack::Transport::kDriver) return stack::make_builtin("driver");
  if (spec->transport == stack::Transport::kBuiltin) return stack::make_builtin(spec->name);
  auto opened = stack::RemoteStack::open(*spec, remote_options(a));
  if (!opened) return tl::unexpected(opened.error());
  return std::move(*opened);
}

std::string words_of(const StackArguments& a) {
  const StackArguments usual;
  std::string words;
  for (const std::string& text : a.stacks) words += " --stack " + shell_word(text);
  for (const std::string& text : a.each) words += " --stack-each " + shell_word(text);
  for (const std::string& text : a.act_every) words += " --act-every " + shell_word(text);
  if (a.delay != usual.delay) words += fmt::format(" --actuation-delay {}", a.delay);
  if (a.latency != usual.latency) words += fmt::format(" --stack-latency {}", a.latency);
  if (a.hold != usual.hold) words += fmt::format(" --stack-hold {}", a.hold);
  if (a.driver_view) words += " --stack-driver-view";
  if (a.radius_m != usual.radius_m) words += fmt::format(" --stack-radius {}", a.radius_m);
  if (!a.perception.empty()) words += " --perception " + shell_word(a.perception);
  if (a.allow_exec) words += " --allow-exec";
  if (a.allow_custom_commands) words += " --allow-custom-commands";
  return words;
}

}  // namespace bitgoeul::scenarios::commands
