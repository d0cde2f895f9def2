#include "bitgoeul_stack.h"

#include <sched.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <stdexcept>

namespace bitgoeul_stack {
namespace {

namespace pb = bitgoeul::stack;

enum Type : std::uint16_t { kHello = 1, kHelloAck, kInit, kReady, kReject, kObserve, kAct, kResult, kBye, kError };

void put(char* at, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) at[i] = static_cast<char>(value >> (8 * i));
}

std::uint32_t get(const char* at, int bytes) {
  std::uint32_t value = 0;
  for (int i = 0; i < bytes; ++i) value |= static_cast<std::uint32_t>(static_cast<unsigned char>(at[i])) << (8 * i);
  return value;
}

class Link {
 public:
  explicit Link(int handle) : handle_(handle) {}

  void send(Type type, const google::protobuf::MessageLite& message) {
    out_.assign(8, '\0');
    message.AppendToString(&out_);
    put(&out_[0], static_cast<std::uint32_t>(out_.size() - 8), 4);
    put(&out_[4], type, 2);
    for (std::size_t sent = 0; sent < out_.size();) {
      const ssize_t n = ::send(handle_, out_.data() + sent, out_.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) throw std::runtime_error("the engine has closed the connection");
      sent += static_cast<std::size_t>(n);
    }
  }

  Type receive(std::string& payload) {
    char head[8];
    look();
    read(head, sizeof head);
    payload.resize(get(head, 4));
    if (!payload.empty()) read(&payload[0], payload.size());
    return static_cast<Type>(get(head + 4, 2));
  }

  template <class Message>
  Message expect(Type type) {
    std::string payload;
    const Type got = receive(payload);
    Message message;
    if (got == kError) throw std::runtime_error("the engine says: " + error(payload));
    if (got != type || !message.ParseFromString(payload))
      throw std::runtime_error("expected message " + std::to_string(type) + ", got " + std::to_string(got));
    return message;
  }

  static std::string error(const std::string& payload) {
    pb::Error message;
    return message.ParseFromString(payload) ? message.text() : std::string("an error that cannot be read");
  }

 private:
  // The next message is often there within microseconds, and to be woken takes longer: looks for a while before it
  // sleeps.
  void look() {
    const auto asleep = std::chrono::steady_clock::now() + std::chrono::microseconds(50);
    char byte;
    while (::recv(handle_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && std::chrono::steady_clock::now() < asleep)
      ::sched_yield();
  }

  void read(char* to, std::size_t size) {
    while (size > 0) {
      const ssize_t n = ::recv(handle_, to, size, MSG_WAITALL);
      if (n <= 0) throw std::runtime_error("the engine has closed the connection");
      to += n;
      size -= static_cast<std::size_t>(n);
    }
  }

  int handle_;
  std::string out_;
};

void converse(Link& link, const std::string& name, const Think& think) {
  pb::Hello hello;
  hello.set_protocol_major(1);
  hello.set_client_name(name);
  if (const char* token = std::getenv("BITGOEUL_STACK_TOKEN")) hello.set_token(token);
  link.send(kHello, hello);
  link.expect<pb::HelloAck>(kHelloAck);
  const pb::Init init = link.expect<pb::Init>(kInit);
  std::map<std::uint32_t, const pb::Ego*> egos;
  for (const pb::Ego& ego : init.egos()) egos[ego.id()] = &ego;
  link.send(kReady, pb::Ready());
  pb::Observe observe;
  pb::Act act;
  std::string payload;
  for (;;) {
    const Type type = link.receive(payload);
    if (type == kBye) return;
    if (type == kError) throw std::runtime_error("the engine says: " + Link::error(payload));
    if (type != kObserve || !observe.ParseFromString(payload)) continue;
    act.Clear();
    act.set_seq(observe.seq());
    act.set_time_ns(observe.time_ns());
    for (const pb::EgoState& state : observe.egos()) {
      pb::EgoAct& ego = *act.add_egos();
      ego.set_id(state.id());
      think(init, *egos.at(state.id()), state, ego);
    }
    link.send(kAct, act);
  }
}

}  // namespace

int drive(int socket, const std::string& name, const Think& think) {
  try {
    Link link(socket);
    converse(link, name, think);
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 1;
  }
}

int run(const std::string& name, const Think& think) {
  const char* path = std::getenv("BITGOEUL_STACK_SOCKET");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path == nullptr || std::strlen(path) >= sizeof address.sun_path) {
    std::fprintf(stderr, "BITGOEUL_STACK_SOCKET is not set: let the engine start this program with exec:\n");
    return 2;
  }
  std::strcpy(address.sun_path, path);
  const int handle = ::socket(AF_UNIX, SOCK_STREAM, 0);
  if (handle < 0 || ::connect(handle, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    std::perror(path);
    return 2;
  }
  const int code = drive(handle, name, think);
  ::close(handle);
  return code;
}

}  // namespace bitgoeul_stack
