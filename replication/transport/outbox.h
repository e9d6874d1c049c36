// What waits to be written to one stream.
#pragma once

#include <cstddef>
#include <deque>
#include <vector>

#include "base/bytes_chain.h"

namespace warren::replication {

// What a message counts for beside its bytes, so that a flood of tiny ones is bounded too.
inline constexpr size_t kMessageOverheadBytes = 64;

struct OutboxLimits {
  size_t queued_bytes_max = 0;
  size_t frame_bytes_max = 0;
  size_t message_bytes_max = 0;
};

// The write queue of one stream: messages in, frames' worth of messages out, in the same order.
// Does not write, and does not know whether the stream is idle: its owner asks for the next frame
// when the one before has been written.
//
// A message is taken as long as less than queued_bytes_max waits, so a large one may overshoot: a
// message that is allowed at all is never refused by an empty queue.
// Threads: a plain value.
class Outbox {
 public:
  explicit Outbox(const OutboxLimits& limits) : limits_(limits) {}

  // False: the message is empty, too large, or too much waits already.
  bool Push(base::BytesChain message);

  // Moves the next messages to `frame`, which is cleared first: at least one, unless nothing waits,
  // and then as many as frame_bytes_max
  // and kFrameMessagesMax (frame.h) allow.
  void TakeFrame(std::vector<base::BytesChain>* frame);

  void Clear();
  bool empty() const { return messages_.empty(); }
  size_t queued_bytes() const { return queued_bytes_; }  // Overhead included.

 private:
  OutboxLimits limits_;
  std::deque<base::BytesChain> messages_;
  size_t queued_bytes_ = 0;
};

}  // namespace warren::replication
