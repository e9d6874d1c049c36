// A node's transport over gRPC, for who need not see gRPC's headers.
#pragma once

#include "replication/transport/factory.h"
#include "replication/transport/grpc/options.h"

namespace warren::replication {

// For NodePlatform::transport. `self` in the options is left to the node; without a clock it is the
// machine's. The factory returns what GrpcTransport::Start says.
TransportFactory OverGrpc(GrpcTransportOptions options);

}  // namespace warren::replication
