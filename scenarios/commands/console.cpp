#include "scenarios/commands/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace bitgoeul::scenarios::commands {
namespace {

void write_line(std::FILE* out, std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), out);
  if (line.empty() || line.back() != '\n') std::fputc('\n', out);
  std::fflush(out);
}

std::int64_t steady_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace

void note(const Context& context, std::string_view line) {
  if (!context.quiet) write_line(stderr, line);
}

void result(const Context& context, std::string_view text) {
  if (!context.json) write_line(stdout, text);
}

void json_result(const Context& context, std::string_view text) {
  if (context.json) write_line(stdout, text);
}

void error(std::string_view line) { write_line(stderr, fmt::format("error: {}", line)); }

void print(const sim::Issue& issue) { write_line(stderr, sim::to_string(issue)); }

void print(const Context& context, const sim::Issues& issues, std::size_t limit) {
  std::size_t shown = 0, hidden = 0;
  for (const sim::Issue& issue : issues) {
    const bool is_error = issue.severity == sim::Severity::kError;
    if (!is_error && context.quiet) continue;
    if (!is_error && shown >= limit)
      ++hidden;
    else
      print(issue), ++shown;
  }
  if (hidden > 0) write_line(stderr, fmt::format("... and {} more warnings", hidden));
}

int refuse(const sim::Issue& issue, int exit_code) {
  print(issue);
  return exit_code;
}

bool stderr_is_terminal() { return isatty(STDERR_FILENO) != 0; }

Progress::Progress(const Context& context, std::string label, double total)
    : label_(std::move(label)),
      total_(total > 0 ? total : 1.0),
      silent_(context.quiet),
      terminal_(stderr_is_terminal()) {}

Progress::~Progress() {
  if (open_line_) std::fputc('\n', stderr), std::fflush(stderr);
}

bool Progress::due(double done) const {
  if (silent_) return false;
  if (terminal_) return done >= total_ || steady_ms() - last_draw_ms_ >= 100;
  return static_cast<int>(done / total_ * 10.0) > tenth_;
}

void Progress::update(double done, std::string_view detail) {
  if (due(done)) draw(done, detail);
}

void Progress::draw(double done, std::string_view detail) {
  const double part = std::clamp(done / total_, 0.0, 1.0);
  last_draw_ms_ = steady_ms();
  tenth_ = static_cast<int>(part * 10.0);
  if (!terminal_) {
    write_line(stderr, fmt::format("{} {:3.0f} %  {}", label_, part * 100.0, detail));
    return;
  }
  constexpr int kWidth = 30;
  const int full = static_cast<int>(part * kWidth);
  std::string bar;
  for (int i = 0; i < kWidth; ++i) bar += i < full ? "█" : "░";
  const std::string line = fmt::format("\r{} {} {:3.0f} %  {}\x1b[K", label_, bar, part * 100.0, detail);
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fflush(stderr);
  open_line_ = true;
}

}  // namespace bitgoeul::scenarios::commands
