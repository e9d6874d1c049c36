// Real nodes with real disks in one process, joined without a network.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "replication/log/disk/testing/temp_dir.h"
#include "replication/node.h"
#include "replication/testing/load.h"
#include "replication/transport/in_process.h"

namespace warren::replication {

struct TestClusterOptions {
  std::function<void(NodeConfig&)> configure;  // Of each node, whenever it starts. None: as it is.
  // Hears what all nodes log, and outlives them. Null: the standard error stream if
  // WARREN_TEST_LOG is set, else nobody.
  base::LogSink* sink = nullptr;
};

// Nodes 1 to n, each with two shards, a folder and threads of its own. What waits here waits for a
// condition, at most a minute. Threads: one, outside of shards.
class TestCluster {
 public:
  explicit TestCluster(uint64_t nodes, TestClusterOptions options = {});
  ~TestCluster();

  // Looks again and again, without burning a core, until it holds or a minute is over.
  static bool Await(const std::function<bool()>& holds);

  void Start(uint64_t node);             // Requires: it does not run, and can.
  absl::Status TryStart(uint64_t node);  // As Node::Open says. Requires: it does not run.
  void Stop(uint64_t node);
  void Wipe(uint64_t node);  // All that it kept. Requires: it does not run.
  bool IsUp(uint64_t node) const { return nodes_[node - 1] != nullptr; }
  Node& operator[](uint64_t node) { return *nodes_[node - 1]; }
  std::string DirectoryOf(uint64_t node) const;
  InProcessHub& hub() { return hub_; }
  std::vector<NodeId> All() const;

  // On all nodes, or on some of them.
  absl::Status Declare(uint64_t group, const queue::QueueConfig& config = {},
                       std::vector<NodeId> members = {},
                       Durability durability = Durability::kOnDisk);
  // Publishes numbered messages, at `node`, and waits for their outcomes.
  LoadResult Publish(uint64_t node, uint64_t group, uint64_t messages, size_t bytes = 100,
                     uint32_t window = 200);
  // The same, as `load` says but for members and numbers.
  LoadResult Publish(uint64_t node, LoadOptions load);
  // Consumes at `node` until so many different ones have come.
  Drainer::Result Drain(uint64_t node, uint64_t group, uint64_t expected);
  // What is ready, by the word of the leader.
  absl::StatusOr<uint64_t> Ready(uint64_t node, uint64_t group);
  // Who leads; 0 if nobody does within a minute.
  uint64_t LeaderOf(uint64_t group);
  // Until `node` leads it, by the hand of whoever does now.
  bool MakeLeader(uint64_t node, uint64_t group);
  // Until every node that runs has applied the same of the group, and what it has is alike.
  bool WaitUntilAlike(uint64_t group);
  // For the reader of a failure: what each node has of the group.
  std::string Describe(uint64_t group);

 private:
  const TestClusterOptions options_;
  base::SystemClock clock_;
  std::unique_ptr<base::LogSink> sink_;
  std::unique_ptr<base::LogPipeline> pipeline_;
  log::TempDir directory_;
  InProcessHub hub_;
  std::vector<std::unique_ptr<Node>> nodes_;
};

}  // namespace warren::replication
