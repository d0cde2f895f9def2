// Rewriting MCAP logs: recover() writes everything of a damaged log that can be trusted into a new, sound one; cut()
// writes a part of a sound one. Schemas, channels, times, sequence numbers, attachments and metadata are kept, ids are
// counted anew. The output appears under its name only when it is whole. Used by `log recover` and `log cut`.
// Thread rule: pure but for the files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "replay/mcap/salvage.h"

namespace bitgoeul::replay::mcap {

// A metadata record `bitgoeul:recovered` in the output lists what is missing; a log without loss gets none.
sim::Result<SalvageReport> recover(const std::filesystem::path& from, const std::filesystem::path& to);

struct CutOptions {
  std::uint64_t start_ns = 0, end_ns = std::numeric_limits<std::uint64_t>::max();  // log times, end excluded
  std::vector<std::string> topics;                                                 // empty: all
  std::vector<std::pair<std::uint64_t, std::uint64_t>> spans;  // log times, ends excluded, ascending; empty: all
  // Has the last word on each message, in order: is it wanted after all, and as what (data that hold until the next
  // call, sequence).
  std::function<sim::Result<bool>(const MessageView& view, bool wanted, Message& as)> rewrite;
};
struct CutReport {
  std::uint64_t kept = 0, dropped = 0;
  std::vector<std::string> unknown_topics;  // asked for, but not in the log
};
// In log time order. Fails on any damage (recover first) and when nothing would be left.
sim::Result<CutReport> cut(const std::filesystem::path& from, const std::filesystem::path& to,
                           const CutOptions& options);

}  // namespace bitgoeul::replay::mcap
