#include "scenarios/commands/state_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace bitgoeul::scenarios::commands {

std::string state_text(const StateDifference& d) {
  std::string text = fmt::format("state, {}, {}: {}  |  {}", d.entity, d.column, d.a, d.b);
  if (d.columns.size() > 1) text += fmt::format("\n{} columns of the state differ in that step", d.columns.size());
  return text;
}

std::string state_json(const StateDifference& d, std::string_view a, std::string_view b) {
  const nlohmann::ordered_json json = {
      {"entity", d.entity}, {"column", d.column}, {a, d.a}, {b, d.b}, {"columns", d.columns}};
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace bitgoeul::scenarios::commands
