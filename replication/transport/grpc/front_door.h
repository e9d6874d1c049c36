// Where connections of other nodes come in.
#pragma once

#include <grpcpp/server_builder.h>

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "base/clock.h"
#include "base/logging.h"
#include "replication/transport/grpc/repeat_guard.h"

namespace warren::replication {

// Listens, looks at the first byte that a connection brings, and gives the connection to gRPC if it
// speaks what is spoken here: TLS or plaintext. gRPC itself says nothing of a handshake that comes
// to nothing; here both sides learn why: this one's log, and the other one by an answer that its
// own error will name.
//
// A connection that brings nothing is closed after a while, and there is a limit to how many may be
// in that state. A thread of its own. Destroying it, or Stop(), waits for the thread.
class FrontDoor {
 public:
  struct Options {
    bool with_tls = false;
    absl::Duration patience = absl::Seconds(2);  // With connections that bring nothing.
    base::Logger log;
    const base::Clock* clock = nullptr;
  };

  // `address` is host:port; port 0 takes a free one. INVALID_ARGUMENT, or UNAVAILABLE if the
  // address cannot be listened at.
  static absl::StatusOr<std::unique_ptr<FrontDoor>> Open(const std::string& address,
                                                         const Options& options);
  ~FrontDoor();

  uint16_t port() const { return port_; }

  // From now on connections are let in. Once.
  void Start(std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor);
  void Stop();

 private:
  struct Caller {
    int fd = -1;
    std::string address;
    base::MonotonicTime since;
  };
  enum class Verdict { kWait, kHandOver, kTurnAway, kGone };

  FrontDoor(const Options& options, int listener, int wake_fd, uint16_t port)
      : options_(options), listener_(listener), wake_fd_(wake_fd), port_(port) {}

  void Run();
  void Admit();
  Verdict Look(const Caller& caller) const;
  void Settle(const Caller& caller, Verdict verdict);
  void TurnAway(const Caller& caller);

  const Options options_;
  const int listener_;
  const int wake_fd_;  // Becomes readable when the thread is to end.
  const uint16_t port_;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  // The thread's.
  std::list<Caller> callers_;  // Who has said nothing yet.
  RepeatGuard repeats_;
  std::thread thread_;
};

}  // namespace warren::replication
