// What a host may choose about its groups.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "raft/config.h"

namespace warren::replication {

struct GroupConfig {
  GroupConfig() {
    core.election_ticks = 12;
    core.heartbeat_ticks = 4;
  }

  // Of every member's core; id and seed are set for each. Ticks are HostConfig::tick long.
  raft::Config core;

  // A group takes a snapshot when its entries above the last one hold so much, or are so many: what
  // a restart reads and replays. Smaller: faster restarts, more snapshots.
  size_t snapshot_bytes = size_t{8} << 20;
  uint64_t snapshot_entries = 32'768;
  // One in memory takes one also when about so much of what its log holds is dead, or as much as
  // lives, if that is more: only a snapshot lets go of it. Smaller: less memory, more snapshots.
  size_t dead_bytes_max = size_t{256} << 10;
  // Larger ones are cut into several. The log takes no more than a quarter of a segment at a time.
  size_t write_bytes_max = size_t{1} << 20;
  // What a leader keeps in memory for a member that is a little behind. A member further behind is
  // served from disk.
  size_t catch_up_bytes = size_t{1} << 20;

  // Of entries that another member is asked for at a time, and how many such requests are under
  // way.
  size_t fetch_bytes = size_t{512} << 10;
  uint32_t fetches_max = 4;
  // Without an answer for so long, another member is asked.
  absl::Duration fetch_patience = absl::Seconds(2);
};

struct HostConfig {
  GroupConfig group;

  // A group that wants ticks gets one so often; one that does not gets none.
  absl::Duration tick = absl::Milliseconds(10);
  // After a node's death each shard lets so many groups hold elections at once, and then so many a
  // second: a flood of votes would delay them all.
  uint32_t elections_burst = 200;
  uint32_t elections_per_second = 5'000;

  // What may wait for a shard, in items, before peers' messages are dropped and callers refused.
  size_t mailbox_items_max = 65'536;
  // Proposals are refused while a shard has so much waiting for the log.
  size_t unwritten_bytes_max = size_t{32} << 20;
  // What a node brings back for its members that lack entries, in bytes a second, in equal parts by
  // its shards: more is quicker repair, and less disk and network for those that serve.
  uint64_t fetch_bytes_per_second = uint64_t{256} << 20;
  // Of what sessions and leaders of queues have to say to one peer, each shard keeps so much while
  // the stream takes no more; then it is dropped.
  size_t held_back_bytes_max = size_t{8} << 20;

  // All that is wrong with it, not just the first thing.
  std::vector<std::string> Faults() const;
};

}  // namespace warren::replication
