#include "scenarios/batch/store.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <vector>

#include "replay/file.h"
#include "scenarios/run_files.h"

namespace bitgoeul::scenarios::batch {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr int kFormat = 1;
constexpr std::uintmax_t kMaxManifest = 16u << 20;

sim::Issue disk(std::string what, const fs::path& path, int code = errno) {
  return disk_issue(what + ": " + std::strerror(code), path);
}

std::optional<std::string> contents(const fs::path& file, std::uintmax_t most) {
  const auto in = replay::InFile::open(file);
  if (!in || in->size() > most) return std::nullopt;
  std::string text(in->size(), '\0');
  if (!in->read_at(0, text.data(), text.size())) return std::nullopt;
  return text;
}

std::string check_of(const std::string& manifest) { return sim::to_hex(sim::hash_text(manifest)); }

constexpr std::string_view kCheckField = ",\"check\":\"";

// The checksum stands last: over the text as it would be without it.
std::string with_check(const Json& manifest) {
  std::string text = manifest.dump();
  const std::string check = check_of(text);
  text.pop_back();
  return text.append(kCheckField).append(check).append("\"}\n");
}

bool checked(const std::string& text) {
  constexpr std::size_t kHex = 32;
  const std::size_t tail = kCheckField.size() + kHex + 3;
  if (text.size() < tail || !text.ends_with("\"}\n")) return false;
  const std::string_view end = std::string_view(text).substr(text.size() - tail);
  return end.starts_with(kCheckField) &&
         check_of(text.substr(0, text.size() - tail) + "}") == end.substr(kCheckField.size(), kHex);
}

sim::Result<void> sync_path(const fs::path& path, int flags) {
  const int handle = ::open(path.c_str(), flags | O_CLOEXEC);
  if (handle < 0) return tl::unexpected(disk("cannot be opened", path));
  const int failed = ::fsync(handle) != 0 ? errno : 0;
  ::close(handle);
  if (failed) return tl::unexpected(disk("cannot be written to the disk", path, failed));
  return {};
}

sim::Issue of_the_disk(sim::Issue issue) {
  issue.rule = kDiskRule;
  return issue;
}

// On the disk when it returns, but for its name.
sim::Result<void> write_whole(const fs::path& file, std::string_view text) {
  auto out = replay::OutFile::create(file);
  if (!out) return tl::unexpected(of_the_disk(out.error()));
  auto done = out->append(text);
  if (done) done = out->sync();
  if (done) done = out->close();
  if (!done) return tl::unexpected(of_the_disk(done.error()));
  return {};
}

// Makes a folder and those above it; a new one is on the disk only when the folder that holds its name is.
sim::Result<void> make_lasting(const fs::path& dir) {
  std::error_code error;
  if (dir.empty() || fs::is_directory(dir, error)) return {};
  const fs::path above = dir.parent_path();
  if (auto made = make_lasting(above); !made) return made;
  fs::create_directory(dir, error);
  if (error) return tl::unexpected(disk("cannot be made", dir, error.value()));
  return sync_path(above.empty() ? "." : above, O_RDONLY | O_DIRECTORY);
}

std::vector<fs::path> files_in(const fs::path& dir) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error))
    if (it->is_regular_file(error)) files.push_back(it->path());
  std::sort(files.begin(), files.end());
  return files;
}

// A supervisor that was killed may leave a child that has not begun its program yet and still holds the lock: it is
// gone in a moment.
int lock_soon(int handle, int how) {
  constexpr int kTries = 50, kPauseUs = 10'000;
  for (int i = 0; i < kTries; ++i) {
    if (::flock(handle, how | LOCK_NB) == 0) return 0;
    if (errno != EWOULDBLOCK) break;
    ::usleep(kPauseUs);
  }
  return errno;
}

sim::Result<int> lock_file(const fs::path& file, int how, const char* busy) {
  const int handle = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (handle < 0) return tl::unexpected(disk("cannot be opened", file));
  const int code = lock_soon(handle, how);
  if (code == 0) return handle;
  ::close(handle);
  if (code != EWOULDBLOCK) return tl::unexpected(disk("cannot be locked", file, code));
  return sim::fail(busy, file.string(), 0, "--out", "wait for it to end, or use another directory");
}

}  // namespace

sim::Result<Store> Store::open(const fs::path& dir, std::size_t shard, std::size_t shards) {
  Store store(dir);
  std::error_code error;
  if (fs::exists(dir, error) && !fs::is_directory(dir, error))
    return sim::fail("exists and is no directory", dir.string(), 0, "--out", "name another one");
  if (!fs::exists(dir / ".lock", error) && fs::exists(dir, error) && !fs::is_empty(dir, error))
    return sim::fail("the directory holds files that no batch has left there; nothing was written", dir.string(), 0,
                     "--out", "name a new or empty directory");
  const fs::path whole = fs::absolute(dir, error).lexically_normal();
  if (auto made = make_lasting(whole.has_filename() ? whole : whole.parent_path()); !made)
    return tl::unexpected(made.error());
  auto lock = lock_file(dir / ".lock", shards > 1 ? LOCK_SH : LOCK_EX, "another batch runs in this directory");
  if (!lock) return tl::unexpected(lock.error());
  store.lock_ = *lock;
  // By the lock the directory is known as a batch's: it has to outlast a power cut before anything else does.
  if (auto synced = sync_path(dir, O_RDONLY | O_DIRECTORY); !synced) return tl::unexpected(synced.error());
  if (auto made = make_lasting(dir / "runs"); !made) return tl::unexpected(made.error());
  if (shards > 1) {
    auto own = lock_file(dir / fmt::format(".lock-{}-of-{}", shard, shards), LOCK_EX, "this shard runs already");
    if (!own) return tl::unexpected(own.error());
    store.shard_lock_ = *own;
  }
  // What a killed supervisor of the same shard left half-done.
  store.scratch_ = dir / "tmp" / fmt::format("{}-of-{}", shard, std::max<std::size_t>(shards, 1));
  fs::remove_all(store.scratch_, error);
  fs::create_directories(store.scratch_, error);
  if (error) return tl::unexpected(disk("cannot be made", store.scratch_, error.value()));
  return store;
}

Store Store::look(const fs::path& dir) { return Store(dir); }

Store::Store(Store&& other) noexcept
    : dir_(std::move(other.dir_)),
      scratch_(std::move(other.scratch_)),
      lock_(std::exchange(other.lock_, -1)),
      shard_lock_(std::exchange(other.shard_lock_, -1)),
      lasting_(other.lasting_) {}

Store::~Store() {
  if (lock_ < 0) return;
  std::error_code error;
  fs::remove_all(scratch_, error);
  fs::remove(scratch_.parent_path(), error);  // only when empty
  if (shard_lock_ >= 0) ::close(shard_lock_);
  ::close(lock_);
}

fs::path Store::place(sim::Hash128 key) const {
  const std::string name = sim::to_hex(key);
  return dir_ / "runs" / name.substr(0, 2) / name;
}

std::optional<std::string> Store::row(sim::Hash128 key, bool thorough) const {
  const fs::path dir = place(key);
  const auto text = contents(dir / "manifest.json", kMaxManifest);
  if (!text || !checked(*text)) return std::nullopt;
  const Json manifest = Json::parse(*text, nullptr, false);
  // What the checksum covers is what was written, so its fields are of the right kind.
  if (!manifest.is_object() || manifest["format"].get<int>() != kFormat ||
      manifest["key"].get<std::string>() != sim::to_hex(key))
    return std::nullopt;
  for (const Json& file : manifest["files"]) {
    const std::string name = file["name"];
    std::error_code error;
    const std::uintmax_t bytes = fs::file_size(dir / name, error);
    if (error || bytes != file["bytes"].get<std::uintmax_t>()) return std::nullopt;
    if (!thorough && name != "result.json") continue;
    const auto data = contents(dir / name, bytes);
    if (!data || sim::to_hex(sim::hash_text(*data)) != file["hash"].get<std::string>()) return std::nullopt;
  }
  return manifest["row"].get<std::string>();
}

sim::Result<fs::path> Store::scratch(sim::Hash128 key) {
  const fs::path dir = scratch_ / sim::to_hex(key);
  std::error_code error;
  fs::remove_all(dir, error);
  fs::create_directories(dir, error);
  if (error) return tl::unexpected(disk("cannot be made", dir, error.value()));
  return dir;
}

sim::Result<void> Store::commit(sim::Hash128 key, const fs::path& scratch, const std::string& row) {
  Json manifest;
  manifest["format"] = kFormat;
  manifest["key"] = sim::to_hex(key);
  manifest["row"] = row;
  manifest["files"] = Json::array();
  for (const fs::path& file : files_in(scratch)) {
    const auto data = contents(file, UINTMAX_MAX);
    if (!data) return tl::unexpected(disk("cannot be read back", file));
    manifest["files"].push_back(
        {{"name", file.filename().string()}, {"bytes", data->size()}, {"hash", sim::to_hex(sim::hash_text(*data))}});
    if (auto synced = sync_path(file, O_RDONLY); !synced) return synced;
  }
  if (auto written = write_whole(scratch / "manifest.json", with_check(manifest)); !written) return written;
  if (auto synced = sync_path(scratch, O_RDONLY | O_DIRECTORY); !synced) return synced;
  const fs::path target = place(key), folder = target.parent_path();
  std::error_code error;
  fs::create_directories(folder, error);
  // Somebody else may have made it a moment ago, so that it is there and not yet on the disk.
  if (const auto first = static_cast<std::size_t>(key.high >> 56); !lasting_[first]) {
    if (auto synced = sync_path(folder.parent_path(), O_RDONLY | O_DIRECTORY); !synced) return synced;
    lasting_.set(first);
  }
  fs::remove_all(target, error);  // damaged, or it would have been used
  fs::rename(scratch, target, error);
  if (error) return tl::unexpected(disk("cannot be renamed", target, error.value()));
  return sync_path(folder, O_RDONLY | O_DIRECTORY);
}

void Store::discard(const fs::path& scratch) {
  std::error_code error;
  fs::remove_all(scratch, error);
}

sim::Result<void> write_lasting(const fs::path& file, std::string_view text) {
  replay::NewFile made(file);
  if (auto written = write_whole(made.temporary(), text); !written) return written;
  if (auto kept = made.keep(); !kept) return tl::unexpected(of_the_disk(kept.error()));
  const fs::path folder = file.parent_path();
  return sync_path(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY);
}

}  // namespace bitgoeul::scenarios::batch
