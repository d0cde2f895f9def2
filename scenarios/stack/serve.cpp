#include "scenarios/stack/serve.h"

#include <cstdlib>

#include "replay/stack_messages.h"
#include "scenarios/stack/remote.h"

namespace bitgoeul::scenarios::stack {
namespace {

sim::Result<Frame> receive(Link& link, const ServeOptions& options) {
  Frame frame;
  const Io io = link.receive(frame, kMostPayload, in_seconds(options.patience_s));
  if (io == Io::kDone && frame.type != FrameType::kError) return frame;
  if (io == Io::kDone) return sim::fail("the engine says: " + replay::unpack_farewell(frame.payload));
  return sim::fail(io == Io::kTimeout ? "the engine is silent" : "the engine has closed the connection");
}

sim::Result<sim::StackInit> shake_hands(Link& link, const ServeOptions& options) {
  replay::StackHello hello;
  hello.client_name = options.name, hello.client_version = options.version, hello.token = options.token;
  link.send(FrameType::kHello, replay::pack(hello), in_seconds(options.patience_s));
  sim::StackInit init;
  replay::StackHelloAck ack;
  auto frame = receive(link, options);
  if (!frame) return tl::unexpected(frame.error());
  if (frame->type != FrameType::kHelloAck || !replay::unpack_hello_ack(frame->payload, ack, init))
    return sim::fail("expected HelloAck, got " + to_string(frame->type));
  frame = receive(link, options);
  if (!frame) return tl::unexpected(frame.error());
  if (frame->type != FrameType::kInit || !replay::unpack_init(frame->payload, init))
    return sim::fail("expected Init, got " + to_string(frame->type));
  return init;
}

}  // namespace

sim::Result<Link> connect_to_engine() {
  const char* path = std::getenv("BITGOEUL_STACK_SOCKET");
  if (path == nullptr)
    return sim::fail("BITGOEUL_STACK_SOCKET is not set", {}, 0, {}, "let the engine start it: exec:");
  Spec spec{Transport::kUnix, std::string("unix:") + path, path, 0};
  const auto handle = connect_to(spec, false);
  if (!handle) return tl::unexpected(handle.error());
  return Link(*handle);
}

sim::Result<void> serve(Link& link, sim::Stack& stack, const ServeOptions& options) {
  const auto init = shake_hands(link, options);
  if (!init) return tl::unexpected(init.error());
  if (!stack.start(*init)) {
    link.send(FrameType::kReject, replay::pack_reason(stack.fault().what), in_seconds(1));
    return sim::fail("the stack rejects the run: " + stack.fault().what);
  }
  link.send(FrameType::kReady, {}, in_seconds(options.patience_s));
  replay::ObserveCodec observations;
  replay::ActCodec acts;
  std::vector<sim::Observation> seen;
  std::vector<sim::Act> answers;
  std::string message;
  for (;;) {
    const auto frame = receive(link, options);
    if (!frame) return tl::unexpected(frame.error());
    if (frame->type == FrameType::kResult) continue;
    if (frame->type == FrameType::kBye) return {};
    replay::ActFrame to;
    if (frame->type != FrameType::kObserve || !observations.decode(frame->payload, to.seq, seen))
      return sim::fail("expected Observe, got " + to_string(frame->type));
    answers.assign(seen.size(), {});
    if (!stack.ask(seen) || !stack.answer(answers)) return sim::fail("the stack has failed: " + stack.fault().what);
    to.time_ns = seen.empty() ? 0 : seen[0].time_ns;
    to.asked = seen;
    acts.encode(to, answers, message);
    if (link.send(FrameType::kAct, message, in_seconds(options.patience_s)) != Io::kDone)
      return sim::fail("the engine has closed the connection");
  }
}

}  // namespace bitgoeul::scenarios::stack
