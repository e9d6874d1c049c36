// Nodes of one process, joined without a network: for tests, and for ThreadSanitizer.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"

#include "base/bytes.h"
#include "replication/transport/config.h"
#include "replication/transport/hello.h"
#include "replication/transport/transport.h"

namespace warren::replication {

// A network of its own for any number of transports, with faults by hand. Streams are judged by the
// same handshake as the real ones, and messages go through the same write queues. Frames are not
// encoded. A stream is opened as soon as it can be, without back-off.
//
// Delivery: each node has a thread that calls its listener (kThreads), or its listener is called by
// whoever calls Pump() (kByHand), which makes a run repeat exactly.
//
// Threads: any. Outlives its transports.
class InProcessHub {
 public:
  enum class Delivery { kThreads, kByHand };

  explicit InProcessHub(Delivery delivery = Delivery::kThreads) : delivery_(delivery) {}
  ~InProcessHub();
  InProcessHub(const InProcessHub&) = delete;
  InProcessHub& operator=(const InProcessHub&) = delete;

  // A node at `address`, where nobody may be now. A node that stopped may join again, as after a
  // restart. Borrows the listener until the transport has stopped. Requires: no faults in `config`.
  std::unique_ptr<Transport> Join(NodeIdentity self, std::string address,
                                  TransportListener* listener, const TransportConfig& config = {});

  // What `from` sends to `to` goes nowhere: its streams break at once and cannot be opened.
  void Cut(NodeId from, NodeId to);
  // What `from` sends to `to` does not arrive, and nobody is told; it waits.
  void Stall(NodeId from, NodeId to);
  // Ends both. What waits arrives.
  void Heal(NodeId from, NodeId to);

  // With kByHand: makes the next call to that node's listener. False: there is none to make.
  bool Pump(NodeId node);
  // Until there are no more calls to make, node by node in the order of their ids. Only if this
  // comes to an end: listeners that answer each message with another go on for ever.
  void PumpAll();

 private:
  class Endpoint;
  struct Event;
  struct Link;
  using LinkKey = std::pair<NodeId, StreamClass>;
  using Direction = std::pair<NodeId, NodeId>;

  // All of these: mutex_ is held.
  Endpoint* EndpointAt(const std::string& address) const;
  absl::Status TryToOpen(const Endpoint& from, const Link& link, Endpoint* to) const;
  void ReviewAll();
  void Review(Endpoint* from, Link* link);
  void Break(Endpoint* from, Link* link);
  void Announce(Endpoint* from, Link* link);
  void TakeMessages(const Event& event, Endpoint* to, std::vector<base::Bytes>* messages);
  bool DeliverNext(Endpoint* to, std::unique_lock<std::mutex>* lock);

  const Delivery delivery_;
  mutable std::mutex mutex_;
  // Guarded by mutex_, with all that endpoints hold.
  std::map<NodeId, Endpoint*> endpoints_;
  std::set<Direction> cut_;
  std::set<Direction> stalled_;
  uint64_t generations_ = 0;
};

}  // namespace warren::replication
