// Values: the named values that a story reads and sets while it runs: parameters, variables, monitors, what signals
// show, which phase their controllers are in. All are texts, as in the file; two numbers are compared as numbers.
// Made by Story before the run; the values are state. Thread rule: one caller, serially.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/openscenario/model_conditions.h"
#include "sim/id.h"
#include "sim/table.h"

namespace bitgoeul::scenarios::story {

using sim::kNone;
using sim::Row;

enum class ValueKind : std::uint8_t { kParameter, kVariable, kMonitor, kSignal, kPhase, kUser };

inline constexpr std::size_t kTextBytes = 64;  // a longer text is cut
using Text = std::array<char, kTextBytes>;

bool compare(double a, openscenario::Rule rule, double b);
bool compare(std::string_view a, openscenario::Rule rule, std::string_view b);

class Values {
 public:
  // The row of that name; made, and empty, when there is none yet.
  Row row(ValueKind kind, const std::string& name);
  Row find(ValueKind kind, std::string_view name) const;  // kNone: none
  std::vector<Row> all(ValueKind kind) const;
  const std::string& name(Row row) const { return names_[static_cast<std::size_t>(row)].name; }
  void bind(sim::TableSet& state) { state.add("story_values", table_); }

  std::string_view text(Row row) const;
  void set(Row row, std::string_view text);
  // False, and unchanged, when the value is no number.
  bool modify(Row row, const openscenario::ValueModify& change);

 private:
  struct Name {
    ValueKind kind;
    std::string name;
  };
  struct Table {
    std::vector<Text> value;
    template <class F>
    void columns(F&& f) {
      f("value", value);
    }
  };
  std::vector<Name> names_;
  Table table_;
};

}  // namespace bitgoeul::scenarios::story
