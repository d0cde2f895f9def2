// OutFile and InFile: files whose every call is checked. Made by the writers and readers of logs and tables.
// OutFile appends at the end and keeps nothing back: what append() took is in the hands of the kernel, so that a killed
// process loses nothing of it. InFile reads at a place. Errors name the file, the byte and the system's reason.
// Thread rule: one thread per object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "sim/result.h"

namespace bitgoeul::replay {

class OutFile {
 public:
  static sim::Result<OutFile> create(const std::filesystem::path& file);  // truncates
  OutFile(OutFile&& other) noexcept;
  OutFile& operator=(OutFile&&) = delete;
  ~OutFile();  // closes without a check: call close()

  sim::Result<void> append(std::string_view data);
  sim::Result<void> sync();   // to the disk
  sim::Result<void> close();  // also checked: some systems report a full disk only here
  std::uint64_t size() const { return size_; }
  const std::string& name() const { return name_; }

 private:
  OutFile(std::string name, int handle) : name_(std::move(name)), handle_(handle) {}
  std::string name_;
  int handle_ = -1;
  std::uint64_t size_ = 0;
};

class InFile {
 public:
  static sim::Result<InFile> open(const std::filesystem::path& file);  // a regular file
  InFile(InFile&& other) noexcept;
  InFile& operator=(InFile&&) = delete;
  ~InFile();

  // Fills data; an error when fewer bytes are there. Small reads come from a window, so that a walk over records does
  // not call the kernel for each.
  sim::Result<void> read_at(std::uint64_t offset, char* data, std::size_t size) const;
  std::uint64_t size() const { return size_; }  // when it was opened
  const std::string& name() const { return name_; }

 private:
  InFile(std::string name, int handle, std::uint64_t size) : name_(std::move(name)), handle_(handle), size_(size) {}
  sim::Result<void> read_through(std::uint64_t offset, char* data, std::size_t size) const;
  std::string name_;
  int handle_ = -1;
  std::uint64_t size_ = 0;
  mutable std::string window_;
  mutable std::uint64_t window_at_ = 0;
};

// A file that appears under its name only by keep(): until then it is written beside it under a temporary name, which
// the destructor removes.
class NewFile {
 public:
  explicit NewFile(std::filesystem::path path);
  NewFile(NewFile&& other) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();
  const std::filesystem::path& path() const { return path_; }
  const std::filesystem::path& temporary() const { return temporary_; }
  sim::Result<void> keep();

 private:
  std::filesystem::path path_, temporary_;
  bool kept_ = false;
};

bool same_file(const std::filesystem::path& a, const std::filesystem::path& b);  // both exist and are one

// An error about one place of a file: where = "byte N".
tl::unexpected<sim::Issue> fail_at(const std::string& file, std::uint64_t offset, std::string what,
                                   std::string remedy = {});

}  // namespace bitgoeul::replay
