// MappedFile: a file's bytes as read-only memory (mmap, MAP_SHARED), one copy of its pages for all processes. The
// engine only ever replaces such files by rename, which leaves a mapping whole; a foreign program that cuts the file
// short while it is mapped kills readers (SIGBUS), as with any program file. Made by compiled_map.
// Thread rule: pure reads.
#pragma once

#include <cstddef>
#include <filesystem>
#include <utility>

namespace bitgoeul::maps::detail {

class MappedFile {
 public:
  MappedFile() = default;
  // data() is nullptr when the file cannot be opened, is no regular file or is empty.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  const std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace bitgoeul::maps::detail
