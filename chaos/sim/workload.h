// The clients.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/rng.h"
#include "chaos/sim/setup.h"
#include "raft/types.h"

namespace warren::sim {

class Node;
class World;

// Write and read at a steady rate, most of the time where they believe the leader to be. They do
// not try again: what a write that was refused or lost should become is not this folder's question.
class Workload {
 public:
  // `world` outlives this.
  explicit Workload(World& world);

  void Start();
  void Stop() { running_ = false; }

  // One proposal now; the next is scheduled.
  void Write();
  // One read barrier is asked for now; the next is scheduled.
  void Read();

 private:
  // The leader, or with a chance of `anybody` any node. Null if nobody is there to ask.
  Node* PickNode(Chance anybody);

  World& world_;
  const WorkloadSetup setup_;
  base::Rng rng_;
  bool running_ = true;
  uint64_t next_command_ = 1;
  uint64_t next_read_ = 1;
  std::vector<base::Bytes> batch_;
};

}  // namespace warren::sim
