#include "replication/session/leader_search.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace warren::replication {

LeaderSearch::LeaderSearch(std::vector<NodeId> members, const SessionHost* host) : host_(host) {
  SetMembers(std::move(members));
}

void LeaderSearch::SetMembers(std::vector<NodeId> members) {
  WARREN_CHECK(!members.empty());
  members_ = std::move(members);
  const auto self = std::find(members_.begin(), members_.end(), host_->self());
  at_ = self == members_.end() ? 0 : static_cast<size_t>(self - members_.begin());
}

bool LeaderSearch::IsMember(NodeId node) const {
  return std::find(members_.begin(), members_.end(), node) != members_.end();
}

NodeId LeaderSearch::Next(NodeId except) {
  for (const bool only_trusted : {true, false}) {
    for (size_t i = 0; i < members_.size(); ++i) {
      const size_t at = (at_ + i) % members_.size();
      const NodeId node = members_[at];
      if (node == except || (only_trusted && !host_->Trusts(node))) continue;
      at_ = (at + 1) % members_.size();
      return node;
    }
    // Better who has just said that it does not lead, and will know who does, than the silent.
    if (IsMember(except) && host_->Trusts(except)) break;
  }
  return IsMember(except) ? except : members_.front();
}

}  // namespace warren::replication
