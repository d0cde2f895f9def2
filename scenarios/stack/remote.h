// RemoteStack: a driving stack at the other end of a socket: the engine's side of the protocol (replay/schema/stack is
// the norm). `exec:` is started at once, its handshake waits for start(), so that many start at the same time. Made by
// drivers.h. Every wait has a deadline of wall time, whose end is STACK_TIMEOUT and never another result. Thread rule:
// one thread per object.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "replay/stack_messages.h"
#include "scenarios/stack/link.h"
#include "scenarios/stack/process.h"
#include "scenarios/stack/spec.h"
#include "sim/stack.h"

namespace bitgoeul::scenarios::stack {

struct RemoteOptions {
  double start_s = 30, answer_s = 10;  // wall time until Ready, and for each Act
  bool insecure = false;               // allow addresses that are not this machine's
  std::string token;                   // of TCP and TLS; from $BITGOEUL_STACK_TOKEN
  TlsFiles tls;
  Sandbox sandbox = Sandbox::kAuto;
  ProcessLimits limits;
  std::filesystem::path log;  // of an exec: stack; empty: in its private directory
  std::string scenario;
  replay::StackHelloAck hello;  // what the engine says of itself
};

class RemoteStack : public sim::Stack {
 public:
  // Starts the command, or connects. Errors: wrong address, nothing listens, no process.
  static sim::Result<std::unique_ptr<RemoteStack>> open(const Spec& spec, RemoteOptions options);
  // On a connected socket; for tests.
  static std::unique_ptr<RemoteStack> on(int handle, RemoteOptions options);
  ~RemoteStack() override;

  bool start(const sim::StackInit& init) override;
  bool ask(std::span<const sim::Observation> observations) override;
  bool answer(std::span<sim::Act> acts) override;
  sim::StackFault fault() const override { return fault_; }

  // Result and Bye; waits a moment for its end, then kills. True: it has ended by itself, or is no process of ours.
  bool finish(const replay::StackResult& result);
  // Instead of start(): Error at its Hello, to see whether it ends, or closes its connection, within five seconds.
  bool refuse(const std::string& why);
  const std::string& observed() const { return observe_; }  // the last Observe, as it was sent
  bool sandboxed() const { return process_ && process_->sandboxed(); }
  bool executed() const { return process_.has_value(); }
  const std::string& client() const { return client_; }      // `planner 1.0`
  const std::string& protocol() const { return protocol_; }  // that the stack speaks: `1.0`

 private:
  explicit RemoteStack(RemoteOptions options);
  sim::Result<void> execute(const Spec& spec);
  bool accept_one(Deadline deadline);
  bool shake_hands(const sim::StackInit& init, Deadline deadline);
  bool hear_hello(Deadline deadline);
  bool hear_ready(Deadline deadline);
  bool sent(Io io, const char* what);
  bool heard(Io io, const char* what);
  bool fail(sim::StackFaultKind kind, std::string what);
  bool lost(const char* what);

  RemoteOptions options_;
  std::filesystem::path dir_;  // private, removed at the end
  int listening_ = -1;
  std::optional<Process> process_;
  Link link_;
  std::string client_, protocol_, observe_;
  sim::StackInit init_;
  sim::StackFault fault_;
  bool failed_ = false;
  replay::ObserveCodec observations_;
  replay::ActCodec acts_;
  std::uint64_t seq_ = 0;
  std::span<const sim::Observation> asked_;
};

// A socket that listens in a new directory of mode 0700 under $TMPDIR.
struct PrivateSocket {
  std::filesystem::path dir, path;
  int handle = -1;
};
sim::Result<PrivateSocket> listen_privately();
// Loopback addresses only, unless insecure.
sim::Result<int> connect_to(const Spec& spec, bool insecure);

}  // namespace bitgoeul::scenarios::stack
