// Where a stack may be: this machine only, with a secret over TCP, in a private directory over Unix sockets.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "scenarios/stack/conform.h"
#include "scenarios/stack/planner.h"
#include "scenarios/stack/remote.h"
#include "scenarios/stack/serve.h"

using namespace bitgoeul;
namespace fs = std::filesystem;
namespace sst = scenarios::stack;

namespace {

std::string refusal(const std::string& spec, const std::string& token, bool insecure = false) {
  sst::RemoteOptions options;
  options.token = token;
  options.insecure = insecure;
  const auto opened = sst::RemoteStack::open(*sst::parse_spec(spec), options);
  return opened ? std::string() : opened.error().what;
}

// A planner that listens on a TCP port of its own and drives whoever connects.
struct Listener {
  int handle = ::socket(AF_INET, SOCK_STREAM, 0), port = 0;
  std::thread thread;
  explicit Listener(const std::string& token) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(handle, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(handle, 1) == 0);
    socklen_t size = sizeof address;
    ::getsockname(handle, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    thread = std::thread([this, token] {
      sst::Link link(::accept(handle, nullptr, nullptr));
      sst::Planner planner(sst::plan);
      sst::ServeOptions options;
      options.token = token;
      (void)sst::serve(link, planner, options);
    });
  }
  ~Listener() {
    thread.join();
    ::close(handle);
  }
};

}  // namespace

TEST_CASE("other machines are refused without --insecure, TCP without a token, addresses without a listener") {
  CHECK(refusal("tcp:10.0.0.1:5000", "secret").find("not an address of this machine") != std::string::npos);
  CHECK(refusal("tcp:example.org:5000", "secret").find("not an address of this machine") != std::string::npos);
  CHECK(refusal("tcp:example.org:5000", "secret", true).find("no IPv4 address") != std::string::npos);
  CHECK(refusal("tcp:127.0.0.1:5000", "").find("needs a token") != std::string::npos);
  CHECK(refusal("tcp:127.0.0.1:1", "secret").find("nothing listens there") != std::string::npos);
  CHECK(refusal("unix:/nowhere/socket", "").find("nothing listens there") != std::string::npos);
  CHECK(refusal("unix:/" + std::string(200, 'x'), "").find("at most 107") != std::string::npos);
}

TEST_CASE("over TCP the stack drives with the right token; with another it is STACK_PROTOCOL") {
  for (const bool right : {true, false}) {
    Listener listener(right ? "secret" : "guess");
    sst::RemoteOptions options;
    options.token = "secret";
    auto opened = sst::RemoteStack::open(*sst::parse_spec("tcp:127.0.0.1:" + std::to_string(listener.port)), options);
    REQUIRE(opened.has_value());
    sst::Street street(2, 10);
    CHECK((*opened)->start(street.init()) == right);
    if (right) {
      std::vector<sim::Act> acts(2);
      CHECK(((*opened)->ask(street.observe()) && (*opened)->answer(acts)));
      CHECK((*opened)->finish({"PASS", {}}));
    } else {
      CHECK((*opened)->fault().kind == sim::StackFaultKind::kProtocol);
      CHECK((*opened)->fault().what.find("token") != std::string::npos);
    }
  }
}

TEST_CASE("the socket of an exec: stack lies in a directory that only its owner may enter, and is gone afterwards") {
  const auto socket = sst::listen_privately();
  REQUIRE(socket.has_value());
  struct stat status {};
  REQUIRE(::stat(socket->dir.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
  ::close(socket->handle);
  fs::remove_all(socket->dir);
  fs::path dir;
  {
    sst::RemoteOptions options;
    options.start_s = 0.05;
    auto opened = sst::RemoteStack::open(*sst::parse_spec("exec:echo $BITGOEUL_STACK_DIR; sleep 100"), options);
    REQUIRE(opened.has_value());
    CHECK_FALSE((*opened)->start({}));
    dir = (*opened)->fault().log_tail.substr(0, (*opened)->fault().log_tail.find('\n'));
    CHECK(fs::exists(dir));
  }
  CHECK_FALSE(dir.empty());
  CHECK_FALSE(fs::exists(dir));
}
