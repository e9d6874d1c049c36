// A node with a gRPC transport and a log that a test can read.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/logging.h"
#include "replication/transport/grpc/grpc_transport.h"
#include "replication/transport/grpc/testing/reserved_port.h"
#include "replication/transport/testing/recording_listener.h"

namespace warren::replication {

// Lines of a log. Threads: any.
class RecordedLog final : public base::LogSink {
 public:
  void Write(const base::LogRecord& record) override;
  // Until there is a line with all of these in it; fails the test, and returns false, if none comes
  // for a long time.
  bool AwaitLine(const std::vector<std::string>& parts);
  std::string Text() const;

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

// "a" is node 1, "b" node 2 and so on, of cluster "cluster".
class TestNode {
 public:
  explicit TestNode(char letter);

  static NodeId IdOf(char letter) { return NodeId(static_cast<uint64_t>(letter - 'a' + 1)); }
  PeerAddress Address() const;
  void Start(const std::vector<PeerAddress>& peers);

  GrpcTransportOptions& options() { return options_; }
  RecordingListener& listener() { return listener_; }
  RecordedLog& log() { return log_; }
  GrpcTransport& transport() { return *transport_; }

 private:
  ReservedPort port_;
  base::SystemClock clock_;
  RecordedLog log_;
  base::LogPipeline pipeline_{{}, &log_, &clock_};
  RecordingListener listener_;
  GrpcTransportOptions options_;
  std::unique_ptr<GrpcTransport> transport_;
};

}  // namespace warren::replication
