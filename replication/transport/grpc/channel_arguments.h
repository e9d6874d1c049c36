// How connections between nodes are set up.
#pragma once

#include <grpcpp/server_builder.h>
#include <grpcpp/support/channel_arguments.h>

#include "replication/transport/config.h"

namespace warren::replication {

grpc::ChannelArguments ClientArguments(const TransportConfig& config);
void SetServerArguments(const TransportConfig& config, grpc::ServerBuilder* builder);

}  // namespace warren::replication
