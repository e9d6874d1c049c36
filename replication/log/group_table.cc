#include "replication/log/group_table.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace warren::log {

GroupState* GroupTable::Find(raft::GroupId group) const {
  const auto found = by_id_.find(group);
  return found == by_id_.end() ? nullptr : found->second;
}

GroupState* GroupTable::Find(GroupNo no) const {
  const auto found = groups_.find(no);
  return found == groups_.end() ? nullptr : found->second.get();
}

GroupState& GroupTable::Add(std::unique_ptr<GroupState> group) {
  GroupState& added = *group;
  last_given_ = std::max(last_given_, added.no());
  const bool new_id = by_id_.emplace(added.id(), &added).second;
  const bool new_no = groups_.emplace(added.no(), std::move(group)).second;
  WARREN_CHECK_MSG(new_id && new_no, "a group has one number, and a number one group");
  return added;
}

void GroupTable::Destroy(GroupState& group, FrameNo frame) {
  const GroupNo no = group.no();
  destroyed_.push_back({.no = no, .frame = frame});
  by_id_.erase(group.id());
  groups_.erase(no);
}

void GroupTable::ForgetDestroyed(FrameNo up_to) {
  std::erase_if(destroyed_, [up_to](const Destroyed& gone) { return gone.frame <= up_to; });
}

bool GroupTable::IsDestroyed(GroupNo no) const {
  return std::any_of(destroyed_.begin(), destroyed_.end(),
                     [no](const Destroyed& gone) { return gone.no == no; });
}

}  // namespace warren::log
