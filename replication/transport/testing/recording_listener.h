// A listener that writes down what it is told, and waits for it.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "replication/transport/transport.h"

namespace warren::replication {

// Threads: any. The waits fail the test, and return false, if nothing happens for a long time.
class RecordingListener final : public TransportListener {
 public:
  // What happened to one peer's streams of one class.
  struct Record {
    std::vector<std::string> messages;
    std::vector<size_t> frames;  // How many messages came in each call.
    std::vector<absl::Status> disconnects;
    int connects = 0;
    int losses = 0;
    Incarnation incarnation;  // Of the last connect.
  };

  void OnMessages(NodeId from, StreamClass stream, std::span<const base::Bytes> messages) override;
  void OnStreamLost(NodeId from, StreamClass stream) override;
  void OnConnected(NodeId peer, StreamClass stream, Incarnation incarnation) override;
  void OnDisconnected(NodeId peer, StreamClass stream, const absl::Status& why) override;

  // Until `enough` holds for what is recorded.
  bool Await(NodeId peer, StreamClass stream, const std::function<bool(const Record&)>& enough);
  bool AwaitConnects(NodeId peer, StreamClass stream, int count);
  bool AwaitLosses(NodeId peer, StreamClass stream, int count);
  bool AwaitMessages(NodeId peer, StreamClass stream, size_t count);
  // Until the last disconnect had this code.
  bool AwaitFailure(NodeId peer, StreamClass stream, absl::StatusCode code);

  Record Get(NodeId peer, StreamClass stream) const;

  // OnMessages does not return while it is held.
  void Hold();
  void Release();
  bool AwaitHeldCall();       // Until a call of OnMessages is held up.
  int CallsUnderWay() const;  // Of OnMessages.

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::pair<NodeId, StreamClass>, Record> records_;
  bool held_ = false;
  int calls_ = 0;
};

}  // namespace warren::replication
