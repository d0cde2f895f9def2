// Where a stack may be: this machine, with a secret over TCP, in a private directory over Unix sockets; another one
// over TLS.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
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

struct ListeningSocket {
  int handle = ::socket(AF_INET, SOCK_STREAM, 0), port = 0;
  ListeningSocket() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::bind(handle, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    REQUIRE(::listen(handle, 1) == 0);
    socklen_t size = sizeof address;
    ::getsockname(handle, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
  }
  ~ListeningSocket() { ::close(handle); }
};

// A planner that listens on a TCP port of its own and drives whoever connects.
struct Listener : ListeningSocket {
  std::thread thread;
  explicit Listener(const std::string& token) {
    thread = std::thread([this, token] {
      sst::Link link(::accept(handle, nullptr, nullptr));
      sst::Planner planner(sst::plan);
      sst::ServeOptions options;
      options.token = token;
      (void)sst::serve(link, planner, options);
    });
  }
  ~Listener() { thread.join(); }
};

}  // namespace

TEST_CASE("other machines are refused without --insecure, TCP without a token, addresses without a listener") {
  CHECK(refusal("tcp:10.0.0.1:5000", "secret").find("not an address of this machine") != std::string::npos);
  CHECK(refusal("tcp:example.org:5000", "secret").find("not an address of this machine") != std::string::npos);
  CHECK(refusal("tcp:127.evil.example:5000", "secret").find("not an address of this machine") != std::string::npos);
  CHECK(refusal("tcp:nobody.invalid:5000", "secret", true).find("no IPv4 address") != std::string::npos);
  CHECK(refusal("tls:nobody.invalid:5000", "secret").find("no IPv4 address") != std::string::npos);
  CHECK(refusal("tls:127.0.0.1:5000", "").find("needs a token") != std::string::npos);
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

namespace {

// A certificate that signs itself, and its key, as two files.
sst::TlsFiles make_certificate(const fs::path& dir, const std::string& name, const std::string& subject) {
  sst::TlsFiles files{{}, dir / (name + ".pem"), dir / (name + ".key")};
  const std::string command =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" + name +
      " -addext subjectAltName=" + subject + " -out " + files.certificate.string() + " -keyout " + files.key.string() +
      " 2>/dev/null";
  REQUIRE(std::system(command.c_str()) == 0);
  return files;
}

// Drives whoever connects, if TLS and the protocol succeed.
struct TlsListener : ListeningSocket {
  std::thread thread;
  explicit TlsListener(sst::TlsFiles files) {
    thread = std::thread([this, files] {
      const int accepted = ::accept(handle, nullptr, nullptr);
      sst::Link link(accepted);
      auto tls = sst::Tls::accept(accepted, files, sst::in_seconds(5));
      if (!tls) return;
      link.encrypt(std::move(*tls));
      sst::Planner planner(sst::plan);
      (void)sst::serve(link, planner, {"tls", "1", "secret", 600});
    });
  }
  ~TlsListener() { thread.join(); }
};

// Why the stack does not drive 200 exchanges of 3 vehicles; empty: it does.
std::string over_tls(const sst::TlsFiles& theirs, const sst::TlsFiles& ours, const std::string& host = "127.0.0.1") {
  TlsListener listener(theirs);
  sst::RemoteOptions options;
  options.token = "secret";
  options.tls = ours;
  auto opened = sst::RemoteStack::open(*sst::parse_spec("tls:" + host + ":" + std::to_string(listener.port)), options);
  if (!opened) return sim::to_string(opened.error());
  sst::Street street(3, 50), other(3, 50);
  sst::Planner inside(sst::plan);
  if (!(*opened)->start(street.init()) || !inside.start(other.init())) return (*opened)->fault().what;
  std::vector<sim::Act> acts(3), expected(3);
  for (int i = 0; i < 200; ++i) {
    if (!(*opened)->ask(street.observe()) || !(*opened)->answer(acts)) return (*opened)->fault().what;
    CHECK((inside.ask(other.observe()) && inside.answer(expected)));
    for (std::size_t k = 0; k < 3; ++k) CHECK(acts[k].steering_rad == expected[k].steering_rad);
    street.advance(acts), other.advance(expected);
  }
  return (*opened)->finish({"PASS", {}}) ? std::string() : "did not end";
}

}  // namespace

TEST_CASE("over TLS: driven only when the certificate is the stack's, for its address, and ours is accepted") {
  if (std::system("openssl version >/dev/null 2>&1") != 0) {
    MESSAGE("skipped: no openssl to make certificates with");
    return;
  }
  std::string dir = (fs::temp_directory_path() / "bitgoeul_tls_XXXXXX").string();
  REQUIRE(mkdtemp(dir.data()) != nullptr);
  const sst::TlsFiles stack = make_certificate(dir, "stack", "IP:127.0.0.1");
  const sst::TlsFiles elsewhere = make_certificate(dir, "elsewhere", "DNS:elsewhere.example");
  const sst::TlsFiles engine = make_certificate(dir, "engine", "DNS:engine.example");
  const auto trusting = [](const sst::TlsFiles& other, const sst::TlsFiles& own = {}) {
    return sst::TlsFiles{other.certificate, own.certificate, own.key};
  };
  CHECK(over_tls(stack, trusting(stack)).empty());
  CHECK(over_tls(trusting(engine, stack), trusting(stack, engine)).empty());
  CHECK(over_tls(stack, {}).find("certificate is not accepted") != std::string::npos);
  CHECK(over_tls(stack, trusting(elsewhere)).find("certificate is not accepted") != std::string::npos);
  CHECK(over_tls(elsewhere, trusting(elsewhere)).find("IP address mismatch") != std::string::npos);
  CHECK(over_tls(elsewhere, trusting(elsewhere), "localhost").find("hostname mismatch") != std::string::npos);
  CHECK_FALSE(over_tls(trusting(engine, stack), trusting(stack)).empty());             // it asks for ours
  CHECK_FALSE(over_tls(trusting(engine, stack), trusting(stack, elsewhere)).empty());  // and knows no other
  CHECK(over_tls(stack, {fs::path(dir) / "none.pem", {}, {}}).find("none.pem") != std::string::npos);
  {
    Listener plain("secret");  // speaks without encryption
    sst::RemoteOptions options;
    options.token = "secret";
    options.tls = trusting(stack);
    options.start_s = 1;
    CHECK_FALSE(sst::RemoteStack::open(*sst::parse_spec("tls:127.0.0.1:" + std::to_string(plain.port)), options));
  }
  fs::remove_all(dir);
}
