#include "replication/transport/grpc/front_door.h"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/status_macros.h"

namespace warren::replication {
namespace {

constexpr size_t kCallersMax = 256;
constexpr int kBacklog = 512;
constexpr char kTlsHandshake = 0x16;  // RFC 8446, section 5.1: the type of a record.

// To a client of HTTP/2 without TLS: gRPC names it "an http1.x server", and curl shows all of it.
constexpr std::string_view kTlsWanted =
    "HTTP/1.1 426 Upgrade Required\r\nConnection: close\r\nContent-Length: 47\r\n\r\n"
    "this node speaks TLS, and its caller plaintext\n";
// To a client with TLS: OpenSSL calls it "wrong version number".
constexpr std::string_view kPlaintextWanted = "this node speaks plaintext, and its caller TLS\n";
static_assert(kTlsWanted.size() - kTlsWanted.rfind('\r') == 2 + 47);

std::string TextOf(const sockaddr_storage& address, socklen_t size) {
  char host[NI_MAXHOST];
  char service[NI_MAXSERV];
  const int error =
      getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host, sizeof(host), service,
                  sizeof(service), NI_NUMERICHOST | NI_NUMERICSERV);
  return error == 0 ? absl::StrCat(host, ":", service) : "unknown";
}

absl::Status ErrnoStatus(const std::string& what) {
  return absl::UnavailableError(absl::StrCat(what, ": ", std::strerror(errno)));
}

absl::StatusOr<int> Listen(const addrinfo& at, const std::string& text) {
  const int fd =
      socket(at.ai_family, at.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, at.ai_protocol);
  if (fd < 0) return ErrnoStatus(absl::StrCat("socket for ", text));
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(fd, at.ai_addr, at.ai_addrlen) == 0 && listen(fd, kBacklog) == 0) return fd;
  const absl::Status status = ErrnoStatus(absl::StrCat("cannot listen at ", text));
  close(fd);
  return status;
}

absl::StatusOr<int> ListenAt(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) {
    return absl::InvalidArgumentError(absl::StrCat("address '", address, "' is not host:port"));
  }
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.empty() ? nullptr : host.c_str(), address.c_str() + colon + 1,
                                &hints, &found);
  if (error != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("address '", address, "': ", gai_strerror(error)));
  }
  absl::StatusOr<int> listener = Listen(*found, address);
  freeaddrinfo(found);
  return listener;
}

uint16_t PortOf(int fd) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  return ntohs(address.ss_family == AF_INET6
                   ? reinterpret_cast<const sockaddr_in6&>(address).sin6_port
                   : reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

}  // namespace

absl::StatusOr<std::unique_ptr<FrontDoor>> FrontDoor::Open(const std::string& address,
                                                           const Options& options) {
  WARREN_ASSIGN_OR_RETURN(const int listener, ListenAt(address));
  const int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_fd < 0) {
    const absl::Status status = ErrnoStatus("eventfd");
    close(listener);
    return status;
  }
  return std::unique_ptr<FrontDoor>(new FrontDoor(options, listener, wake_fd, PortOf(listener)));
}

FrontDoor::~FrontDoor() {
  Stop();
  for (const Caller& caller : callers_) close(caller.fd);
  close(listener_);
  close(wake_fd_);
}

void FrontDoor::Start(std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor) {
  acceptor_ = std::move(acceptor);
  thread_ = std::thread([this] { Run(); });
}

void FrontDoor::Stop() {
  if (!thread_.joinable()) return;
  eventfd_write(wake_fd_, 1);
  thread_.join();
  shutdown(listener_, SHUT_RDWR);  // Whoever calls from now on is refused.
}

void FrontDoor::Run() {
  std::vector<pollfd> polled;
  for (;;) {
    polled.assign({{.fd = wake_fd_, .events = POLLIN, .revents = 0},
                   {.fd = listener_, .events = POLLIN, .revents = 0}});
    if (callers_.size() >= kCallersMax) polled.pop_back();
    for (const Caller& caller : callers_) {
      polled.push_back({.fd = caller.fd, .events = POLLIN, .revents = 0});
    }
    const int timeout =
        callers_.empty() ? -1 : static_cast<int>(absl::ToInt64Milliseconds(options_.patience) + 1);
    if (poll(polled.data(), polled.size(), timeout) < 0 && errno != EINTR) return;
    if (polled[0].revents != 0) return;
    for (auto it = callers_.begin(); it != callers_.end();) {
      const Verdict verdict = Look(*it);
      if (verdict == Verdict::kWait) {
        ++it;
        continue;
      }
      Settle(*it, verdict);
      it = callers_.erase(it);
    }
    if (callers_.size() < kCallersMax) Admit();
  }
}

void FrontDoor::Admit() {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  const int fd = accept4(listener_, reinterpret_cast<sockaddr*>(&address), &size,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return;
  callers_.push_back({.fd = fd, .address = TextOf(address, size), .since = options_.clock->Now()});
}

FrontDoor::Verdict FrontDoor::Look(const Caller& caller) const {
  char first = 0;
  const ssize_t got = recv(caller.fd, &first, 1, MSG_PEEK);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
    const bool waits = options_.clock->Now() - caller.since < options_.patience;
    return waits ? Verdict::kWait : Verdict::kGone;
  }
  if (got <= 0) return Verdict::kGone;
  return (first == kTlsHandshake) == options_.with_tls ? Verdict::kHandOver : Verdict::kTurnAway;
}

void FrontDoor::Settle(const Caller& caller, Verdict verdict) {
  if (verdict == Verdict::kHandOver) {
    grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
    connection.listener_fd = listener_;
    connection.fd = caller.fd;
    acceptor_->HandleNewConnection(&connection);
    return;
  }
  if (verdict == Verdict::kTurnAway) TurnAway(caller);
  close(caller.fd);
}

void FrontDoor::TurnAway(const Caller& caller) {
  const std::string host = caller.address.substr(0, caller.address.rfind(':'));
  if (repeats_.Passes(host, options_.clock->Now())) {
    options_.log.Warning(
        "peer.refused",
        {{"address", caller.address},
         {"reason", options_.with_tls ? "plaintext: the caller speaks plaintext, this node TLS"
                                      : "tls: the caller speaks TLS, this node plaintext"}});
  }
  const std::string_view answer = options_.with_tls ? kTlsWanted : kPlaintextWanted;
  // What it has sent is read, or closing would reset the connection and take the answer with it.
  char unread[4096];
  while (recv(caller.fd, unread, sizeof(unread), 0) > 0) {
  }
  [[maybe_unused]] const ssize_t sent =
      send(caller.fd, answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  shutdown(caller.fd, SHUT_WR);
}

}  // namespace warren::replication
