// Result<T>: a value, or the Issue that says why there is none. Issue names file, line, element, rule and remedy.
// Made by everything that reads the world outside (files, arguments); printed only by scenarios/commands.
// A loader that can go on after a defect collects Issues in a list instead; it fails only when nothing usable is left.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <vector>

namespace bitgoeul::sim {

enum class Severity { kInfo, kWarning, kError };

struct Issue {
  Severity severity = Severity::kError;
  std::string file;    // path as the user gave it; empty when there is no file
  int line = 0;        // 1-based, 0 = unknown
  int column = 0;      // 1-based, 0 = unknown
  std::string where;   // the element: `<road id="12">`, `entity ego_007`
  std::string what;    // what is wrong, one sentence without full stop
  std::string rule;    // the norm's clause or our rule name; may be empty
  std::string remedy;  // what to do; may be empty
};

using Issues = std::vector<Issue>;

template <class T>
using Result = tl::expected<T, Issue>;

// An error Issue ready to return from a function that gives Result<T>.
tl::unexpected<Issue> fail(std::string what, std::string file = {}, int line = 0, std::string where = {},
                           std::string remedy = {});

// `file:line:column: error: <where>: what [rule] (remedy)`, parts that are unknown left out.
std::string to_string(const Issue& issue);

bool has_errors(const Issues& issues);

}  // namespace bitgoeul::sim
