// Playback: the messages of an MCAP file one by one, by log time, from any time on, of damaged files too. The summary
// is trusted as far as it is sound and complete; otherwise the file is walked once (salvage). Ties in time: chunk, then
// place in the chunk. A chunk that turns out damaged is left out and told in losses(). Memory: the chunks that overlap
// in time, and 16 bytes per message outside chunks. Used by everything that plays logs. Thread rule: one thread per
// object.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "replay/mcap/salvage.h"

namespace bitgoeul::replay::mcap {

struct ChannelCount {
  std::uint64_t messages = 0;
  std::uint64_t first_ns = 0, last_ns = 0;  // of the file where only the summary was read
};

class Playback {
 public:
  static sim::Result<Playback> open(const std::filesystem::path& file, const ReaderOptions& options = {});
  ~Playback();
  Playback(Playback&&) noexcept;

  const Header& header() const;
  const std::map<std::uint16_t, Channel>& channels() const;
  const Schema* schema_of(const Channel& channel) const;  // null: has none
  const std::map<std::uint16_t, ChannelCount>& counts() const;
  std::uint64_t first_ns() const;
  std::uint64_t last_ns() const;
  bool complete() const;  // footer and summary are there and sound
  const std::string& why_not_complete() const;
  const std::vector<Loss>& losses() const;  // grows

  sim::Result<void> seek(std::uint64_t time_ns);  // next() then gives messages at or after it
  // False at the end. `message` and its data hold until the next call.
  sim::Result<bool> next(Message& message);
  std::uint64_t offset() const;  // in the file, of the message given last, or of the chunk that holds it

 private:
  struct Impl;
  explicit Playback(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bitgoeul::replay::mcap
