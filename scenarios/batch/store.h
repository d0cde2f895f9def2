// Store: the directory of a batch. A run's directory appears whole, by rename, or not at all; its manifest.json holds
// the run's row of the results and size and hash of every file, under a checksum of its own. So a directory that is
// there is complete, and resuming is finding the keys that have none. A second supervisor on the same directory is
// refused by a lock that dies with its process. Thread rule: one thread.
#pragma once

#include <bitset>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "sim/hash.h"
#include "sim/result.h"

namespace bitgoeul::scenarios::batch {

class Store {
 public:
  // shards > 1: several supervisors share the directory, one for each shard.
  static sim::Result<Store> open(const std::filesystem::path& dir, std::size_t shard, std::size_t shards);
  // To read what is there; no lock, changes nothing.
  static Store look(const std::filesystem::path& dir);
  Store(Store&& other) noexcept;
  Store& operator=(Store&&) = delete;
  ~Store();

  std::filesystem::path place(sim::Hash128 key) const;  // DIR/runs/ab/abcdef...
  // The row of a complete run; nothing when there is none or anything about it is damaged.
  // `thorough`: hashes every file, not only result.json.
  std::optional<std::string> row(sim::Hash128 key, bool thorough = false) const;
  // An empty directory to run in.
  sim::Result<std::filesystem::path> scratch(sim::Hash128 key);
  // Writes the manifest, syncs everything, renames. Replaces a damaged directory of the same key. What was committed is
  // there after a power cut.
  sim::Result<void> commit(sim::Hash128 key, const std::filesystem::path& scratch, const std::string& row);
  void discard(const std::filesystem::path& scratch);

 private:
  explicit Store(std::filesystem::path dir) : dir_(std::move(dir)) {}
  std::filesystem::path dir_, scratch_;
  int lock_ = -1, shard_lock_ = -1;
  std::bitset<256> lasting_;  // folders runs/00 to runs/ff that are known to outlast a power cut
};

// As write_file(), but what has been written is on the disk, under its name, when it returns.
sim::Result<void> write_lasting(const std::filesystem::path& file, std::string_view text);

}  // namespace bitgoeul::scenarios::batch
