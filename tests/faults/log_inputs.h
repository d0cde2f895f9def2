// Logs for the fault campaigns L1 to L4: what they hold, how a reader fares with a damaged one, and what may come out.
// A reading tries everything a log reader offers: both orders, attachments, metadata, salvage. Thread rule: pure but
// for the files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace bitgoeul::tests {

enum class Layout { kChunked, kUnchunked, kNoSummary };

struct LogFile {
  std::string name, bytes;
  Layout layout = Layout::kChunked;
  std::vector<std::string> messages;  // in the order of the file: topic, times, sequence, schema, data
  std::vector<std::size_t> ends;      // per message: first byte after the record that holds it (its chunk)
  std::size_t extras = 0;             // attachments and metadata
};

// Eight kinds of content in the given compression ("", "lz4", "zstd") and layout.
inline constexpr int kLogKinds = 8;
LogFile make_log_file(int kind, const std::string& compression, Layout layout);

struct LogReading {
  bool reported = false;                                      // an error, or a log that says it is not whole
  std::string error;                                          // the first
  std::vector<std::string> file_order, time_order, salvaged;  // messages
  std::vector<std::string> extras;                            // attachments and metadata
  bool opened = false, salvage_whole = false, salvage_failed = false;
};
// Through a file of this process in the folder for temporary files.
LogReading read_log(std::string_view bytes);
LogReading read_log_file(const std::filesystem::path& file);
std::string open_log(std::string_view bytes);  // only opens it; what is wrong, or nothing
std::filesystem::path scratch_file();

}  // namespace bitgoeul::tests
