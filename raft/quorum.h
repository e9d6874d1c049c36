// Majorities: the arithmetic on which everything else rests.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "absl/container/inlined_vector.h"

#include "raft/node_set.h"

namespace warren::raft {

enum class VoteResult : uint8_t { kPending, kLost, kWon };

// What no majority of nobody can be asked to exceed: an empty half of a joint configuration
// decides nothing, so it must not hold the other half back.
inline constexpr Index kNoLimit{UINT64_MAX};

constexpr size_t MajorityOf(size_t members) { return members / 2 + 1; }

// The largest index that a majority of `voters` has reached. `acked(node)` answers
// std::optional<Index>; a voter without an answer has reached nothing.
template <typename AckedFn>
Index CommittedIndex(const NodeSet& voters, AckedFn&& acked) {
  if (voters.empty()) return kNoLimit;
  absl::InlinedVector<Index, 7> reached;
  for (const NodeId voter : voters) {
    const std::optional<Index> index = acked(voter);
    reached.push_back(index.value_or(Index()));
  }
  // Sorted upwards, the value with a majority at or above it.
  std::sort(reached.begin(), reached.end());
  return reached[reached.size() - MajorityOf(reached.size())];
}

// Joint decisions need both halves, so the slower half decides.
template <typename AckedFn>
Index JointCommittedIndex(const NodeSet& voters, const NodeSet& outgoing, AckedFn&& acked) {
  return std::min(CommittedIndex(voters, acked), CommittedIndex(outgoing, acked));
}

// `vote(node)` answers std::optional<bool>: yes, no, or not heard of yet. An empty set has won.
template <typename VoteFn>
VoteResult CountVotes(const NodeSet& voters, VoteFn&& vote) {
  if (voters.empty()) return VoteResult::kWon;
  size_t granted = 0;
  size_t open = 0;
  for (const NodeId voter : voters) {
    const std::optional<bool> answer = vote(voter);
    granted += answer == true ? 1 : 0;
    open += answer.has_value() ? 0 : 1;
  }
  if (granted >= MajorityOf(voters.size())) return VoteResult::kWon;
  return granted + open >= MajorityOf(voters.size()) ? VoteResult::kPending : VoteResult::kLost;
}

template <typename VoteFn>
VoteResult JointCountVotes(const NodeSet& voters, const NodeSet& outgoing, VoteFn&& vote) {
  const VoteResult incoming_half = CountVotes(voters, vote);
  const VoteResult outgoing_half = CountVotes(outgoing, vote);
  if (incoming_half == outgoing_half) return incoming_half;
  const bool lost = incoming_half == VoteResult::kLost || outgoing_half == VoteResult::kLost;
  return lost ? VoteResult::kLost : VoteResult::kPending;
}

}  // namespace warren::raft
