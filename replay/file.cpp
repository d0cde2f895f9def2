#include "replay/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace bitgoeul::replay {
namespace {

constexpr std::size_t kWindow = 8192;

tl::unexpected<sim::Issue> system_failure(const std::string& file, std::string what, int code,
                                          std::string remedy = {}) {
  return sim::fail(std::move(what) + ": " + std::generic_category().message(code), file, 0, {}, std::move(remedy));
}

std::string remedy_of(int code) {
  if (code == ENOSPC || code == EDQUOT) return "free space on the disk";
  if (code == EFBIG) return "raise the file size limit";
  return {};
}

}  // namespace

tl::unexpected<sim::Issue> fail_at(const std::string& file, std::uint64_t offset, std::string what,
                                   std::string remedy) {
  return sim::fail(std::move(what), file, 0, "byte " + std::to_string(offset), std::move(remedy));
}

sim::Result<OutFile> OutFile::create(const std::filesystem::path& file) {
  const int handle = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (handle < 0) return system_failure(file.string(), "cannot be created", errno);
  return OutFile(file.string(), handle);
}

OutFile::OutFile(OutFile&& other) noexcept
    : name_(std::move(other.name_)), handle_(std::exchange(other.handle_, -1)), size_(other.size_) {}

OutFile::~OutFile() {
  if (handle_ >= 0) ::close(handle_);
}

sim::Result<void> OutFile::append(std::string_view data) {
  while (!data.empty()) {
    const ssize_t written = ::write(handle_, data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      return system_failure(name_, "cannot be written at byte " + std::to_string(size_), errno, remedy_of(errno));
    }
    size_ += static_cast<std::uint64_t>(written);
    data.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

sim::Result<void> OutFile::sync() {
  // Pipes and devices have nothing to bring to a disk and say EINVAL.
  if (::fsync(handle_) != 0 && errno != EINVAL) return system_failure(name_, "cannot be brought to the disk", errno);
  return {};
}

sim::Result<void> OutFile::close() {
  const int handle = std::exchange(handle_, -1);
  if (handle >= 0 && ::close(handle) != 0) return system_failure(name_, "cannot be closed", errno, remedy_of(errno));
  return {};
}

sim::Result<InFile> InFile::open(const std::filesystem::path& file) {
  const int handle = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (handle < 0) return system_failure(file.string(), "cannot be opened", errno);
  struct stat status {};
  const bool known = ::fstat(handle, &status) == 0;
  InFile result(file.string(), handle, known ? static_cast<std::uint64_t>(status.st_size) : 0);
  if (!known) return system_failure(file.string(), "cannot be read", errno);
  if (!S_ISREG(status.st_mode)) return sim::fail("is not a regular file", file.string());
  return result;
}

InFile::InFile(InFile&& other) noexcept
    : name_(std::move(other.name_)), handle_(std::exchange(other.handle_, -1)), size_(other.size_) {}

InFile::~InFile() {
  if (handle_ >= 0) ::close(handle_);
}

sim::Result<void> InFile::read_at(std::uint64_t offset, char* data, std::size_t size) const {
  constexpr std::size_t kSmall = 512;
  if (size > kSmall || offset > size_ || size_ - offset < size) return read_through(offset, data, size);
  if (offset < window_at_ || offset - window_at_ + size > window_.size()) {
    window_.resize(std::min<std::uint64_t>(kWindow, size_ - offset));
    window_at_ = offset;
    if (auto read = read_through(offset, window_.data(), window_.size()); !read) {
      window_.clear();
      return read;
    }
  }
  std::memcpy(data, window_.data() + (offset - window_at_), size);
  return {};
}

sim::Result<void> InFile::read_through(std::uint64_t offset, char* data, std::size_t size) const {
  while (size > 0) {
    const ssize_t got = ::pread(handle_, data, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_failure(name_, "cannot be read at byte " + std::to_string(offset), errno);
    if (got == 0) return fail_at(name_, offset, "the file ends here, " + std::to_string(size) + " bytes too early");
    data += got;
    offset += static_cast<std::uint64_t>(got);
    size -= static_cast<std::size_t>(got);
  }
  return {};
}

NewFile::NewFile(std::filesystem::path path) : path_(std::move(path)), temporary_(path_) {
  temporary_ += ".tmp" + std::to_string(getpid());
}

NewFile::NewFile(NewFile&& other) noexcept
    : path_(std::move(other.path_)), temporary_(std::move(other.temporary_)), kept_(std::exchange(other.kept_, true)) {}

NewFile::~NewFile() {
  std::error_code ignored;
  if (!kept_) std::filesystem::remove(temporary_, ignored);
}

sim::Result<void> NewFile::keep() {
  std::error_code code;
  std::filesystem::rename(temporary_, path_, code);
  if (code) return sim::fail("cannot be written: " + code.message(), path_.string());
  kept_ = true;
  return {};
}

bool same_file(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code code;
  return std::filesystem::equivalent(a, b, code) && !code;
}

}  // namespace bitgoeul::replay
