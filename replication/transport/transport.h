// How nodes talk to each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

#include "base/bytes.h"
#include "base/bytes_chain.h"
#include "raft/types.h"

namespace warren::replication {

using raft::Incarnation;
using raft::NodeId;

// What travels apart, so that a large thing never delays a small one that is urgent. Each class has
// a connection of its own to each peer.
enum class StreamClass : uint8_t {
  kControl = 0,   // Beats, votes, acknowledgements: small, and late is wrong.
  kData = 1,      // Entries, and what sessions say.
  kSnapshot = 2,  // Snapshots and repair: as much as there is room for.
};
inline constexpr size_t kStreamClasses = 3;
inline constexpr StreamClass kAllStreamClasses[kStreamClasses] = {
    StreamClass::kControl, StreamClass::kData, StreamClass::kSnapshot};
std::string_view Name(StreamClass stream);

// A node that this one talks to.
struct PeerAddress {
  NodeId node;
  std::string name;     // As in its certificate, where there is TLS.
  std::string address;  // host:port
  friend bool operator==(const PeerAddress&, const PeerAddress&) = default;
};

// What comes in. Called by the transport's threads, several at once, but for one peer, class and
// direction one call after the other: hand on and return. May call Send().
class TransportListener {
 public:
  virtual ~TransportListener() = default;

  // In the order in which that peer sent them on that class. Each message shares the memory of the
  // frame that it came in; messages of one frame come in one call.
  virtual void OnMessages(NodeId from, StreamClass stream,
                          std::span<const base::Bytes> messages) = 0;
  // The stream by which that peer sent to us has ended. It may have opened another one already,
  // whose messages come after this.
  virtual void OnStreamLost(NodeId from, StreamClass stream) {
    static_cast<void>(from), static_cast<void>(stream);
  }

  // Our stream to the peer works: it has accepted us. What was sent before is lost.
  virtual void OnConnected(NodeId peer, StreamClass stream, Incarnation incarnation) = 0;
  // Our stream to the peer does not work. `why`:
  //   ABORTED: it did, and has broken; what was sent and not received yet is lost. It is being
  //     opened again at once, and how that ends is told by another call, of OnConnected or this.
  //   UNAVAILABLE: nobody answers.
  //   PERMISSION_DENIED, UNAUTHENTICATED, FAILED_PRECONDITION: the peer refuses us, or is not who
  //     we look for.
  // The transport goes on trying. Of tries that fail in a row, the first is told, and then those
  // with another code than the one before.
  virtual void OnDisconnected(NodeId peer, StreamClass stream, const absl::Status& why) = 0;
};

// What one peer's streams have done since it became a peer.
struct StreamStats {
  NodeId peer;
  StreamClass stream = StreamClass::kControl;
  bool connected = false;
  uint64_t messages_sent = 0;
  uint64_t frames_sent = 0;
  uint64_t bytes_sent = 0;  // Of messages.
  uint64_t messages_received = 0;
  uint64_t bytes_received = 0;
  uint64_t dropped = 0;       // Messages refused by Send().
  uint64_t queued_bytes = 0;  // Taken by Send(), not yet written.
};

// Streams to all peers, one for each class and direction: what a node sends goes over streams that
// it has opened itself, so each direction works or fails on its own. Streams are opened, and opened
// again after they broke, by the transport itself.
//
// Messages are packed into frames: a message that finds its stream idle leaves at once; what comes
// while a frame is being written leaves together in the next one. Nothing is sent twice: what was
// on its way when a stream broke is lost, and whoever sent it must know what to do.
//
// Threads: any.
class Transport {
 public:
  virtual ~Transport() = default;

  // From now on these are the peers: streams to others are closed, which the listener is not told,
  // and others are not let in. The own node may be among them and is passed over. A peer whose name
  // or address has changed is connected anew. Must not be called by a listener.
  virtual void SetPeers(std::vector<PeerAddress> peers) = 0;

  // False, and the message is dropped: no stream, too much waits for it already, or the message is
  // empty or too large (TransportConfig).
  virtual bool Send(NodeId to, StreamClass stream, base::BytesChain message) = 0;

  // Taken by Send and not yet written.
  virtual size_t QueuedBytes(NodeId to, StreamClass stream) const = 0;

  virtual std::vector<StreamStats> GetStats() const = 0;

  // Closes all streams. No listener is called any more when it returns, nor is anything sent. Must
  // not be called by a listener.
  virtual void Stop() = 0;
};

}  // namespace warren::replication
