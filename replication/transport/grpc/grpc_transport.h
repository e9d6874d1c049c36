// The transport that nodes use: gRPC over TCP, with TLS or without.
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "replication/transport/grpc/event_loop.h"
#include "replication/transport/grpc/front_door.h"
#include "replication/transport/grpc/incoming_stream.h"
#include "replication/transport/grpc/options.h"
#include "replication/transport/grpc/outgoing_stream.h"
#include "replication/transport/grpc/stream_context.h"
#include "replication/transport/grpc/tls.h"
#include "replication/transport/transport.h"

namespace warren::replication {

// One listener is called by one thread, the loop's: it must not wait for anything.
//
// Nobody is let in before SetPeers().
class GrpcTransport final : public Transport, private Reception {
 public:
  // Borrows the listener and the clock, until it has stopped. INVALID_ARGUMENT for faults in the
  // options, UNAVAILABLE if the address cannot be listened at, or what TlsCredentials() says.
  static absl::StatusOr<std::unique_ptr<GrpcTransport>> Start(const GrpcTransportOptions& options,
                                                              TransportListener* listener);
  ~GrpcTransport() override;

  uint16_t port() const { return door_->port(); }

  void SetPeers(std::vector<PeerAddress> peers) override;
  bool Send(NodeId to, StreamClass stream, base::BytesChain message) override;
  size_t QueuedBytes(NodeId to, StreamClass stream) const override;
  std::vector<StreamStats> GetStats() const override;
  void Stop() override;

 private:
  // What is kept of a peer as long as it is one.
  struct Peer {
    PeerAddress address;
    std::array<std::shared_ptr<OutgoingStream>, kStreamClasses> outgoing;
    // Shared: a stream that is being closed may still count.
    std::array<std::shared_ptr<IncomingStream>, kStreamClasses> incoming;
    std::array<ReceivedCounts, kStreamClasses> received;
    Incarnation incarnation;  // The latest that said hello.

    void Close();
  };
  using Peers = std::map<NodeId, std::shared_ptr<Peer>>;

  GrpcTransport(const GrpcTransportOptions& options, TransportListener* listener,
                PeerCredentials credentials, std::unique_ptr<FrontDoor> door);

  absl::Status StartServer(const PeerCredentials& credentials);
  std::shared_ptr<OutgoingStream> Find(NodeId to, StreamClass stream) const;

  void AwaitNext() override;
  std::optional<Refusal> Receive(const std::shared_ptr<IncomingStream>& stream, const Hello& hello,
                                 const CertificateNames& certificate) override;
  void Leave(IncomingStream* stream) override;

  RepeatGuard refusals_;
  StreamContext context_;
  std::unique_ptr<FrontDoor> door_;
  grpc::AsyncGenericService service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<EventLoop> loop_;

  mutable std::mutex mutex_;
  Peers peers_;           // Guarded by mutex_.
  bool stopped_ = false;  // Guarded by mutex_.
};

}  // namespace warren::replication
