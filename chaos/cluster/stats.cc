#include "chaos/cluster/stats.h"

namespace warren::cluster_sim {

void Stats::Add(const Stats& other) {
  simulated += other.simulated;
  for (size_t i = 0; i < kFaults; ++i) faults[i] += other.faults[i];
  for (uint64_t Stats::*const each :
       {&Stats::events, &Stats::frames, &Stats::streams_broken, &Stats::stragglers, &Stats::starts,
        &Stats::entries_applied, &Stats::leaders, &Stats::changes, &Stats::sessions,
        &Stats::published, &Stats::confirmed, &Stats::unknown, &Stats::delivered, &Stats::settled,
        &Stats::redelivered}) {
    this->*each += other.*each;
  }
}

}  // namespace warren::cluster_sim
