// L1 and L2 of the fault matrix: logs cut at any place give exactly the messages before the torn chunk (unchunked: the
// torn record), logs with one byte changed are reported or the same. By default a sample; BITGOEUL_FULL=1 runs 10,000
// places of each.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/faults/campaign.h"
#include "tests/faults/log_inputs.h"

using namespace bitgoeul;
using namespace bitgoeul::tests;

namespace {

constexpr std::size_t kMemory = 64u << 20;  // a reader of these small logs needs no more
constexpr std::size_t kPerChild = 50;       // places that one child tries

std::vector<LogFile> log_files(int kinds) {
  std::vector<LogFile> files;
  for (int kind = 0; kind < kinds; ++kind)
    for (const char* compression : {"", "lz4", "zstd"})
      for (const Layout layout : {Layout::kChunked, Layout::kUnchunked, Layout::kNoSummary})
        if (layout != Layout::kUnchunked || *compression == '\0')
          files.push_back(make_log_file(kind, compression, layout));
  return files;
}

bool is_start_of(const std::vector<std::string>& part, const std::vector<std::string>& whole) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

std::string judge_cut(const LogFile& log, std::size_t size) {
  const LogReading reading = read_log(std::string_view(log.bytes).substr(0, size));
  std::size_t whole = 0;
  while (whole < log.ends.size() && log.ends[whole] <= size) ++whole;
  const std::vector<std::string> expected(log.messages.begin(), log.messages.begin() + static_cast<long>(whole));
  if (!reading.reported) return "a cut log is said to be whole";
  if (reading.salvage_whole) return "salvage says that a cut log is whole";
  if (!reading.opened) {
    if (whole > 0) return "refused although " + std::to_string(whole) + " messages are whole: " + reading.error;
    return reading.error.find("byte ") == std::string::npos ? "the error names no byte: " + reading.error : "";
  }
  if (!reading.error.empty()) return "an error where the log just ends: " + reading.error;
  if (reading.file_order != expected)
    return std::to_string(reading.file_order.size()) + " messages instead of " + std::to_string(whole);
  auto sorted = reading.time_order, wanted = expected;
  std::sort(sorted.begin(), sorted.end());
  std::sort(wanted.begin(), wanted.end());
  if (sorted != wanted) return "other messages in time order";
  if (reading.salvaged != expected)
    return "salvage gives " + std::to_string(reading.salvaged.size()) + " messages instead of " + std::to_string(whole);
  return {};
}

// Messages may be missing; none is changed or added.
bool is_part_of(const std::vector<std::string>& part, const std::vector<std::string>& whole) {
  std::size_t next = 0;
  for (const std::string& message : part) {
    while (next < whole.size() && whole[next] != message) ++next;
    if (next++ == whole.size()) return false;
  }
  return true;
}

std::string judge_change(const LogFile& log, const LogReading& sound, std::size_t at, char change) {
  std::string bytes = log.bytes;
  bytes[at] = static_cast<char>(bytes[at] ^ change);
  const LogReading reading = read_log(bytes);
  const bool same = reading.file_order == sound.file_order && reading.time_order == sound.time_order &&
                    reading.extras == sound.extras;
  if (!reading.reported && !same) return "silently other data";
  if (reading.salvage_whole && reading.salvaged != sound.file_order) return "salvage: silently other data";
  // Outside chunks only the sum of the whole data section covers a message, and that comes last.
  if (log.layout == Layout::kUnchunked) return {};
  if (log.layout == Layout::kChunked && !is_start_of(reading.file_order, sound.file_order))
    return "other messages before the error";
  if (!is_part_of(reading.file_order, sound.file_order)) return "a message that was not written";
  if (!is_part_of(reading.salvaged, sound.file_order)) return "salvage gives a message that was not written";
  return {};
}

// `places` in all, spread over the files; each child tries some of one file.
template <class Judge>
void run(const std::vector<LogFile>& files, std::size_t places, const std::string& what, Judge judge) {
  const std::size_t per_file = (places + files.size() * kPerChild - 1) / (files.size() * kPerChild);
  Campaign campaign;
  campaign.cases = files.size() * per_file;
  campaign.children = full_campaign() ? 2 : 1;
  campaign.describe = [&](std::size_t i) { return files[i / per_file].name; };
  campaign.run = [&](std::size_t i) -> std::string {
    const LogFile& log = files[i / per_file];
    allow_memory(kMemory);
    for (std::size_t k = 0; k < kPerChild; ++k) {
      Numbers numbers{i * kPerChild + k};
      const std::size_t at = numbers.below(log.bytes.size());
      const std::string complaint = judge(log, i / per_file, at, static_cast<char>(1 + numbers.below(255)));
      if (!complaint.empty()) return "byte " + std::to_string(at) + ": " + complaint;
    }
    return {};
  };
  const std::vector<Failure> failures = run_campaign(campaign);
  const std::string text = to_string(failures);
  CHECK_MESSAGE(failures.empty(), text);
  MESSAGE(what, ": ", campaign.cases * kPerChild, " places in ", files.size(), " logs, ", failures.size(), " failures");
}

}  // namespace

TEST_CASE("L1: a log cut at any place gives exactly the messages before the torn chunk") {
  const std::vector<LogFile> files = log_files(kLogKinds);
  run(files, full_campaign() ? 10'000 : 2'800, "cut logs",
      [](const LogFile& log, std::size_t, std::size_t at, char) { return judge_cut(log, at); });
}

TEST_CASE("L2: a changed byte is reported or changes nothing") {
  const std::vector<LogFile> files = log_files(4);
  std::vector<LogReading> sound;
  for (const LogFile& log : files) sound.push_back(read_log(log.bytes));
  run(files, full_campaign() ? 10'000 : 2'800, "changed bytes",
      [&](const LogFile& log, std::size_t file, std::size_t at, char change) {
        return judge_change(log, sound[file], at, change);
      });
}
