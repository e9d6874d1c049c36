// How a node gets its transport.
#pragma once

#include <functional>
#include <memory>

#include "absl/status/statusor.h"

#include "replication/transport/hello.h"
#include "replication/transport/transport.h"

namespace warren::replication {

// Makes the transport once the node knows who it is. The listener outlives it.
using TransportFactory = std::function<absl::StatusOr<std::unique_ptr<Transport>>(
    const NodeIdentity& self, TransportListener* listener)>;

}  // namespace warren::replication
