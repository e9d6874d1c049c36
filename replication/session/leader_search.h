// Where a group's leader may be.
#pragma once

#include <cstddef>
#include <vector>

#include "replication/session/session_host.h"

namespace warren::replication {

// Goes through the members, the own node first, and prefers those that are trusted. Hints are for
// who calls: they are tried at once, and what they lead to is refused with the next hint.
// Threads: a plain value.
class LeaderSearch {
 public:
  LeaderSearch(std::vector<NodeId> members, const SessionHost* host);

  void SetMembers(std::vector<NodeId> members);
  bool IsMember(NodeId node) const;

  // Where to ask next, not `except` unless there is nobody else.
  NodeId Next(NodeId except);

 private:
  const SessionHost* const host_;
  std::vector<NodeId> members_;
  size_t at_ = 0;  // Whose turn it is.
};

}  // namespace warren::replication
