#include "replication/log/recent_entries.h"

#include <algorithm>
#include <utility>

namespace warren::log {

void RecentEntries::Add(GroupState& group, std::vector<raft::Entry> entries, FrameNo frame) {
  if (entries.empty()) return;
  const raft::Index last = entries.back().id.index;
  for (raft::Entry& entry : entries) {
    bytes_ += raft::AccountedBytes(entry);
    group.recent().PushBack(std::move(entry));
  }
  turns_.push_back(
      {.group = group.no(), .last = last, .frame = frame, .epoch = group.recent_epoch});
}

void RecentEntries::Truncate(GroupState& group, raft::Index first, FrameNo frame) {
  base::Ring<raft::Entry>& ring = group.recent();
  if (ring.empty() || ring.back().id.index < first) return;
  const raft::Index begin = ring[0].id.index;
  const size_t keep = first > begin ? first - begin : 0;
  for (size_t i = keep; i < ring.size(); ++i) bytes_ -= raft::AccountedBytes(ring[i]);
  ring.Truncate(keep);
  ++group.recent_epoch;
  if (keep == 0) return;
  turns_.push_back(
      {.group = group.no(), .last = first - 1, .frame = frame, .epoch = group.recent_epoch});
}

void RecentEntries::Forget(GroupState& group) {
  base::Ring<raft::Entry>& ring = group.recent();
  for (size_t i = 0; i < ring.size(); ++i) bytes_ -= raft::AccountedBytes(ring[i]);
  ring.Truncate(0);
  ++group.recent_epoch;
}

void RecentEntries::Evict(FrameNo written, absl::FunctionRef<GroupState*(GroupNo)> find) {
  while (bytes_ > bytes_max_ && !turns_.empty() && turns_.front().frame <= written) {
    const Turn turn = turns_.front();
    turns_.pop_front();
    GroupState* const group = find(turn.group);
    if (group == nullptr || group->recent_epoch != turn.epoch || group->recent().empty()) continue;
    base::Ring<raft::Entry>& ring = group->recent();
    const raft::Index begin = ring[0].id.index;
    if (turn.last < begin) continue;
    const size_t count = std::min<size_t>(turn.last - begin + 1, ring.size());
    for (size_t i = 0; i < count; ++i) bytes_ -= raft::AccountedBytes(ring[i]);
    ring.PopFront(count);
  }
}

}  // namespace warren::log
