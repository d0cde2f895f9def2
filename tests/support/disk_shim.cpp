// Preloaded into a program (LD_PRELOAD), it stands between the program and the files below one folder: it writes down
// what is asked of them, and at the call of one's choice kills the program or answers with an error. Read by
// tests/scenarios/batch/power_cut_test.cpp. Settings, from the environment:
//   DISK_UNDER   the folder (absolute); all other files are left alone
//   DISK_ONLY    first argument of the programs that are meant (`batch`, `run`); others are left alone
//   DISK_TRACE   file to which a line per call is added: pid, call, path, second path or bytes and hash, by tabs
//   DISK_COUNT   file that holds the number of the last call when the program ends
//   DISK_KILL    number of the call (from 1) before which the program is killed
//   DISK_FAIL    NUMBER:ERRNO, the call that fails; errno 0: a write that takes only half
//   DISK_INSTEAD FILE:OTHER, who opens the one gets the other
// Thread rule: any thread.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>

namespace {

struct Settings {
  bool on = false;
  std::string under;
  int trace = -1;
  long kill_at = 0, fail_at = 0;
  int fail_with = EIO;
  std::string count_file, instead_of, instead;
};

// The kernel's own calls: not those that are watched here.
int quiet_open(const char* path, int flags) {
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0644));
}

std::string own_command() {
  char text[4096] = {};
  const int file = quiet_open("/proc/self/cmdline", O_RDONLY);
  const ssize_t size = ::syscall(SYS_read, file, text, sizeof text - 1);
  ::syscall(SYS_close, file);
  const std::size_t first = std::strlen(text) + 1;
  return size > 0 && first < static_cast<std::size_t>(size) ? text + first : "";
}

const char* from_environment(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? "" : text;
}

const Settings& settings() {
  static const Settings known = [] {
    Settings s;
    s.under = from_environment("DISK_UNDER");
    const std::string only = from_environment("DISK_ONLY"), trace = from_environment("DISK_TRACE");
    s.on = !s.under.empty() && (only.empty() || only == own_command());
    if (!trace.empty()) s.trace = quiet_open(trace.c_str(), O_WRONLY | O_CREAT | O_APPEND);
    s.kill_at = std::atol(from_environment("DISK_KILL"));
    const char* fail = from_environment("DISK_FAIL");
    s.fail_at = std::atol(fail);
    if (const char* colon = std::strchr(fail, ':')) s.fail_with = std::atoi(colon + 1);
    s.count_file = from_environment("DISK_COUNT");
    const std::string swap = from_environment("DISK_INSTEAD");
    if (const std::size_t colon = swap.find(':'); colon != std::string::npos)
      s.instead_of = swap.substr(0, colon), s.instead = swap.substr(colon + 1);
    return s;
  }();
  return known;
}

std::atomic<long> calls{0};
thread_local bool half = false;  // the call just announced takes only half

std::string path_of(int handle) {
  char link[64], target[PATH_MAX];
  std::snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
  const ssize_t size = ::readlink(link, target, sizeof target);
  return size > 0 ? std::string(target, static_cast<std::size_t>(size)) : std::string();
}

std::string absolute(int folder, const char* path) {
  if (path == nullptr) return {};
  if (path[0] == '/') return path;
  char here[PATH_MAX];
  const std::string base = folder == AT_FDCWD ? (::getcwd(here, sizeof here) ? here : "") : path_of(folder);
  return base + "/" + path;
}

bool below(const std::string& path) {
  const std::string& under = settings().under;
  return path == under ||
         (path.size() > under.size() && path.compare(0, under.size(), under) == 0 && path[under.size()] == '/');
}

// FNV-1a of the whole file, and its size.
std::string contents_of(int handle) {
  struct stat status {};
  if (::fstat(handle, &status) != 0 || !S_ISREG(status.st_mode)) return "-";
  const int again = quiet_open(path_of(handle).c_str(), O_RDONLY);
  unsigned long long hash = 14695981039346656037ull, size = 0;
  unsigned char block[65536];
  for (long n; (n = ::syscall(SYS_read, again, block, sizeof block)) > 0; size += static_cast<unsigned long long>(n))
    for (long i = 0; i < n; ++i) hash = (hash ^ block[i]) * 1099511628211ull;
  ::syscall(SYS_close, again);
  return std::to_string(size) + ":" + std::to_string(hash);
}

void note(const char* call, const std::string& path, const std::string& more) {
  if (settings().trace < 0) return;
  const std::string line = std::to_string(::getpid()) + '\t' + call + '\t' + path + '\t' + more + '\n';
  (void)::syscall(SYS_write, settings().trace, line.data(), line.size());
}

// True: the call is to fail, and errno says how.
bool stopped(const char* call, const std::string& path, const std::string& more = {}) {
  if (!settings().on || !(below(path) || below(more))) return false;
  const long number = ++calls;
  if (number == settings().kill_at) ::kill(::getpid(), SIGKILL);
  half = number == settings().fail_at && settings().fail_with == 0;
  if (number == settings().fail_at && !half) {
    errno = settings().fail_with;
    return true;
  }
  note(call, path, more);
  return false;
}

// So much of a write of this size, just announced, goes through.
size_t part_of(size_t size) { return std::exchange(half, false) && size > 1 ? size / 2 : size; }

bool stopped_handle(const char* call, int handle) { return settings().on && stopped(call, path_of(handle)); }

template <class F>
F* next(const char* name) {
  return reinterpret_cast<F*>(::dlsym(RTLD_NEXT, name));
}

// The file that is to be opened when this one is asked for.
std::string swapped(int folder, const char* path) {
  const Settings& s = settings();
  if (!s.on || s.instead.empty() || path == nullptr) return path == nullptr ? "" : path;
  return std::filesystem::path(absolute(folder, path)).lexically_normal() == s.instead_of ? s.instead : path;
}

const char* kind_of_open(int flags) {
  return (flags & O_CREAT) ? "create" : (flags & O_ACCMODE) == O_RDONLY ? "open" : "open to write";
}

int opened(const char* name, int folder, const char* path, int flags, mode_t mode) {
  if (stopped(kind_of_open(flags), absolute(folder, path))) return -1;
  const std::string other = swapped(folder, path);
  if (path != nullptr) path = other.c_str();
  if (std::strncmp(name, "openat", 6) == 0)
    return next<int(int, const char*, int, mode_t)>(name)(folder, path, flags, mode);
  return next<int(const char*, int, mode_t)>(name)(path, flags, mode);
}

mode_t mode_in(int flags, va_list arguments) { return (flags & (O_CREAT | O_TMPFILE)) ? va_arg(arguments, mode_t) : 0; }

__attribute__((destructor)) void tell_count() {
  if (!settings().on || settings().count_file.empty()) return;
  const int file = quiet_open(settings().count_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC);
  const std::string text = std::to_string(calls.load());
  (void)::syscall(SYS_write, file, text.data(), text.size());
}

}  // namespace

#define OPEN(NAME)                                     \
  int NAME(const char* path, int flags, ...) {         \
    va_list arguments;                                 \
    va_start(arguments, flags);                        \
    const mode_t mode = mode_in(flags, arguments);     \
    va_end(arguments);                                 \
    return opened(#NAME, AT_FDCWD, path, flags, mode); \
  }
#define OPENAT(NAME)                                       \
  int NAME(int folder, const char* path, int flags, ...) { \
    va_list arguments;                                     \
    va_start(arguments, flags);                            \
    const mode_t mode = mode_in(flags, arguments);         \
    va_end(arguments);                                     \
    return opened(#NAME, folder, path, flags, mode);       \
  }
#define FOPEN(NAME)                                                                            \
  FILE* NAME(const char* path, const char* how) {                                              \
    const bool writes = std::strpbrk(how, "wa+") != nullptr;                                   \
    if (stopped(writes ? "create" : "open", absolute(AT_FDCWD, path))) return nullptr;         \
    return next<FILE*(const char*, const char*)>(#NAME)(swapped(AT_FDCWD, path).c_str(), how); \
  }

extern "C" {

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
FOPEN(fopen)
FOPEN(fopen64)

ssize_t write(int handle, const void* data, size_t size) {
  if (stopped_handle("write", handle)) return -1;
  return next<ssize_t(int, const void*, size_t)>("write")(handle, data, part_of(size));
}

ssize_t writev(int handle, const struct iovec* parts, int count) {
  if (stopped_handle("write", handle)) return -1;
  return next<ssize_t(int, const struct iovec*, int)>("writev")(handle, parts, count);
}

ssize_t read(int handle, void* data, size_t size) {
  if (stopped_handle("read", handle)) return -1;
  return next<ssize_t(int, void*, size_t)>("read")(handle, data, size);
}

ssize_t pread(int handle, void* data, size_t size, off_t at) {
  if (stopped_handle("read", handle)) return -1;
  return next<ssize_t(int, void*, size_t, off_t)>("pread")(handle, data, size, at);
}

int close(int handle) {
  // A close that fails has closed all the same.
  const bool fails = handle >= 0 && stopped_handle("close", handle);
  const int code = errno, closed = next<int(int)>("close")(handle);
  if (!fails) return closed;
  errno = code;
  return -1;
}

int fsync(int handle) {
  const std::string path = settings().on ? path_of(handle) : std::string();
  if (settings().on && settings().trace >= 0 && below(path)) {
    const std::string contents = contents_of(handle);
    if (stopped("fsync", path, contents)) return -1;
  } else if (stopped("fsync", path)) {
    return -1;
  }
  return next<int(int)>("fsync")(handle);
}

int rename(const char* from, const char* to) {
  if (stopped("rename", absolute(AT_FDCWD, from), absolute(AT_FDCWD, to))) return -1;
  return next<int(const char*, const char*)>("rename")(from, to);
}

int mkdir(const char* path, mode_t mode) {
  if (stopped("mkdir", absolute(AT_FDCWD, path))) return -1;
  return next<int(const char*, mode_t)>("mkdir")(path, mode);
}

int unlink(const char* path) {
  if (stopped("remove", absolute(AT_FDCWD, path))) return -1;
  return next<int(const char*)>("unlink")(path);
}

int remove(const char* path) {
  if (stopped("remove", absolute(AT_FDCWD, path))) return -1;
  return next<int(const char*)>("remove")(path);
}

int rmdir(const char* path) {
  if (stopped("remove", absolute(AT_FDCWD, path))) return -1;
  return next<int(const char*)>("rmdir")(path);
}

int unlinkat(int folder, const char* path, int flags) {
  if (stopped("remove", absolute(folder, path))) return -1;
  return next<int(int, const char*, int)>("unlinkat")(folder, path, flags);
}

}  // extern "C"
