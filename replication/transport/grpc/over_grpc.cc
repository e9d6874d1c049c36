#include "replication/transport/grpc/over_grpc.h"

#include <memory>
#include <utility>

#include "base/clock.h"
#include "replication/transport/grpc/grpc_transport.h"

namespace warren::replication {

TransportFactory OverGrpc(GrpcTransportOptions options) {
  if (options.clock == nullptr) {
    static const base::SystemClock machine;
    options.clock = &machine;
  }
  return [options = std::move(options)](
             const NodeIdentity& self,
             TransportListener* listener) -> absl::StatusOr<std::unique_ptr<Transport>> {
    GrpcTransportOptions own = options;
    own.self = self;
    return GrpcTransport::Start(own, listener);
  };
}

}  // namespace warren::replication
