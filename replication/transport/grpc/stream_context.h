// What all streams of a transport share.
#pragma once

#include <grpcpp/security/credentials.h>

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/logging.h"
#include "replication/transport/config.h"
#include "replication/transport/grpc/event_loop.h"
#include "replication/transport/grpc/repeat_guard.h"
#include "replication/transport/hello.h"
#include "replication/transport/transport.h"

namespace warren::replication {

// What a stream is called on. Both sides of it are streams of ByteBuffer.
inline constexpr char kPeerMethod[] = "/warren.Peer/Stream";

// Outlives the streams, as does all that it points to.
struct StreamContext {
  NodeIdentity self;
  TransportConfig config;
  bool with_tls = false;
  std::shared_ptr<grpc::ChannelCredentials> credentials;
  EventLoop* loop = nullptr;
  TransportListener* listener = nullptr;
  base::Logger log;
  const base::Clock* clock = nullptr;
  RepeatGuard* refusals = nullptr;  // What was logged of those of others. The loop's.
};

}  // namespace warren::replication
