// What a disk may hold after a power cut, worked out from the calls that a program made (tests/support/disk_shim.cpp).
// POSIX promises this much: a file has its contents once it was fsynced, a folder has an entry once the folder was
// fsynced after it, a rename is whole or not at all. All else may be there or not, in any combination; that is more
// than any file system in use will lose. Made by power_cut_test.cpp. Thread rule: plain data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace bitgoeul::test {

struct DiskCall {
  std::string what, path, more;
};

std::vector<DiskCall> read_disk_calls(const std::filesystem::path& trace);

// Paths below the root, with their bytes; folders end in '/'.
using DiskState = std::map<std::string, std::string>;

class DiskModel {
 public:
  // `root`: a folder as it was after the last call; the contents of its files are those that were synced.
  DiskModel(const std::vector<DiskCall>& calls, const std::filesystem::path& root);

  std::size_t calls() const { return calls_; }
  // The files that were changed after they had been synced: none, or the states are not right.
  const std::vector<std::string>& changed_later() const { return changed_later_; }
  // Call after which the rename to this path is on the disk; npos: never.
  std::size_t lasting_since(const std::string& path) const;
  // After the first `done` calls. draw(n) gives 0 to n-1 and decides all that POSIX leaves open.
  DiskState state(std::size_t done, const std::function<std::uint32_t(std::uint32_t)>& draw) const;
  const DiskState& last() const { return last_; }

  static constexpr std::size_t npos = ~std::size_t{0};

 private:
  struct Node {
    bool folder = false;
    std::map<std::string, int> entries;  // as the program sees them
    std::size_t synced = npos;           // contents, of a file
    std::string contents;
  };
  struct Entry {  // a change of a folder
    int folder, node;
    std::string name;
    std::size_t at, group, lasting;
  };

  int find(const std::string& path) const;
  void change(const std::string& path, int node, std::size_t at, std::size_t group);
  void apply(const DiskCall& call, std::size_t at);
  void sync(const DiskCall& call, std::size_t at);
  void rename(const DiskCall& call, std::size_t at);
  void take_contents(int node, const std::string& path);
  bool holds(const Entry& entry, std::size_t done, std::map<std::size_t, bool>& drawn,
             const std::function<std::uint32_t(std::uint32_t)>& draw) const;

  std::filesystem::path root_;
  std::vector<Node> nodes_;
  std::vector<Entry> entries_;
  std::map<std::string, std::size_t> renamed_;  // path -> index in entries_
  std::map<int, std::string> said_;             // node -> size and hash when it was synced
  std::vector<std::string> changed_later_;
  std::size_t calls_ = 0;
  DiskState last_;
};

}  // namespace bitgoeul::test
