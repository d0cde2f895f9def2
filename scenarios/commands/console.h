// Console: how commands talk. Results on stdout; notes, issues and progress on stderr. A bar on a terminal, a plain
// line per tenth when piped, nothing with --quiet. Made by a command on its stack. Thread rule: the main thread only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "scenarios/commands/command.h"
#include "sim/result.h"

namespace bitgoeul::scenarios::commands {

void note(const Context& context, std::string_view line);         // stderr, unless --quiet
void result(const Context& context, std::string_view text);       // stdout, unless --json
void json_result(const Context& context, std::string_view text);  // stdout, only with --json
void error(std::string_view line);                                // stderr, always, with `error: ` before it
void print(const sim::Issue& issue);                              // stderr, always
// Errors always, warnings and infos unless --quiet; at most `limit` of them, then how many were left out.
void print(const Context& context, const sim::Issues& issues, std::size_t limit = 100);
// Prints the issue and gives the exit code, so that a command can end with `return refuse(issue)`.
int refuse(const sim::Issue& issue, int exit_code = kInvalid);

bool stderr_is_terminal();

// One progress display; ends its line when destroyed.
class Progress {
 public:
  Progress(const Context& context, std::string label, double total);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  // Cheap to call often: draws at most ten times a second. `detail` stands behind the bar, e.g. "12.3x real time".
  void update(double done, std::string_view detail);
  bool due(double done) const;  // true when update(done, ...) would draw: saves making the detail

 private:
  void draw(double done, std::string_view detail);
  std::string label_;
  double total_ = 1.0;
  bool silent_ = false, terminal_ = false, open_line_ = false;
  int tenth_ = 0;
  std::int64_t last_draw_ms_ = -1000;
};

}  // namespace bitgoeul::scenarios::commands
