// How connections between nodes are set up.
#pragma once

#include <grpcpp/server_builder.h>
#include <grpcpp/support/channel_arguments.h>

#include <string>

#include "replication/transport/config.h"

namespace warren::replication {

// `server_name`: what the server's certificate should be for, where there is TLS.
grpc::ChannelArguments ClientArguments(const TransportConfig& config,
                                       const std::string& server_name);
void SetServerArguments(const TransportConfig& config, grpc::ServerBuilder* builder);

}  // namespace warren::replication
