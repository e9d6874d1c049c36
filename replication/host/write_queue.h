// What a group has to write, in order.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/status/status.h"

#include "base/ring.h"
#include "raft/message.h"
#include "replication/log/log_store.h"

namespace warren::replication {

// A write, and what waits for it.
struct PendingWrite {
  log::Write write;
  bool writes = true;                // False: nothing to write, it only waits for those before it.
  bool must_store = false;           // The core wants to hear of it.
  std::vector<raft::Message> after;  // May leave when it is durable.
  raft::SnapshotRef installed;       // From the leader, in this write.
  raft::SnapshotRef taken;           // Of our own, in this write.
  base::IntervalSet fetched;         // Bodies in this write.
};

// Writes of one group on their way to the disk and back:
//
//    Push -> [ waiting ... | submitted ... | durable ... ] -> Pop
//             newest                           oldest
//
// The log may refuse a write for a while; then it waits here, and all behind it. Completions come
// in the order of submission. What is durable leaves from the oldest on: the caller may hold it
// back.
class WriteQueue {
 public:
  void Push(PendingWrite write);
  // The log has taken it already. Requires: nothing waits.
  void PushSubmitted(PendingWrite write);

  // Gives the log what it takes. OK also if it takes no more for now (see IsStuck): any other error
  // means that a write makes no sense, or that the log has failed.
  absl::Status Submit(log::LogStore& log);
  bool IsStuck() const { return submitted_ < items_.size(); }

  // The oldest submitted write is durable; it, for a look. Requires: one is under way.
  PendingWrite& OnCompleted();

  // The oldest, if it is durable.
  PendingWrite* Done();
  void Pop();  // Requires: Done().

  bool empty() const { return items_.empty(); }
  size_t waiting_bytes() const { return waiting_bytes_; }

 private:
  struct Item {
    PendingWrite write;
    size_t bytes = 0;
    bool durable = false;
  };
  void SkipWhatWritesNothing();

  base::Ring<std::unique_ptr<Item>> items_;  // Oldest first.
  size_t durable_ = 0;    // So many from the front are durable or write nothing ...
  size_t submitted_ = 0;  // ... and so many are the log's, or were.
  size_t waiting_bytes_ = 0;
};

}  // namespace warren::replication
