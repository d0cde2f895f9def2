// Salvage: walks an MCAP file from its start and hands out every message that can still be trusted: damaged chunks are
// stepped over, lost framing is found again, and what is missing is reported as bytes, times and counts. Nothing is
// handed out of a chunk whose CRC, size or framing does not fit. Read by `log check` and `log recover`. Memory: one
// chunk. Thread rule: pure but for the sink's calls, in the order of the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "replay/mcap/reader.h"

namespace bitgoeul::replay::mcap {

// A part of the file that could not be used.
struct Loss {
  std::uint64_t begin = 0, end = 0;  // bytes of the file
  std::string why;
  // Missing messages lie between these log times, as far as anything sound says so, ns.
  std::optional<std::uint64_t> from_ns, to_ns;
  std::optional<std::uint64_t> messages;  // how many, when the message indexes behind a chunk say so
};

struct SalvageReport {
  Header header;
  std::vector<Loss> losses;
  std::vector<std::string> defects;  // against the norm, but nothing is missing for it
  std::vector<std::string> remarks;  // odd, and allowed
  std::uint64_t messages = 0, chunks = 0, attachments = 0, metadata = 0;
  std::uint64_t first_ns = 0, last_ns = 0;  // log times of what was handed out
  bool whole() const { return losses.empty() && defects.empty(); }
};

// Any of them may be empty.
struct SalvageSink {
  std::function<sim::Result<void>(const MessageView&)> message;
  std::function<sim::Result<void>(const AttachmentIndex&, std::string_view data)> attachment;
  std::function<sim::Result<void>(const Metadata&)> metadata;
};

// Fails when the file cannot be read, holds nothing of an MCAP file, or the sink fails.
sim::Result<SalvageReport> salvage(const std::filesystem::path& file, const SalvageSink& sink,
                                   const ReaderOptions& options = {});

}  // namespace bitgoeul::replay::mcap
