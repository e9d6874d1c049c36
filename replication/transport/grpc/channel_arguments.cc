#include "replication/transport/grpc/channel_arguments.h"

#include <grpc/impl/codegen/grpc_types.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "replication/transport/frame.h"

namespace warren::replication {
namespace {

// What a receiver lets a stream have under way.
constexpr int kLookaheadBytes = 4 * 1024 * 1024;
// What gRPC takes from a stream before it calls it written.
constexpr int kWriteBufferBytes = 1024 * 1024;
// Frames of HTTP/2. Large ones cost less, and each connection has one stream.
constexpr int kHttpFrameBytes = 1024 * 1024;
constexpr int kReplyBytesMax = 64 * 1024;

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(std::clamp<int64_t>(absl::ToInt64Milliseconds(duration), 1, 86'400'000));
}

std::vector<std::pair<const char*, int>> CommonArguments(const TransportConfig& config) {
  return {
      {GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kLookaheadBytes},
      {GRPC_ARG_HTTP2_WRITE_BUFFER_SIZE, kWriteBufferBytes},
      {GRPC_ARG_HTTP2_MAX_FRAME_SIZE, kHttpFrameBytes},
      {GRPC_ARG_HTTP2_BDP_PROBE, 0},
      {GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(config.keepalive_interval)},
      {GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(config.keepalive_timeout)},
      {GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1},
      {GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0},
      {GRPC_ARG_HTTP2_MIN_SENT_PING_INTERVAL_WITHOUT_DATA_MS,
       Milliseconds(config.keepalive_interval)},
      {GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0},
  };
}

}  // namespace

grpc::ChannelArguments ClientArguments(const TransportConfig& config,
                                       const std::string& server_name) {
  grpc::ChannelArguments arguments;
  for (const auto& [name, value] : CommonArguments(config)) arguments.SetInt(name, value);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // A connection for each channel.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);  // Whatever http_proxy says.
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  // Else gRPC complains of each connection to a server by number.
  arguments.SetSslTargetNameOverride(server_name);
  arguments.SetMaxReceiveMessageSize(kReplyBytesMax);
  return arguments;
}

void SetServerArguments(const TransportConfig& config, grpc::ServerBuilder* builder) {
  for (const auto& [name, value] : CommonArguments(config)) {
    builder->AddChannelArgument(name, value);
  }
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 1);
  const size_t frame_bytes = std::max(config.message_bytes_max, config.frame_bytes_max) +
                             FrameOverheadMax(kFrameMessagesMax);
  builder->SetMaxReceiveMessageSize(static_cast<int>(frame_bytes));
}

}  // namespace warren::replication
