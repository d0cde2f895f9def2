#include "scenarios/stack/remote.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include "scenarios/tracker.h"

namespace bitgoeul::scenarios::stack {
namespace {

using sim::StackFaultKind;

constexpr double kLastWordsS = 1.0;  // for a process to end, once it has closed its connection
constexpr double kGoodbyeS = 2.0;
constexpr double kRefusedS = 5.0;

bool same_secret(const std::string& a, const std::string& b) {  // in a time that does not tell where they differ
  unsigned char differ = a.size() != b.size();
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) differ |= static_cast<unsigned char>(a[i] ^ b[i]);
  return differ == 0;
}

}  // namespace

RemoteStack::RemoteStack(RemoteOptions options) : options_(std::move(options)) {}

RemoteStack::~RemoteStack() {
  link_.close();
  process_.reset();
  if (listening_ >= 0) ::close(listening_);
  std::error_code error;
  if (!dir_.empty()) std::filesystem::remove_all(dir_, error);
}

std::unique_ptr<RemoteStack> RemoteStack::on(int handle, RemoteOptions options) {
  std::unique_ptr<RemoteStack> stack(new RemoteStack(std::move(options)));
  stack->link_ = Link(handle);
  return stack;
}

sim::Result<std::unique_ptr<RemoteStack>> RemoteStack::open(const Spec& spec, RemoteOptions options) {
  std::unique_ptr<RemoteStack> stack(new RemoteStack(std::move(options)));
  if (spec.transport == Transport::kExec) {
    if (auto started = stack->execute(spec); !started) return tl::unexpected(started.error());
    return stack;
  }
  if (spec.transport != Transport::kUnix && stack->options_.token.empty())
    return sim::fail("a stack over TCP or TLS needs a token", {}, 0, "stack " + spec.text,
                     "set BITGOEUL_STACK_TOKEN to the same secret for both sides");
  auto handle = connect_to(spec, stack->options_.insecure);
  if (!handle) return tl::unexpected(handle.error());
  if (spec.transport == Transport::kUnix) stack->options_.token.clear();  // the file's owner guards it
  stack->link_ = Link(*handle);
  if (spec.transport != Transport::kTls) return stack;
  auto tls = Tls::connect(*handle, stack->options_.tls, spec.name, in_seconds(stack->options_.start_s));
  if (!tls) {
    tls.error().where = "stack " + spec.text;
    return tl::unexpected(tls.error());
  }
  stack->link_.encrypt(std::move(*tls));
  return stack;
}

sim::Result<void> RemoteStack::execute(const Spec& spec) {
  auto socket = listen_privately();
  if (!socket) return tl::unexpected(socket.error());
  dir_ = socket->dir;
  listening_ = socket->handle;
  options_.token.clear();
  Process::Request request;
  request.command = spec.name;
  request.dir = dir_;
  request.log = options_.log.empty() ? dir_ / "log" : options_.log;
  request.environment = {{"BITGOEUL_STACK_SOCKET", socket->path.string()},
                         {"BITGOEUL_STACK_DIR", dir_.string()},
                         {"TMPDIR", dir_.string()},
                         {"PYTHONDONTWRITEBYTECODE", "1"}};
  request.limits = options_.limits;
  request.sandbox = options_.sandbox;
  auto process = Process::start(request);
  if (!process) return tl::unexpected(process.error());
  process_.emplace(std::move(*process));
  return {};
}

bool RemoteStack::fail(StackFaultKind kind, std::string what) {
  if (failed_) return false;
  failed_ = true;
  fault_.kind = kind;
  fault_.what = std::move(what);
  const auto code = kind == StackFaultKind::kTimeout ? ErrorCode::kTimeout : ErrorCode::kProtocol;
  if (kind != StackFaultKind::kCrash)
    link_.send(FrameType::kError, replay::pack_error(static_cast<std::uint32_t>(code), fault_.what), in_seconds(0.05));
  link_.close();
  if (process_) {
    process_->kill();
    fault_.log_tail = process_->log_tail();
  }
  return false;
}

// It has gone, or closed its end.
bool RemoteStack::lost(const char* what) {
  if (process_ && process_->wait(kLastWordsS))
    return fail(StackFaultKind::kCrash,
                fmt::format("ended ({}) while {} was expected", process_->how_it_ended(), what));
  return fail(StackFaultKind::kProtocol, fmt::format("closed its connection while {} was expected", what));
}

bool RemoteStack::sent(Io io, const char* what) {
  if (io == Io::kDone) return true;
  if (io == Io::kTimeout)
    return fail(StackFaultKind::kTimeout, fmt::format("did not read {} within {} s", what, options_.answer_s));
  return lost(what);
}

bool RemoteStack::heard(Io io, const char* what) {
  switch (io) {
    case Io::kDone:
      return true;
    case Io::kTimeout:
      return fail(StackFaultKind::kTimeout, fmt::format("gave no {} in time", what));
    case Io::kBad:
      return fail(StackFaultKind::kProtocol, link_.defect());
    case Io::kCut:
      if (process_ && process_->wait(kLastWordsS)) return lost(what);
      return fail(StackFaultKind::kProtocol, link_.defect());
    case Io::kClosed:
    case Io::kGone:
      return lost(what);
  }
  return false;
}

bool RemoteStack::accept_one(Deadline deadline) {
  for (;;) {
    pollfd ready{listening_, POLLIN, 0};
    if (::poll(&ready, 1, 20) > 0) break;
    if (!process_->alive()) return lost("a connection");
    if (std::chrono::steady_clock::now() >= deadline)
      return fail(StackFaultKind::kTimeout,
                  fmt::format("did not connect to $BITGOEUL_STACK_SOCKET within {} s", options_.start_s));
  }
  const int handle = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
  ::close(std::exchange(listening_, -1));  // one connection for one run
  if (handle < 0) return fail(StackFaultKind::kProtocol, "its connection could not be accepted");
  link_ = Link(handle);
  return true;
}

bool RemoteStack::hear_hello(Deadline deadline) {
  Frame frame;
  if (!heard(link_.receive(frame, kMostHello, deadline), "Hello")) return false;
  if (frame.type != FrameType::kHello)
    return fail(StackFaultKind::kProtocol, "expected Hello, got " + to_string(frame.type));
  const auto hello = replay::unpack_hello(frame.payload);
  if (!hello) return fail(StackFaultKind::kProtocol, "Hello: the payload is no such message");
  client_ = hello->client_name + (hello->client_version.empty() ? "" : " " + hello->client_version);
  protocol_ = fmt::format("{}.{}", hello->major, hello->minor);
  if (hello->major != replay::kStackMajor)
    return fail(StackFaultKind::kProtocol, fmt::format("protocol version: expected {}.x, got {}.{}",
                                                       replay::kStackMajor, hello->major, hello->minor));
  if (!options_.token.empty() && !same_secret(options_.token, hello->token))
    return fail(StackFaultKind::kProtocol, "its token is not the one of BITGOEUL_STACK_TOKEN");
  return true;
}

bool RemoteStack::hear_ready(Deadline deadline) {
  Frame frame;
  if (!heard(link_.receive(frame, kMostHello, deadline), "Ready or Reject")) return false;
  if (frame.type == FrameType::kReject)
    return fail(StackFaultKind::kProtocol, "rejected the run: " + replay::unpack_reason(frame.payload));
  if (frame.type == FrameType::kReady) return true;
  return fail(StackFaultKind::kProtocol, "expected Ready or Reject, got " + to_string(frame.type));
}

bool RemoteStack::shake_hands(const sim::StackInit& init, Deadline deadline) {
  if (!hear_hello(deadline)) return false;
  if (!sent(link_.send(FrameType::kHelloAck, replay::pack(options_.hello, init), deadline), "HelloAck")) return false;
  const int within_ms = static_cast<int>(options_.answer_s * 1000);
  const std::string message = replay::pack_init(init, options_.scenario, kTrackerVersion, within_ms);
  return sent(link_.send(FrameType::kInit, message, deadline), "Init") && hear_ready(deadline);
}

bool RemoteStack::start(const sim::StackInit& init) {
  init_ = init;
  const Deadline deadline = in_seconds(options_.start_s);
  if (listening_ >= 0 && !accept_one(deadline)) return false;
  if (process_) link_.watch([this] { return process_->alive(); });
  return shake_hands(init, deadline);
}

bool RemoteStack::ask(std::span<const sim::Observation> observations) {
  if (failed_) return false;
  if (const std::size_t early = link_.unread(); early > 0)
    return fail(StackFaultKind::kProtocol,
                fmt::format("{} bytes came before they were asked for, after Act {}", early, seq_));
  asked_ = observations;
  observations_.encode(++seq_, observations, observe_);
  return sent(link_.send(FrameType::kObserve, observe_, in_seconds(options_.answer_s)), "Observe");
}

bool RemoteStack::answer(std::span<sim::Act> acts) {
  if (failed_) return false;
  Frame frame;
  if (!heard(link_.receive(frame, kMostPayload, in_seconds(options_.answer_s)), "Act")) return false;
  if (frame.type == FrameType::kBye || frame.type == FrameType::kError)
    return fail(StackFaultKind::kCrash, fmt::format("left the run with {} while Act was expected: {}",
                                                    to_string(frame.type), replay::unpack_farewell(frame.payload)));
  if (frame.type != FrameType::kAct)
    return fail(StackFaultKind::kProtocol, "expected Act, got " + to_string(frame.type));
  replay::ActFrame expected;
  expected.seq = seq_;
  expected.time_ns = asked_.empty() ? 0 : asked_[0].time_ns;
  expected.step_ns = init_.dt_ns;
  expected.asked = asked_;
  expected.egos = init_.egos;
  if (std::string defect = acts_.decode(frame.payload, expected, acts); !defect.empty())
    return fail(StackFaultKind::kProtocol, std::move(defect));
  return true;
}

bool RemoteStack::finish(const replay::StackResult& result) {
  if (failed_ || !link_.open()) return false;
  link_.send(FrameType::kResult, replay::pack(result), in_seconds(kGoodbyeS));
  link_.send(FrameType::kBye, replay::pack_reason("the run has ended"), in_seconds(kGoodbyeS));
  link_.close();
  if (!process_ || process_->wait(kGoodbyeS)) return true;
  process_->kill();
  return false;
}

bool RemoteStack::refuse(const std::string& why) {
  const Deadline deadline = in_seconds(options_.start_s);
  if ((listening_ >= 0 && !accept_one(deadline)) || !hear_hello(deadline)) return false;
  const auto code = static_cast<std::uint32_t>(ErrorCode::kAborted);
  link_.send(FrameType::kError, replay::pack_error(code, why), deadline);
  if (process_) {
    link_.close();
    return process_->wait(kRefusedS);
  }
  const Deadline end = in_seconds(kRefusedS);
  Frame frame;
  Io io = Io::kDone;
  while (io == Io::kDone) io = link_.receive(frame, kMostPayload, end);  // what it had sent before it heard of it
  link_.close();
  return io == Io::kClosed || io == Io::kCut;
}

}  // namespace bitgoeul::scenarios::stack
