#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "scenarios/stack/remote.h"

namespace bitgoeul::scenarios::stack {
namespace {

namespace fs = std::filesystem;

tl::unexpected<sim::Issue> wrong(const std::string& where, const std::string& what, std::string remedy = {}) {
  return sim::fail(what, {}, 0, where, std::move(remedy));
}

bool unix_address(const std::string& path, sockaddr_un& address) {
  address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return true;
}

sim::Result<int> connect_unix(const Spec& spec) {
  sockaddr_un address;
  if (!unix_address(spec.name, address))
    return wrong("stack " + spec.text, fmt::format("the path has {} bytes, at most 107", spec.name.size()));
  const int handle = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (handle >= 0 && ::connect(handle, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return handle;
  const std::string why = std::strerror(errno);
  if (handle >= 0) ::close(handle);
  return wrong("stack " + spec.text, "nothing listens there: " + why, "start the stack first");
}

bool is_loopback(const std::string& host) {
  in_addr address;
  return host == "localhost" ||
         (::inet_pton(AF_INET, host.c_str(), &address) == 1 && ntohl(address.s_addr) >> 24 == 127);
}

// Of a name or four numbers.
std::optional<sockaddr_in> ipv4_address(const std::string& host, int port) {
  addrinfo wanted{}, *found = nullptr;
  wanted.ai_family = AF_INET;
  wanted.ai_socktype = SOCK_STREAM;
  if (::getaddrinfo(host.c_str(), nullptr, &wanted, &found) != 0) return std::nullopt;
  sockaddr_in address{};
  std::memcpy(&address, found->ai_addr, sizeof address);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  ::freeaddrinfo(found);
  return address;
}

sim::Result<int> connect_tcp(const Spec& spec, bool insecure) {
  const std::string where = "stack " + spec.text;
  if (spec.transport == Transport::kTcp && !is_loopback(spec.name) && !insecure)
    return wrong(where,
                 fmt::format("{} is not an address of this machine, and the connection is not encrypted", spec.name),
                 "use tls:HOST:PORT, or a tunnel and tcp:127.0.0.1:PORT, or give --insecure");
  const auto found = ipv4_address(spec.name, spec.port);
  if (!found) return wrong(where, fmt::format("\"{}\" has no IPv4 address", spec.name), "write tcp:127.0.0.1:PORT");
  const sockaddr_in& address = *found;
  const int handle = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (handle >= 0 && ::connect(handle, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return handle;
  const std::string why = std::strerror(errno);
  if (handle >= 0) ::close(handle);
  return wrong(where, "nothing listens there: " + why, "start the stack first");
}

}  // namespace

sim::Result<PrivateSocket> listen_privately() {
  const char* base = std::getenv("TMPDIR");
  std::string name = std::string(base != nullptr && *base != '\0' ? base : "/tmp") + "/bitgoeul_stack_XXXXXX";
  if (::mkdtemp(name.data()) == nullptr)
    return wrong(name, std::string("no private directory: ") + std::strerror(errno));
  PrivateSocket socket;
  socket.dir = name;
  socket.path = socket.dir / "socket";
  sockaddr_un address;
  if (!unix_address(socket.path.string(), address))
    return wrong(name, "the path of the socket is too long", "set TMPDIR to a shorter path");
  socket.handle = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket.handle < 0 || ::bind(socket.handle, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.handle, 1) != 0)
    return wrong(name, std::string("no socket: ") + std::strerror(errno));
  return socket;
}

sim::Result<int> connect_to(const Spec& spec, bool insecure) {
  return spec.transport == Transport::kUnix ? connect_unix(spec) : connect_tcp(spec, insecure);
}

}  // namespace bitgoeul::scenarios::stack
