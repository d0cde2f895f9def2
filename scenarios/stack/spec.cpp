#include "scenarios/stack/spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "sim/glob.h"

namespace bitgoeul::scenarios::stack {
namespace {

sim::Issue issue(const std::string& text, std::string what, std::string remedy) {
  return sim::fail(std::move(what), {}, 0, "stack " + text, std::move(remedy)).value();
}

constexpr const char* kForms = "write builtin:NAME, exec:COMMAND, unix:PATH, tcp:127.0.0.1:PORT or tls:HOST:PORT";

sim::Result<Spec> builtin(Spec spec) {
  const std::vector<std::string> names = builtin_names();
  if (std::find(names.begin(), names.end(), spec.name) != names.end()) return spec;
  std::string known = "driver";
  for (const std::string& name : names) known += ", " + name;
  return tl::unexpected(
      issue(spec.text, fmt::format("there is no builtin stack \"{}\"", spec.name), "known: " + known));
}

sim::Result<Spec> tcp(Spec spec) {
  const std::size_t colon = spec.name.rfind(':');
  const std::string port = colon == std::string::npos ? std::string() : spec.name.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), spec.port);
  if (error != std::errc() || end != port.data() + port.size() || spec.port < 1 || spec.port > 65535)
    return tl::unexpected(
        issue(spec.text, "has no port between 1 and 65535", "write tcp:127.0.0.1:PORT or tls:HOST:PORT"));
  spec.name.resize(colon);
  return spec;
}

}  // namespace

std::vector<std::string> builtin_names() { return {"brake", "planner", "trajectory_planner"}; }

sim::Result<Spec> parse_spec(const std::string& text) {
  Spec spec;
  spec.text = text;
  if (text == kOwnDriver) return spec;
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || colon + 1 == text.size()) return tl::unexpected(issue(text, "is no stack", kForms));
  const std::string kind = text.substr(0, colon);
  spec.name = text.substr(colon + 1);
  if (spec.name.find('\0') != std::string::npos) return tl::unexpected(issue(kind, "holds a zero byte", kForms));
  spec.transport = kind == "builtin" ? Transport::kBuiltin
                   : kind == "exec"  ? Transport::kExec
                   : kind == "unix"  ? Transport::kUnix
                   : kind == "tls"   ? Transport::kTls
                                     : Transport::kTcp;
  if (kind == "builtin") return builtin(std::move(spec));
  if (kind == "tcp" || kind == "tls") return tcp(std::move(spec));
  if (kind != "exec" && kind != "unix")
    return tl::unexpected(issue(text, fmt::format("\"{}:\" is no kind of stack", kind), kForms));
  return spec;
}

sim::Result<Choice> parse_choice(const std::string& text, bool each) {
  const std::size_t at = text.find('=');
  if (at == std::string::npos || at == 0) return tl::unexpected(issue(text, "expected ENTITY=SPEC", kForms));
  auto spec = parse_spec(text.substr(at + 1));
  if (!spec) return tl::unexpected(spec.error());
  return Choice{text.substr(0, at), std::move(*spec), each};
}

sim::Result<Period> parse_period(const std::string& text) {
  const std::size_t at = text.rfind('=');
  Period period;
  if (at != std::string::npos) period.entities = text.substr(0, at);
  const std::string number = at == std::string::npos ? text : text.substr(at + 1);
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), period.steps);
  if (error != std::errc() || end != number.data() + number.size() || period.steps < 1 || period.steps > 100 || at == 0)
    return sim::fail("\"" + text + "\" is no period", {}, 0, "--act-every",
                     "write N or ENTITY=N, N from 1 to 100 steps");
  return period;
}

bool names_entity(const std::string& patterns, const std::string& name) {
  for (std::size_t begin = 0, end; begin <= patterns.size(); begin = end + 1) {
    end = std::min(patterns.find(',', begin), patterns.size());
    if (sim::glob_match(patterns.substr(begin, end - begin), name)) return true;
  }
  return false;
}

sim::Result<std::vector<int>> assign(const std::vector<Choice>& choices, const std::vector<std::string>& names) {
  std::vector<int> of(names.size(), -1);
  for (std::size_t c = 0; c < choices.size(); ++c) {
    bool found = false;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (!names_entity(choices[c].entities, names[i])) continue;
      found = true;
      of[i] = choices[c].spec.transport == Transport::kDriver ? -1 : static_cast<int>(c);
    }
    if (!found)
      return tl::unexpected(issue(choices[c].spec.text,
                                  fmt::format("no vehicle of the scenario is called \"{}\"", choices[c].entities),
                                  "name a vehicle of the scenario, or a pattern such as ego_*"));
  }
  return of;
}

}  // namespace bitgoeul::scenarios::stack
