// Where dead letters go.
#pragma once

#include <span>

#include "base/bytes.h"
#include "queue/effect.h"
#include "replication/host/types.h"

namespace warren::replication {

struct DeadLetterWithContent {
  queue::DeadLetter letter;
  base::Bytes content;  // What was published.
};

// Given by who embeds the queues: publishes dead letters to where they are meant to go. Called by
// the group's shard, on the leader alone; must not call back before it returns.
class DeadLetterSink {
 public:
  virtual ~DeadLetterSink() = default;
  // Those whose letter says `confirm` are answered by QueueReplica::ConfirmDeadLetters, in any
  // order and number; after a change of leader they come again. The others come at most once.
  virtual void OnDeadLetters(GroupId group, std::span<const DeadLetterWithContent> letters) = 0;
};

}  // namespace warren::replication
