#include "replication/liveness/published_row.h"

#include <algorithm>
#include <cstddef>

namespace warren::replication {

bool PublishedRow::Update(const Beat& beat, base::MonotonicTime now) {
  const bool other_life = beat.incarnation != incarnation_;
  const bool sees_alike = std::equal(beat.sees.begin(), beat.sees.end(), sees_.begin(), sees_.end(),
                                     [](const PeerView& a, const PeerView& b) {
                                       return a.node == b.node && a.reachable == b.reachable;
                                     });
  const bool changed = other_life || !sees_alike || beat.holds_lease != holds_lease_;
  heard_at_ = now;
  incarnation_ = beat.incarnation;
  sees_ = beat.sees;
  holds_lease_ = beat.holds_lease;
  if (other_life) shards_.clear();
  const size_t known = std::min(shards_.size(), beat.shard_progress.size());
  shards_.resize(beat.shard_progress.size());
  for (size_t i = 0; i < shards_.size(); ++i) {
    if (i < known && shards_[i].progress == beat.shard_progress[i]) continue;
    shards_[i] = {.progress = beat.shard_progress[i], .moved_at = now};
  }
  return changed;
}

MatrixRow PublishedRow::ToRow(NodeId observer, base::MonotonicTime now) const {
  MatrixRow row;
  row.observer = observer;
  row.incarnation = incarnation_;
  row.age = now - heard_at_;
  row.sees = sees_;
  for (PeerView& peer : row.sees) peer.since += row.age;
  row.holds_lease = holds_lease_;
  row.shards_still_for.reserve(shards_.size());
  for (const Shard& shard : shards_) row.shards_still_for.push_back(now - shard.moved_at);
  return row;
}

}  // namespace warren::replication
