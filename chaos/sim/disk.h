// The disk of one node.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>

#include "base/rng.h"
#include "chaos/sim/disk_image.h"
#include "chaos/sim/setup.h"
#include "chaos/sim/stats.h"

namespace warren::sim {

// Writes are queued, and become durable in sync rounds, in the order in which they were queued:
//
//     Submit() ... Submit()   StartRound()        EndRound()
//     ------- queued --------|--- under way ---|--- in the image
//
// Whoever owns the disk keeps the time: StartRound() says how long the round takes. A crash leaves
// of the writes that are not durable what a file system may leave: all, none, or some, the last of
// these perhaps torn within.
class Disk {
 public:
  // `stats` outlives this.
  Disk(const DiskSetup& setup, DiskImage image, base::Rng rng, Stats& stats);

  // True if there is nothing to wait for: the write needs no sync and nothing is before it. It then
  // becomes durable with some later round, or is lost in a crash.
  bool Submit(DiskWrite write);

  // Begins a round, if something is queued and none is under way, and says how long it takes.
  std::optional<Duration> StartRound();

  struct RoundEnd {
    bool failed = false;  // The disk refused to sync. What it holds now is not known any more, so
                          // the node must crash and find out.
    size_t writes = 0;    // So many of the oldest are durable now.
  };
  RoundEnd EndRound();

  // The node stops here. Decides what is left of the writes that were not durable.
  void Crash();
  void Rot(raft::Index first, bool vote_too) { image_.Rot(first, vote_too); }
  raft::Recovered Recover() { return image_.Recover(); }

  // Adds `extra` to every round; 0 ends that.
  void SetSlow(Duration extra);
  // From now on as fast and as reliable as can be.
  void Calm();

  Duration DrawReadTime();
  const DiskImage& image() const { return image_; }

 private:
  void MakeDurable(const DiskWrite& write);

  DiskSetup setup_;
  DiskImage image_;
  base::Rng rng_;
  Stats& stats_;
  std::deque<DiskWrite> queue_;
  size_t under_way_ = 0;  // So many of the queue's oldest are in the present round.
  std::optional<raft::HardState> unsynced_;  // The newest one that nobody waits for.
  Duration slow_{0};
  bool slow_counted_ = false;
};

}  // namespace warren::sim
