// Tls: one encrypted connection (TLS 1.3) over a connected socket, for stacks on other machines. The engine's side asks
// for a certificate that an authority it trusts has signed for the stack's name or address, and shows one of its own
// where the stack asks for it. Made by remote.h and, on the stack's side, by whoever serves; used by Link. PEM files.
// Thread rule: one thread per object.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "scenarios/stack/deadline.h"
#include "sim/result.h"

namespace bitgoeul::scenarios::stack {

struct TlsFiles {
  std::filesystem::path authorities;       // who may have signed the other side's; empty: the system's
  std::filesystem::path certificate, key;  // our own; empty: none is shown
};

class Tls {
 public:
  // `host`: the name or address that the other side's certificate must be for. Errors: files, who it is, no answer.
  static sim::Result<std::unique_ptr<Tls>> connect(int handle, const TlsFiles& files, const std::string& host,
                                                   Deadline deadline);
  // The stack's side; asks for a certificate where `authorities` are given.
  static sim::Result<std::unique_ptr<Tls>> accept(int handle, const TlsFiles& files, Deadline deadline);
  ~Tls();

  // As ::send and ::recv on the socket, errno included.
  long send(const char* data, std::size_t size);
  long receive(char* data, std::size_t size);
  std::size_t unread();  // bytes that have come and were not asked for

 private:
  struct Impl;
  explicit Tls(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bitgoeul::scenarios::stack
