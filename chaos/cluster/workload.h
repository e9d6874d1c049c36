// Who uses the cluster.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/rng.h"
#include "chaos/cluster/client.h"

namespace warren::cluster_sim {

class World;

// Keeps some clients on every node that runs, which come and go.
class Workload {
 public:
  explicit Workload(World* world);
  ~Workload();

  void Start();
  // From now on little is published: who lags behind is to catch up.
  void CalmDown() { is_calm_ = true; }
  bool IsCalm() const { return is_calm_; }
  void Stop();  // No more clients; those that are there close.
  void OnProcessEnds(Node& node);
  void OnMembersChanged(GroupId group);
  // One that takes and settles all that is left.
  void Drain(GroupId group);

  bool AllOver() const;
  std::string DescribeOpen() const;

 private:
  void Tick();
  void Open(Node& node);

  World* const world_;
  base::Rng rng_;
  bool running_ = false;
  bool is_calm_ = false;
  uint64_t last_number_ = 0;
  std::vector<std::unique_ptr<Client>> clients_;  // Also those that are over.
};

}  // namespace warren::cluster_sim
