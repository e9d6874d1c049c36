#include "replication/transport/outbox.h"

#include <utility>

#include "replication/transport/frame.h"

namespace warren::replication {

bool Outbox::Push(base::BytesChain message) {
  const size_t size = message.size();
  if (size == 0 || size > limits_.message_bytes_max) return false;
  if (queued_bytes_ >= limits_.queued_bytes_max) return false;
  queued_bytes_ += size + kMessageOverheadBytes;
  messages_.push_back(std::move(message));
  return true;
}

void Outbox::TakeFrame(std::vector<base::BytesChain>* frame) {
  frame->clear();
  size_t bytes = 0;
  while (!messages_.empty() && frame->size() < kFrameMessagesMax) {
    const size_t size = messages_.front().size();
    if (!frame->empty() && bytes + size > limits_.frame_bytes_max) break;
    bytes += size;
    queued_bytes_ -= size + kMessageOverheadBytes;
    frame->push_back(std::move(messages_.front()));
    messages_.pop_front();
  }
}

void Outbox::Clear() {
  messages_.clear();
  queued_bytes_ = 0;
}

}  // namespace warren::replication
