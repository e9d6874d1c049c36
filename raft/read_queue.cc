#include "raft/read_queue.h"

#include <algorithm>
#include <optional>

#include "raft/quorum.h"

namespace warren::raft {

void ReadQueue::Acknowledge(NodeId from, uint64_t number) {
  if (number == 0) return;
  const auto known =
      std::find_if(acks_.begin(), acks_.end(), [&](const Ack& ack) { return ack.from == from; });
  if (known == acks_.end()) {
    acks_.push_back({.from = from, .number = number});
  } else {
    known->number = std::max(known->number, number);
  }
}

void ReadQueue::TakeConfirmed(const Membership& membership, std::vector<Read>& out) {
  const auto acked = [&](NodeId voter) -> std::optional<Index> {
    for (const Ack& ack : acks_) {
      if (ack.from == voter) return Index(ack.number);
    }
    return std::nullopt;
  };
  const Index confirmed = JointCommittedIndex(membership.voters, membership.outgoing, acked);
  while (!waiting_.empty() && confirmed_ < confirmed.value()) {
    out.push_back(waiting_.front());
    waiting_.PopFront();
    ++confirmed_;
  }
}

}  // namespace warren::raft
