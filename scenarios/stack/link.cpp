#include "scenarios/stack/link.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace bitgoeul::scenarios::stack {
namespace {

constexpr std::size_t kChunk = 64u << 10;
constexpr std::chrono::microseconds kAwake{50};
constexpr int kOn = 1;
constexpr suseconds_t kSliceUs = 50'000;
constexpr std::size_t kRecord = 16u << 10;  // of TLS
constexpr int kSendRoom = 4 << 20;          // as far as the system allows

void put(char* at, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) at[i] = static_cast<char>(value >> (8 * i));
}

std::uint64_t get(const char* at, int bytes) {
  std::uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) value |= std::uint64_t{static_cast<unsigned char>(at[i])} << (8 * i);
  return value;
}

bool waits() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

std::string to_string(FrameType type) {
  static constexpr const char* kNames[] = {"",        "Hello", "HelloAck", "Init", "Ready", "Reject",
                                           "Observe", "Act",   "Result",   "Bye",  "Error"};
  const auto number = static_cast<std::size_t>(type);
  return number >= 1 && number <= 10 ? kNames[number] : "type " + std::to_string(number);
}

Link::Link(int handle) : handle_(handle) {
  if (handle_ < 0) return;
  const timeval slice{0, kSliceUs};
  ::setsockopt(handle_, SOL_SOCKET, SO_RCVTIMEO, &slice, sizeof slice);
  ::setsockopt(handle_, SOL_SOCKET, SO_SNDTIMEO, &slice, sizeof slice);
  ::setsockopt(handle_, IPPROTO_TCP, TCP_NODELAY, &kOn, sizeof kOn);           // where it is TCP
  ::setsockopt(handle_, SOL_SOCKET, SO_SNDBUF, &kSendRoom, sizeof kSendRoom);  // fewer turns for a long frame
  buffer_.resize(kChunk);
}

Link::Link(Link&& other) noexcept { *this = std::move(other); }

Link& Link::operator=(Link&& other) noexcept {
  close();
  handle_ = std::exchange(other.handle_, -1);
  tls_ = std::move(other.tls_);
  buffer_ = std::move(other.buffer_);
  begin_ = std::exchange(other.begin_, 0), end_ = std::exchange(other.end_, 0);
  alive_ = std::move(other.alive_);
  return *this;
}

Link::~Link() { close(); }

void Link::close() {
  tls_.reset();
  if (handle_ >= 0) ::close(std::exchange(handle_, -1));
}

// Of the first of the two that is not sent yet, or of both.
long Link::write(std::string_view head, std::string_view body) {
  if (tls_ && head.empty()) return tls_->send(body.data(), body.size());
  if (tls_) {  // both in one record
    const std::string record = std::string(head) + std::string(body.substr(0, kRecord - head.size()));
    return tls_->send(record.data(), record.size());
  }
  iovec parts[2] = {{const_cast<char*>(head.data()), head.size()}, {const_cast<char*>(body.data()), body.size()}};
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  return ::sendmsg(handle_, &message, MSG_NOSIGNAL);
}

// An answer is often there within microseconds, and to be woken takes longer than that: it looks a few times, giving
// the other side its turn, before it sleeps.
long Link::read(char* data, std::size_t size) {
  if (tls_) return tls_->receive(data, size);
  const Deadline asleep = std::chrono::steady_clock::now() + kAwake;
  do {
    const long n = ::recv(handle_, data, size, MSG_DONTWAIT);
    if (n >= 0 || !waits()) return n;
    ::sched_yield();
  } while (!is_over(asleep));
  return ::recv(handle_, data, size, 0);
}

Io Link::send(FrameType type, std::string_view payload, Deadline deadline) {
  if (!open()) return Io::kClosed;
  char begin[kFrameHead];
  put(begin, payload.size(), 4);
  put(begin + 4, static_cast<std::uint16_t>(type), 2);
  put(begin + 6, 0, 2);
  for (std::string_view head(begin, kFrameHead); !head.empty() || !payload.empty();) {
    const long n = write(head, payload);
    if (n > 0) {
      const std::size_t of_head = std::min(head.size(), static_cast<std::size_t>(n));
      head.remove_prefix(of_head);
      payload.remove_prefix(static_cast<std::size_t>(n) - of_head);
      continue;
    }
    if (n < 0 && !waits()) return Io::kClosed;
    if (!alive_()) return Io::kGone;
    if (is_over(deadline)) return Io::kTimeout;
  }
  return Io::kDone;
}

// Until `wanted` bytes are there.
Io Link::fill(std::size_t wanted, Deadline deadline) {
  if (begin_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_, begin_ = 0;
  }
  while (end_ < wanted) {
    if (buffer_.size() - end_ < kChunk / 2) buffer_.resize(buffer_.size() + std::max(kChunk, buffer_.size() / 2));
    const long n = read(buffer_.data() + end_, buffer_.size() - end_);
    if (n > 0) {
      end_ += static_cast<std::size_t>(n);
      if (end_ >= wanted) break;
    } else if (n == 0 || !waits()) {
      return end_ > 0 ? Io::kCut : Io::kClosed;
    } else if (!alive_()) {
      return Io::kGone;
    }
    if (is_over(deadline)) return Io::kTimeout;
  }
  return Io::kDone;
}

Io Link::receive(Frame& frame, std::size_t most, Deadline deadline) {
  if (!open()) return Io::kClosed;
  defect_.clear();
  Io io = end_ - begin_ >= kFrameHead ? Io::kDone : fill(kFrameHead, deadline);
  if (io == Io::kCut)
    defect_ = "the connection ended after " + std::to_string(end_ - begin_) + " of 8 bytes of a frame's head";
  if (io != Io::kDone) return io;
  const std::size_t length = get(buffer_.data() + begin_, 4);
  frame.type = static_cast<FrameType>(get(buffer_.data() + begin_ + 4, 2));
  const auto flags = get(buffer_.data() + begin_ + 6, 2);
  if (flags != 0) defect_ = "flags of a frame: expected 0, got " + std::to_string(flags);
  if (length > most)
    defect_ = "length of a frame: expected at most " + std::to_string(most) + " bytes, got " + std::to_string(length);
  if (!defect_.empty()) return Io::kBad;
  const std::size_t whole = kFrameHead + length;
  io = end_ - begin_ >= whole ? Io::kDone : fill(whole, deadline);
  if (io == Io::kCut)
    defect_ = "the connection ended after " + std::to_string(end_ - begin_ - std::min(end_ - begin_, kFrameHead)) +
              " of " + std::to_string(length) + " bytes of a payload";
  if (io != Io::kDone) return io;
  frame.payload = {buffer_.data() + begin_ + kFrameHead, length};
  begin_ += whole;
  if (begin_ == end_) begin_ = end_ = 0;
  return Io::kDone;
}

std::size_t Link::unread() {
  if (tls_) return end_ - begin_ + tls_->unread();
  int waiting = 0;
  if (open()) ::ioctl(handle_, FIONREAD, &waiting);
  return end_ - begin_ + static_cast<std::size_t>(std::max(waiting, 0));
}

}  // namespace bitgoeul::scenarios::stack
