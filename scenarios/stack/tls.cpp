#include "scenarios/stack/tls.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>

namespace bitgoeul::scenarios::stack {
namespace {

constexpr std::size_t kMostAtOnce = 1u << 20;

// OpenSSL's own sockets would end the process with SIGPIPE when the other side has gone.
int handle_of(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

int write_socket(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  const auto n = ::send(handle_of(bio), data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
  return static_cast<int>(n);
}

int read_socket(BIO* bio, char* data, int size) {
  BIO_clear_retry_flags(bio);
  const auto n = ::recv(handle_of(bio), data, static_cast<std::size_t>(size), 0);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
  return static_cast<int>(n);
}

long control_socket(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

BIO_METHOD* socket_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    BIO_meth_set_write(made, write_socket);
    BIO_meth_set_read(made, read_socket);
    BIO_meth_set_ctrl(made, control_socket);
    return made;
  }();
  return method;
}

std::string last_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  char text[256] = "no reason given";
  if (code != 0) ERR_error_string_n(code, text, sizeof text);
  return text;
}

tl::unexpected<sim::Issue> wrong(std::string what, const std::filesystem::path& file = {}, std::string remedy = {}) {
  return sim::fail(std::move(what), file.string(), 0, "TLS", std::move(remedy));
}

}  // namespace

struct Tls::Impl {
  SSL_CTX* context = nullptr;
  SSL* session = nullptr;
  int handle = -1;

  ~Impl() {
    if (session != nullptr && SSL_is_init_finished(session)) SSL_shutdown(session);
    ERR_clear_error();
    SSL_free(session);
    SSL_CTX_free(context);
  }

  sim::Result<void> read(const TlsFiles& files, bool server) {
    context = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    if (server) SSL_CTX_set_num_tickets(context, 0);  // one connection is one run
    const bool own = files.authorities.empty() ? SSL_CTX_set_default_verify_paths(context) == 1
                                               : SSL_CTX_load_verify_file(context, files.authorities.c_str()) == 1;
    if (!own) return wrong("no certificates of authorities: " + last_error(), files.authorities);
    if (!server || !files.authorities.empty())
      SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    if (files.certificate.empty()) return {};
    if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1)
      return wrong("no certificate: " + last_error(), files.certificate);
    if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1)
      return wrong("no key: " + last_error(), files.key);
    return {};
  }

  void open(int socket) {
    handle = socket;
    session = SSL_new(context);
    BIO* bio = BIO_new(socket_method());
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket)));
    BIO_set_init(bio, 1);
    SSL_set_bio(session, bio, bio);
  }

  // The certificate must be for this name or address.
  void expect(const std::string& host) {
    in_addr address;
    if (::inet_pton(AF_INET, host.c_str(), &address) == 1) {
      X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host.c_str());
    } else {
      SSL_set1_host(session, host.c_str());
      SSL_set_tlsext_host_name(session, host.c_str());
    }
  }

  // True: wait and try again.
  bool waits(int result) const {
    const int why = SSL_get_error(session, result);
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
  }

  sim::Result<void> shake_hands(bool server, Deadline deadline) {
    for (;;) {
      const int done = server ? SSL_accept(session) : SSL_connect(session);
      if (done == 1) return {};
      if (waits(done)) {
        if (is_over(deadline)) return wrong("the other side does not answer in time");
        pollfd ready{handle, static_cast<short>(SSL_want_write(session) ? POLLOUT : POLLIN), 0};
        ::poll(&ready, 1, 20);
        continue;
      }
      const long verdict = SSL_get_verify_result(session);
      if (verdict != X509_V_OK)
        return wrong(
            fmt::format("the other side's certificate is not accepted: {}", X509_verify_cert_error_string(verdict)), {},
            "give the authority that has signed it (--stack-ca), and the name or address that it is for");
      return wrong("the other side speaks no TLS 1.3, or does not accept our certificate: " + last_error());
    }
  }

  // As the calls of sockets say it.
  long outcome(int result, std::size_t done) const {
    if (result == 1) return static_cast<long>(done);
    const int why = SSL_get_error(session, result);
    ERR_clear_error();
    if (why == SSL_ERROR_ZERO_RETURN) return 0;
    errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
    return -1;
  }
};

Tls::Tls(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Tls::~Tls() = default;

sim::Result<std::unique_ptr<Tls>> Tls::connect(int handle, const TlsFiles& files, const std::string& host,
                                               Deadline deadline) {
  auto impl = std::make_unique<Impl>();
  if (auto read = impl->read(files, false); !read) return tl::unexpected(read.error());
  impl->open(handle);
  impl->expect(host);
  if (auto done = impl->shake_hands(false, deadline); !done) return tl::unexpected(done.error());
  return std::unique_ptr<Tls>(new Tls(std::move(impl)));
}

sim::Result<std::unique_ptr<Tls>> Tls::accept(int handle, const TlsFiles& files, Deadline deadline) {
  auto impl = std::make_unique<Impl>();
  if (auto read = impl->read(files, true); !read) return tl::unexpected(read.error());
  impl->open(handle);
  if (auto done = impl->shake_hands(true, deadline); !done) return tl::unexpected(done.error());
  return std::unique_ptr<Tls>(new Tls(std::move(impl)));
}

long Tls::send(const char* data, std::size_t size) {
  std::size_t done = 0;
  const int result = SSL_write_ex(impl_->session, data, std::min(size, kMostAtOnce), &done);
  return impl_->outcome(result, done);
}

long Tls::receive(char* data, std::size_t size) {
  std::size_t done = 0;
  const int result = SSL_read_ex(impl_->session, data, std::min(size, kMostAtOnce), &done);
  return impl_->outcome(result, done);
}

// What lies in the socket may be TLS's own: it counts when something can be read.
std::size_t Tls::unread() {
  int waiting = 0;
  ::ioctl(impl_->handle, FIONREAD, &waiting);
  if (waiting > 0) {
    char byte;
    std::size_t got = 0;
    if (SSL_peek_ex(impl_->session, &byte, 1, &got) != 1) ERR_clear_error();
  }
  return static_cast<std::size_t>(SSL_pending(impl_->session));
}

}  // namespace bitgoeul::scenarios::stack
