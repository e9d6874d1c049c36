#include "chaos/sim/stats.h"

namespace warren::sim {

void Stats::Add(const Stats& other) {
  for (size_t i = 0; i < faults.size(); ++i) faults[i] += other.faults[i];
  steps += other.steps;
  messages += other.messages;
  elections += other.elections;
  commits += other.commits;
  applied += other.applied;
  reads += other.reads;
  snapshots += other.snapshots;
  installs += other.installs;
  fetched += other.fetched;
  loads += other.loads;
  truncations += other.truncations;
  changes += other.changes;
  joint_changes += other.joint_changes;
  transfers += other.transfers;
  amnesia += other.amnesia;
  cures += other.cures;
  simulated += other.simulated;
}

}  // namespace warren::sim
