// Spec: which stack drives whom, as the command line (`--stack ENTITY=SPEC`) and scenarios (property `bitgoeul:driver`)
// say it. ENTITY is a name or a pattern with * and ?. SPEC: `builtin:NAME`, `exec:COMMAND`, `unix:PATH`,
// `tcp:127.0.0.1:PORT`, `tls:HOST:PORT`. Thread rule: pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/result.h"

namespace bitgoeul::scenarios::stack {

enum class Transport : std::uint8_t { kDriver, kBuiltin, kExec, kUnix, kTcp, kTls };  // kDriver: the engine's own

struct Spec {
  Transport transport = Transport::kDriver;
  std::string text;  // as given
  std::string name;  // builtin name, command, path or host
  int port = 0;      // tcp, tls
};

inline constexpr const char* kOwnDriver = "builtin:driver";

// Syntax and names of builtin stacks; files and addresses are not looked at.
sim::Result<Spec> parse_spec(const std::string& text);
std::vector<std::string> builtin_names();

struct Choice {
  std::string entities;  // name or pattern, or several with commas
  Spec spec;
  bool each = false;  // a stack of its own for every vehicle; else one drives them all
};
sim::Result<Choice> parse_choice(const std::string& text, bool each);

// How often a vehicle's stack is asked: `N` for all, or `ENTITY=N`.
struct Period {
  std::string entities;  // as in Choice; empty: all
  int steps = 0;
};
sim::Result<Period> parse_period(const std::string& text);
bool names_entity(const std::string& patterns, const std::string& name);

// Every choice must find a vehicle; a later one overrides an earlier one. Per entity: index into `choices`, -1 = the
// engine's own driver.
sim::Result<std::vector<int>> assign(const std::vector<Choice>& choices, const std::vector<std::string>& names);

}  // namespace bitgoeul::scenarios::stack
