#include "replication/transport/testing/recording_listener.h"

#include <chrono>

#include "gtest/gtest.h"

namespace warren::replication {
namespace {

// Far more than anything takes: it bounds a test that would wait for ever.
constexpr std::chrono::seconds kPatience(60);

}  // namespace

void RecordingListener::OnMessages(NodeId from, StreamClass stream,
                                   std::span<const base::Bytes> messages) {
  std::unique_lock lock(mutex_);
  Record& record = records_[{from, stream}];
  record.frames.push_back(messages.size());
  for (const base::Bytes& message : messages) record.messages.emplace_back(message.view());
  ++calls_;
  changed_.notify_all();
  changed_.wait(lock, [this] { return !held_; });
  --calls_;
}

void RecordingListener::OnStreamLost(NodeId from, StreamClass stream) {
  const std::lock_guard lock(mutex_);
  ++records_[{from, stream}].losses;
  changed_.notify_all();
}

void RecordingListener::OnConnected(NodeId peer, StreamClass stream, Incarnation incarnation) {
  const std::lock_guard lock(mutex_);
  Record& record = records_[{peer, stream}];
  ++record.connects;
  record.incarnation = incarnation;
  changed_.notify_all();
}

void RecordingListener::OnDisconnected(NodeId peer, StreamClass stream, const absl::Status& why) {
  const std::lock_guard lock(mutex_);
  records_[{peer, stream}].disconnects.push_back(why);
  changed_.notify_all();
}

bool RecordingListener::Await(NodeId peer, StreamClass stream,
                              const std::function<bool(const Record&)>& enough) {
  std::unique_lock lock(mutex_);
  const bool came = changed_.wait_for(lock, kPatience, [&] {
    return enough(records_[{peer, stream}]);
  });
  EXPECT_TRUE(came) << "from node " << peer.value() << " on " << Name(stream);
  return came;
}

bool RecordingListener::AwaitConnects(NodeId peer, StreamClass stream, int count) {
  return Await(peer, stream, [count](const Record& record) { return record.connects >= count; });
}
bool RecordingListener::AwaitLosses(NodeId peer, StreamClass stream, int count) {
  return Await(peer, stream, [count](const Record& record) { return record.losses >= count; });
}
bool RecordingListener::AwaitMessages(NodeId peer, StreamClass stream, size_t count) {
  return Await(peer, stream,
               [count](const Record& record) { return record.messages.size() >= count; });
}
bool RecordingListener::AwaitFailure(NodeId peer, StreamClass stream, absl::StatusCode code) {
  return Await(peer, stream, [code](const Record& record) {
    return !record.disconnects.empty() && record.disconnects.back().code() == code;
  });
}

RecordingListener::Record RecordingListener::Get(NodeId peer, StreamClass stream) const {
  const std::lock_guard lock(mutex_);
  const auto it = records_.find({peer, stream});
  return it == records_.end() ? Record() : it->second;
}

void RecordingListener::Hold() {
  const std::lock_guard lock(mutex_);
  held_ = true;
}

void RecordingListener::Release() {
  const std::lock_guard lock(mutex_);
  held_ = false;
  changed_.notify_all();
}

bool RecordingListener::AwaitHeldCall() {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [this] { return calls_ > 0; });
}

int RecordingListener::CallsUnderWay() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

}  // namespace warren::replication
