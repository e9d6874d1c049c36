// Messages on their way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "raft/message.h"

namespace warren::sim {

// Where messages wait until they arrive, or until what they promise is durable. A place is used
// again once it is released, with the memory that its message owns, so that traffic does not
// allocate.
class MessagePool {
 public:
  using Place = uint64_t;

  // Takes the contents of `message`, which is left with some older message's memory.
  Place Keep(raft::Message& message) {
    const Place place = Reserve();
    std::swap(messages_[place], message);
    return place;
  }
  Place Copy(const raft::Message& message) {
    const Place place = Reserve();
    messages_[place] = message;
    return place;
  }

  raft::Message& At(Place place) { return messages_[place]; }

  void Release(Place place) {
    messages_[place].Clear();
    free_.push_back(place);
  }

  size_t InUse() const { return messages_.size() - free_.size(); }

 private:
  Place Reserve() {
    if (free_.empty()) {
      messages_.emplace_back();
      return messages_.size() - 1;
    }
    const Place place = free_.back();
    free_.pop_back();
    return place;
  }

  std::deque<raft::Message> messages_;  // Never moves what it holds.
  std::vector<Place> free_;
};

}  // namespace warren::sim
