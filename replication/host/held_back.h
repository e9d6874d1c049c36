// What a stream would not take.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>

#include "absl/functional/function_ref.h"

#include "base/bytes_chain.h"
#include "base/monotonic_time.h"
#include "replication/host/types.h"

namespace warren::replication {

// Messages of sessions, and to them, that found too much waiting for their peer. Members of a group
// find out by themselves what was lost; who delivers to a session, or speaks for one, may have
// nothing more to say after it, and the other side would wait for ever. So these are kept, in
// order, and tried again after a while; what comes meanwhile goes behind them.
//
// Bounded: so many bytes for each peer; what is beyond is dropped, as it would be without this.
// Pure; owned by one shard.
class HeldBack {
 public:
  using SendFn = absl::FunctionRef<bool(NodeId to, base::BytesChain message)>;

  explicit HeldBack(size_t bytes_max) : bytes_max_(bytes_max) {}

  void Send(base::MonotonicTime now, NodeId to, base::BytesChain message, SendFn send);
  void TryAgain(base::MonotonicTime now, SendFn send);
  void Forget(NodeId to) { peers_.erase(to); }
  std::optional<base::MonotonicTime> NextDeadline() const;

 private:
  struct Peer {
    std::deque<base::BytesChain> messages;  // Not empty.
    size_t bytes = 0;
    base::MonotonicTime again_at;
    absl::Duration pause;
  };

  const size_t bytes_max_;
  std::map<NodeId, Peer> peers_;
};

}  // namespace warren::replication
