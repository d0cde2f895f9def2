// Link: one stream socket that carries frames: u32 length of the payload, u16 type, u16 flags (zero), all
// little-endian, then the payload. Every wait ends at a deadline of wall time; nothing that comes in allocates more
// than it has sent. Made by the server (remote.h) and the client (serve.h). Thread rule: one thread per object.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/stack/deadline.h"
#include "scenarios/stack/tls.h"

namespace bitgoeul::scenarios::stack {

enum class FrameType : std::uint16_t {
  kHello = 1,
  kHelloAck = 2,
  kInit = 3,
  kReady = 4,
  kReject = 5,
  kObserve = 6,
  kAct = 7,
  kResult = 8,
  kBye = 9,
  kError = 10
};
std::string to_string(FrameType type);  // Hello, ...; `type 77` for others

// Codes of Error messages.
enum class ErrorCode : std::uint32_t { kVersion = 1, kToken = 2, kProtocol = 3, kTimeout = 4, kAborted = 5 };

inline constexpr std::size_t kFrameHead = 8;
inline constexpr std::size_t kMostPayload = 64u << 20;
inline constexpr std::size_t kMostHello = 64u << 10;  // before a stack is known

enum class Io : std::uint8_t {
  kDone,
  kTimeout,
  kClosed,
  kCut,
  kBad,
  kGone
};  // kCut: ended inside a frame;
    // kBad: no frame; kGone: watch() said so

struct Frame {
  FrameType type = FrameType::kError;
  std::string_view payload;  // valid until the next call
};

class Link {
 public:
  explicit Link(int handle = -1);  // takes the socket over
  Link(Link&& other) noexcept;
  Link& operator=(Link&& other) noexcept;
  ~Link();

  bool open() const { return handle_ >= 0; }
  int handle() const { return handle_; }
  void encrypt(std::unique_ptr<Tls> tls) { tls_ = std::move(tls); }  // before the first frame
  void close();
  Io send(FrameType type, std::string_view payload, Deadline deadline);
  Io receive(Frame& frame, std::size_t most, Deadline deadline);
  std::size_t unread();                                  // bytes that have come and were not asked for
  const std::string& defect() const { return defect_; }  // of the last kBad or kCut: expected and got
  // Asked twenty times a second while waiting; false ends the wait with kGone.
  void watch(std::function<bool()> alive) { alive_ = std::move(alive); }

 private:
  Io fill(std::size_t wanted, Deadline deadline);
  long write(std::string_view head, std::string_view body);
  long read(char* data, std::size_t size);

  int handle_ = -1;
  std::unique_ptr<Tls> tls_;  // null: as it is
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0;  // of what is unread in buffer_
  std::string defect_;
  std::function<bool()> alive_ = [] { return true; };
};

}  // namespace bitgoeul::scenarios::stack
